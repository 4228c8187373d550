/**
 * /functions/v1: every function of supabase/functions, served as on the platform.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "smol-toml";
import { EdgeFunction } from "./edge_function.ts";
import { createErrorLog, type ErrorLog } from "./error_log.ts";

const SUPABASE = fileURLToPath(new URL("../../supabase/", import.meta.url));
const PREFIX = "/functions/v1/";

/** The time without a further change before a restart, in ms. */
const RELOAD_DEBOUNCE_MS = 100;

/** The functions of the project. */
export interface EdgeFunctions {
  /**
   * Resolves once all workers listen. With `watch` a function that cannot be loaded is shown, and
   * waits for the developer's edit.
   *
   * @throws {Error} If one cannot be started, without `watch`.
   */
  ready(): Promise<void>;
  fetch(request: Request): Promise<Response>;
  /** The process id of each function's worker, by the function's name. */
  pids(): Map<string, number>;
  stop(): Promise<void>;
}

/**
 * Starts every function.
 *
 * @param env The environment variables of the functions.
 * @param onLog Receives each line that a function prints, and each error that it throws.
 * @param watch Whether to restart the functions when a file in supabase/functions changes.
 * @param supabase The path of the folder supabase, the project's own by default.
 */
export async function startEdgeFunctions(
  env: Record<string, string>,
  onLog: (line: string) => void,
  watch: boolean,
  supabase = SUPABASE,
): Promise<EdgeFunctions> {
  // Deno names files by their real paths.
  const root = await Deno.realPath(supabase);
  const folder = join(root, "functions");
  const config = await readConfig(root);
  const errors = createErrorLog({ folder, root: dirname(root), onLog });
  const functions = new Map<string, EdgeFunction>();
  for (const name of await functionNames(folder)) {
    functions.set(
      name,
      new EdgeFunction({
        name,
        entry: join(folder, name, "index.ts"),
        env,
        onLog,
        onError: (error) => errors.thrown(name, error),
        onDoesNotStart: watch ? (error) => errors.doesNotStart(name, error) : undefined,
      }),
    );
  }
  const watcher = watch ? reloadOnChange(folder, functions, errors) : undefined;

  return {
    async ready() {
      await Promise.all(
        [...functions.values()].map((edgeFunction) => edgeFunction.ready()),
      );
      await errors.isWritten();
    },
    async fetch(request) {
      const { pathname } = new URL(request.url);
      const name = pathname.slice(PREFIX.length).split("/")[0];
      const edgeFunction = functions.get(name);
      if (!edgeFunction) {
        return Response.json({
          code: "NOT_FOUND",
          message: "Requested function was not found",
        }, { status: 404 });
      }
      if (config[name]?.verify_jwt !== false) {
        return Response.json({
          code: 401,
          message:
            `Missing authorization header: verify_jwt is not false for "${name}" in supabase/config.toml`,
        }, { status: 401 });
      }
      const path = request.url.slice(
        request.url.indexOf(PREFIX) + PREFIX.length - 1,
      );
      return await edgeFunction.fetch(request, path);
    },
    pids: () =>
      new Map([...functions].flatMap(([name, { pid }]) => pid === undefined ? [] : [[name, pid]])),
    async stop() {
      watcher?.close();
      await Promise.all(
        [...functions.values()].map((edgeFunction) => edgeFunction.stop()),
      );
    },
  };
}

async function readConfig(supabase: string): Promise<
  Record<string, { verify_jwt?: boolean } | undefined>
> {
  const config = parse(await Deno.readTextFile(join(supabase, "config.toml")));
  return (config.functions ?? {}) as Record<
    string,
    { verify_jwt?: boolean } | undefined
  >;
}

/** The folders of functions. A folder whose name begins with an underscore holds shared code. */
async function functionNames(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory && !name.startsWith("_")) names.push(name);
  }
  return names.sort();
}

function reloadOnChange(
  folder: string,
  functions: Map<string, EdgeFunction>,
  errors: ErrorLog,
): Deno.FsWatcher {
  const watcher = Deno.watchFs(folder);
  let timer: ReturnType<typeof setTimeout> | undefined;
  (async () => {
    for await (const { kind, paths } of watcher) {
      if (
        kind === "access" || !paths.some((path) => /\.(ts|js|json)$/.test(path))
      ) continue;
      clearTimeout(timer);
      timer = setTimeout(() => {
        errors.forget();
        functions.forEach((edgeFunction) => edgeFunction.restart());
      }, RELOAD_DEBOUNCE_MS);
    }
  })();
  return watcher;
}
