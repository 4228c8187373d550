/**
 * Hands requests to a function, one after the other, in a process that serves nothing, and prints what
 * has become of it as one line of JSON.
 *
 * Arguments: the URL of the function's index.ts, and the requests as JSON.
 *
 * @see https://chromedevtools.github.io/devtools-protocol/v8/Debugger/#event-scriptParsed
 * @module
 */
import { Session } from "node:inspector";
import type { Loaded, PostedRequest } from "./load_function.ts";

const answers: Loaded["answers"] = [];
const lengths = new Map<string, number>();
const session = new Session();
session.connect();
session.on("Debugger.scriptParsed", ({ params: { url, length = 0 } }) => {
  if (!url.startsWith("file:") || url === import.meta.url || answers.length > 0) return;
  // A CommonJS module has two scripts of the same URL: the longer one is its own code.
  lengths.set(url, Math.max(length, lengths.get(url) ?? 0));
});
session.post("Debugger.enable");

const [entry, json] = Deno.args;
const requests: PostedRequest[] = JSON.parse(json);
const { default: handler }: {
  default: { fetch(request: Request): Promise<Response> };
} = await import(entry);
for (const { url, headers, body } of requests) {
  const response = await handler.fetch(new Request(url, { method: "POST", headers, body }));
  answers.push({ status: response.status, body: await response.text() });
}
const modules = [...lengths].map(([url, length]) => ({ url, length }));
const loaded: Loaded = { answers, modules };
console.log(JSON.stringify(loaded));
// What the function does after its answers is not waited for.
Deno.exit();
