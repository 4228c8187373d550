/**
 * The modules that a function parses until it has answered its first request.
 *
 * @module
 */
import { loadFunction, type LoadOptions } from "../../tests/support/load_function.ts";

/** What was parsed. */
export interface ParsedModules {
  modules: number;
  /** The length of the JavaScript, without types, in KiB. */
  kib: number;
}

/**
 * Hands a request to a function, and sums up what was parsed until its answer.
 *
 * @param options The function, and the one request.
 * @throws {Error} If the function fails, or its answer is not 200.
 */
export async function parsedModules(options: LoadOptions): Promise<ParsedModules> {
  const { answers: [{ status, body }], modules } = await loadFunction(options);
  if (status !== 200) throw new Error(`${options.entry.href} answered ${status}: ${body}`);
  const total = modules.reduce((sum, { length }) => sum + length, 0);
  return { modules: modules.length, kib: total / 1024 };
}
