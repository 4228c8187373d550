/**
 * One of the functions in a worker of its own, with other settings than the running stack's.
 *
 * @module
 */
import { stackEnvironment, startWorker } from "./function_worker.ts";
import { withKept } from "./kept.ts";
import { type Form, type FunctionName, type PostOptions, signedRequest } from "./twilio.ts";

/** Posts a signed form to the worker. */
export type PostToWorker = (form: Form, options?: PostOptions) => Promise<Response>;

/**
 * Runs a function on the running stack's database.
 *
 * @param settings Environment variables that differ.
 * @param use Gets a way to post, and the lines that the worker has logged.
 */
export async function withEdgeFunction(
  name: FunctionName,
  settings: Record<string, string>,
  use: (post: PostToWorker, logs: string[]) => Promise<void>,
): Promise<void> {
  const logs: string[] = [];
  const edge = startWorker(name, await stackEnvironment(settings), (line) => void logs.push(line));
  try {
    await edge.ready();
    const post: PostToWorker = (form, options) =>
      edge.fetch(signedRequest(name, form, options), `/${name}${options?.query ?? ""}`);
    await use(post, logs);
  } finally {
    await edge.stop();
  }
}

/** Does the same with a worker that the next test of the same settings gets, too, so without what it logs. */
export async function withKeptFunction(
  name: FunctionName,
  settings: Record<string, string>,
  use: (post: PostToWorker) => Promise<void>,
): Promise<void> {
  const env = await stackEnvironment(settings);
  const start = () => {
    const edge = startWorker(name, env);
    return { edge, reset: () => true, stop: () => edge.stop() };
  };
  await withKept(`${name} ${JSON.stringify(settings)}`, start, async ({ edge }) => {
    await edge.ready();
    await use((form, options) =>
      edge.fetch(signedRequest(name, form, options), `/${name}${options?.query ?? ""}`)
    );
  });
}
