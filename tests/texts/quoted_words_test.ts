import fc from "fast-check";
import { judgeText } from "../../supabase/functions/_shared/opt_out/judge_text.ts";
import { splitQuoted } from "../../supabase/functions/_shared/opt_out/quoted_words.ts";
import { assert, assertEquals } from "../support/assert.ts";

/** A text of ours, with all that a recruit would opt out with. */
const OURS = "Hi, it's Ann's “Northside” team: nights or days?\nReply STOP to opt out";

/** What stands around our words in a reaction. */
const AROUND: [before: string, after: string][] = [
  // iOS, English
  ["Liked “", "”"],
  ["Loved “", "”"],
  ["Disliked “", "”"],
  ["Laughed at “", "”"],
  ["Emphasized “", "”"],
  ["Emphasised “", "”"],
  ["Questioned “", "”"],
  ["Removed a like from “", "”"],
  ["Removed a heart from “", "”"],
  ["Removed an exclamation from “", "”"],
  ["Removed a question mark from “", "”"],
  ["Removed a thumbs up from “", "”"],
  ["Added a heart to “", "”"],
  ["Reacted 👍 to “", "”"],
  ["Reacted 👍 to your message “", "”"],
  ["Reacted with 👍🏽 to “", "”"],
  ["Reacted with a sticker to “", "”"],
  ["Removed ❤️ from “", "”"],
  // Android
  ["👍 to “", "”"],
  ["\u200a\u200b👍\u200b to “\u200a", "\u200a”\u200a"],
  ["❤\ufe0f to “", "”"],
  ["👨\u200d👩\u200d👧 to “", "”"],
  ["1\ufe0f\u20e3 to “", "”"],
  ["‼️ to “", "”"],
  ["Reacted to “", "” with 👍"],
  // Other marks
  ['Liked "', '"'],
  ['👍 to "', '"'],
  ["Loved '", "'"],
  ["Loved ‘", "’"],
  ["Liked «", "»"],
  ["Liked « ", " »"],
  ["Liked „", "“"],
  ["Liked ‟", "”"],
  ["Liked\u00a0“", "”."],
  ["\ufeffLIKED  “", "” "],
  // Spanish
  ["Le gustó “", "”"],
  ["Le encantó “", "”"],
  ["No le gustó “", "”"],
  ["Le dio risa “", "”"],
  ["Indicó que le gusta “", "”"],
  ["Le dio “me gusta” a “", "”"],
  ["Se rió de “", "”"],
  ["Exclamó por “", "”"],
  ["Enfatizó “", "”"],
  ["Dudó sobre “", "”"],
  ["Reaccionó con 😂 a “", "”"],
  ["Quitó un corazón de “", "”"],
  ["Eliminó un “me gusta” de “", "”"],
  // French
  ["A aimé « ", " »"],
  ["A adoré « ", " »"],
  ["N’a pas aimé « ", " »"],
  ["N'a pas aimé « ", " »"],
  ["A ri de « ", " »"],
  ["A mis en évidence « ", " »"],
  ["A posé une question sur « ", " »"],
  ["A réagi 😂 à « ", " »"],
  ["A réagi avec 😂 à « ", " »"],
  ["a attribué la mention « Adore » à « ", " »"],
  ["A retiré la réaction 😂 à « ", " »"],
  ["A retiré un J’aime de « ", " »"],
  ["A ajouté un cœur à « ", " »"],
  // Portuguese
  ["Curtiu “", "”"],
  ["Amou “", "”"],
  ["Adorou “", "”"],
  ["Não gostou de “", "”"],
  ["Não curtiu “", "”"],
  ["Riu de “", "”"],
  ["Enfatizou “", "”"],
  ["Questionou “", "”"],
  ["Reagiu com 👍 a “", "”"],
  ["Removeu um coração de “", "”"],
];

for (const [before, after] of AROUND) {
  Deno.test(`${JSON.stringify(before)} begins a reaction, and what stands behind it is the recruit's`, () => {
    assertEquals(splitQuoted(before + OURS + after), { own: "", isReaction: true });
    assertEquals(splitQuoted(`${before}${OURS}${after}\nSTOP`), { own: "STOP", isReaction: true });
    assertEquals(splitQuoted(`${before}${OURS}${after} ok thanks`).own, "ok thanks");
  });
}

const WITHOUT_WORDS = [
  "Liked an image",
  "Loved a photo",
  "Laughed at a video",
  "Emphasized an attachment",
  "Removed a heart from an image",
  "Reacted 👍 to an image",
  "Loved a voice memo",
  "Liked a contact card",
  "👍 to a photo",
  "Le encantó una imagen",
  "A aimé une photo",
  "Curtiu uma imagem",
];

