/**
 * Twilio posts everything else to this function: events of Event Streams, the debugger's errors, calls, and texts whose
 * webhook has failed. docs/twilio-events.md says how to point Twilio at it.
 *
 * 1. `twilioWebhook` verifies that Twilio signed the request.
 * 2. `readForm` and `readCloudEvent` tell what it is.
 * 3. A text and a status go through the same steps as in sms-inbound and sms-status. Anything else is kept once.
 * 4. A call is answered with what the sender's `voice_text` says.
 *
 * The schedule takes a pending reply: this function never loads the bot.
 *
 * @see https://www.twilio.com/docs/events
 * @module
 */
import { z } from "zod/v3";
import { readConfiguration } from "../_shared/configuration/configuration.ts";
import { Environment, readVariables } from "../_shared/configuration/environment.ts";
import {
  connectDatabase,
  databaseDeadline,
  logDatabaseFailure,
} from "../_shared/database/database.ts";
import { receiveMessage } from "../_shared/inbound/receive_message.ts";
import { createLog, noteError } from "../_shared/log/log.ts";
import { judgeInbound } from "../_shared/opt_out/first_look.ts";
import { recordStatus } from "../_shared/status/record_status.ts";
import { emptyTwiml } from "../_shared/webhook/empty_twiml.ts";
import type { Json } from "../_shared/webhook/map_texts.ts";
import type { TwilioForm } from "../_shared/webhook/twilio_form.ts";
import { type Outcome, twilioWebhook } from "../_shared/webhook/twilio_webhook.ts";
import type { VerifiedWebhook } from "../_shared/webhook/verify_webhook.ts";
import { isCloudEvent, readCloudEvent } from "./cloud_event.ts";
import { hashOfJson } from "./content_hash.ts";
import { type FormEvent, readForm } from "./form_event.ts";
import { createCleaner, type ReportedEvent } from "./reported_event.ts";
import { voiceAnswer } from "./voice_answer.ts";
import { writeEvents, type Written } from "./write_events.ts";

const name = "twilio-events";
const environment = Deno.env.toObject();
const configuration = readConfiguration(environment);
const { TURN_WAIT_SECONDS: turnWaitSeconds } = readVariables(
  Environment.pick({ TURN_WAIT_SECONDS: true }),
  environment,
  configuration.warnings,
);
const callDatabase = connectDatabase(configuration);
const log = createLog(name);
const tools = { callDatabase, log, turnWaitSeconds };
const cleaner = createCleaner([
  configuration.callbackBaseUrl,
  ...configuration.webhookSigners.map(({ baseUrl }) => baseUrl),
]);

/** How long JSON is written, in ms: Event Streams waits 5 s for the answer. */
const JSON_MS = 4_000;

/** How long a form is written, in ms. */
const FORM_MS = 3_000;

async function handle(webhook: VerifiedWebhook, request: Request): Promise<Outcome> {
  if (!webhook.isJson) return await handleForm(webhook, request);
  const outcome = await handleJson(webhook, request).catch((error): Outcome => {
    log("error", "failed", { reason: noteError(error) });
    return { status: "deferred" };
  });
  if (outcome.status !== "deferred") return outcome;
  // Whatever DEFERRED_HTTP_STATUS is: Event Streams repeats for 4 hours after 503, and never after 200.
  return { ...outcome, response: Response.json({ status: "deferred" }, { status: 503 }) };
}

/** Handles a CloudEvent, an array of them, or a JSON object with a form's fields. */
async function handleJson({ form, json, query }: VerifiedWebhook, request: Request) {
  const endsAt = performance.now() + JSON_MS;
  if (json === null || typeof json !== "object") return { status: "ignored" } as const;
  const value = cleaner.clean(json as Json);
  if (!Array.isArray(value) && !isCloudEvent(value)) {
    return await handleForm({ form, query, json: value }, request);
  }
  const read: (ReportedEvent | undefined)[] = [];
  for (const item of itemsOf(value)) {
    read.push(isCloudEvent(item) ? await readCloudEvent(item, cleaner) : unknownEvent(item));
  }
  return outcomeOf(await writeEvents(read.filter((event) => event !== undefined), tools, endsAt));
}

