/**
 * Patterns, indexed by words that a text must hold to match. A text compiles and runs only the patterns whose
 * words it holds, so that an ordinary text runs very few.
 *
 * @module
 */

/** Words that many texts hold. A pattern is indexed by a rarer word if it has one. */
const COMMON = new Set(
  ("i im me my you it this that to not no dont is are a an and or in on at for from with do have has be " +
    "was need want get job work text texting call number time now again so if but can please stop list " +
    "que de se la el un una es en por para mi su lo le y o ya con mas quiero trabajo mensaje " +
    "je ne pas vous nous moi ce cette les des du plus veux est et ou sur au " +
    "eu nao um uma os as do da em com meu minha voce mais quero e ou na").split(" "),
);

/** A pattern, compiled when a text first needs it. */
interface Pattern {
  source: string;
  /** The words that replace a match. */
  words: string;
  once?: RegExp;
  everywhere?: RegExp;
}

function matches(pattern: Pattern, text: string): boolean {
  pattern.once ??= new RegExp(` (?:${pattern.source})(?= )`);
  return pattern.once.test(text);
}

/** Patterns over plain words. */
export class PatternIndex {
  #always: Pattern[] = [];
  #byWord = new Map<string, Pattern[]>();
  #order = new Map<Pattern, number>();

  /**
   * @param patterns Patterns, each with the words that replace what it matches.
   * @param added Words that a text may come to hold while the patterns run.
   */
  constructor(patterns: [source: string, words: string][], added = new Set<string>()) {
    for (const [source, words] of patterns) {
      const pattern: Pattern = { source, words };
      this.#order.set(pattern, this.#order.size);
      const needed = neededWords(source);
      if (!needed || needed.some((word) => added.has(word))) {
        this.#always.push(pattern);
        continue;
      }
      for (const word of needed) {
        const others = this.#byWord.get(word);
        if (others) others.push(pattern);
        else this.#byWord.set(word, [pattern]);
      }
    }
  }

  /** Whether any pattern matches. `present` holds the words of the text. */
  test(text: string, present: Set<string>): boolean {
    for (const pattern of this.#always) if (matches(pattern, text)) return true;
    for (const word of present) {
      const patterns = this.#byWord.get(word);
      if (patterns?.some((pattern) => matches(pattern, text))) return true;
    }
    return false;
  }

  /** Replaces what each pattern matches, in the order of the patterns. */
  replace(text: string, present: Set<string>): string {
    const candidates = this.#candidates(present);
    if (candidates.length > 1) {
      candidates.sort((a, b) => this.#order.get(a)! - this.#order.get(b)!);
    }
    for (const pattern of candidates) {
      pattern.everywhere ??= new RegExp(` (?:${pattern.source})(?= )`, "g");
      text = text.replace(pattern.everywhere, ` ${pattern.words}`);
    }
    return text;
  }

  /** The patterns that may match a text with these words. */
  #candidates(present: Set<string>): Pattern[] {
    const candidates = new Set(this.#always);
    for (const word of present) {
      for (const pattern of this.#byWord.get(word) ?? []) candidates.add(pattern);
    }
    return [...candidates];
  }
}

/**
 * Words of which a text must hold at least one for the pattern to match, the rarest that are known.
 *
 * @returns Null if there are no such words: then the pattern always runs.
 */
export function neededWords(source: string): string[] | null {
  const words: string[] = [];
  for (const alternative of splitOutside(source, "|")) {
    let best: string[] | null = null;
    for (const item of splitOutside(alternative, " ")) {
      const needed = neededOfItem(item);
      if (needed && (best === null || cost(needed) < cost(best))) best = needed;
    }
    if (best === null) return null;
    words.push(...best);
  }
  return words;
}

const cost = (words: string[]) => words.reduce((sum, word) => sum + (COMMON.has(word) ? 20 : 1), 0);

/** The words that one item between two spaces matches; null if it may match any others. */
function neededOfItem(item: string): string[] | null {
  let rest = item;
  // Lookarounds, and optional words in front and behind, do not change the word itself.
  for (let group = leadingGroup(rest); group; group = leadingGroup(rest)) {
    if (!group.isLook && !(group.isOptional && group.inner.endsWith(" "))) break;
    rest = rest.slice(group.length);
  }
  const literal = /^[a-z0-9]*(?:\[[a-z]+\][a-z0-9]*)*/.exec(rest)![0];
  if (literal !== "") return endsWord(rest.slice(literal.length)) ? expand(literal) : null;
  const group = leadingGroup(rest);
  if (!group || group.isLook || group.isOptional || !endsWord(rest.slice(group.length))) {
    return null;
  }
  return neededWords(group.inner.trim());
}

/** Whether nothing but lookaheads and optional further words follows. */
function endsWord(rest: string): boolean {
  while (rest !== "") {
    const group = leadingGroup(rest);
    if (!group || !(group.isLook || group.isOptional && group.inner.startsWith(" "))) return false;
    rest = rest.slice(group.length);
  }
  return true;
}

/** All words of a literal with letters to choose from: interesad[oa]. */
function expand(literal: string): string[] {
  const choice = /\[([a-z]+)\]/.exec(literal);
  if (!choice) return [literal];
  return [...choice[1]].flatMap((letter) => expand(literal.replace(choice[0], letter)));
}

/** The group that a piece of pattern begins with, with its quantifier. */
function leadingGroup(piece: string) {
  const opening = /^\((?:\?(?:[:=!]|<[=!]))?/.exec(piece)?.[0];
  if (opening === undefined) return null;
  const end = closing(piece);
  if (end < 0) return null;
  const quantifier = /^(?:[?*+]|\{[0-9,]+\})/.exec(piece.slice(end + 1))?.[0] ?? "";
  return {
    inner: piece.slice(opening.length, end),
    isLook: /[=!]$/.test(opening),
    // A group that may be repeated is as good as one that may be missing.
    isOptional: quantifier !== "",
    length: end + 1 + quantifier.length,
  };
}

/** Where the group that a piece begins with ends, or -1. */
function closing(piece: string): number {
  let depth = 0;
  let inClass = false;
  for (let index = 0; index < piece.length; index++) {
    const char = piece[index];
    if (char === "\\") index++;
    else if (inClass) inClass = char !== "]";
    else if (char === "[") inClass = true;
    else if (char === "(") depth++;
    else if (char === ")" && --depth === 0) return index;
  }
  return -1;
}

/** Splits where a mark stands outside of all groups and classes. */
function splitOutside(source: string, mark: string): string[] {
  const pieces: string[] = [];
  let depth = 0;
  let inClass = false;
  let start = 0;
  for (let index = 0; index < source.length; index++) {
    const char = source[index];
    if (char === "\\") index++;
    else if (inClass) inClass = char !== "]";
    else if (char === "[") inClass = true;
    else if (char === "(") depth++;
    else if (char === ")") depth--;
    else if (char === mark && depth === 0) {
      pieces.push(source.slice(start, index));
      start = index + 1;
    }
  }
  pieces.push(source.slice(start));
  return pieces;
}
