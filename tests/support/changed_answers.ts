/**
 * The stack behind an address of its own, where a test changes single answers.
 *
 * @module
 */
import { API_URL } from "./stack.ts";

/** Answers a request in the stack's place; undefined lets the stack answer. */
export type ChangeAnswer = (
  path: string,
  request: Request,
) => Response | undefined | Promise<Response | undefined>;

/** Serves the stack at another address while `use` runs. */
export async function withChangedAnswers<Result>(
  change: ChangeAnswer,
  use: (url: string) => Promise<Result>,
): Promise<Result> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      return await change(pathname, request) ?? await answerOfStack(request);
    },
  );
  try {
    return await use(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

/** Passes a request to the stack. */
export function answerOfStack({ url, method, headers, body }: Request): Promise<Response> {
  const { pathname, search } = new URL(url);
  return fetch(`${API_URL}${pathname}${search}`, { method, headers, body, redirect: "manual" });
}
