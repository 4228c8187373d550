/**
 * One Edge Function in a process of its own: serves the module's `export default { fetch }`
 * on a free port, which it tells on standard output.
 *
 * Ends when standard input does, so that no worker outlives the stack.
 *
 * @module
 */
import { LISTENING } from "./listening.ts";

/** How long a body that the function did not want is read on, in ms. */
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

// The platform's runtime tells a function before it ends its worker.
// https://supabase.com/docs/guides/functions/background-tasks
const end = () => {
  globalThis.dispatchEvent(new Event("beforeunload"));
  Deno.exit();
};
Deno.addSignalListener("SIGTERM", end);
for await (const _ of Deno.stdin.readable);
end();

/**
 * A function may answer before it has read the body. A server that then closes the connection
 * resets it, and the answer is lost on its way; so what still comes is read and thrown away,
 * for a moment.
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
