/**
 * Backwards: a status that went back, one that left a final status, or one that differs from
 * Twilio's final status at the end.
 *
 * @module
 */
import type { Check, Violation } from "../evidence.ts";
import type { MessageRow } from "../observer.ts";

const RANKS = ["queued", "sent", "delivered", "failed"];

/** The stored status that each final status of Twilio maps to. */
const STORED_AS: Record<string, string> = {
  delivered: "delivered",
  undelivered: "failed",
  failed: "failed",
  canceled: "failed",
};

/** Finds statuses that went back or differ from Twilio's. */
export const backwards: Check = ({ changes, messages, twilio }) => {
  const before = new Map<string, MessageRow>();
  const wentBack: Violation[] = [];
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
  // A provisional failure, which has no SID and no error code, gives way to Twilio's status.
  const { message_sid, error_code } = previous;
  if (previous.status === "failed") return message_sid !== null || error_code !== null;
  return previous.status === "delivered" ||
    RANKS.indexOf(status) < RANKS.indexOf(previous.status);
}
