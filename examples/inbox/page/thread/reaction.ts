/**
 * Reactions, which phones send on SMS as texts that quote ours: `Loved “…”`.
 *
 * @module
 */

/** A reaction to one of our messages. */
export interface Reaction {
  /** The emoji; absent where the phone tells only words. */
  symbol?: string;
  /** What the recruit did, such as "Loved" or "Removed a heart". */
  label: string;
  /** Our words; absent for a reaction to a picture. */
  quoted?: string;
}

/** The emoji of an iPhone's words. */
export const SYMBOLS: Record<string, string> = {
  "Loved": "❤️",
  "Liked": "👍",
  "Disliked": "👎",
  "Laughed at": "😂",
  "Emphasized": "‼️",
  "Questioned": "❓",
};

const VERB = `(?<verb>${Object.keys(SYMBOLS).join("|")})`;
const EMOJI =
  "(?<emoji>\\p{Extended_Pictographic}[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\u200d\\ufe0f]*)";
// Only words without quotation marks: behind an inner mark the recruit may go on in their own words.
const QUOTED = '\\s*[“"„«](?<quoted>[^“”"„«»]*)[”"“»]';

const FORMS = [
  `${VERB} ${QUOTED}`,
  `${VERB} (?<thing>an? (?:image|photo|picture|video|movie|sticker|message|attachment))`,
  `(?:Reacted )?${EMOJI}\\s*to ${QUOTED}`,
  `(?<removal>Removed an? [a-z ]{1,20}|Removed ${EMOJI}) from ${QUOTED}`,
].map((form) => new RegExp(`^${form}$`, "su"));

/** What Android puts around the emoji and the quoted words. */
const INVISIBLE = /[\u200a\u200b\u200e\u200f\u2060\ufeff]/g;

/**
 * Reads a reaction.
 *
 * @returns Nothing for any other text, and for a reaction in a form that is not known.
 */
export function parseReaction(body: string): Reaction | undefined {
  const text = body.replaceAll(INVISIBLE, "").trim();
  for (const form of FORMS) {
    const groups = form.exec(text)?.groups;
    if (!groups) continue;
    const { verb, thing, emoji, removal, quoted } = groups;
    const label = removal ?? [verb ?? "Reacted", thing].filter(Boolean).join(" ");
    return { symbol: removal ? undefined : emoji ?? SYMBOLS[verb], label, quoted: quoted?.trim() };
  }
  return undefined;
}
