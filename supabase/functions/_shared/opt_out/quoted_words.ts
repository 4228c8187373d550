/**
 * Separates the words of ours that a recruit's text quotes. A phone sends a reaction as a text that quotes our
 * message, and mail gateways put `>` before its lines.
 *
 * @module
 */

/** Invisible characters, which phones put around an emoji and between words. */
const INVISIBLE =
  /[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]/g;

// The patterns have neither the flag i nor u, which make them slow to compile. So they are matched against
// lower case, and every unit that is not a Latin letter may belong to an emoji.
const LETTER = "a-z\u00df-\u024f";
/** An emoji, or marks such as "!!": neither letters nor numbers, but for keycaps. */
const EMOJI = `(?:[0-9#*]\u20e3|[^${LETTER}0-9 \n.,<>“”„"«»‹›‘’']{1,48})`;

/** The words that a phone puts before ours, in the languages of iOS and Android. */
const VERBS = [
  // English: Liked, Laughed at, Removed a heart from, Reacted 👍 to, 👍 to, 👍 removed from
  "(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned)",
  "(?:added|removed) an? (?:like|heart|love|dislike|laugh|emphasis|exclamation|question|sticker|reaction|thumbs (?:up|down))" +
  "(?: (?:mark|point))? (?:to|from)",
  `(?:reacted|responded)(?: with)? (?:${EMOJI}|an? [${LETTER} ]{1,24}) to(?: your message)?`,
  "reacted to(?: your message)?",
  `removed (?:the reaction )?${EMOJI} from`,
  `${EMOJI} (?:to|from|a|à|para|removed from|removed ${EMOJI} from)`,
  // Spanish: Le encantó, No le gustó, Se rio de, Quitó un corazón de, Reaccionó con 👍 a
  `(?:a [${LETTER}]+ )?(?:no )?[lm]e (?:ha )?(?:gust[oóa]|gustado|encant[oóa]|encantado|dio risa|hizo gracia)`,
  "(?:(?:ha indicado|indic[oó]) que )?(?:no )?le (?:gusta|encanta)",
  `(?:le )?(?:dio|ha dado) (?:un )?[“"«]?me (?:gusta|encanta)[”"»]? a`,
  "se (?:ha )?(?:ri[oó]|reído) (?:de|con|por)",
  "(?:exclam[oó] por|(?:enfatiz|destac|cuestion|subray|resalt)[oó]|pregunt[oó] por|dud[oó] (?:de|sobre)|puso en duda)",
  "ha (?:enfatizado|destacado|cuestionado|exclamado por|preguntado por)",
  `(?:ha )?reaccion(?:[oó]|ado)(?: con)? ${EMOJI} a`,
  `(?:ha )?(?:quit|elimin|retir)(?:[oó]|ado) (?:${EMOJI}|(?:una?|el|la|su) [“”"${LETTER} ]{1,40}?) (?:de|a)`,
  // French: A aimé, N’a pas aimé, A ri de, A attribué la mention « Adore » à, A réagi avec 👍 à
  "(?:l’|l')?a (?:bien )?(?:aimé|adoré|ri (?:de|à)|souligné|accentué|questionné|mis en (?:évidence|avant|doute)|" +
  "insisté sur|exclamé sur|posé une question sur|ri aux éclats (?:de|à))",
  "n[’']a pas aimé",
  "s[’']est (?:interrogée?|interrogé\\(e\\)|exclamée?|exclamé\\(e\\)) (?:sur|à propos de)",
  `a réagi(?: (?:avec|par))? ${EMOJI} (?:à|au|sur)`,
  `a (?:ajouté|retiré|supprimé|enlevé) (?:(?:la réaction )?${EMOJI}|(?:une?|le|la|son) [«»“”"${LETTER}’' ]{1,40}?) (?:de|du|à)`,
  "a (?:attribué|retiré|ajouté|supprimé) (?:la mention|une?) «[^»]{1,24}» (?:à|de)",
  // Portuguese: Curtiu, Amou, Não gostou de, Riu de, Removeu um coração de, Reagiu com 👍 a
  "(?:não )?(?:curtiu|gostou (?:de|do|da)|adorou|amou)",
  "(?:riu|deu risada|achou graça|riu-se) (?:de|do|da|com)",
  "(?:enfatizou|destacou|questionou|exclamou sobre|colocou em dúvida|duvidou (?:de|do|da))",
  `reagiu(?: com)? (?:com )?${EMOJI} (?:a|à|ao|para)`,
  `(?:removeu|retirou|tirou) (?:${EMOJI}|(?:uma?|o|a|sua) [“”"${LETTER} ]{1,40}?) (?:de|do|da)`,
].join("|");

