/**
 * The demo page's script, bundled by Deno itself: it needs no configuration of its own, knows the
 * import map, and takes a fifth of a second. It is not minified, because it goes over loopback only.
 *
 * @see https://docs.deno.com/runtime/reference/bundling/
 * @module
 */
import { fileURLToPath } from "node:url";
import { loadOnce } from "../../supabase/functions/_shared/worker/load_once.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PAGE = fileURLToPath(new URL("page/", import.meta.url));
const SCREENS = fileURLToPath(new URL("../../client/", import.meta.url));

/** The bundled script. */
export interface PageBundle {
  /**
   * A bundle that failed is made again at the next call.
   *
   * @throws {Error} With what the bundler says, such as a mistake in the source.
   */
  script(): Promise<string>;
  /** Waits for the bundler, so that no process is left behind. */
  stop(): Promise<void>;
}

/**
 * Bundles the page, while the rest of the stack starts.
 *
 * @param watch Whether a reload of the page brings what has changed in its files.
 * @param bundle Makes the script; by default Deno does.
 */
export function bundlePage(
  watch: boolean,
  bundle: () => Promise<string> = bundleWithDeno,
): PageBundle {
  const running = new Set<Promise<string>>();
  const bundleAnew = () =>
    loadOnce(async () => {
      const script = bundle();
      running.add(script);
      try {
        return await script;
      } finally {
        running.delete(script);
      }
    });
  let script = bundleAnew();
  script().catch(() => {
    // Told to whoever opens the page.
  });
  const watcher = watch ? Deno.watchFs([PAGE, SCREENS]) : undefined;
  (async () => {
    for await (const { kind } of watcher ?? []) {
      if (kind !== "access") script = bundleAnew();
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
