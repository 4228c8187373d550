/**
 * Confirms a send whose outcome is not known, with Twilio's own list: it was sent, and has a SID; or
 * it surely was not, and is sent again or the reply is pending again; or the list does not tell.
 *
 * @module
 */
import { z } from "zod/v3";
import { joinAddress, splitAddress } from "../twilio/channel_address.ts";
import { type CallDatabase, databaseDeadline, logDatabaseFailure } from "../database/database.ts";
import type { Log } from "../log/log.ts";
import { failureOf } from "../twilio/twilio_api.ts";
import { logWarnings, Warnings } from "../database/warnings.ts";
import { deliver } from "./deliver.ts";
import { callLimits, type Outbox, Parties } from "./outbox.ts";
import { ownerOf } from "./own_text.ts";
import type { ListedMessage } from "./twilio_messages.ts";

const UnconfirmedSend = Parties.extend({
  conversation_id: z.string(),
  begun_at: z.string(),
  body: z.string(),
  was_not_found: z.boolean(),
  rivals: z.array(z.object({ body: z.string() })),
});

type UnconfirmedSend = z.infer<typeof UnconfirmedSend>;

/** What `recruiting_claim_send` returns: at most one row. */
const ClaimedSends = z.array(UnconfirmedSend).max(1);

/** What `recruiting_list_due_sends` returns. */
const DueSends = z.array(UnconfirmedSend.extend({ message_id: z.string() }));

/** What `recruiting_confirm_send` returns: one row. */
const ConfirmedSends = z.tuple([z.intersection(
  Warnings,
  z.discriminatedUnion("outcome", [
    z.object({
      outcome: z.literal("retry"),
      retry_begun_at: z.string(),
      body: z.string(),
      media: z.array(z.object({ url: z.string() })),
    }),
    z.object({
      outcome: z.enum([
        "confirmed",
        "superseded",
        "not_found",
        "pending_again",
        "revoked",
        "failed",
      ]),
    }),
  ]),
)]);

/** Twilio's dates are whole seconds, and its clock need not be the database's. */
const CLOCKS_DIFFER_MS = 5_000;

/** What came of an unconfirmed send. */
export type Confirmation =
  | { kind: "confirmed" | "sent_again" | "failed" }
  /** It is due again later, was revoked, or is another worker's. */
  | { kind: "left" }
  /** Twilio cannot be reached, or asks to be called less often. */
  | { kind: "twilio_unreachable" };

/** What looking for a send works with. */
export interface Confirmer {
  callDatabase: CallDatabase;
  log: Log;
  /** Nothing if messages cannot be sent: then the list cannot be read either. */
  outbox: Outbox | undefined;
}

/** Twilio's list, or why there is none. */
type List =
  | { kind: "listed"; messages: ListedMessage[] }
  | { kind: "refused" }
  | { kind: "twilio_unreachable" };

/** What was found of a send, and what the database has decided. */
type Look =
  | { kind: "decided"; decision: z.infer<typeof ConfirmedSends>[0]; askedAt: number }
  | { kind: "database_failed" }
  | { kind: "twilio_unreachable" };

/**
 * Looks once into Twilio's list for a send that is due, and acts on what it has.
 *
 * @param claimToken The worker's claim.
 */
export async function confirm(
  messageId: string,
  confirmer: Confirmer,
  claimToken: string,
): Promise<Confirmation> {
  const { callDatabase, log, outbox } = confirmer;
  const claimed = await callDatabase(
    "recruiting_claim_send",
    { message_id: messageId, claim_token: claimToken, lease_seconds: outbox?.leaseSeconds },
    ClaimedSends,
    databaseDeadline(),
  );
  if (!claimed.ok) logDatabaseFailure(log, claimed.failure, { message_id: messageId });
  const [send] = claimed.ok ? claimed.data : [];
  if (!send) return { kind: "left" };

  const look = await lookFor(messageId, send, confirmer, "act");
  if (look.kind === "twilio_unreachable") return look;
  if (look.kind === "database_failed") return { kind: "left" };
  const { decision, askedAt } = look;
  const { outcome } = decision;
  const fields = { conversation_id: send.conversation_id, message_id: messageId };
  if (outcome === "not_found") return { kind: "left" };
  log(outcome === "failed" ? "error" : "info", "send_reconciled", { ...fields, reason: outcome });
  if (outcome === "confirmed" || outcome === "failed") return { kind: outcome };
  if (outcome !== "retry" || !outbox) return { kind: "left" };
  await deliver({
    messageId,
    begunAt: decision.retry_begun_at,
    askedAt,
    conversationId: send.conversation_id,
    parties: send,
    body: decision.body,
    mediaUrls: decision.media.map(({ url }) => url),
  }, outbox);
  return { kind: "sent_again" };
}

/** Tells what would come of the sends that are due, and changes nothing. */
export async function previewConfirmations(
  confirmer: Confirmer,
): Promise<Confirmation[] | "unavailable"> {
  const due = await confirmer.callDatabase(
    "recruiting_list_due_sends",
    {},
    DueSends,
    databaseDeadline(),
  );
  if (!due.ok) {
    logDatabaseFailure(confirmer.log, due.failure, {});
    return "unavailable";
  }
  const confirmations: Confirmation[] = [];
  for (const { message_id, ...send } of due.data) {
    const look = await lookFor(message_id, send, confirmer, "preview");
    confirmations.push(
      look.kind === "decided" ? previewOf(look.decision.outcome) : { kind: "left" },
    );
    if (look.kind === "twilio_unreachable") return [...confirmations, look];
  }
  return confirmations;
}

