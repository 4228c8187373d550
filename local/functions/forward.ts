/**
 * Forwards a request to a worker's port, and streams both bodies.
 *
 * It uses node:http, because `fetch` returns no response before the request's body is sent. A
 * function may answer without reading the body.
 *
 * @module
 */
import { once } from "node:events";
import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import { Readable } from "node:stream";
import { setImmediate } from "node:timers";

const agent = new Agent({ keepAlive: true });

/**
 * Forwards a request.
 *
 * @param request The request, its body unread.
 * @param port The worker's port on 127.0.0.1.
 * @param path The path and query that the worker sees.
 * @param host The host that it sees.
 * @throws {Error} If the connection breaks before the worker has answered.
 */
export async function forward(
  request: Request,
  port: number,
  path: string,
  host: string,
): Promise<Response> {
  const headers = Object.fromEntries(request.headers);
  const outgoing = httpRequest({
    host: "127.0.0.1",
    port,
    path,
    method: request.method,
    headers: { ...headers, host, connection: "keep-alive" },
    agent,
  });
  const incoming = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once("response", resolve);
    outgoing.on("error", reject);
  });
  outgoing.flushHeaders();
  const feeding = feed(request.body, outgoing);
  incoming.finally(() => feeding.stop()).catch(() => {});

  const response = await incoming;
  const { statusCode = 502 } = response;
  const hasNoBody = statusCode === 204 || statusCode === 304;
  if (hasNoBody) response.resume();
  return new Response(
    hasNoBody ? null : Readable.toWeb(response) as ReadableStream<Uint8Array<ArrayBuffer>>,
    { status: statusCode, headers: responseHeaders(response) },
  );
}

/** Writes a body chunk by chunk, until stop() is called. */
function feed(body: Request["body"], outgoing: ClientRequest): { stop(): void } {
  let stopped = false;
  const run = async () => {
    for await (const chunk of body ?? []) {
      if (stopped) return;
      if (!outgoing.write(chunk)) await once(outgoing, "drain");
      // A fast body must not keep the event loop from reading the answer.
      await new Promise((resolve) => setImmediate(resolve));
    }
    outgoing.end();
  };
  run().catch(() => outgoing.destroy());
  return { stop: () => void (stopped = true) };
}

function responseHeaders({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(headersDistinct)) {
    if (
      name === "connection" || name === "keep-alive" ||
      name === "transfer-encoding"
    ) continue;
    for (const value of values ?? []) headers.append(name, value);
  }
  return headers;
}
