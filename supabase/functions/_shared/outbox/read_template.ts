/**
 * Reads the text of a template, so that people and the comparison with Twilio's list know what was sent.
 *
 * @module
 */
import type { LogFields } from "../log/log.ts";
import { failureOf } from "../twilio/twilio_api.ts";
import type { Outbox } from "./outbox.ts";
import { type Template, textOfTemplate } from "./template.ts";

/** How long Twilio may take, in ms: the agent waits, and the template goes out without its text being known. */
const ANSWER_MS = 2_000;

/**
 * Reads a template's text, with its variables filled in. A failure is logged.
 *
 * @param fields What the log says beside the reason.
 * @returns The text; undefined if it cannot be read, or if the template has none.
 */
export async function readTemplateText(
  { contentSid, contentVariables }: Template,
  { content, log }: Outbox,
  fields: LogFields,
): Promise<string | undefined> {
  let reason = "no text";
  try {
    const template = await (await content()).fetch(contentSid, ANSWER_MS);
    const text = textOfTemplate(template, contentVariables);
    if (text !== undefined) return text;
  } catch (error) {
    const failure = failureOf(error);
    reason = failure.kind === "unknown" ? failure.reason : failure.errorCode;
  }
  log("warn", "template_not_read", { ...fields, reason });
  return undefined;
}
