/**
 * The functions' log lines during a campaign: forbidden contents, deferred texts and errors.
 *
 * @module
 */
import { z } from "zod/v3";
import { parseJson } from "../../local/parse_json.ts";
import { MARK, PHONE_PREFIX } from "./odd_values.ts";

/** An HMAC of SHA-1 or SHA-256 in Base64. */
const SIGNATURE = /[A-Za-z0-9+/]{27}=|[A-Za-z0-9+/]{43}=/;

/**
 * Checks a log line for forbidden contents.
 *
 * @param line The line.
 * @param authToken The auth token that signs.
 * @returns The kind of content, without quoting it; undefined for a permitted line.
 */
export function leakOf(line: string, authToken: string): string | undefined {
  if (line.includes(MARK)) return "text of a request";
  if (line.includes(PHONE_PREFIX.slice(1))) return "a phone";
  if (line.includes(authToken)) return "the auth token";
  if (SIGNATURE.test(line)) return "a signature";
  const json = parseJson(line);
  if (typeof json !== "object" || json === null) return "something that is no JSON object";
}

/** The fields of a line that are used. */
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
  /** The kinds of forbidden contents that were found. */
  readonly leaks = new Set<string>();
  /** The SIDs of deferred texts, which reconciliation brings in. */
  readonly deferredSids = new Set<string>();
  /** The number of log lines of each kind of error. */
  readonly errors = new Map<string, number>();
  #authToken: string;

  /** @param authToken The auth token that signs. */
  constructor(authToken: string) {
    this.#authToken = authToken;
  }

  /** Reads one line. */
  read(line: string): void {
    const leak = leakOf(line, this.#authToken);
    if (leak) this.leaks.add(`A log line holds ${leak}`);
    const { data } = LogLine.safeParse(parseJson(line));
    if (data?.level !== "error") return;
    for (const sid of data.message_sids ?? []) this.deferredSids.add(sid);
    const { event, reason, sqlstate, rest_code, database_function } = data;
    const kind = [data.function, event, reason, sqlstate, rest_code, database_function]
      .filter(Boolean).join(" ");
    this.errors.set(kind, (this.errors.get(kind) ?? 0) + 1);
  }
}
