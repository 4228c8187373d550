/**
 * Reads the body of a call of sms-reconcile.
 *
 * @module
 */
import { z } from "zod/v3";
import { parseJson } from "../_shared/http/parse_json.ts";

/** What a call asks for. */
export interface ReconcileRequest {
  /** Whether the answer waits until the work is done. */
  wait: boolean;
  /** A span of Twilio's log to compare, in place of what follows the stored cursor. */
  span?: { since: Date; until?: Date };
  /** Whether the run says what it would do, and changes nothing. */
  isDryRun: boolean;
}

const Flag = z.boolean({ invalid_type_error: "must be true or false" });

const WHEN = "must be an ISO 8601 date, or a date and time with a zone";

/** The dates that both JavaScript and Postgres write with a year of four digits. */
const [FIRST, LAST] = ["0001-01-01", "9999-12-31"].map(Date.parse);

/** A date alone means 00:00 UTC. The range check also refuses an impossible offset such as +99:99. */
const When = z.union([z.string().date(), z.string().datetime({ offset: true })], {
  errorMap: () => ({ message: WHEN }),
}).transform((text) => new Date(text))
  .refine((date) => date.getTime() >= FIRST && date.getTime() <= LAST, { message: WHEN });

const Input = z.object({
  wait: Flag.default(false),
  since: When.optional(),
  until: When.optional(),
  dry_run: Flag.default(false),
}, { invalid_type_error: "must be a JSON object" }).strict()
  .refine(({ since, until }) => !until || since, {
    path: ["until"],
    message: "needs since",
  })
  .refine(({ since, until }) => !since || !until || until > since, {
    path: ["until"],
    message: "must be after since",
  })
  .refine(({ wait, dry_run }) => wait || !dry_run, {
    path: ["dry_run"],
    message: "needs wait",
  });

/** A request, or why the body is none. */
export type ParsedReconcileRequest =
  | { kind: "valid"; request: ReconcileRequest }
  /** `problem` names the field and what it must be. */
  | { kind: "invalid"; problem: string };

/** Reads a body. An empty one is a request with every default. */
export function parseReconcileRequest(text: string): ParsedReconcileRequest {
  const json = text.trim() === "" ? {} : parseJson(text);
  if (json === undefined) return { kind: "invalid", problem: "body must be a JSON object" };
  const { success, data, error } = Input.safeParse(json);
  if (!success) {
    const [issue] = error.issues;
    if (issue.code === "unrecognized_keys") {
      return { kind: "invalid", problem: `${issue.keys[0]} is not known` };
    }
    return { kind: "invalid", problem: `${issue.path[0] ?? "body"} ${issue.message}` };
  }
  const { wait, since, until, dry_run: isDryRun } = data;
  const span = since && { since, until };
  return { kind: "valid", request: { wait, isDryRun, span } };
}
