/**
 * The type with which an attachment is stored. A browser that opens a stored page or drawing would run its scripts,
 * so that only harmless types are kept.
 *
 * @see https://www.twilio.com/docs/messaging/guides/accepted-mime-types
 * @module
 */

const KEPT =
  /^(image\/(jpeg|png|gif|webp|heic)|(audio|video)\/[a-z0-9][a-z0-9.+-]*|application\/pdf|text\/vcard|text\/plain)$/;

/**
 * Chooses the type.
 *
 * @param header The header Content-Type of Twilio's answer; null without one.
 * @returns The header's type without its parameters, or `application/octet-stream` in place of any other.
 */
export function storedTypeOf(header: string | null): string {
  const type = (header ?? "").split(";")[0].trim().toLowerCase();
  return KEPT.test(type) ? type : "application/octet-stream";
}
