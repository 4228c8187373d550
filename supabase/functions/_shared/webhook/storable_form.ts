/**
 * Forms that Postgres can store. It is loaded for JSON, and for a form that may hold NUL.
 *
 * @module
 */
import { storableText } from "../database/storable_text.ts";
import { emptyForm, type TwilioForm } from "./twilio_form.ts";

/**
 * Replaces what Postgres cannot hold, NUL and lone surrogates, with U+FFFD. This is the form that is stored;
 * a signature is checked against the form as it came.
 */
export function storableForm(form: TwilioForm): TwilioForm {
  const storable = emptyForm();
  for (const [key, value] of Object.entries(form)) {
    storable[storableText(key)] = Array.isArray(value)
      ? value.map(storableText)
      : storableText(value);
  }
  return storable;
}
