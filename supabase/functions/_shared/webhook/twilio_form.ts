/**
 * The fields that Twilio posts.
 *
 * @module
 */

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

/** NUL in a form's text. UTF-8, also percent-encoded, cannot hold a lone surrogate. */
const NUL = /\0|%00/;

/** Whether Postgres can store the fields of an `application/x-www-form-urlencoded` body as they are. */
export function isStorable(text: string): boolean {
  return !NUL.test(text);
}

/** A form without fields and without a prototype. */
export function emptyForm(): TwilioForm {
  return Object.create(null);
}
