/**
 * Shows the functions' errors in their log, each one once.
 *
 * @module
 */
import { errorWords } from "./error_words.ts";
import type { ThrownError } from "./thrown_error.ts";

/** Shows errors. */
export interface ErrorLog {
  /** Shows an error that a running function has thrown. */
  thrown(name: string, error: ThrownError): void;
  /** Shows why a function cannot be loaded. @param error Undefined if its process ended without one. */
  doesNotStart(name: string, error: ThrownError | undefined): void;
  /** Shows errors again that were shown before: the developer has edited a file. */
  forget(): void;
  /** Resolves once all errors are shown. */
  isWritten(): Promise<void>;
}

/**
 * Creates the log.
 *
 * @param options.folder The path of supabase/functions.
 * @param options.root The folder to which shown paths are relative.
 * @param options.onLog Receives each line, a JSON object.
 */
export function createErrorLog(
  { folder, root, onLog }: { folder: string; root: string; onLog(line: string): void },
): ErrorLog {
  /** The functions that have thrown an error, by its words. */
  const shown = new Map<string, Set<string>>();
  let writing = Promise.resolve();

  const wordsOf = async (error: ThrownError) => {
    const { message, at } = await errorWords(error, folder, root);
    return at ? `${message} (${at})` : message;
  };
  const write = (event: string, name: string, reason: string) =>
    onLog(JSON.stringify({ level: "error", event, function: name, reason }));

  /** Adds to what is shown. @returns The function that has shown it first, also the same one again. */
  const firstWith = (words: string, name: string): string | undefined => {
    const names = shown.get(words) ?? new Set();
    shown.set(words, names);
    const [first] = names;
    names.add(name);
    return first;
  };
  const inOrder = (work: () => Promise<void>) => {
    writing = writing.then(work);
  };

  return {
    thrown: (name, error) =>
      inOrder(async () => {
        const words = await wordsOf(error);
        if (shown.get(words)?.has(name)) return;
        firstWith(words, name);
        write("thrown", name, words);
      }),
    doesNotStart: (name, error) =>
      inOrder(async () => {
        const words = error ? await wordsOf(error) : "the process has ended without an error";
        const first = firstWith(words, name);
        // A broken file of _shared breaks every function.
        const reason = first && first !== name ? `the same error as ${first}` : words;
        write("does_not_start", name, `${reason}: waiting for your edit`);
      }),
    forget: () => inOrder(() => Promise.resolve(shown.clear())),
    isWritten: () => writing,
  };
}