for (const body of WITHOUT_WORDS) {
  Deno.test(`"${body}" is a reaction to a message without words`, () => {
    assertEquals(splitQuoted(body), { own: "", isReaction: true });
    assertEquals(splitQuoted(`${body}\nstop`), { own: "stop", isReaction: true });
  });
}

const NO_REACTIONS = [
  "",
  "👍",
  "Liked",
  'I loved "Hamilton", reply STOP?',
  "Loved it! stop texting me",
  "Loved an image of the dock you sent",
  "Liked the offer",
  "Loved 'em but please stop texting me",
  "Liked ’em... when can I start? Can't wait",
  "We laughed at “that” a lot",
  "J'ai adoré « le film »",
  "Me and my boss liked “Northside”",
  "to “you”",
  '"STOP"',
  "“stop texting me”",
  ">:( no",
  ">5 years",
];

for (const body of NO_REACTIONS) {
  Deno.test(`${JSON.stringify(body)} is all the recruit's`, () => {
    assertEquals(splitQuoted(body), { own: body, isReaction: false });
  });
}

Deno.test("words that the phone cut off are ours to the end of the line", () => {
  assertEquals(splitQuoted("Liked “Reply STOP to…").own, "");
  assertEquals(splitQuoted("Liked “Reply STOP to opt").own, "");
  assertEquals(splitQuoted("Liked “Reply STOP to…\nstop").own, "stop");
  assertEquals(splitQuoted("Liked “Well... \nreply STOP…”").own, "");
  assertEquals(splitQuoted("Liked 'Reply STOP to…").own, "");
});

Deno.test("lines that begin with > are quoted, and the line above that says whose they are", () => {
  const bodies: [body: string, own: string][] = [
    ["> Reply STOP", ""],
    [">Reply STOP\n>> Hi", ""],
    ["  > Reply STOP\r\n> bye", ""],
    ["&gt; Reply STOP", ""],
    ["ok\n> Reply STOP", "ok"],
    ["> Reply STOP\nok", "ok"],
    ["STOP\n\nOn Mon, Nov 3, 2026 at 9:00 AM, Ann <ann@x.example> wrote:\n> Hi", "STOP"],
    ["STOP\nOn Mon, Nov 3, 2026 at 9:00 AM Ann\n<ann@x.example> wrote:\n\n> Hi", "STOP"],
    ["El lun, 3 nov 2026, Ann escribió:\n> Reply STOP", ""],
    ["Ann:\n> Reply STOP", ""],
    ["stop sending me this:\n> Hi", "stop sending me this:"],
    ["One question:\nAnn wrote:\n> Hi\n> Reply STOP", "One question:"],
    ["One question:\nAnn wrote:\n> Hi\n\n> Reply STOP", "One question:"],
    ["ok\n-----Original Message-----\nReply STOP", "ok"],
  ];
  for (const [body, own] of bodies) assertEquals(splitQuoted(body), { own, isReaction: false });
});

Deno.test("a reaction around any text of ours is no opt-out, and makes no reply pending", () => {
  const ours = fc.array(
    fc.oneof(
      fc.constantFrom(
        "STOP",
        "Reply STOP to opt out",
        "stop texting",
        "\n",
        " ",
        "...",
        "“",
        "don't",
        "👍",
        "> ",
      ),
      fc.string({ unit: "grapheme", maxLength: 20 }),
    ),
    { maxLength: 12 },
  ).map((pieces) => pieces.join(" "));
  fc.assert(
    fc.property(ours, fc.constantFrom(...AROUND), (text, [before, after]) => {
      const { verdict } = judgeText({
        body: before + text + after,
        channel: "sms",
        twilioPhone: "+15550100000",
      });
      assertEquals(verdict, "none");
    }),
    { numRuns: 3000 },
  );
});

Deno.test("a letter that gets longer in lower case does not hide a reaction", () => {
  assertEquals(splitQuoted("Liked “İş ilanı: STOP”"), { own: "", isReaction: true });
  assertEquals(splitQuoted("Liked “İ” stop"), { own: "stop", isReaction: true });
});

Deno.test("64 KiB of marks are split at once", () => {
  for (
    const unit of ["“", "'", "’a", ">\n", "a>\n", "On x:\n> ", "\u200b", "&gt;", "--\n", "👍 "]
  ) {
    for (const before of ["", "Liked “", "Loved '", "Quitó un ", "Reacted "]) {
      const { length } = splitQuoted(before + unit.repeat(65_536 / unit.length)).own;
      assert(length <= 65_600, `${length} characters after ${JSON.stringify(before + unit)}`);
    }
  }
});
