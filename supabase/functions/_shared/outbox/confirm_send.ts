/**
 * Reconciles one unconfirmed send: claims it, compares it with Twilio's list, and acts on what the database
 * decides.
 *
 * @module
 */
import { z } from "zod/v3";
import { databaseDeadline, logDatabaseFailure } from "../database/database.ts";
import { compareSend, SendToConfirm, type SendTools } from "./compare_send.ts";
import { deliver } from "./deliver.ts";
import { templateOf } from "./template.ts";

/** What `recruiting_claim_send` returns: at most one row. */
const ClaimedSends = z.array(SendToConfirm).max(1);

/** Result of confirming a send. */
export type Confirmation =
  /**
   * `confirmed`: Twilio has the message, or the send was not unconfirmed any more. `retry`: Twilio does not
   * have it, and one more attempt was made. `failed`: Twilio's list does not say, or the message must not be
   * sent again (the row's `error_message` says why).
   */
  | { kind: "confirmed" | "retry" | "failed" }
  /** The bot's reply was not sent, and its row is deleted. `pending_again`: a reply is due. `revoked`: none is. */
  | { kind: "pending_again" | "revoked" }
  /** Nothing was decided: the send is due later, is confirmed already, or another worker has claimed it. */
  | { kind: "unfinished" }
  /** Twilio cannot be reached, or asks to be called less often. */
  | { kind: "twilio_unreachable" };

/**
 * Confirms a send that is due.
 *
 * @param messageId `recruiting_messages.id`.
 * @param tools Dependencies of the comparison.
 * @param claimToken Identifies the worker's claim.
 */
export async function confirmSend(
  messageId: string,
  tools: SendTools,
  claimToken: string,
): Promise<Confirmation> {
  const { callDatabase, log, outbox } = tools;
  const claimed = await callDatabase(
    "recruiting_claim_send",
    { message_id: messageId, claim_token: claimToken, lease_seconds: outbox?.leaseSeconds },
    ClaimedSends,
    databaseDeadline(),
  );
  if (!claimed.ok) logDatabaseFailure(log, claimed.failure, { message_id: messageId });
  const [send] = claimed.ok ? claimed.data : [];
  if (!send) return { kind: "unfinished" };

  const compared = await compareSend(messageId, send, tools, "store");
  if (compared.kind === "twilio_unreachable") return compared;
  if (compared.kind === "database_failed") return { kind: "unfinished" };
  const { decision, decisionCalledAt } = compared;
  const { outcome } = decision;
  if (outcome === "not_found") return { kind: "unfinished" };
  const fields = { conversation_id: send.conversation_id, message_id: messageId, reason: outcome };
  log(outcome === "failed" ? "error" : "info", "send_reconciled", fields);
  switch (outcome) {
    case "confirmed":
    case "failed":
    case "pending_again":
    case "revoked":
      return { kind: outcome };
    case "superseded":
      return { kind: "unfinished" };
    case "retry":
      // For the type checker: without an outbox Twilio's list is not read, so there is no retry.
      if (!outbox) return { kind: "unfinished" };
      await deliver({
        messageId,
        conversationId: send.conversation_id,
        begunAt: decision.retry_begun_at,
        beginCalledAt: decisionCalledAt,
        parties: send,
        body: decision.body,
        mediaUrls: decision.media.map(({ url }) => url),
        template: templateOf(decision),
      }, outbox);
      return { kind: "retry" };
  }
}
