/**
 * Settles a send whose outcome is not known, with Twilio's own list: it was sent, and has a SID; or
 * it surely was not, and is sent again or thought of again; or the list does not tell.
 *
 * @module
 */
import { z } from "zod/v3";
import { joinAddress } from "../channel_address.ts";
import { databaseDeadline, logDatabaseFailure } from "../database.ts";
import { wait } from "../wait.ts";
import { callLimits, Parties, send, type Sender, type SendOutcome } from "./send.ts";
import type { ListedMessage } from "./twilio_messages.ts";

/** What came of it, and whose turn may have come. */
export interface Settlement {
  conversationId: string;
  /** In how many ms a reply of the conversation is due; null for none. */
  replyDueInMs: number | null;
}

/** It is to be looked for later. */
export interface Later {
  inMs: number;
  /** Whether it is this worker's to look again; else somebody else is at it. */
  isOurs: boolean;
}

/** What `recruiting_claim_send` returns: at most one row; whose it is, if it is due. */
const ClaimedSends = z.array(z.union([
  Parties.extend({
    due_in_ms: z.literal(0),
    conversation_id: z.string(),
    begun_at: z.string(),
  }),
  z.object({ due_in_ms: z.number() }),
])).max(1);

/** What `recruiting_settle_send` returns: one row. */
const SettledSends = z.tuple([z.intersection(
  z.object({ reply_due_in_ms: z.number().nullable(), broadcast_missed: z.boolean() }),
  z.discriminatedUnion("outcome", [
    z.object({
      outcome: z.literal("again"),
      begun_again_at: z.string(),
      body: z.string(),
      media: z.array(z.object({ url: z.string() })),
    }),
    z.object({
      outcome: z.enum(["settled", "elsewhere", "not_found", "owed_again", "refused", "failed"]),
    }),
  ]),
)]);

/** Twilio's dates are whole seconds, and its clock need not be the database's. */
const CLOCKS_DIFFER_MS = 5_000;

/** How often one worker looks for a message before it leaves it to another. */
const MAX_ROUNDS = 3;

/**
 * Waits until a send may be looked for, and settles it.
 *
 * @returns Nothing if there is nothing to settle any more, or it has to wait for another worker.
 */
export async function settleLater(
  messageId: string,
  sender: Sender,
): Promise<Settlement | undefined> {
  let inMs = sender.configuration.settleAfterSeconds * 1000;
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    await wait(inMs);
    const outcome = await settle(messageId, sender, round === MAX_ROUNDS);
    if (!outcome || "conversationId" in outcome) return outcome;
    inMs = outcome.inMs;
  }
}

/**
 * Stays with a send until its outcome is known.
 *
 * @returns In how many ms a reply of the conversation is due then; null for none. 0 also if the send
 *   was settled by somebody else, or could not be: whether a reply is due, its turn will tell.
 */
export async function stayWith(
  sending: Promise<SendOutcome>,
  messageId: string,
  sender: Sender,
): Promise<number | null> {
  const outcome = await sending;
  if (outcome.kind === "settled") return outcome.replyDueInMs;
  const settlement = await settleLater(messageId, sender);
  return settlement ? settlement.replyDueInMs : 0;
}

/**
 * Settles a send that is due.
 *
 * @param isLastLook Whether this worker does not look again.
 * @returns When to look again, if it is not due yet, or somebody else is at it, or it was begun again
 *   and the outcome is not known again, or Twilio or the database could not be reached. Nothing if
 *   there is nothing to settle.
 */
export async function settle(
  messageId: string,
  sender: Sender,
  isLastLook = false,
): Promise<Settlement | Later | undefined> {
  const { callDatabase, configuration, log } = sender;
  const { settleAfterSeconds, settleGapSeconds } = configuration;
  const claimed = await callDatabase(
    "recruiting_claim_send",
    {
      message_id: messageId,
      claim_token: crypto.randomUUID(),
      lease_seconds: settleAfterSeconds + settleGapSeconds,
    },
    ClaimedSends,
    databaseDeadline(),
  );
  const again: Later = { inMs: (settleAfterSeconds + settleGapSeconds) * 1000, isOurs: true };
  if (!claimed.ok) return again;
  if (claimed.data.length === 0) return undefined;
  const [parties] = claimed.data;
  if (!("conversation_id" in parties)) return { inMs: parties.due_in_ms, isOurs: false };
  const { conversation_id, begun_at, channel, recruit_phone, twilio_phone } = parties;

  const fields = { conversation_id, message_id: messageId };
  const addressOf = (address: string) => joinAddress({ channel, address });
  for (const isLast of [false, true]) {
    if (isLast) await wait(settleGapSeconds * 1000);
    let listed: ListedMessage[] | undefined;
    try {
      listed = await (await sender.twilio()).listTo(
        addressOf(recruit_phone),
        new Date(Date.parse(begun_at) - CLOCKS_DIFFER_MS),
        callLimits(settleAfterSeconds).answerMs,
      );
    } catch (error) {
      const reason = error instanceof Error ? error.name : "unknown error";
      log("error", "twilio_list_failed", { ...fields, reason });
      if (!isLastLook) return again;
    }
    const askedAt = performance.now();
    const result = await callDatabase(
      "recruiting_settle_send",
      {
        message_id: messageId,
        begun_at,
        our_sender: addressOf(twilio_phone),
        listed: listed && JSON.stringify(listed),
        is_last: isLast,
        settle_after_seconds: settleAfterSeconds,
      },
      SettledSends,
      databaseDeadline(),
    );
    if (!result.ok) {
      logDatabaseFailure(log, result.failure, fields);
      return again;
    }
    const [settled] = result.data;
    const { outcome, reply_due_in_ms, broadcast_missed } = settled;
    if (broadcast_missed) log("error", "broadcast_missed", fields);
    if (outcome === "not_found" && !listed) return again;
    if (outcome === "not_found") continue;
    log(outcome === "failed" ? "error" : "info", "send_settled", { ...fields, reason: outcome });
    if (outcome === "elsewhere") return again;
    // A row that is gone has no due time to tell: whether a reply is due, a claim finds out.
    if (outcome === "settled") {
      return { conversationId: conversation_id, replyDueInMs: reply_due_in_ms ?? 0 };
    }
    if (settled.outcome !== "again") {
      return { conversationId: conversation_id, replyDueInMs: reply_due_in_ms };
    }

    const sent = await send({
      messageId,
      begunAt: settled.begun_again_at,
      askedAt,
      conversationId: conversation_id,
      parties,
      body: settled.body,
      mediaUrls: settled.media.map(({ url }) => url),
    }, sender);
    return sent.kind === "unsettled"
      ? again
      : { conversationId: conversation_id, replyDueInMs: sent.replyDueInMs };
  }
}
