/**
 * Brings in one text whose webhook never came, by the same step as a webhook.
 *
 * @module
 */
import {
  type CallDatabase,
  type DatabaseFailure,
  logDatabaseFailure,
} from "../_shared/database/database.ts";
import { parseInboundMessage } from "../_shared/inbound/inbound_message.ts";
import { receiveMessage } from "../_shared/inbound/receive_message.ts";
import type { Log } from "../_shared/log/log.ts";
import { judgeText } from "../_shared/opt_out/judge_text.ts";
import type { TwilioForm } from "../_shared/webhook/twilio_form.ts";
import { DatabaseFailed, runCallDeadline } from "./database_calls.ts";
import { type LoggedText, type TwilioLog, TwilioUnreachable } from "./twilio_log.ts";

/** How long after it was sent a text waits for its media, in ms. Then it comes without them. */
const MEDIA_WAIT_MS = 3_600_000;

/** Dependencies of bringing a text in. */
export interface BringInTools {
  callDatabase: CallDatabase;
  twilioLog: TwilioLog;
  turnWaitSeconds: number;
  log: Log;
}

/** Result of bringing a text in. */
export type BroughtIn =
  | { kind: "new" }
  /** The text is stored already, or can never be stored. */
  | { kind: "skipped" }
  /** A later run may store it, so the cursor must stay before it. */
  | { kind: "failed" }
  /** Twilio does not list the text's media yet. The cursor must stay before it. */
  | { kind: "twilio_unreachable" };

/**
 * Brings a text in.
 *
 * @throws {DatabaseFailed} If the database cannot be reached.
 */
export async function bringIn(text: LoggedText, tools: BringInTools): Promise<BroughtIn> {
  const media = await mediaFieldsOf(text, tools);
  if (media.kind === "twilio_unreachable") return media;
  const form = { ...text.form, ...media.fields };
  const message = parseInboundMessage(form);
  if (!message) return { kind: "skipped" };
  const received = await receiveMessage(
    { message, judgement: judgeText(message), form, sentAt: text.sentAt },
    tools,
    runCallDeadline(),
  );
  switch (received.kind) {
    case "deferred":
      return deferred(received.failure, text.sid, tools.log);
    case "received":
    case "no_conversation":
      tools.log("info", "brought_in", {
        message_sid: text.sid,
        conversation_id: received.conversationId,
      });
      return { kind: "new" };
    case "repeated":
    case "forgotten":
      return { kind: "skipped" };
  }
}

/** The media fields of a text; none if Twilio does not list them for too long. */
async function mediaFieldsOf(
  { sid, sentAt, numMedia }: LoggedText,
  { twilioLog, log }: BringInTools,
): Promise<{ kind: "listed"; fields: TwilioForm } | { kind: "twilio_unreachable" }> {
  if (numMedia === 0) return { kind: "listed", fields: {} };
  try {
    return { kind: "listed", fields: await twilioLog.mediaFields(sid) };
  } catch (error) {
    if (!(error instanceof TwilioUnreachable)) throw error;
    log("error", "twilio_unreachable", { reason: error.message, message_sid: sid });
    const isPatient = Date.now() - sentAt.getTime() < MEDIA_WAIT_MS;
    return isPatient ? { kind: "twilio_unreachable" } : { kind: "listed", fields: {} };
  }
}

/** A text that the database refuses is skipped, because no later run could store it. */
function deferred(failure: DatabaseFailure, message_sid: string, log: Log): BroughtIn {
  if (failure.kind === "unreachable") throw new DatabaseFailed(failure);
  logDatabaseFailure(log, failure, { message_sid });
  return { kind: failure.kind === "refused" ? "skipped" : "failed" };
}
