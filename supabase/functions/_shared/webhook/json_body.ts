/**
 * Reads a webhook whose body is JSON. It is loaded when one comes: Twilio posts texts and delivery callbacks as forms.
 *
 * @module
 */
import { parseJson } from "../http/parse_json.ts";
import { emptyForm, type TwilioForm } from "./twilio_form.ts";

/**
 * Reads JSON text.
 *
 * @returns The JSON, undefined if it is none; and the members of an object as a form's fields, none of anything else.
 */
export function readJson(text: string): { json: unknown; fields: TwilioForm } {
  const json = parseJson(text);
  const fields = emptyForm();
  if (json && typeof json === "object" && !Array.isArray(json)) {
    for (const [key, value] of Object.entries(json)) {
      fields[key] = Array.isArray(value) ? value.map(asText) : asText(value);
    }
  }
  return { json, fields };
}

/** A JSON value as a form's text. Nested JSON becomes empty, because a form cannot hold it. */
function asText(value: unknown): string {
  return value === null || typeof value === "object" ? "" : String(value);
}
