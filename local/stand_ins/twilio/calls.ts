/**
 * Calls from recruits' phones: the voice webhook says what to do with each, and the status callback
 * tells its end.
 *
 * @see https://www.twilio.com/docs/voice/twiml
 * @module
 */
import { z } from "zod/v3";
import { parseVoiceTwiml, type VoiceVerb } from "./twiml.ts";
import { callStatusForm, type InboundCall, ringingForm } from "./voice_forms.ts";
import type { AnswerWithFallback } from "./fallback.ts";
import type { WebhookAnswer } from "./webhook.ts";
import { errorOfAnswer, type WebhookError } from "./webhook_error.ts";

const phone = z.string().regex(/^\+[1-9]\d{6,14}$/, "must be a phone in E.164");

/** The JSON of `POST /phone/calls`. */
export const PhoneCall = z.object({
  from: phone,
  to: phone,
  call_sid: z.string().regex(/^CA[0-9a-f]{32}$/).optional(),
}).strict();

/** A call before the checks. */
export type PhoneCall = z.input<typeof PhoneCall>;

/** The course of a call. */
export interface CallCourse {
  call_sid: string;
  /** What the caller hears, in order. */
  heard: string[];
  /** The status in the end. */
  call_status: "completed" | "busy" | "no-answer";
  /** The error of the webhook's answer, if it has one. */
  error: WebhookError | null;
  /** The voice webhook's answer. */
  answer: AnswerWithFallback;
  /** The answer to the status callback; null if the number has none. */
  callback: WebhookAnswer | null;
}

/** The words of Twilio to a caller whose webhook fails. */
const APPLICATION_ERROR = "We are sorry, an application error has occurred. Goodbye.";

/** The time of one spoken word, in seconds. */
const WORD_SECONDS = 0.4;

/** Posts a form to the webhook of calls. @throws {Error} If it does not answer. */
export type PostCallForm = (
  form: Record<string, string>,
  use: "voice" | "status",
) => Promise<AnswerWithFallback>;

/**
 * Makes a call: asks the webhook, does what it says, and posts the end.
 *
 * @param hasCallback Whether the number has a status callback, to which the end is posted.
 * @throws {Error} If the webhook does not answer.
 */
export async function makeCall(
  call: InboundCall,
  accountSid: string,
  post: PostCallForm,
  hasCallback = true,
): Promise<CallCourse> {
  const answer = await post(ringingForm(call, accountSid), "voice");
  const { heard, call_status, error } = courseOf(answer);
  const seconds = call_status === "completed" ? secondsOf(heard) : 0;
  const end = { status: call_status, seconds, at: new Date() };
  const callback = hasCallback ? await post(callStatusForm(call, end, accountSid), "status") : null;
  return { call_sid: call.callSid, heard, call_status, error, answer, callback };
}

/** Reads what Twilio does with a call by the webhook's answer. */
export function courseOf(
  answer: WebhookAnswer,
): Pick<CallCourse, "heard" | "call_status" | "error"> {
  const error = errorOfAnswer(answer, "voice") ?? null;
  if (error) return { heard: [APPLICATION_ERROR], call_status: "completed", error };
  const isText = answer.content_type.startsWith("text/plain") || answer.body === "";
  const verbs: VoiceVerb[] = isText
    ? [{ kind: "say", text: answer.body }]
    : parseVoiceTwiml(answer.body);
  // A Reject counts only as the first verb: any other verb answers the call.
  const [first] = verbs;
  if (first?.kind === "reject") {
    return { heard: [], call_status: first.reason === "busy" ? "busy" : "no-answer", error };
  }
  const end = verbs.findIndex(({ kind }) => kind === "hangup" || kind === "reject");
  const heard = verbs.slice(0, end < 0 ? verbs.length : end)
    .flatMap((verb) => verb.kind === "say" && verb.text ? [verb.text] : []);
  return { heard, call_status: "completed", error };
}

function secondsOf(heard: string[]): number {
  return Math.ceil(heard.join(" ").split(/\s+/).filter(Boolean).length * WORD_SECONDS);
}
