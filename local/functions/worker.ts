/**
 * The process of one Edge Function: serves the module's `export default { fetch }` on a free port,
 * and prints the port.
 *
 * It exits when its standard input ends, so that it does not outlive the stack.
 *
 * @module
 */
import { LISTENING } from "./listening.ts";

/** The time for which an unread body is still read after the answer, in ms. */
const LINGER_MS = 500;

const [entry] = Deno.args;
const { default: handler }: {
  default: { fetch(request: Request): Promise<Response> };
} = await import(entry);

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(`${LISTENING}${port}`),
}, async (request) => {
  if (!request.body) return await handler.fetch(request);
  const body = lingering(request.body);
  const { url, method, headers } = request;
  const response = await handler.fetch(new Request(url, { method, headers, body: body.stream }));
  body.linger();
  return response;
});

// The platform's runtime dispatches this event before it ends a worker.
// https://supabase.com/docs/guides/functions/background-tasks
const end = () => {
  globalThis.dispatchEvent(new Event("beforeunload"));
  Deno.exit();
};
Deno.addSignalListener("SIGTERM", end);
for await (const _ of Deno.stdin.readable);
end();

/**
 * Wraps a body so that the rest of it is read and discarded after the answer.
 *
 * A function may answer before it has read the body. Closing the connection at once would reset it,
 * and the client would lose the answer.
 */
function lingering(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
  const reader = body.getReader();
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  }, { highWaterMark: 0 });
  const linger = async () => {
    const until = performance.now() + LINGER_MS;
    while (performance.now() < until && !(await reader.read()).done);
    await reader.cancel();
  };
  return { stream, linger: () => void linger().catch(() => {}) };
}
