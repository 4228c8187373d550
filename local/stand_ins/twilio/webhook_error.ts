/**
 * The errors that Twilio logs about a webhook's answer.
 *
 * @see https://www.twilio.com/docs/api/errors
 * @module
 */
import { parseTwiml, parseVoiceTwiml, TwimlError } from "./twiml.ts";
import { TimedOut, type WebhookAnswer } from "./webhook.ts";

/** An error of Twilio's error log. */
export interface WebhookError {
  /** The code, such as 11200. */
  code: number;
  /** What happened, in words. */
  message: string;
}

/** The use of an answer: TwiML of a text or of a call, which Twilio executes, or the status alone. */
export type AnswerUse = "messaging" | "voice" | "status";

/** The types that Twilio takes where it expects TwiML. Plain text is texted, or spoken. */
const TWIML_TYPES = ["text/xml", "application/xml", "text/html", "text/plain"];

/** The longest TwiML, in bytes. */
const MAX_TWIML_BYTES = 64 * 1024;

/** Returns the error of an answer; undefined for an answer that Twilio accepts. */
export function errorOfAnswer(
  { status, content_type, body }: WebhookAnswer,
  use: AnswerUse,
): WebhookError | undefined {
  if (status < 200 || status > 299) return { code: 11200, message: `Got HTTP ${status} response` };
  if (use === "status" || body === "") return undefined;
  const type = content_type.split(";")[0].trim().toLowerCase();
  if (!TWIML_TYPES.includes(type)) {
    return { code: 12300, message: `Invalid Content-Type: ${type || "none"}` };
  }
  if (type === "text/plain") return undefined;
  if (new TextEncoder().encode(body).length > MAX_TWIML_BYTES) {
    return { code: 11750, message: "Response body too large" };
  }
  try {
    if (use === "voice") parseVoiceTwiml(body);
    else parseTwiml(body);
    return undefined;
  } catch (error) {
    if (error instanceof TwimlError) return { code: error.code, message: error.message };
    throw error;
  }
}

/** Returns the error of a webhook that has not answered. */
export function errorOfFailure(failure: unknown): WebhookError {
  return failure instanceof TimedOut
    ? { code: 11200, message: "The webhook has not answered in time" }
    : { code: 11205, message: "HTTP connection failure" };
}
