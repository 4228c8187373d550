/**
 * A server on a free port that counts its requests: `GET /count` answers with the number, `GET /last-call` the
 * last call of a database function.
 *
 * It prints its port, and exits when its standard input ends, so that it does not outlive the bench.
 *
 * @module
 */
import { LISTENING } from "../../../local/functions/listening.ts";

const CALL = "/rest/v1/rpc/";

/**
 * Serves until standard input ends.
 *
 * @param handle Gets a request, its path and query, and its body; undefined if it has none.
 */
export async function countedServer(
  handle: (request: Request, url: URL, body: string | undefined) => Promise<Response>,
): Promise<void> {
  let count = 0;
  let lastCall = { name: "", body: "{}" };
  Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => console.log(`${LISTENING}${port}`),
  }, async (request) => {
    const url = new URL(request.url);
    if (url.pathname === "/count") return Response.json(count);
    if (url.pathname === "/last-call") {
      return Response.json({ name: lastCall.name, args: JSON.parse(lastCall.body) });
    }
    count++;
    const body = request.method === "GET" ? undefined : await request.text();
    if (body && url.pathname.startsWith(CALL)) {
      lastCall = { name: url.pathname.slice(CALL.length), body };
    }
    return await handle(request, url, body);
  });
  for await (const _ of Deno.stdin.readable);
  Deno.exit();
}
