/**
 * Settles a send whose outcome is not known, with Twilio's own list: it was sent, and has a SID; or
 * it surely was not, and is sent again or thought of again; or the list does not tell.
 *
 * @module
 */
import { z } from "zod/v3";
import { joinAddress } from "../channel_address.ts";
import { type CallDatabase, databaseDeadline, logDatabaseFailure } from "../database.ts";
import type { Log } from "../log.ts";
import { callLimits, Parties, send, type Sender } from "./send.ts";

/** What `recruiting_claim_send` returns: at most one row; whose it is, if it is due. */
const ClaimedSends = z.array(z.union([
  Parties.extend({
    due_in_ms: z.literal(0),
    conversation_id: z.string(),
    begun_at: z.string(),
    was_not_found: z.boolean(),
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

/** What came of a send: it has its SID, it was sent again, or it has failed. */
export type Settlement = "confirmed" | "sent_again" | "failed";

/** What looking for a send works with. */
export interface Settler {
  callDatabase: CallDatabase;
  log: Log;
  /** Nothing if messages cannot be sent: then the list cannot be read either. */
  sender: Sender | undefined;
}

/**
 * Looks once into Twilio's list for a send that is due, and acts on what it has.
 *
 * @param claimToken The worker's claim.
 * @returns Nothing if it is due again later, was taken back, or is another worker's.
 */
export async function settle(
  messageId: string,
  { callDatabase, log, sender }: Settler,
  claimToken: string,
): Promise<Settlement | undefined> {
  const { settleAfterSeconds, settleGapSeconds } = sender?.configuration ?? {};
  const claimed = await callDatabase(
    "recruiting_claim_send",
    { message_id: messageId, claim_token: claimToken, lease_seconds: sender?.claimSeconds },
    ClaimedSends,
    databaseDeadline(),
  );
  const [claim] = claimed.ok ? claimed.data : [];
  if (!claimed.ok) logDatabaseFailure(log, claimed.failure, { message_id: messageId });
  if (!claim || !("conversation_id" in claim)) return undefined;
  const { conversation_id, begun_at, was_not_found, channel, recruit_phone, twilio_phone } = claim;

  const fields = { conversation_id, message_id: messageId };
  const addressOf = (address: string) => joinAddress({ channel, address });
  const listed = await sender?.twilio().then((twilio) =>
    twilio.listTo(
      addressOf(recruit_phone),
      new Date(Date.parse(begun_at) - CLOCKS_DIFFER_MS),
      callLimits(sender.configuration.settleAfterSeconds).answerMs,
    )
  ).catch((error) => {
    const reason = error instanceof Error ? error.name : "unknown error";
    log("error", "twilio_list_failed", { ...fields, reason });
  });
  const askedAt = performance.now();
  const result = await callDatabase(
    "recruiting_settle_send",
    {
      message_id: messageId,
      begun_at,
      our_sender: addressOf(twilio_phone),
      listed: listed ? JSON.stringify(listed) : undefined,
      is_last: was_not_found,
      settle_after_seconds: settleAfterSeconds,
      gap_seconds: settleGapSeconds,
    },
    SettledSends,
    databaseDeadline(),
  );
  if (!result.ok) {
    logDatabaseFailure(log, result.failure, fields);
    return undefined;
  }
  const [settled] = result.data;
  if (settled.broadcast_missed) log("error", "broadcast_missed", fields);
  if (settled.outcome === "not_found") return undefined;
  const level = settled.outcome === "failed" ? "error" : "info";
  log(level, "send_settled", { ...fields, reason: settled.outcome });
  if (settled.outcome === "settled") return "confirmed";
  if (settled.outcome === "failed" || settled.outcome === "refused") return "failed";
  if (settled.outcome !== "again" || !sender) return undefined;
  await send({
    messageId,
    begunAt: settled.begun_again_at,
    askedAt,
    conversationId: conversation_id,
    parties: claim,
    body: settled.body,
    mediaUrls: settled.media.map(({ url }) => url),
  }, sender);
  return "sent_again";
}
