/**
 * The process of one Edge Function: serves the module's `export default { fetch }` on a free port,
 * and prints the port.
 *
 * It exits when its standard input ends, so that it does not outlive the stack.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
// Declares globalThis.showError.
import type {} from "../../supabase/functions/_shared/log/log.ts";
import { LISTENING } from "./listening.ts";
import { describeThrown, THREW_HEADER, THROWN, type WorkerError } from "./thrown_error.ts";

/** The time for which an unread body is still read after the answer, in ms. */
const LINGER_MS = 500;

/** Reports an error to the stack, which shows it without texts. Deno itself would print the message. */
function report(during: WorkerError["during"], thrown: unknown): void {
  const error: WorkerError = { during, error: describeThrown(thrown) };
  console.log(`${THROWN}${JSON.stringify(error)}`);
}

/** Ends the worker over an error that no code has caught, as Deno does. */
function dieOf(event: Event, during: WorkerError["during"], thrown: unknown): void {
  if (event.defaultPrevented) return;
  event.preventDefault();
  report(during, thrown);
  Deno.exit(1);
}

/** Listens for errors that no code has caught. A listener that was added before decides first. */
function onUncaught(during: WorkerError["during"]): () => void {
  const onError = (event: ErrorEvent) => dieOf(event, during, event.error);
  const onRejection = (event: PromiseRejectionEvent) => dieOf(event, during, event.reason);
  globalThis.addEventListener("error", onError);
  globalThis.addEventListener("unhandledrejection", onRejection);
  return () => {
    globalThis.removeEventListener("error", onError);
    globalThis.removeEventListener("unhandledrejection", onRejection);
  };
}

type Handler = { fetch(request: Request): Promise<Response> };

/** Loads the function. */
async function load(entry: string): Promise<Handler> {
  const stopListening = onUncaught("start");
  try {
    const { default: handler } = await import(entry);
    if (typeof handler?.fetch !== "function") {
      throw new TypeError("The module does not provide an export named default: { fetch }");
    }
    return handler;
  } catch (error) {
    report("start", error);
    Deno.exit(1);
  } finally {
    stopListening();
  }
}

/** The request that is handled, and whether the function has thrown an error over it. */
const handled = new AsyncLocalStorage<{ hasThrown: boolean }>();

globalThis.showError = (error) => {
  const request = handled.getStore();
  if (request) request.hasThrown = true;
  report("caught", error);
};
const [entry] = Deno.args;
const handler = await load(entry);
onUncaught("uncaught");

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => {
    // On both streams, so that the stack knows that it has read what was printed before on each.
    console.log(`${LISTENING}${port}`);
    console.error(`${LISTENING}${port}`);
  },
  onError: (error) => {
    report("uncaught", error);
    return new Response("Internal Server Error", { status: 500, headers: { [THREW_HEADER]: "1" } });
  },
}, (request) => {
  const context = { hasThrown: false };
  return handled.run(context, async () => {
    const response = await answer(request);
    if (context.hasThrown) response.headers.set(THREW_HEADER, "1");
    return response;
  });
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

/** Lets the function answer, and reads the rest of the request's body afterwards. */
async function answer(request: Request): Promise<Response> {
  if (!request.body) return await handler.fetch(request);
  const body = lingering(request.body);
  const { url, method, headers } = request;
  const response = await handler.fetch(new Request(url, { method, headers, body: body.stream }));
  body.linger();
  return response;
}

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
