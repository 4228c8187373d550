/**
 * What CreateMessage sends for a ContentSid: the template's text with its variables filled in, and its pictures.
 *
 * @see https://www.twilio.com/docs/content/using-variables-with-content-api
 * @module
 */
import { parseJson } from "../../parse_json.ts";
import { findTemplate } from "./content_templates.ts";
import { TwilioError } from "./errors.ts";

/** What a template becomes. */
export interface SentTemplate {
  /** The text; empty if the template has none. */
  body: string;
  mediaUrls: string[];
}

/**
 * Fills in a template.
 *
 * @param contentSid The call's ContentSid.
 * @param contentVariables The call's ContentVariables: a JSON object of texts.
 * @throws {TwilioError} If Twilio would refuse them.
 */
export function fillInTemplate(contentSid: string, contentVariables?: string): SentTemplate {
  const template = findTemplate(contentSid);
  if (!template) throw new TwilioError({ code: 21655, message: "The ContentSid is Invalid" });
  const values = { ...template.variables, ...readVariables(contentVariables) };
  const fillIn = (text: string) =>
    text.replace(/\{\{(\w+)\}\}/g, (placeholder, name) => values[name] ?? placeholder);
  const { types } = template;
  const { body = "" } = types["twilio/text"] ??
    Object.values(types).find((type) => type.body !== undefined) ?? {};
  const media = Object.values(types).flatMap((type) => Array.isArray(type.media) ? type.media : []);
  return { body: fillIn(body), mediaUrls: media.map((url) => fillIn(String(url))) };
}

function readVariables(text: string | undefined): Record<string, string> {
  if (text === undefined) return {};
  const values = parseJson(text);
  const isValid = typeof values === "object" && values !== null && !Array.isArray(values) &&
    Object.values(values).every((value) => typeof value === "string" && value !== "");
  if (!isValid) {
    throw new TwilioError({ code: 21656, message: "The ContentVariables Parameter is invalid" });
  }
  return values as Record<string, string>;
}
