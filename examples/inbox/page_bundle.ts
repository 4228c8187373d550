/**
 * The demo page's script, bundled by `deno bundle`, which reads the project's import map and needs
 * no configuration. It is not minified, because it travels over loopback alone.
 *
 * @see https://docs.deno.com/runtime/reference/bundling/
 * @module
 */
import { fileURLToPath } from "node:url";
import { loadOnce } from "../../supabase/functions/_shared/worker/load_once.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PAGE = fileURLToPath(new URL("page/", import.meta.url));
const CLIENT = fileURLToPath(new URL("../../client/", import.meta.url));

/** The bundled script. */
export interface PageBundle {
  /**
   * Returns the script. After a failure the next call bundles again.
   *
   * @throws {Error} With the bundler's message, such as a syntax error in the source.
   */
  script(): Promise<string>;
  /** Waits until the bundler's process has ended. */
  stop(): Promise<void>;
}

/**
 * Starts to bundle the page.
 *
 * @param watch Whether to bundle again when a file of the page has changed.
 * @param bundle Makes the script; `deno bundle` by default.
 */
export function bundlePage(
  watch: boolean,
  bundle: () => Promise<string> = bundleWithDeno,
): PageBundle {
  const running = new Set<Promise<string>>();
  const startBundle = () =>
    loadOnce(async () => {
      const script = bundle();
      running.add(script);
      try {
        return await script;
      } finally {
        running.delete(script);
      }
    });
  let script = startBundle();
  script().catch(() => {
    // The error answers the request for the script.
  });
  const watcher = watch ? Deno.watchFs([PAGE, CLIENT]) : undefined;
  (async () => {
    for await (const { kind } of watcher ?? []) {
      if (kind !== "access") script = startBundle();
    }
  })();
  return {
    script: () => script(),
    async stop() {
      watcher?.close();
      await Promise.allSettled(running);
    },
  };
}

async function bundleWithDeno(): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform=browser", `${PAGE}main.tsx`],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`The demo page was not bundled: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}
