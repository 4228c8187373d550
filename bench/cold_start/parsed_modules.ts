/**
 * The modules that a function parses until it has answered its first request, as V8's inspector tells
 * them.
 *
 * @see https://chromedevtools.github.io/devtools-protocol/v8/Debugger/#event-scriptParsed
 * @module
 */
import { HttpConnection } from "../webhooks/http_connection.ts";
import { startFunctionProcess } from "../webhooks/server_process.ts";

/** The files that serve the function, and are not part of it. */
const SERVER = /\/local\/functions\/(worker|listening)\.ts$/;

/** What was parsed. */
export interface ParsedModules {
  modules: number;
  /** The length of the JavaScript, without types, in KiB. */
  kib: number;
}

/**
 * Starts a function under the inspector, and sends it one request.
 *
 * @param options The function's process: its flags, entry and environment.
 * @param request A whole HTTP request.
 * @throws {Error} If the answer is not 200.
 */
export async function parsedModules(
  options: Parameters<typeof startFunctionProcess>[0],
  request: Uint8Array,
): Promise<ParsedModules> {
  const inspector = freePort();
  const starting = startFunctionProcess({
    ...options,
    args: [`--inspect-wait=127.0.0.1:${inspector}`, ...options.args],
  });
  // A failed start is thrown where it is awaited, below.
  let hasFailed = false;
  starting.catch(() => hasFailed = true);
  const lengths = new Map<string, number>();
  const socket = await connect(inspector, () => hasFailed);
  socket?.addEventListener("message", ({ data }) => {
    const { method, params } = JSON.parse(data);
    if (method !== "Debugger.scriptParsed") return;
    if (params.url.startsWith("file:") && !SERVER.test(params.url)) {
      // Deno ends a module of TypeScript with a source map, which is a comment.
      lengths.set(params.url, params.length - (params.sourceMapURL?.length ?? 0));
    }
  });
  for (
    const [id, method] of ["Debugger.enable", "Runtime.runIfWaitingForDebugger"].entries()
  ) socket?.send(JSON.stringify({ id, method }));
  const server = await starting;
  try {
    const connection = await HttpConnection.open(server.port);
    const status = await connection.send(request);
    connection.close();
    if (status !== 200) throw new Error(`The function answered ${status}:\n${server.errors}`);
  } finally {
    socket?.close();
    await server.stop();
  }
  const total = [...lengths.values()].reduce((sum, length) => sum + length, 0);
  return { modules: lengths.size, kib: total / 1024 };
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

/** Connects to the inspector once it listens; undefined if the process has failed before. */
async function connect(port: number, hasFailed: () => boolean): Promise<WebSocket | undefined> {
  while (!hasFailed()) {
    try {
      const [target] = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
      const socket = new WebSocket(target.webSocketDebuggerUrl);
      await new Promise((resolve, reject) => {
        socket.onopen = resolve;
        socket.onerror = reject;
      });
      return socket;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
