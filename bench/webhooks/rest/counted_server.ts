/**
 * A server on a free port that counts its requests: `GET /count` tells the number.
 *
 * It prints its port, and exits when its standard input ends, so that it does not outlive the bench.
 *
 * @module
 */
import { LISTENING } from "../../../local/functions/listening.ts";

/** Serves until standard input ends. */
export async function countedServer(
  handle: (request: Request) => Promise<Response>,
): Promise<void> {
  let count = 0;
  Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => console.log(`${LISTENING}${port}`),
  }, (request) => {
    if (request.method === "GET" && request.url.endsWith("/count")) return Response.json(count);
    count++;
    return handle(request);
  });
  for await (const _ of Deno.stdin.readable);
  Deno.exit();
}