function previewOf(outcome: z.infer<typeof ConfirmedSends>[0]["outcome"]): Confirmation {
  if (outcome === "retry") return { kind: "sent_again" };
  return { kind: outcome === "confirmed" || outcome === "failed" ? outcome : "left" };
}

/** A message of Twilio's log, and to whom it is. */
export type LoggedSend = ListedMessage & { to: string };

/**
 * Confirms messages that have failed without Twilio's word, where Twilio's log has them after all.
 *
 * @param sends Outbound messages of the log.
 * @returns How many are confirmed.
 */
export async function confirmProvisional(
  sends: LoggedSend[],
  confirmer: Confirmer,
  purpose: Purpose,
): Promise<number | "unavailable"> {
  const { callDatabase, log } = confirmer;
  const listed = sends.map(({ sid, to, date_created }) => {
    const { channel, address } = splitAddress(to);
    return { sid, channel, recruit_phone: address, date_created };
  });
  const found = await callDatabase(
    "recruiting_find_provisional",
    { listed: JSON.stringify(listed) },
    DueSends,
    databaseDeadline(),
  );
  if (!found.ok) {
    logDatabaseFailure(log, found.failure, {});
    return "unavailable";
  }
  let confirmed = 0;
  for (const { message_id, ...send } of found.data) {
    const address = joinAddress({ channel: send.channel, address: send.recruit_phone });
    const messages = sends.filter(({ to }) => to === address);
    const look = await decide(message_id, send, { kind: "listed", messages }, confirmer, purpose);
    if (look.kind === "database_failed") return "unavailable";
    if (look.kind === "decided" && look.decision.outcome === "confirmed") {
      confirmed++;
      const fields = { conversation_id: send.conversation_id, message_id };
      if (purpose === "act") log("info", "send_reconciled", { ...fields, reason: "confirmed" });
    }
  }
  return confirmed;
}

/** Whether the decision is stored, or only told. */
type Purpose = "act" | "preview";

async function lookFor(
  messageId: string,
  send: UnconfirmedSend,
  confirmer: Confirmer,
  purpose: Purpose,
): Promise<Look> {
  const fields = { conversation_id: send.conversation_id, message_id: messageId };
  const list = await listOf(send, confirmer.outbox, (reason) => {
    confirmer.log("error", "twilio_list_failed", { ...fields, reason });
  });
  if (list.kind === "twilio_unreachable") return list;
  return await decide(messageId, send, list, confirmer, purpose);
}

/** Lets the database decide what a list says of a send. */
async function decide(
  messageId: string,
  send: UnconfirmedSend,
  list: Exclude<List, { kind: "twilio_unreachable" }>,
  { callDatabase, log, outbox }: Confirmer,
  purpose: Purpose,
): Promise<Look> {
  const fields = { conversation_id: send.conversation_id, message_id: messageId };
  const askedAt = performance.now();
  const result = await callDatabase(
    "recruiting_confirm_send",
    {
      message_id: messageId,
      begun_at: send.begun_at,
      our_sender: joinAddress({ channel: send.channel, address: send.twilio_phone }),
      listed: list.kind === "listed" ? JSON.stringify(withOwners(list.messages, send)) : undefined,
      is_second_look: send.was_not_found,
      confirm_after_seconds: outbox?.configuration.confirmAfterSeconds,
      gap_seconds: outbox?.configuration.confirmGapSeconds,
      resend_within_seconds: outbox?.configuration.resendWithinSeconds,
      dry_run: purpose === "preview",
    },
    ConfirmedSends,
    databaseDeadline(),
  );
  if (!result.ok) {
    logDatabaseFailure(log, result.failure, fields);
    return { kind: "database_failed" };
  }
  const [decision] = result.data;
  logWarnings(log, decision, fields);
  return { kind: "decided", decision, askedAt };
}

async function listOf(
  { channel, recruit_phone, begun_at }: UnconfirmedSend,
  outbox: Outbox | undefined,
  onFailure: (reason: string) => void,
): Promise<List> {
  if (!outbox) return { kind: "refused" };
  try {
    const twilio = await outbox.twilio();
    const messages = await twilio.listTo(
      joinAddress({ channel, address: recruit_phone }),
      new Date(Date.parse(begun_at) - CLOCKS_DIFFER_MS),
      callLimits(outbox.configuration).answerMs,
    );
    return { kind: "listed", messages };
  } catch (error) {
    const failure = failureOf(error);
    onFailure(failure.kind === "unknown" ? failure.reason : failure.errorCode);
    return failure.kind === "refused" ? { kind: "refused" } : { kind: "twilio_unreachable" };
  }
}

/** Each listed message with whose text it has, in place of the text. */
function withOwners(messages: ListedMessage[], { body, rivals }: UnconfirmedSend) {
  return messages.map(({ body: listed, ...message }) => ({
    ...message,
    text: ownerOf(listed, body, rivals.map((rival) => rival.body)),
  }));
}