/** The single events of JSON. An array without a CloudEvent is one thing that is not known. */
function itemsOf(value: Json): Json[] {
  return Array.isArray(value) && (value.length === 0 || value.some(isCloudEvent)) ? value : [value];
}

/** JSON that is not known; undefined if it is empty, or no object or array. */
function unknownEvent(value: Json): ReportedEvent | undefined {
  if (value === null || typeof value !== "object" || Object.keys(value).length === 0) {
    return undefined;
  }
  const payload = cleaner.cleanKept(value);
  return { step: "keep", kind: "unknown", id: hashOfJson(payload), phones: [], payload };
}

/** Handles the fields of a form, or of a JSON object. */
async function handleForm(
  { form, query, json }: { form: TwilioForm; query: URLSearchParams; json?: unknown },
  request: Request,
): Promise<Outcome> {
  const event = readForm(form, query, cleaner, json as Json | undefined);
  switch (event.kind) {
    case "empty":
      return { status: "ignored" };
    case "status":
      return event.callback
        ? await recordStatus(event.callback, form, callDatabase, log)
        : { status: "ignored" };
    case "text":
      return withTwiml(await handleText(event, form), request);
    case "call":
      return await handleCall(event);
    case "kept":
      return outcomeOf(await keep(event.event, FORM_MS));
  }
}

/** The inbound step, as in sms-inbound. The error that sent the text to the fallback URL is kept, too. */
async function handleText(
  { message, error }: Extract<FormEvent, { kind: "text" }>,
  form: TwilioForm,
): Promise<Outcome> {
  const deadline = databaseDeadline(FORM_MS);
  const received = await receiveMessage(
    { message, judgement: await judgeInbound(message), form },
    tools,
    deadline,
  );
  if (received.kind === "deferred") return { status: "deferred", failure: received.failure };
  const kept = error && await writeEvents([{ step: "keep", ...error }], tools, deadline.endsAt);
  if (kept?.kind === "deferred") return { status: "deferred", failure: kept.failure };
  return {
    status: received.kind === "no_conversation" ? "no_conversation" : "received",
    message_sid: message.messageSid,
    conversation_id: received.conversationId,
  };
}

/** Twilio's own answer to a text: empty TwiML. */
function withTwiml(outcome: Outcome, request: Request): Outcome {
  const isDeferred = outcome.status === "deferred";
  const httpStatus = isDeferred ? configuration.deferredHttpStatus : 200;
  return { ...outcome, response: emptyTwiml(request, httpStatus) };
}

/** What `recruiting_receive_call` returns: one row. */
const ReceivedCalls = z.tuple([z.object({ voice_text: z.string().nullable() })]);

/** Answers a call. Without a text for its caller, and while the database is away, the call is rejected. */
async function handleCall(
  { called, event }: Extract<FormEvent, { kind: "call" }>,
): Promise<Outcome> {
  const result = await callDatabase(
    "recruiting_receive_call",
    {
      channel: called.channel,
      address: called.address,
      event: JSON.stringify({ step: "keep", ...event }),
    },
    ReceivedCalls,
    databaseDeadline(FORM_MS),
  );
  if (!result.ok) logDatabaseFailure(log, result.failure, {});
  const [row] = result.ok ? result.data : [{ voice_text: null }];
  return { status: "received", response: voiceAnswer(row.voice_text) };
}

function keep(event: Omit<Extract<ReportedEvent, { step: "keep" }>, "step">, ms: number) {
  return writeEvents([{ step: "keep", ...event }], tools, performance.now() + ms);
}

function outcomeOf(written: Written): Outcome {
  if (written.kind === "deferred") return { status: "deferred", failure: written.failure };
  return { status: written.stored > 0 ? "received" : "ignored" };
}

export default {
  fetch: twilioWebhook({
    name,
    configuration,
    log,
    limits: {
      // The debugger quotes whole requests and answers.
      maxFormBytes: 1024 * 1024,
      // 1,000 events are 1 to 1.5 MB.
      maxJsonBytes: 4 * 1024 * 1024,
      jsonType: /^application\/(json|[^;,\s]+\+json)$/,
    },
    handle,
  }),
};
