/**
 * Backwards: a status that went back or that left a final one, and one that is not Twilio's at the end.
 *
 * @module
 */
import type { Check, Offence } from "../evidence.ts";
import type { MessageRow } from "../observer.ts";

const RANKS = ["queued", "sent", "delivered", "failed"];

/** What the stored status must be once Twilio's is final. */
const STORED_AS: Record<string, string> = {
  delivered: "delivered",
  undelivered: "failed",
  failed: "failed",
  canceled: "failed",
};

/** Finds statuses that went back. */
export const backwards: Check = ({ changes, messages, twilio }) => {
  const before = new Map<string, MessageRow>();
  const wentBack: Offence[] = [];
  for (const { kind, op, record, conversation_id } of changes) {
    if (kind !== "message") continue;
    const previous = before.get(record.id);
    if (op === "DELETE") before.delete(record.id);
    else before.set(record.id, record);
    if (previous && op === "UPDATE" && isBackwards(previous, record)) {
      wentBack.push({
        what: `Message ${record.id} went from ${previous.status} to ${record.status}`,
        conversation_id,
      });
    }
  }
  const rows = new Map(messages.map((message) => [message.message_sid, message]));
  const different = twilio.flatMap(({ sid, status }) => {
    const row = rows.get(sid);
    const expected = STORED_AS[status];
    return row?.direction === "outbound" && expected && row.status !== expected
      ? [{
        what: `Message ${row.id} is ${row.status}, and at Twilio ${status}`,
        conversation_id: row.conversation_id,
      }]
      : [];
  });
  return [...wentBack, ...different];
};

function isBackwards(previous: MessageRow, { status }: MessageRow): boolean {
  if (previous.status === status) return false;
  // A failure that nobody but us has found gives way to Twilio's word.
  const { message_sid, error_code } = previous;
  if (previous.status === "failed") return message_sid !== null || error_code !== null;
  return previous.status === "delivered" ||
    RANKS.indexOf(status) < RANKS.indexOf(previous.status);
}