/** The words by which a phone names a message without words. */
const OBJECTS = [
  "(?:an?|[0-9]+) (?:image|photo|picture|movie|video|gif|sticker|attachment|file|contact(?: card)?|location|" +
  "link|screenshot|voice (?:message|memo)|audio message|audio|recording|message|text|text message|document)s?",
  "(?:una?|[0-9]+) (?:imagen|foto|fotografía|vídeo|video|película|sticker|archivo adjunto|archivo|" +
  "adjunto|contacto|ubicación|enlace|mensaje de (?:voz|audio)|audio|nota de voz|mensaje)(?:es|s)?",
  "(?:une?|[0-9]+) (?:image|photo|vidéo|film|autocollant|fichier|pièce jointe|contact|" +
  "position|lien|message vocal|message audio|message)s?",
  "(?:uma?|[0-9]+) (?:imagem|foto|fotografia|vídeo|filme|figurinha|arquivo|ficheiro|anexo|" +
  "contato|contacto|localização|link|mensagem de voz|áudio|mensagem)s?",
].join("|");

/** The marks that close each opening mark. The first kind that the text has counts. */
const CLOSING: Record<string, string[]> = {
  "“": ["”", '"', "“"],
  "”": ["”", '"'],
  "„": ["“", "”", '"'],
  "‟": ["”", '"'],
  '"': ['"', "”"],
  "＂": ["＂"],
  "″": ["″"],
  "«": ["»", '"'],
  "»": ["«", "»"],
  "‹": ["›"],
  "‘": ["’", "'"],
  "’": ["’"],
  "‚": ["‘", "’"],
  "'": ["'", "’"],
  "「": ["」"],
};
const SINGLE = "'‘’";

/** Built with the first text that may hold a reaction, because the pattern is long. */
let reaction: RegExp | undefined;

