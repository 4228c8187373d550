/**
 * The demo page's script, bundled by Deno itself: it needs no configuration of its own, knows the
 * import map, and takes a fifth of a second. It is not minified, because it goes over loopback only.
 *
 * @see https://docs.deno.com/runtime/reference/bundling/
 * @module
 */
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PAGE = fileURLToPath(new URL("page/", import.meta.url));
const SCREENS = fileURLToPath(new URL("../../screens/", import.meta.url));

/** The bundled script. */
export interface PageBundle {
  /** @throws {Error} With what the bundler says, if there is a mistake in the source. */
  script(): Promise<string>;
  /** Waits for the bundler, so that no process is left behind. */
  stop(): Promise<void>;
}

/**
 * Bundles the page, while the rest of the stack starts.
 *
 * @param watch Whether a reload of the page brings what has changed in its files.
 */
export function bundlePage(watch: boolean): PageBundle {
  let bundling: Promise<string> | undefined;
  const script = () => bundling ??= bundle();
  script().catch(() => {
    // Told to whoever opens the page.
  });
  const watcher = watch ? Deno.watchFs([PAGE, SCREENS]) : undefined;
  (async () => {
    for await (const { kind } of watcher ?? []) {
      if (kind !== "access") bundling = undefined;
    }
  })();
  return {
    script,
    async stop() {
      watcher?.close();
      await bundling?.catch(() => {});
    },
  };
}

async function bundle(): Promise<string> {
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
