/**
 * One Edge Function in a process of its own: serves the module's `export default { fetch }`
 * on a free port, which it tells on standard output.
 *
 * Ends when standard input does, so that no worker outlives the stack.
 *
 * @module
 */
import { LISTENING } from "./listening.ts";

const [entry] = Deno.args;
const { default: handler }: {
  default: { fetch(request: Request): Promise<Response> };
} = await import(entry);

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(`${LISTENING}${port}`),
}, (request) => handler.fetch(request));

for await (const _ of Deno.stdin.readable);
Deno.exit();
