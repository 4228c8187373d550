/**
 * An error that a function has thrown, on its way from the worker to the stack.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

/** The longest message that is passed on, in UTF-16 units. */
const MAX_MESSAGE = 1_000;

/** The most frames that are passed on. */
const MAX_FRAMES = 10;

/** A place in a file. */
export interface Place {
  /** The file's path. */
  path: string;
  line: number;
  column: number;
}

/** An error. Its message may hold a text or a phone number, so it is not shown as it is. */
export interface ThrownError {
  name: string;
  message: string;
  /** The newest call first. */
  frames: Place[];
}

/** What a worker reports to the stack about an error. */
export interface WorkerError {
  /**
   * `start`: the function cannot be loaded. `caught`: its code has caught it, and logs its name.
   * `uncaught`: a request ends with 500, or the worker with it.
   */
  during: "start" | "caught" | "uncaught";
  error: ThrownError;
}

/** The line with which a worker reports an error, before the JSON of a {@link WorkerError}. */
export const THROWN = "has thrown ";

/** The header of an answer over which the function has thrown an error, caught or not. Supabase has none like it. */
export const THREW_HEADER = "x-local-function-threw";

/** Describes what was thrown. What is no error is described without its value. It never throws. */
export function describeThrown(thrown: unknown): ThrownError {
  try {
    return describe(thrown);
  } catch {
    // Reading the error's fields runs code of the error's own.
    return { name: "Error", message: "", frames: [] };
  }
}

function describe(thrown: unknown): ThrownError {
  if (!(thrown instanceof Error)) {
    return { name: `A value of type ${typeof thrown}`, message: "", frames: [] };
  }
  const message = String(thrown.message);
  // A class may be named after what it holds. What has three digits in a row may be a phone, a SID or a token.
  const isName = /^(?!.*\d{3})[A-Za-z_$][\w$]{0,60}$/.test(thrown.name);
  return {
    name: isName ? thrown.name : "Error",
    // Deno colours the places in its messages.
    message: stripVTControlCharacters(message.slice(0, MAX_MESSAGE)),
    frames: framesOf(String(thrown.stack ?? ""), message),
  };
}

/**
 * The frames of a stack. The stack begins with the message, which may look like a frame. Without it
 * no frame can be trusted.
 */
function framesOf(stack: string, message: string): Place[] {
  const start = stack.indexOf(message);
  if (start === -1) return [];
  const calls = stack.slice(start + message.length).split("\n", MAX_FRAMES + 1);
  return calls.flatMap((call) => {
    const [, url, line, column] = /^\s+at .*?(file:\/\/.+):(\d+):(\d+)\)?$/.exec(call) ?? [];
    const path = url && pathOf(url);
    return path ? [{ path, line: Number(line), column: Number(column) }] : [];
  });
}

/** The path of a file that a stack names: Deno writes its URL, or decodes it. */
function pathOf(url: string): string | undefined {
  const decoded = url.slice("file://".length);
  return [decoded, URL.canParse(url) ? fileURLToPath(url) : ""].find((path) => existsSync(path));
}
