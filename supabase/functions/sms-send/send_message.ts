/**
 * Sends one message of an agent's or the platform's, the same way as the bot's.
 *
 * @module
 */
import { z } from "zod/v3";
import { afterAnswer } from "../_shared/worker/after_answer.ts";
import { databaseDeadline, logDatabaseFailure } from "../_shared/database/database.ts";
import { deliver } from "../_shared/outbox/deliver.ts";
import { beginTimes, type Outbox, Parties } from "../_shared/outbox/outbox.ts";
import { logWarnings, Warnings } from "../_shared/database/warnings.ts";
import type { HttpErrorCode } from "../_shared/http/errors.ts";
import type { Caller } from "./caller.ts";
import type { SendRequest } from "./send_request.ts";

/** What came of a call. */
export type SendResult =
  | {
    kind: "sent";
    messageId: string;
    status: string;
    /** Whether the status is Twilio's already. */
    isConfirmed: boolean;
  }
  | { kind: "refused"; code: HttpErrorCode };

/** What `recruiting_begin_message` returns: one row. */
const BegunMessages = z.tuple([z.discriminatedUnion("outcome", [
  Parties.merge(Warnings).extend({
    outcome: z.literal("begun"),
    begun_at: z.string(),
    sent_message_id: z.string(),
    message_status: z.string(),
  }),
  z.object({
    outcome: z.literal("repeated"),
    sent_message_id: z.string(),
    message_status: z.string(),
    is_confirmed: z.boolean(),
  }),
  z.object({
    outcome: z.enum(["key_reused", "opted_out", "closed", "taken", "outside_window"]),
  }),
])]);

/** Why the database does not begin a send. */
const REFUSALS = {
  key_reused: "IDEMPOTENCY_KEY_REUSED",
  opted_out: "OPTED_OUT",
  closed: "CLOSED",
  taken: "TAKEN",
  outside_window: "OUTSIDE_WINDOW",
} as const;

/** PostgreSQL's code for a value that means nothing: there is no such conversation. */
const INVALID_PARAMETER_VALUE = "22023";

/**
 * Sends a message, once for each idempotency key.
 *
 * @returns The message, or why it is not sent.
 */
export async function sendMessage(
  { conversationId, body, mediaUrls, idempotencyKey, agentId }: SendRequest,
  caller: Caller,
  outbox: Outbox,
): Promise<SendResult> {
  const { callDatabase, configuration, log } = outbox;
  const agent_id = caller.kind === "user" ? caller.id : agentId;
  const fields = { conversation_id: conversationId };
  if (agent_id) {
    const reads = await callDatabase(
      "recruiting_agent_reads_conversation",
      {
        agent_id,
        conversation_id: conversationId,
      },
      z.boolean(),
      databaseDeadline(),
    );
    if (!reads.ok) {
      logDatabaseFailure(log, reads.failure, fields);
      return refused("UNAVAILABLE");
    }
    if (!reads.data) return refused("NOT_FOUND");
  }

  await outbox.twilio();
  const askedAt = performance.now();
  const messageId = crypto.randomUUID();
  const result = await callDatabase(
    "recruiting_begin_message",
    {
      message_id: messageId,
      conversation_id: conversationId,
      body,
      media: JSON.stringify(mediaUrls.map((url) => ({ url, content_type: null }))),
      agent_id,
      idempotency_key: idempotencyKey,
      ...beginTimes(configuration),
    },
    BegunMessages,
    // Loading the SDK may have used up the first deadline.
    databaseDeadline(),
  );
  if (!result.ok) {
    if (result.failure.sqlstate === INVALID_PARAMETER_VALUE) return refused("NOT_FOUND");
    logDatabaseFailure(log, result.failure, fields);
    return refused("UNAVAILABLE");
  }
  const [begun] = result.data;
  if (begun.outcome === "repeated") {
    const { sent_message_id, message_status, is_confirmed } = begun;
    return sent(sent_message_id, message_status, is_confirmed);
  }
  if (begun.outcome !== "begun") return refused(REFUSALS[begun.outcome]);
  logWarnings(log, begun, fields);

  const delivering = deliver({
    messageId,
    begunAt: begun.begun_at,
    askedAt,
    conversationId,
    parties: begun,
    body,
    mediaUrls,
  }, outbox);
  afterAnswer(async () => void await delivering, log);
  const delivery = await delivering;
  return delivery.kind !== "unconfirmed" && delivery.status
    ? sent(messageId, delivery.status, true)
    : sent(messageId, begun.message_status, false);
}

function sent(messageId: string, status: string, isConfirmed: boolean): SendResult {
  return { kind: "sent", messageId, status, isConfirmed };
}

function refused(code: HttpErrorCode): SendResult {
  return { kind: "refused", code };
}
