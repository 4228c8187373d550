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
import { DatabaseFailed, runCallDeadline } from "./database_calls.ts";
import type { LoggedText } from "./twilio_log.ts";

/** Dependencies of bringing a text in. */
export interface BringInTools {
  callDatabase: CallDatabase;
  turnWaitSeconds: number;
  log: Log;
}

/** Result of bringing a text in. */
export type BroughtIn =
  | { kind: "new" }
  /** The text is stored already, or can never be stored. */
  | { kind: "skipped" }
  /** A later run may store it, so the cursor must stay before it. */
  | { kind: "failed" };

/**
 * Brings a text in. Its attachments come without their URLs: copying them reads Twilio's Media list.
 *
 * @throws {DatabaseFailed} If the database cannot be reached.
 */
export async function bringIn(text: LoggedText, tools: BringInTools): Promise<BroughtIn> {
  const { form } = text;
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
    case "erased":
      return { kind: "skipped" };
  }
}

/** A text that the database refuses is skipped, because no later run could store it. */
function deferred(failure: DatabaseFailure, message_sid: string, log: Log): BroughtIn {
  if (failure.kind === "unreachable") throw new DatabaseFailed(failure);
  logDatabaseFailure(log, failure, { message_sid });
  return { kind: failure.kind === "refused" ? "skipped" : "failed" };
}
