/**
 * Reads what a call of sms-reconcile asks for.
 *
 * @module
 */
import { z } from "zod/v3";

/** What is asked for. */
export interface ReconcileRequest {
  /** Whether the answer comes when the work is done. */
  wait: boolean;
  /** A span of Twilio's log to compare instead of going on from the stored cursor. */
  span?: { since: Date; until?: Date };
  /** Whether it is only told what would be done. */
  isDryRun: boolean;
}

const Flag = z.boolean({ invalid_type_error: "must be true or false" });

const WHEN = "must be an ISO 8601 date, or a date and time with a zone";

/** What both Date and Postgres write with four digits. */
const [FIRST, LAST] = ["0001-01-01", "9999-12-31"].map(Date.parse);

/** A date alone is its 00:00 UTC. An offset may still be none, such as +99:99. */
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

/**
 * Reads a body; an empty one asks for nothing special.
 *
 * @returns The request, or what is wrong with it, by the field's name.
 */
export function parseReconcileRequest(text: string): ReconcileRequest | { problem: string } {
  let json: unknown;
  try {
    json = text.trim() === "" ? {} : JSON.parse(text);
  } catch {
    return { problem: "body must be a JSON object" };
  }
  const { success, data, error } = Input.safeParse(json);
  if (!success) {
    const [issue] = error.issues;
    if (issue.code === "unrecognized_keys") return { problem: `${issue.keys[0]} is not known` };
    return { problem: `${issue.path[0] ?? "body"} ${issue.message}` };
  }
  const { wait, since, until, dry_run: isDryRun } = data;
  return { wait, isDryRun, ...(since ? { span: { since, until } } : {}) };
}
