import { composeReply, limitOf } from "../../supabase/functions/_shared/bot/reply.ts";
import { fitsLimit } from "../../supabase/functions/_shared/bot/reply_limit.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";

const LATER = { isFirstReply: false, senderName: "Northwind" };
const first = (senderName: string | null) => ({ isFirstReply: true, senderName });

/** What a text becomes; one that is no message fails the test. */
function bodyOf(text: string, introduction = LATER as Parameters<typeof composeReply>[1]): string {
  const reply = composeReply(text, introduction);
  assert(reply.kind === "message", reply.kind);
  return reply.body;
}

/** What is wrong with a text that is too long. */
function tooLong(text: string, introduction = LATER as Parameters<typeof composeReply>[1]) {
  const reply = composeReply(text, introduction);
  assert(reply.kind === "too_long", reply.kind);
  return reply;
}

for (
  const [label, text, fits] of [
    ["459 characters of GSM-7", "x".repeat(459), true],
    ["460 characters of GSM-7", "x".repeat(460), false],
    ["201 units of UCS-2", "ж".repeat(201), true],
    ["202 units of UCS-2", "ж".repeat(202), false],
    ["228 brackets, which GSM-7 counts twice", "[".repeat(228), true],
    ["230 brackets", "[".repeat(230), false],
    ["a text with one emoji", `${"x".repeat(198)}🙂`, true],
    ["a longer text with one emoji", `${"x".repeat(200)}🙂`, false],
    ["459 characters with their typographic marks", `It’s${"x".repeat(455)}`, true],
    ["459 characters and their Markdown", `**${"x".repeat(459)}**`, true],
  ] as const
) {
  Deno.test(`${label}: ${fits ? "fits" : "does not fit"} into three segments`, () =>
    assertEquals(composeReply(text, LATER).kind, fits ? "message" : "too_long"));
}

for (
  const [label, introduction] of [
    ["a later reply", LATER],
    ["a first reply without a name", first(null)],
    ["a first reply", first("Northwind Recruiting")],
    ["a first reply of a name with brackets", first("North [wind] {1}")],
    ["a first reply of a name with typographic marks", first("Northwind’s “best” – jobs")],
    ["a first reply of a name outside GSM-7", first("Técnica Así")],
    ["a first reply of a name with an emoji", first("Northwind 🙂")],
    ["a first reply of a name that is far too long", first("Northwind ".repeat(100))],
    ["a first reply of a long name outside GSM-7", first("🙂".repeat(100))],
  ] as const
) {
  Deno.test(`the limit that the prompt states is the one that the code holds: ${label}`, () => {
    const { gsm7, other } = limitOf(introduction);
    for (const [letter, limit] of [["x", gsm7 ?? other], ["ж", other]] as const) {
      assertEquals(composeReply(letter.repeat(limit), introduction).kind, "message");
      assertEquals(composeReply(letter.repeat(limit + 1), introduction).kind, "too_long");
    }
    assert(other >= 75 && (gsm7 === null || gsm7 > other), `${gsm7} ${other}`);
  });
}

Deno.test("a later reply may have 459 characters of GSM-7 or 201 of others; a name can take GSM-7 away", () => {
  assertEquals(limitOf(LATER), { gsm7: 459, other: 201 });
  assertEquals(limitOf(first("Así")).gsm7, null);
});

Deno.test("the first reply says who writes, that it is automated, and how to stop it", () => {
  assertEquals(
    bodyOf("Hello!", first("Northwind")),
    "This is the automated assistant of Northwind. Hello!\nReply STOP to opt out",
  );
  for (const name of [null, "", "  "]) {
    assertEquals(
      bodyOf("Hello!", first(name)),
      "This is an automated assistant. Hello!\nReply STOP to opt out",
    );
  }
});

