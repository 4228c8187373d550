/**
 * Sends one message of an agent's or the platform's, the same way as the bot's.
 *
 * @module
 */
import { z } from "zod/v3";
import { afterAnswer } from "../_shared/after_answer.ts";
import { databaseDeadline, logDatabaseFailure } from "../_shared/database.ts";
import { BegunSends, send, type Sender } from "../_shared/send/send.ts";
import { wait } from "../_shared/wait.ts";
import type { Refusal } from "./answer.ts";
import type { Caller } from "./caller.ts";
import type { SendRequest } from "./send_request.ts";

/** The message, and whether its status is Twilio's already. */
export interface SentMessage {
  messageId: string;
  status: string;
  isSettled: boolean;
}

/** How long the caller waits for Twilio, in ms. The send goes on without them. */
const MAX_WAIT_MS = 20_000;

/** Why the database does not begin a send. */
const REFUSALS: Record<string, Refusal | undefined> = {
  key_reused: "IDEMPOTENCY_KEY_REUSED",
  opted_out: "OPTED_OUT",
  closed: "CLOSED",
  taken: "TAKEN",
  outside_window: "OUTSIDE_WINDOW",
};

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
  sender: Sender,
): Promise<SentMessage | Refusal> {
  const { callDatabase, configuration, log } = sender;
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
      return "UNAVAILABLE";
    }
    if (!reads.data) return "NOT_FOUND";
  }

  await sender.twilio();
  const askedAt = performance.now();
  const messageId = crypto.randomUUID();
  const result = await callDatabase(
    "recruiting_begin_send",
    {
      message_id: messageId,
      conversation_id: conversationId,
      body,
      media: JSON.stringify(mediaUrls.map((url) => ({ url, content_type: null }))),
      agent_id,
      idempotency_key: idempotencyKey,
      settle_after_seconds: configuration.settleAfterSeconds,
    },
    BegunSends,
    // Loading the SDK may have used up the first deadline.
    databaseDeadline(),
  );
  if (!result.ok) {
    if (result.failure.sqlstate === INVALID_PARAMETER_VALUE) return "NOT_FOUND";
    logDatabaseFailure(log, result.failure, fields);
    return "UNAVAILABLE";
  }
  const [begun] = result.data;
  const refusal = REFUSALS[begun.outcome];
  if (refusal) return refusal;
  if (!("sent_message_id" in begun)) {
    throw new Error(`recruiting_begin_send answered "${begun.outcome}" to what is no reply`);
  }
  const unsettled = { messageId: begun.sent_message_id, status: begun.message_status };
  if (begun.outcome === "repeated") return { ...unsettled, isSettled: begun.is_settled };
  if (begun.broadcast_missed) log("error", "broadcast_missed", fields);

  const sending = send({
    messageId,
    begunAt: begun.begun_at,
    askedAt,
    conversationId,
    parties: begun,
    body,
    mediaUrls,
  }, sender);
  afterAnswer(async () => void await sending, log);
  const outcome = await Promise.race([sending, wait(MAX_WAIT_MS)]);
  return outcome?.kind === "settled" && outcome.status
    ? { messageId, status: outcome.status, isSettled: true }
    : { ...unsettled, isSettled: false };
}
