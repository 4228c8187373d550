/**
 * What the functions log meanwhile: what no line may hold, and what the database could not take in.
 *
 * @module
 */
import { z } from "zod/v3";
import { MARK, PHONE_PREFIX } from "./odd_values.ts";

/** An HMAC in Base64, SHA-1 or SHA-256: nothing else in a log ends like this. */
const SIGNATURE = /[A-Za-z0-9+/]{27}=|[A-Za-z0-9+/]{43}=/;

/**
 * Looks for what a line must not hold.
 *
 * @param line What a function printed.
 * @param authToken The key that signs.
 * @returns What it holds, in words that repeat nothing of it; nothing if all is well.
 */
export function leakOf(line: string, authToken: string): string | undefined {
  if (line.includes(MARK)) return "text of a request";
  if (line.includes(PHONE_PREFIX.slice(1))) return "a phone";
  if (line.includes(authToken)) return "the auth token";
  if (SIGNATURE.test(line)) return "a signature";
  const json = jsonOf(line);
  if (typeof json !== "object" || json === null) return "something that is no JSON object";
}

/** What is read of a line. */
const LogLine = z.object({
  level: z.string(),
  event: z.string(),
  function: z.string(),
  message_sids: z.array(z.string()).optional(),
  reason: z.string().optional(),
  sqlstate: z.string().optional(),
  rest_code: z.string().optional(),
  database_function: z.string().optional(),
});

/** Reads the lines of one run. */
export class LogWatch {
  /** What lines hold that they must not, in words. */
  readonly leaks = new Set<string>();
  /** SIDs that were answered as deferred: reconciliation brings them in. */
  readonly deferredSids = new Set<string>();
  /** How often each kind of error was logged. */
  readonly errors = new Map<string, number>();
  #authToken: string;

  /** @param authToken The key that signs. */
  constructor(authToken: string) {
    this.#authToken = authToken;
  }

  /** Reads one line. */
  read(line: string): void {
    const leak = leakOf(line, this.#authToken);
    if (leak) this.leaks.add(`A log line holds ${leak}`);
    const { data } = LogLine.safeParse(jsonOf(line));
    if (data?.level !== "error") return;
    for (const sid of data.message_sids ?? []) this.deferredSids.add(sid);
    const { event, reason, sqlstate, rest_code, database_function } = data;
    const kind = [data.function, event, reason, sqlstate, rest_code, database_function]
      .filter(Boolean).join(" ");
    this.errors.set(kind, (this.errors.get(kind) ?? 0) + 1);
  }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
