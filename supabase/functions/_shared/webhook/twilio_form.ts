/**
 * The fields that Twilio posts.
 *
 * @module
 */
import { storableText } from "../database/storable_text.ts";

/**
 * Values by field name. A field that was given more than once has all its values. The object has no
 * prototype, so that a field named `__proto__` is a field like any other.
 */
export type TwilioForm = Record<string, string | string[]>;

/** The most fields of a form. Twilio's own have about 40, with ten media about 60. */
export const MAX_FORM_FIELDS = 200;

/** Reads an `application/x-www-form-urlencoded` body, in one pass. */
export function parseForm(text: string): TwilioForm {
  const form = emptyForm();
  for (const [key, value] of new URLSearchParams(text)) {
    const earlier = form[key];
    if (earlier === undefined) form[key] = value;
    else if (typeof earlier === "string") form[key] = [earlier, value];
    else earlier.push(value);
  }
  return form;
}

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

/** A form without fields and without a prototype. */
export function emptyForm(): TwilioForm {
  return Object.create(null);
}
