/**
 * Hands one request to a function, in a process that serves nothing: it ends by itself when nothing of
 * the function's keeps it busy any more, and tells what the function has waited for then.
 *
 * Arguments: the URL of the function's index.ts, and the request as JSON {url, headers, body}.
 *
 * @module
 */

/** What a function has waited for. */
export interface Busy {
  /** The answer's HTTP status. */
  status: number;
  /** What its timers were set to, in ms. */
  delays: number[];
  /** What those that were not cleared have waited, together, in ms. */
  waitedMs: number;
}

const busy: Busy = { status: 0, delays: [], waitedMs: 0 };

const { setTimeout: setTimer } = globalThis;
globalThis.setTimeout = ((callback: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => {
  busy.delays.push(ms);
  return setTimer(() => {
    busy.waitedMs += ms;
    callback(...args);
  }, ms);
}) as typeof setTimeout;

const [entry, json] = Deno.args;
const { url, headers, body } = JSON.parse(json);
const { default: handler }: {
  default: { fetch(request: Request): Promise<Response> };
} = await import(entry);

globalThis.addEventListener("unload", () => console.log(JSON.stringify(busy)));
const response = await handler.fetch(new Request(url, { method: "POST", headers, body }));
await response.body?.cancel();
busy.status = response.status;
