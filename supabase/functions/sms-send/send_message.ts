/**
 * Sends one message of an agent or of the platform, through the same outbox as the bot's.
 *
 * @module
 */
import { z } from "zod/v3";
import { afterAnswer } from "../_shared/worker/after_answer.ts";
import { databaseDeadline, logDatabaseFailure } from "../_shared/database/database.ts";
import { Constants } from "../_shared/database/database.constants.ts";
import { deliver } from "../_shared/outbox/deliver.ts";
import { type Outbox, Parties } from "../_shared/outbox/outbox.ts";
import { readTemplateText } from "../_shared/outbox/read_template.ts";
import { bodyWithoutText, type Template } from "../_shared/outbox/template.ts";
import { beginTimes } from "../_shared/outbox/send_timing.ts";
import { StoredStatus } from "../_shared/twilio/message_status.ts";
import { logWarnings, Warnings } from "../_shared/database/warnings.ts";
import type { HttpErrorCode } from "../_shared/http/errors.ts";
import type { Caller } from "./caller.ts";
import type { SendRequest } from "./send_request.ts";

/** Result of sending. */
export type SendResult =
  | {
    kind: "sent";
    messageId: string;
    status: StoredStatus;
    /** Whether Twilio has answered. If not, the message is unconfirmed and its status may change. */
    isConfirmed: boolean;
  }
  /** `message` replaces the code's own message. */
  | { kind: "refused"; code: HttpErrorCode; message?: string };

const AgentAccess = z.enum(Constants.public.Enums.recruiting_agent_access_kind);
const BeginMessageOutcome = z.enum(Constants.public.Enums.recruiting_begin_message_outcome);
const RefusalOutcome = BeginMessageOutcome.exclude(["begun", "repeated"]);

/** What `recruiting_begin_message` returns: one row. */
const BegunMessages = z.tuple([z.discriminatedUnion("outcome", [
  Parties.merge(Warnings).extend({
    outcome: BeginMessageOutcome.extract(["begun"]),
    begun_at: z.string(),
    sent_message_id: z.string(),
    message_status: StoredStatus,
  }),
  z.object({
    outcome: BeginMessageOutcome.extract(["repeated"]),
    sent_message_id: z.string(),
    message_status: StoredStatus,
    is_confirmed: z.boolean(),
  }),
  z.object({ outcome: RefusalOutcome }),
])]);

/** The error that answers each reason of the database not to begin a send. */
const REFUSALS: Record<z.infer<typeof RefusalOutcome>, HttpErrorCode> = {
  key_reused: "IDEMPOTENCY_KEY_REUSED",
  opted_out: "OPTED_OUT",
  closed: "CLOSED",
  taken: "TAKEN",
  outside_window: "OUTSIDE_WINDOW",
};

/** The SQLSTATE of a conversation_id that no conversation has. */
const INVALID_PARAMETER_VALUE = "22023";

/**
 * Sends a message. Retrying is safe: the idempotency key makes the database begin it once.
 *
 * @param request The message.
 * @param caller Who sends. An agent sends as themselves, the platform for an agent or as the bot.
 * @param outbox Dependencies of sending.
 * @returns The message, or the error that answers the call.
 */
export async function sendMessage(
  { conversationId, body: freeText, mediaUrls, template, idempotencyKey, agentId }: SendRequest,
  caller: Caller,
  outbox: Outbox,
): Promise<SendResult> {
  const { callDatabase, configuration, log } = outbox;
  const agent_id = caller.kind === "user" ? caller.id : agentId;
  const fields = { conversation_id: conversationId };
  if (agent_id) {
    const access = await callDatabase(
      "recruiting_agent_access",
      {
        agent_id,
        conversation_id: conversationId,
      },
      AgentAccess,
      databaseDeadline(),
    );
    if (!access.ok) {
      logDatabaseFailure(log, access.failure, fields);
      return refused("UNAVAILABLE");
    }
    if (access.data === "not_an_agent") {
      return caller.kind === "user"
        ? refused("NOT_AN_AGENT")
        : refused("NOT_FOUND", "agent_id is not in recruiting_agents");
    }
    if (access.data === "no_conversation") return refused("NOT_FOUND");
  }

  await outbox.twilio();
  const body = template ? await bodyOfTemplate(template, outbox, fields) : freeText;
  const beginCalledAt = performance.now();
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
      content_sid: template?.contentSid,
      content_variables: variablesOf(template),
      ...beginTimes(configuration),
    },
    BegunMessages,
    // A deadline of its own, because loading the SDK may have used up the first one.
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
    conversationId,
    begunAt: begun.begun_at,
    beginCalledAt,
    parties: begun,
    body,
    mediaUrls,
    template,
  }, outbox);
  // A caller who hangs up must not end the delivery.
  afterAnswer(async () => void await delivering, log);
  const delivery = await delivering;
  return delivery.kind !== "unconfirmed" && delivery.status
    ? sent(messageId, delivery.status, true)
    : sent(messageId, begun.message_status, false);
}

/** The text of a template, or words in its place where it cannot be read: the recruit gets the template all the same. */
async function bodyOfTemplate(
  template: Template,
  outbox: Outbox,
  fields: { conversation_id: string },
): Promise<string> {
  return await readTemplateText(template, outbox, fields) ?? bodyWithoutText(template);
}

/** A template's variables as JSON text; undefined if there are none. */
function variablesOf(template: Template | undefined): string | undefined {
  if (!template || Object.keys(template.contentVariables).length === 0) return undefined;
  return JSON.stringify(template.contentVariables);
}

function sent(messageId: string, status: StoredStatus, isConfirmed: boolean): SendResult {
  return { kind: "sent", messageId, status, isConfirmed };
}

function refused(code: HttpErrorCode, message?: string): SendResult {
  return { kind: "refused", code, message };
}
