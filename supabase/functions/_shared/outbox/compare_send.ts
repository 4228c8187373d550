/**
 * Compares one send without Twilio's answer with Twilio's own list. TypeScript says whose body each
 * listed message has; the database decides what follows, in one transaction.
 *
 * @module
 */
import { z } from "zod/v3";
import { joinAddress } from "../twilio/channel_address.ts";
import { type CallDatabase, databaseDeadline, logDatabaseFailure } from "../database/database.ts";
import { Constants } from "../database/database.constants.ts";
import type { Log, LogFields } from "../log/log.ts";
import { failureOf } from "../twilio/twilio_api.ts";
import { logWarnings, Warnings } from "../database/warnings.ts";
import { type Outbox, Parties } from "./outbox.ts";
import { callLimits } from "./send_timing.ts";
import { bodyOwnerOf, type SentBody } from "./body_owner.ts";
import { readTemplateText } from "./read_template.ts";
import { bodyWithoutText, StoredTemplate, templateOf } from "./template.ts";
import type { ListedMessage } from "./twilio_messages.ts";

/** A body of the outbox, and the template that it is the text of, if it is one. */
const StoredBody = StoredTemplate.extend({ body: z.string() });

/** A send without Twilio's answer, as the database describes it. */
export const SendToConfirm = Parties.merge(StoredBody).extend({
  conversation_id: z.string(),
  begun_at: z.string(),
  was_not_found: z.boolean(),
  other_unconfirmed: z.array(StoredBody),
});

/** A send without Twilio's answer. */
export type SendToConfirm = z.infer<typeof SendToConfirm>;

/** Sends to confirm with their rows' ids: what `recruiting_list_due_sends` and its like return. */
export const SendsToConfirm = z.array(SendToConfirm.extend({ message_id: z.string() }));

const ConfirmSendOutcome = z.enum(Constants.public.Enums.recruiting_confirm_send_outcome);

/** What `recruiting_confirm_send` returns: one row. */
const ConfirmedSends = z.tuple([z.intersection(
  Warnings,
  z.discriminatedUnion("outcome", [
    StoredBody.extend({
      outcome: ConfirmSendOutcome.extract(["retry"]),
      retry_begun_at: z.string(),
      media: z.array(z.object({ url: z.string() })),
    }),
    z.object({ outcome: ConfirmSendOutcome.exclude(["retry"]) }),
  ]),
)]);

/** What the database has decided about a send. */
export type Decision = z.infer<typeof ConfirmedSends>[0];

/** Dependencies of a comparison. */
export interface SendTools {
  callDatabase: CallDatabase;
  log: Log;
  /** Undefined if sending is not configured: then Twilio's list cannot be read. */
  outbox: Outbox | undefined;
}

/** Whether the decision is stored, or only returned. */
export type Purpose = "store" | "preview";

/** Twilio's list of messages to a recruit, or why there is none. */
export type TwilioList =
  | { kind: "listed"; messages: ListedMessage[] }
  /** Twilio refuses to list, or sending is not configured. */
  | { kind: "refused" };

/** Result of comparing a send. */
export type ComparedSend =
  | {
    kind: "decided";
    decision: Decision;
    /** `performance.now()` just before the database was asked, in ms. */
    decisionCalledAt: number;
  }
  | DatabaseFailed
  | TwilioUnreachable;

/** The database did not decide. */
type DatabaseFailed = { kind: "database_failed" };

/** Twilio cannot be reached, or asks to be called less often. */
type TwilioUnreachable = { kind: "twilio_unreachable" };

/** Twilio's dates are whole seconds, and its clock may differ from the database's, in ms. */
const CLOCK_TOLERANCE_MS = 5_000;

/** Reads Twilio's list and lets the database decide. Failures are logged. */
export async function compareSend(
  messageId: string,
  send: SendToConfirm,
  tools: SendTools,
  purpose: Purpose,
): Promise<ComparedSend> {
  const list = await listMessagesTo(send, tools.outbox, (reason) => {
    const fields = { conversation_id: send.conversation_id, message_id: messageId };
    tools.log("error", "twilio_list_failed", { ...fields, reason });
  });
  if (list.kind === "twilio_unreachable") return list;
  return await decideSend(messageId, send, list, tools, purpose);
}

/** Lets the database decide what a list says about a send. Failures are logged. */
export async function decideSend(
  messageId: string,
  send: SendToConfirm,
  list: TwilioList,
  { callDatabase, log, outbox }: SendTools,
  purpose: Purpose,
): Promise<Exclude<ComparedSend, TwilioUnreachable>> {
  const fields = { conversation_id: send.conversation_id, message_id: messageId };
  const listed = list.kind === "listed"
    ? JSON.stringify(await withBodyOwners(list.messages, send, outbox, fields))
    : undefined;
  const decisionCalledAt = performance.now();
  const result = await callDatabase(
    "recruiting_confirm_send",
    {
      message_id: messageId,
      begun_at: send.begun_at,
      our_sender: joinAddress({ channel: send.channel, address: send.twilio_phone }),
      listed,
      was_not_found: send.was_not_found,
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
  return { kind: "decided", decision, decisionCalledAt };
}

async function listMessagesTo(
  { channel, recruit_phone, begun_at }: SendToConfirm,
  outbox: Outbox | undefined,
  onFailure: (reason: string) => void,
): Promise<TwilioList | TwilioUnreachable> {
  if (!outbox) return { kind: "refused" };
  try {
    const twilio = await outbox.twilio();
    const messages = await twilio.listTo(
      joinAddress({ channel, address: recruit_phone }),
      new Date(Date.parse(begun_at) - CLOCK_TOLERANCE_MS),
      callLimits(outbox.configuration).answerMs,
    );
    return { kind: "listed", messages };
  } catch (error) {
    const failure = failureOf(error);
    onFailure(failure.kind === "unknown" ? failure.reason : failure.errorCode);
    return failure.kind === "refused" ? { kind: "refused" } : { kind: "twilio_unreachable" };
  }
}

/**
 * Each listed message with the owner of its body. The body itself goes to the database for a template only, whose text
 * is Twilio's.
 */
async function withBodyOwners(
  messages: ListedMessage[],
  send: SendToConfirm,
  outbox: Outbox | undefined,
  fields: LogFields,
) {
  if (messages.length === 0) return [];
  const [body, ...otherBodies] = await Promise.all(
    [send, ...send.other_unconfirmed].map((stored) => sentBodyOf(stored, outbox, fields)),
  );
  return messages.map(({ body: listed, ...message }) => ({
    ...message,
    ...(send.content_sid ? { body: listed } : {}),
    body_owner: bodyOwnerOf(listed, body, otherBodies),
  }));
}

/** The body to compare. A template's text that could not be read before the send is read now. */
async function sentBodyOf(
  stored: z.infer<typeof StoredBody>,
  outbox: Outbox | undefined,
  fields: LogFields,
): Promise<SentBody> {
  const template = templateOf(stored);
  if (!template || stored.body !== bodyWithoutText(template)) return stored.body;
  return outbox && await readTemplateText(template, outbox, fields);
}