Deno.test("the sender's name loses its typographic marks, and half of an emoji at its end", () => {
  assertMatch(bodyOf("Hi", first("Joe’s “Jobs” – Denver")), /of Joe's "Jobs" - Denver\. Hi/);
  assertMatch(bodyOf("Hi", first(`${"x".repeat(59)}🙂`)), /of x{59}\. Hi/);
});

for (
  const [label, text, body] of [
    ["control characters go", "a\u0000b\u0007c\u001b[1m\u0085", "abc[1m"],
    ["line feeds stay", " a\r\nb\n", "a\nb"],
    ["a tab is white space", "a\tb", "a b"],
    ["half an emoji becomes a replacement character", "a\ud83d", "a\ufffd"],
    [
      "Markdown goes, with a no-break space behind its mark",
      "#\u00a0**Pay**\n>\u00a0`21`",
      "Pay\n21",
    ],
    ["typographic marks become GSM-7", "• It’s “on”… – OK", '- It\'s "on"... - OK'],
    ["accents stay", "¿Está aquí mañana?", "¿Está aquí mañana?"],
    ["numbers of a list stay", "1. Days\n2. Nights", "1. Days\n2. Nights"],
  ] as const
) {
  Deno.test(`in a reply ${label}`, () => assertEquals(bodyOf(text), body));
}

for (const text of ["", "  \n ", "\u0007", "\u200b", "# ", "```\n```", "> \n> "]) {
  Deno.test(`${JSON.stringify(text)} is no reply`, () => {
    assertEquals(composeReply(text, LATER), { kind: "empty", problem: "the text was empty" });
  });
}

Deno.test("a text that is too long is told its length, the limit, and the characters that make it long", () => {
  assertEquals(
    tooLong("x".repeat(500)).problem,
    "the text was too long: it has 500 characters, and at most 459 are possible",
  );
  assertEquals(
    tooLong(`¿Está aquí? 🙂${"x".repeat(300)}`).problem,
    "the text was too long: it has 314 characters, and at most 201 are possible with characters " +
      "outside GSM-7 (á í 🙂), or 459 without any",
  );
  assertMatch(tooLong("абвгдежзийклмнопрстуф ".repeat(20)).problem, /\(а б в г д е ж з и й\)/);
});

Deno.test("the model is not told to leave out characters where the sender's name has some already", () => {
  const { other } = limitOf(first("Así"));
  assertEquals(
    tooLong("á".repeat(300), first("Así")).problem,
    `the text was too long: it has 300 characters, and at most ${other} are possible`,
  );
});

const SENTENCE = "This is one of many sentences. ";

for (
  const [label, text, introduction] of [
    ["GSM-7", SENTENCE.repeat(30), LATER],
    ["GSM-7 with an introduction", SENTENCE.repeat(30), first("Northwind")],
    ["another alphabet", "Это одно из многих предложений. ".repeat(30), LATER],
    ["emoji", "Some 🙂 words 👩‍👩‍👧. ".repeat(30), first("Northwind")],
    ["GSM-7 under a name that is not", SENTENCE.repeat(30), first("Así")],
    ["Chinese", "请早上七点来。带上你的身份证。".repeat(30), LATER],
    ["lines", "- one more line of a list\n".repeat(40), LATER],
  ] as const
) {
  Deno.test(`a text that is too long is cut at the last sentence end that fits: ${label}`, () => {
    const { cut } = tooLong(text, introduction);
    assert(cut !== undefined && fitsLimit(cut), `The cut text is "${cut}"`);
    const said = introduction.isFirstReply
      ? cut.slice(cut.indexOf(". ") + 2, cut.lastIndexOf("\nReply STOP"))
      : cut;
    assert(text.startsWith(said), said);
    assertMatch(said, /([.。]|list)$/);
    const { gsm7, other } = limitOf(introduction);
    const limit = /[^\n -~]/.test(text) ? other : gsm7 ?? other;
    assert(said.length >= limit / 2, `${said.length} of ${limit}`);
    // The next sentence would not have fitted.
    const rest = text.slice(said.length);
    const next = said + rest.slice(0, rest.search(/[.。]|.\n/) + 1);
    assertEquals(composeReply(next, introduction).kind, "too_long");
  });
}

Deno.test("characters outside GSM-7 at the end of a text do not shorten what is before them", () => {
  const { cut } = tooLong(`${SENTENCE.repeat(14)}Ж. ${SENTENCE}`);
  assertEquals(cut, SENTENCE.repeat(14).trim());
});

Deno.test("a text whose last sentence end leaves less than half of the limit is not cut", () => {
  assertEquals(tooLong(`${"x".repeat(220)}. ${"y".repeat(300)}`).cut, undefined);
  assertEquals(tooLong(`${"x".repeat(229)}. ${"y".repeat(300)}`).cut, `${"x".repeat(229)}.`);
  assertEquals(tooLong("x".repeat(1000)).cut, undefined);
});

for (
  const text of [
    "x",
    "🙂",
    "a! ",
    "a. ",
    "**a** ",
    "[a](b) ",
    "é ",
    "e\u0301",
    "\n",
    "\u200d",
    "жа ",
    "* ",
  ]
) {
  Deno.test(`a text of 100 KB of ${JSON.stringify(text)} is answered for`, () => {
    const composed = composeReply(`${text.repeat(100_000 / text.length)}x`, first("Northwind"));
    assertEquals(composed.kind === "message" || composed.kind === "too_long", true);
  });
}