/** Every reaction has one of these marks, or names a message without words. */
const MAY_REACT =
  /[“”„‟"＂″«»‹›‘’‚'「]|image|photo|picture|movie|film|v[ií]d[eé]o|gif|sticker|message|mensa[jg]e|imagen|imagem|foto|[aá]udio|attachment|adjunto|anexo|jointe|file|fichier|archivo|arquivo|contact|contato|location|ubicaci|position|localiza|link|enlace|lien|screenshot|recording|memo|document|figurinha|autocollant|text/;

/**
 * Separates a recruit's own words from quoted ones. What stands behind the last closing mark of a
 * reaction is the recruit's. Without a closing mark our words were cut off with "…", and only what
 * stands on a line behind that is the recruit's. A single mark that none closes is an apostrophe.
 *
 * @param body The text, of any length.
 * @returns The recruit's own words, trimmed, empty if there are none, and whether the text is or
 * begins with a reaction to a message.
 */
export function splitQuoted(body: string): { own: string; isReaction: boolean } {
  const behind = behindReaction(body);
  const own = withoutQuotedLines(behind?.replace(/^[\s.,;]+/, "") ?? body);
  // Punctuation behind the closing mark does not count as words.
  return behind === null || /[\p{L}\p{N}\p{S}]/u.test(own)
    ? { own, isReaction: behind !== null }
    : { own: "", isReaction: true };
}

/** What stands behind a reaction, or null if the body does not begin with one. */
function behindReaction(body: string): string | null {
  // A reaction begins with its verb.
  const head = body.slice(0, 400).toLowerCase();
  if (!MAY_REACT.test(head)) return null;
  reaction ??= new RegExp(
    `^ *(?:${VERBS.replaceAll(" ", " +")}):?(?:[ \\n]*([${Object.keys(CLOSING).join("")}])|` +
      ` +(?:${OBJECTS.replaceAll(" ", " +")})(?= *$| *[^${LETTER}0-9 ]))`,
  );
  const found = reaction.exec(head.replace(INVISIBLE, "").replace(/[^\S\n]/g, " "));
  if (!found) return null;
  const behind = body.slice(lengthWithInvisible(body, found[0].length));
  return found[1] === undefined ? behind : behindQuote(behind, found[1]);
}

/** The length of a text's beginning that holds so many visible UTF-16 units. */
function lengthWithInvisible(text: string, visible: number): number {
  let length = 0;
  for (let seen = 0; seen < visible; length++) {
    if (text[length].replace(INVISIBLE, "") !== "") seen++;
  }
  return length;
}

/** What stands behind the last mark that closes a quote, or null if nothing was quoted: "Liked 'em". */
function behindQuote(quoted: string, opening: string): string | null {
  for (const mark of CLOSING[opening]) {
    let end = quoted.lastIndexOf(mark);
    if (SINGLE.includes(mark)) {
      // An apostrophe closes nothing.
      while (end > 0 && /^\p{L}/u.test(quoted.slice(end + 1, end + 3))) {
        end = quoted.lastIndexOf(mark, end - 1);
      }
    }
    if (end >= 0) return withoutReactionEnd(quoted.slice(end + 1));
  }
  // Our words were cut off.
  const cut = Math.max(quoted.lastIndexOf("…"), quoted.lastIndexOf("...") + 2);
  const behind = cut > 1 ? quoted.slice(cut + 1) : "";
  if (/^[^\S\n]*\n/.test(behind)) return behind;
  const isCut = cut > 1 && behind.trim() === "";
  return isCut || !SINGLE.includes(opening) ? "" : null;
}

/** Removes the end of `Reacted to “…” with 👍`, whose emoji stands behind our words. */
function withoutReactionEnd(behind: string): string {
  return behind.replace(/^\s*with\s+[^\p{L}\p{N}\s]+/u, "");
}

/** A line that a mail program or gateway quotes; ">:(" and ">5 years" are the recruit's. */
const QUOTED_LINE = /^\s*(?:>|&gt;)(?:\s*$|\s|>|&gt;|["“«*\p{L}])/u;
/** The line before our whole message, as mail programs write it. */
const ORIGINAL =
  /^\s*-{2,}\s*(?:original|forwarded|mensaje original|mensaje reenviado|message d['’]origine|mensagem original)/i;
/** A line that speaks of the recruit is the recruit's, although it ends with a colon. */
const OF_THE_RECRUIT =
  /(?:^|[\s,.!])(?:me|my|us|stop|unsubscribe|no|moi|m['’]\p{L}+|arr[eê]te[rz]?|pare)(?=[\s,.!:])/iu;

/** Removes quoted lines, with the attribution above them. */
function withoutQuotedLines(body: string): string {
  if (!body.includes(">") && !body.includes("&gt;") && !body.includes("--")) return body.trim();
  const own: string[] = [];
  // The newest line with words above the next quoted one; -1 once it is dropped, or for none.
  let newest = -1;
  for (const line of body.split(/\r\n|[\n\r\u2028\u2029]/)) {
    if (ORIGINAL.test(line)) break;
    if (QUOTED_LINE.test(line)) {
      if (newest >= 0) dropAttribution(own, newest);
      newest = -1;
    } else {
      if (line.trim() !== "") newest = own.length;
      own.push(line);
    }
  }
  return own.join("\n").trim();
}

/** Drops a line if it is an attribution ("On Mon, … wrote:"), which may go over two lines. */
function dropAttribution(lines: string[], last: number): void {
  if (!/:\s*$/.test(lines[last]) || OF_THE_RECRUIT.test(lines[last])) return;
  const begins = /^\s*(?:on|el|le|em|am)\s/i;
  const first = last > 0 && !begins.test(lines[last]) && begins.test(lines[last - 1])
    ? last - 1
    : last;
  lines.length = first;
}
