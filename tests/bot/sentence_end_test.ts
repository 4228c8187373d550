import { cutAtSentenceEnd } from "../../supabase/functions/_shared/bot/sentence_end.ts";
import { assertEquals } from "../support/assert.ts";

/** Cuts a text to so many UTF-16 units at most, of which at least one is left. */
const cut = (text: string, maxLength: number, minLength = 1) =>
  cutAtSentenceEnd(text, minLength, maxLength, ({ length }) => length <= maxLength);

for (
  const [label, text, left] of [
    ["a full stop", "Come at 7. Bring your ID and a pen.", "Come at 7."],
    ["a question mark", "Can you come? Bring your ID and a pen.", "Can you come?"],
    ["an exclamation mark", "Great! Bring your ID and a pen.", "Great!"],
    ["an ellipsis", "Let me see... Bring your ID and a pen.", "Let me see..."],
    ["a closing quote", 'She said "Yes." Then she went away.', 'She said "Yes."'],
    ["the end of a line", "Days or nights\nBring your ID and a pen", "Days or nights"],
    [
      "a Chinese full stop",
      "请早上七点来。带上你的身份证和一支笔,还有你的简历,谢谢你",
      "请早上七点来。",
    ],
    ["an Arabic question mark", "هل تأتي؟ أحضر هويتك وقلمًا وسيرتك الذاتية", "هل تأتي؟"],
  ] as const
) {
  Deno.test(`a text is cut at ${label}`, () => assertEquals(cut(text, 24), left));
}

for (
  const text of [
    "The pay is 3.50 or 4.75 or more",
    "See https://x.example/a.b?c=d!e and more",
    "Ask for Mr. Lee and Dr. Brown or J. Smith",
    "The site is on 12 Main St. in town",
    "Come at 7 a.m. or at 9 p.m. or later",
    "1. days and the long weekends",
    "We have: \n",
    "We have these shifts:\ndays and nights",
    "no end at all in these words",
  ]
) {
  Deno.test(`no sentence ends inside ${JSON.stringify(text)}`, () => {
    assertEquals(cut(text, text.length - 1), undefined);
  });
}

Deno.test("of several sentence ends the last one that fits counts, and not one before the least length", () => {
  const text = "One. Two. Three. Four. Five.";
  assertEquals([4, 5, 9, 16, 21, 22, 27].map((max) => cut(text, max)), [
    ...["One.", "One.", "One. Two.", "One. Two. Three.", "One. Two. Three."],
    ...["One. Two. Three. Four.", "One. Two. Three. Four."],
  ]);
  assertEquals(cut(text, 12, 9), "One. Two.");
  assertEquals(cut(text, 12, 10), undefined);
});
