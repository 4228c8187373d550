/**
 * A project as it is hosted after a deploy: the uploaded functions behind one address, beside the stack's REST.
 *
 * @module
 */
import { EdgeFunction } from "../../local/functions/edge_function.ts";
import { exampleSettings, functionEnvironment } from "../../local/settings/environment.ts";
import { answerOfStack } from "./changed_answers.ts";
import { lockedFlags, type UploadedFunction } from "./deploy_rehearsal.ts";
import { PORTS } from "./stack.ts";

/** A running project. */
export interface HostedProject {
  /** Its base URL, for `SUPABASE_URL`. */
  url: string;
  /** What the functions have printed. */
  logs: string[];
}

/** The variables that the platform sets, and not the owner of the project. */
const FROM_PLATFORM = /^SUPABASE_/;

/**
 * Serves uploaded functions.
 *
 * @param uploads The functions that are deployed.
 * @param secretsOf The project's secrets, given its base URL.
 */
export async function withHostedProject<Result>(
  uploads: UploadedFunction[],
  secretsOf: (url: string) => Record<string, string> | Promise<Record<string, string>>,
  use: (project: HostedProject) => Promise<Result>,
): Promise<Result> {
  const logs: string[] = [];
  const functions = new Map<string, EdgeFunction>();
  const gateway = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      const [, name] = /^\/functions\/v1\/([^/]+)/.exec(pathname) ?? [];
      if (name === undefined) return await answerOfStack(request);
      const called = functions.get(name);
      if (called) return await called.fetch(request, `/${name}${search}`);
      await request.body?.cancel();
      const message = "Requested function was not found";
      return Response.json({ code: "NOT_FOUND", message }, { status: 404 });
    },
  );
  try {
    const url = `http://127.0.0.1:${gateway.addr.port}`;
    const platform = Object.entries(await functionEnvironment(PORTS, await exampleSettings()))
      .filter(([variable]) => FROM_PLATFORM.test(variable));
    const env = { ...Object.fromEntries(platform), ...await secretsOf(url), SUPABASE_URL: url };
    for (const upload of uploads) {
      const deno = { path: Deno.execPath(), flags: lockedFlags(upload) };
      const { name, entry } = upload;
      const onLog = (line: string) => void logs.push(line);
      functions.set(name, new EdgeFunction({ name, entry, env, onLog, deno }));
    }
    await Promise.all([...functions.values()].map((started) => started.ready()));
    return await use({ url, logs });
  } finally {
    await gateway.shutdown();
    await Promise.all([...functions.values()].map((started) => started.stop()));
  }
}
