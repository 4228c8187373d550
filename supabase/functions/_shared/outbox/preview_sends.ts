/**
 * Says what confirming the due sends would do, and changes nothing.
 *
 * @module
 */
import { databaseDeadline, logDatabaseFailure } from "../database/database.ts";
import { compareSend, type Decision, SendsToConfirm, type SendTools } from "./compare_send.ts";

/** How many sends were, or in a preview would be, confirmed, sent again, or failed. */
export interface SendCounts {
  confirmed: number;
  sent_again: number;
  failed: number;
}

/** What a preview says. */
export type SendsPreview =
  | {
    kind: "previewed";
    counts: SendCounts;
    /** Whether Twilio could not be reached: then the counts hold the sends before that. */
    isTwilioUnreachable: boolean;
  }
  | { kind: "database_failed" };

/** Previews the sends that are due, 50 at most. */
export async function previewDueSends(tools: SendTools): Promise<SendsPreview> {
  const counts: SendCounts = { confirmed: 0, sent_again: 0, failed: 0 };
  const due = await tools.callDatabase(
    "recruiting_list_due_sends",
    {},
    SendsToConfirm,
    databaseDeadline(),
  );
  if (!due.ok) {
    logDatabaseFailure(tools.log, due.failure, {});
    return { kind: "database_failed" };
  }
  for (const { message_id, ...send } of due.data) {
    const compared = await compareSend(message_id, send, tools, "preview");
    if (compared.kind === "twilio_unreachable") {
      return { kind: "previewed", counts, isTwilioUnreachable: true };
    }
    const counted = compared.kind === "decided" ? COUNTED_AS[compared.decision.outcome] : undefined;
    if (counted) counts[counted]++;
  }
  return { kind: "previewed", counts, isTwilioUnreachable: false };
}

/** The count that each outcome belongs to; undefined for an outcome that is not counted. */
const COUNTED_AS: Record<Decision["outcome"], keyof SendCounts | undefined> = {
  confirmed: "confirmed",
  retry: "sent_again",
  failed: "failed",
  superseded: undefined,
  not_found: undefined,
  pending_again: undefined,
  revoked: undefined,
};
