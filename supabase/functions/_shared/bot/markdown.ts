/**
 * Removes Markdown from a model's text, because a phone shows its marks as they are.
 *
 * The project has patterns of its own, because libraries change more: remove-markdown drops a link's
 * address and everything between `<` and `>`, and a CommonMark parser (micromark, marked) reads `2*3*4`
 * as emphasis. Each pattern takes time linear in the text.
 *
 * @see https://spec.commonmark.org/0.31.2/
 * @module
 */

/** How deep marks around words may be nested: `**_x_**` has two levels. */
const MAX_NESTING = 3;

const CODE_FENCE = /^[^\S\n]*`{3,}[^`\n]*$\n?/gm;
const RULE = /^[^\S\n]*([-*_])(?:[^\S\n]*\1){2,}[^\S\n]*$\n?/gm;
/** `# `, `> ` and `* `, also one behind the other. `#1` has no space behind its mark. */
const LINE_START = /^[^\S\n]*(?:(?:#{1,6}|>+|\*)(?:[^\S\n]+|$))+/gm;
/** A link, or a picture, with the title that may stand behind the address. */
const LINK =
  /!?\[([^[\]\n]*)\]\([^\S\n]*<?((?:[^\s()<>]|\([^\s()]*\))+)>?(?:[^\S\n]+(?:"[^"\n]*"|'[^'\n]*'))?[^\S\n]*\)/g;
const ADDRESS_IN_BRACKETS = /<((?:https?:\/\/|mailto:)[^\s<>]+|[^\s<>@]+@[^\s<>@]+)>/gi;
const CODE = /(?<!`)(`{1,3})(?!`)([^`\n]+)\1(?!`)/g;
const MARKS_AROUND_WORDS = [around("*", "1,3"), around("_", "1,3"), around("~", "2")];

/**
 * Removes marks around words and at the start of a line. A link becomes `text (address)`. List
 * numbers, dashes, `2 * 3`, `#1` and addresses stay as they are.
 */
export function withoutMarkdown(text: string): string {
  const lines = text
    // A pattern treats these as line start and as white space: many of them would take quadratic time.
    .replace(/[\r\u2028\u2029]/g, "\n")
    .replace(CODE_FENCE, "")
    .replace(RULE, "")
    .replace(LINE_START, "")
    .replace(LINK, (_, words: string, address: string) => linkWords(words.trim(), address))
    .replace(ADDRESS_IN_BRACKETS, (_, address: string) => bare(address))
    .replace(CODE, (_, _marks, code: string) => code.trim());
  return withoutMarksAroundWords(lines)
    .split("\n").map((line) => line.trimEnd()).join("\n")
    .replace(/\n{3,}/g, "\n\n");
}

function withoutMarksAroundWords(text: string): string {
  for (let level = 0; level < MAX_NESTING; level++) {
    const before = text;
    for (const pattern of MARKS_AROUND_WORDS) {
      text = text.replace(
        pattern,
        (match, address?: string, _marks?: string, words?: string) =>
          address === undefined ? words ?? match : match,
      );
    }
    if (text === before) break;
  }
  return text;
}

/**
 * Matches an address, which stays, or words between two equal marks. White space just inside the marks, or
 * a Latin letter or digit just outside, makes them ordinary characters. So does white space on both sides
 * of a mark between the words.
 */
function around(mark: string, count: string): RegExp {
  const edge = String.raw`${mark}\p{Script=Latin}\p{Nd}`;
  const word = String.raw`[^${mark}\n]|(?<=\s)[${mark}](?=\s)`;
  return new RegExp(
    String.raw`\b((?:https?:\/\/|www\.)[^\s<>]+)` +
      String
        .raw`|(?<![${edge}/@])([${mark}]{${count}})(?![\s${mark}])((?:${word})*[^\s${mark}])\2(?![${edge}])`,
    "giu",
  );
}

function linkWords(words: string, address: string): string {
  const target = bare(address);
  const isSame = words === "" || addressKey(words) === addressKey(target);
  return isSame ? target : `${words} (${target})`;
}

/** An e-mail address or phone without its scheme, which a reader does not need. */
function bare(address: string): string {
  return address.replace(/^(?:mailto|tel|sms):/i, "");
}

function addressKey(address: string): string {
  return address.toLowerCase().replace(/^https?:\/\//, "").replace(/^www\./, "").replace(/\/$/, "");
}
