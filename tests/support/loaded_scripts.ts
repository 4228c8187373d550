/**
 * Hands requests to a function, one after the other, in a process that serves nothing, and prints what it has loaded.
 *
 * Arguments: the URL of the function's index.ts, and the requests as JSON: array of {url, headers, body}.
 *
 * @module
 */
import { Session } from "node:inspector";

/** What a function has done. */
export interface Loaded {
  /** The status word of each answer, or its HTTP status if it is no JSON. */
  answers: string[];
  /** Each script that V8 has compiled until the first answer: its URL, and its length in UTF-16 units. */
  scripts: { url: string; length: number }[];
}

const loaded: Loaded = { answers: [], scripts: [] };
const session = new Session();
session.connect();
session.on("Debugger.scriptParsed", ({ params: { url, length } }) => {
  if (url.startsWith("file:") && loaded.answers.length === 0) {
    loaded.scripts.push({ url, length: length ?? 0 });
  }
});
session.post("Debugger.enable");

const [entry, json] = Deno.args;
const { default: handler }: {
  default: { fetch(request: Request): Promise<Response> };
} = await import(entry);
for (const { url, headers, body } of JSON.parse(json)) {
  const response = await handler.fetch(new Request(url, { method: "POST", headers, body }));
  const text = await response.text();
  loaded.answers.push(text.startsWith("{") ? JSON.parse(text).status : String(response.status));
}
console.log(JSON.stringify(loaded));
// What the function does after its answers is not waited for.
Deno.exit();
