/**
 * Which send's body a message in Twilio's list has. Twilio changes bodies on their way: a trial account puts
 * words before them, Smart Encoding replaces typographic marks, link shortening replaces links.
 *
 * @see https://www.twilio.com/docs/messaging/services#smart-encoding
 * @see https://www.twilio.com/docs/messaging/features/link-shortening
 * @module
 */
import type { Enums } from "../database/database.types.ts";

/** The body of a send; undefined for a template whose text could not be read. */
export type SentBody = string | undefined;

/**
 * Compares a listed body with those of unconfirmed sends to the same recruit. It belongs to the longest
 * body that it equals or ends with; if there is one send only, also to a body that it holds anywhere.
 *
 * @param listed The body as Twilio lists it.
 * @param body The body of the send that is confirmed.
 * @param otherBodies The bodies of the other unconfirmed sends.
 */
export function bodyOwnerOf(
  listed: string,
  body: SentBody,
  otherBodies: SentBody[],
): Enums<"recruiting_body_owner"> {
  const text = plain(listed);
  const bodies = [body, ...otherBodies];
  const owners = bodies
    .flatMap((sent, index) =>
      sent === undefined ? [] : [{ sent: plain(sent), isThisSend: index === 0 }]
    )
    .filter(({ sent }) =>
      sent === text || (sent !== "" && (
        text.endsWith(sent) || (otherBodies.length === 0 && text.includes(sent))
      ))
    )
    // Sorting is stable: of equal bodies this send's is first.
    .sort((one, other) => other.sent.length - one.sent.length);
  if (owners.length > 0) return owners[0].isThisSend ? "this_send" : "other_send";
  return text === "" || bodies.includes(undefined) ? "unknown" : "no_send";
}

/** The marks that Smart Encoding replaces and that people and models write. */
const SMART: [RegExp, string][] = [
  [/[\u2018\u2019\u201a\u201b\u2032\u02bc\u0060\u00b4]/g, "'"],
  [/[\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb]/g, '"'],
  [/[\u2010-\u2015\u2212]/g, "-"],
  [/\u2026/g, "..."],
  [/[\u2022\u00b7]/g, "*"],
  [/[\u200b-\u200d\u2060\ufeff]/g, ""],
];

/** A text in the form in which it is compared: without the differences that Twilio makes. */
function plain(text: string): string {
  const smart = SMART.reduce((result, [marks, mark]) => result.replace(marks, mark), text);
  return smart.replace(/https?:\/\/\S+/gi, "<link>").replace(/\s+/g, " ").trim();
}
