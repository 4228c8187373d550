/**
 * Reactions. On SMS a phone sends one as a text that quotes the message: `Loved “…”`.
 *
 * @module
 */

/** A reaction to a message from the platform's number. */
export interface Reaction {
  /** The emoji; absent where the phone sends words alone. */
  symbol?: string;
  /** The recruit's action, such as "Loved" or "Removed a heart". */
  label: string;
  /** The quoted message; absent for a reaction to a picture. */
  quoted?: string;
}

/** The emoji for the words that an iPhone sends. */
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
// The quoted words must hold no quotation mark: after one, the recruit's own words may follow.
const QUOTED = '\\s*[“"„«](?<quoted>[^“”"„«»]*)[”"“»]';

const FORMS = [
  `${VERB} ${QUOTED}`,
  `${VERB} (?<thing>an? (?:image|photo|picture|video|movie|sticker|message|attachment))`,
  `(?:Reacted )?${EMOJI}\\s*to ${QUOTED}`,
  `(?<removal>Removed an? [a-z ]{1,20}|Removed ${EMOJI}) from ${QUOTED}`,
].map((form) => new RegExp(`^${form}$`, "su"));

/** Invisible characters that Android puts around the emoji and the quoted words. */
const INVISIBLE = /[\u200a\u200b\u200e\u200f\u2060\ufeff]/g;

/**
 * Parses a text as a reaction.
 *
 * @returns Undefined for an ordinary text, and for a reaction in an unknown form.
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
