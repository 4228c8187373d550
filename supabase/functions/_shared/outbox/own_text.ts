/**
 * Whose text a message in Twilio's list has. Twilio changes texts on their way: a trial account puts
 * words before them, Smart Encoding replaces typographic marks, link shortening replaces links.
 *
 * @see https://www.twilio.com/docs/messaging/services#smart-encoding
 * @see https://www.twilio.com/docs/messaging/features/link-shortening
 * @module
 */

/** `ours`: of the message that is looked for; `rival`: of another one; `other`: of none; `blank`: redacted. */
export type TextOwner = "ours" | "rival" | "other" | "blank";

/**
 * Compares a listed text with those of unconfirmed messages to the same recruit. It belongs to the
 * longest one that it equals or ends with; without rivals also to one that it holds anywhere.
 *
 * @param listed The text as Twilio lists it.
 * @param ours The text of the message that is looked for.
 * @param rivals The texts of the others.
 */
export function ownerOf(listed: string, ours: string, rivals: string[]): TextOwner {
  const text = plain(listed);
  const owners = [ours, ...rivals].map((body, index) => ({
    body: plain(body),
    isOurs: index === 0,
  }))
    .filter(({ body }) =>
      body === text || (body !== "" && (
        text.endsWith(body) || (rivals.length === 0 && text.includes(body))
      ))
    )
    // Sorting is stable: of equal ones ours is first.
    .sort((one, other) => other.body.length - one.body.length);
  if (owners.length > 0) return owners[0].isOurs ? "ours" : "rival";
  return text === "" ? "blank" : "other";
}

/** What Smart Encoding replaces, as far as it matters in texts of people and models. */
const SMART: [RegExp, string][] = [
  [/[\u2018\u2019\u201a\u201b\u2032\u02bc\u0060\u00b4]/g, "'"],
  [/[\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb]/g, '"'],
  [/[\u2010-\u2015\u2212]/g, "-"],
  [/\u2026/g, "..."],
  [/[\u2022\u00b7]/g, "*"],
  [/[\u200b-\u200d\u2060\ufeff]/g, ""],
];

/** A text without what Twilio may change in it; for comparing only. */
function plain(text: string): string {
  const smart = SMART.reduce((result, [marks, mark]) => result.replace(marks, mark), text);
  return smart.replace(/https?:\/\/\S+/gi, "<link>").replace(/\s+/g, " ").trim();
}
