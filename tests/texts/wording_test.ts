import { stopKeyword } from "../../supabase/functions/_shared/opt_out/keywords.ts";
import { judgeText } from "../../supabase/functions/_shared/opt_out/judge_text.ts";
import { judgeWording, LANGUAGES } from "../../supabase/functions/_shared/opt_out/wording.ts";
import {
  neededWords,
  PatternIndex,
} from "../../supabase/functions/_shared/opt_out/pattern_index.ts";
import { plainText } from "../../supabase/functions/_shared/opt_out/plain_text.ts";
import { lexicon, plainWords } from "../../supabase/functions/_shared/opt_out/plain_words.ts";
import { assert, assertEquals } from "../support/assert.ts";

/**
 * Sentences of one language: `stop` is what every reader calls an opt-out, `doubt` what a careful person
 * lets a person decide, `ordinary` what is neither, whatever words it holds.
 */
interface Sentences {
  stop: string[];
  doubt: string[];
  ordinary: string[];
}

const FOLDER = new URL("../data/wording/", import.meta.url);

/** The sentences of each language that has a file. */
const BY_LANGUAGE = LANGUAGES.flatMap(({ name }): [string, Sentences][] => {
  const file = new URL(`${name.toLowerCase()}.json`, FOLDER);
  return [[name, JSON.parse(Deno.readTextFileSync(file))]];
});

/** What keywords and patterns make of a text. */
function patternsOf(body: string): keyof Sentences {
  const verdict = stopKeyword(body) ?? judgeWording(body);
  return verdict === "stop" || verdict === "doubt" ? verdict : "ordinary";
}

/** What the whole judging makes of it; `ordinary` stands for every verdict that holds no text back. */
function judge(body: string): keyof Sentences {
  const { verdict } = judgeText({ body, channel: "sms", twilioPhone: "+15550100000" });
  return verdict === "stop" || verdict === "doubt" ? verdict : "ordinary";
}

/** Compares all at once, so that a failure lists every sentence that is judged otherwise. */
function judged(sentences: string[], verdict: keyof Sentences) {
  assertEquals(
    sentences.map((body) => [body, patternsOf(body)]).filter(([, found]) => found !== verdict),
    [],
  );
}

for (const [name, { stop, doubt, ordinary }] of BY_LANGUAGE) {
  Deno.test(`by the patterns, who asks in ${name} for no more texts is opted out`, () =>
    judged(stop, "stop"));

  Deno.test(`by the patterns, what may be an opt-out in ${name} is for a person to decide`, () =>
    judged(doubt, "doubt"));

  Deno.test(`by the patterns, ordinary ${name} is no opt-out, whatever words it holds`, () =>
    judged(ordinary, "ordinary"));

  Deno.test(`an opt-out in ${name} is noticed in any case, without accents and in a longer text`, () => {
    for (const body of stop) {
      for (
        const variant of [
          body.toUpperCase(),
          body.normalize("NFD").replace(/\p{M}/gu, ""),
          `  ${body.replaceAll(" ", "  ")}\u200b`,
          `${body} 🙏`,
        ]
      ) {
        assert(judge(variant) !== "ordinary", variant);
      }
    }
  });
}

Deno.test("a pattern is run only where one of the words stands that it cannot match without", () => {
  const needed: [pattern: string, words: string[] | null][] = [
    ["unsubscribe", ["unsubscribe"]],
    ["stop (?:it|this)", ["stop"]],
    ["(?:fuck|piss) off", ["off"]],
    ["(?:fuck|piss) me", ["fuck", "piss"]],
    ["opt (?:me )?out", ["opt"]],
    ["no (?:one|body)(?: here)? (?:by|named)", ["one", "body"]],
    ["wrong (?:number|person)|spam", ["wrong", "spam"]],
    ["interesad[oa]", ["interesado", "interesada"]],
    ["(?<!we )removed(?! from)", ["removed"]],
    ["emails?", null],
    ["escri[a-z]+", null],
    ["(?:stop )?[a-z]+", null],
    ["(?:spam|[a-z]+ing)", null],
  ];
  for (const [pattern, words] of needed) {
    assertEquals([pattern, neededWords(pattern)], [pattern, words]);
  }
});

Deno.test("a pattern also runs where a word that it needs is put in for an earlier match", () => {
  const phrases = new PatternIndex(
    [["no more", "stop"], ["stop it", "unsubscribe"]],
    new Set(["stop"]),
  );
  const text = " no more it ";
  assertEquals(phrases.replace(text, new Set(text.split(" "))), " unsubscribe ");
});

Deno.test("every pattern finds the words that it needs in what it matches", () => {
  const bodies = BY_LANGUAGE.flatMap((
    [, { stop, doubt, ordinary }],
  ) => [...stop, ...doubt, ...ordinary]);
  for (const language of LANGUAGES) {
    const words = lexicon(language);
    // One text of all is read much faster than each. No pattern matches a line's end.
    const all = bodies.map((body) => plainWords(plainText(body), words)).join("\n");
    const { elsewhere, unsure, harmless, stop, bareStop, doubt } = language;
    for (const source of [elsewhere, unsure, harmless, stop, bareStop, doubt].flat()) {
      const needed = neededWords(source);
      if (!needed) continue;
      for (const [match] of all.matchAll(new RegExp(` (?:${source})(?= )`, "g"))) {
        assert(needed.some((word) => `${match} `.includes(` ${word} `)), `${source}: ${match}`);
      }
    }
  }
});

const NASTY = [
  "ab",
  "aabbcc",
  ".,?",
  "a\u{1f600}",
  "\u0301",
  "\ufdfa",
  "sssttoopp ",
  "stop stop by ",
  "take me off a a a ",
  "dont call email bother reply me or and nor ",
  "dont you me them to ",
  "no me quiero que me ",
  "not interested in a b ",
];

Deno.test("64 KiB of any content are judged", () => {
  for (const unit of NASTY) judgeWording(unit.repeat(65_536 / unit.length));
  assertEquals(judgeWording("stop texting me ".repeat(4096)), "stop");
});
