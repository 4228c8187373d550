/**
 * A function in a worker of its own, and the platform's calls of it.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { EdgeFunction } from "../../local/functions/edge_function.ts";
import { exampleSettings, functionEnvironment } from "../../local/settings/environment.ts";
import { SECRET_KEY } from "../../local/settings/keys.ts";
import { PORTS } from "./stack.ts";

/** The environment variables that the functions of the running stack see, but for those that differ. */
export async function stackEnvironment(
  differing: Record<string, string> = {},
): Promise<Record<string, string>> {
  return { ...await functionEnvironment(PORTS, await exampleSettings()), ...differing };
}

/** Starts a worker of a function. The caller stops it. */
export function startWorker(
  name: string,
  env: Record<string, string>,
  onLog: (line: string) => void = () => {},
): EdgeFunction {
  const entry = fileURLToPath(
    new URL(`../../supabase/functions/${name}/index.ts`, import.meta.url),
  );
  return new EdgeFunction({ name, entry, env, onLog });
}

/**
 * Calls a worker of a function as the platform's server, with the secret key and JSON, if any. The call
 * waits until the worker listens, however long a loaded machine takes to start it.
 */
export async function callAsPlatform(
  worker: EdgeFunction,
  name: string,
  input?: unknown,
): Promise<Response> {
  const request = new Request(`http://localhost/${name}`, {
    method: "POST",
    headers: { apikey: SECRET_KEY },
    body: input === undefined ? undefined : JSON.stringify(input),
  });
  await worker.ready();
  return await worker.fetch(request, `/${name}`);
}
