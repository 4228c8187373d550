/** The segments of a text, as Twilio's own library counts them. */
import fc from "fast-check";
import { SegmentedMessage } from "sms-segments-calculator";
import { segmentsOf } from "../../local/stand_ins/twilio/segments.ts";
import { smsSegments } from "../../client/sms_segments.ts";
import { assertEquals } from "../support/assert.ts";

const count = (text: string) => {
  const { encoding, segments, left } = smsSegments(text);
  return [encoding, segments, left];
};

for (
  const [label, text, expected] of [
    ["nothing", "", ["GSM-7", 0, 160]],
    ["one character", "a", ["GSM-7", 1, 159]],
    ["160 of GSM-7", "a".repeat(160), ["GSM-7", 1, 0]],
    ["161 of GSM-7", "a".repeat(161), ["GSM-7", 2, 145]],
    ["a character of two places", "€", ["GSM-7", 1, 158]],
    ["one that would be split between two segments", "a".repeat(152) + "€".repeat(10), [
      "GSM-7",
      2,
      133,
    ]],
    ["an accent outside GSM-7", "á", ["UCS-2", 1, 69]],
    ["70 places of UCS-2", "’".repeat(70), ["UCS-2", 1, 0]],
    ["71 of UCS-2", "’".repeat(71), ["UCS-2", 2, 63]],
    ["an emoji, which is two", "😀", ["UCS-2", 1, 68]],
    ["emoji that would be split", "x".repeat(66) + "😀".repeat(3), ["UCS-2", 2, 61]],
  ] as [string, string, unknown[]][]
) {
  Deno.test(`${label} is ${expected.join(", ")} left`, () => assertEquals(count(text), expected));
}

Deno.test("the characters that make a text UCS-2 are named once, in their order", () => {
  assertEquals(smsSegments("“Hi” – á “a” €").outsideGsm7, ["“", "”", "–", "á"]);
  assertEquals(smsSegments("Hi €").outsideGsm7, []);
});

for (const character of ["a", "€", "’"]) {
  for (const length of [70, 71, 80, 81, 160, 161]) {
    Deno.test(`the stand-in counts ${length} times ${character} as Twilio's library does`, () => {
      const body = character.repeat(length);
      const { segmentsCount } = new SegmentedMessage(body);
      assertEquals(segmentsOf({ body, to: "+15550100001" }), segmentsCount);
    });
  }
}

Deno.test("texts have as many segments as Twilio's library counts", () => {
  const character = fc.constantFrom(..."aZ0 @£€^{é\nÅ", "á", "’", "“", "日", "😀", "🇲🇽");
  fc.assert(
    fc.property(fc.array(character, { maxLength: 400 }), (characters) => {
      const text = characters.join("");
      const { encodingName, segmentsCount } = new SegmentedMessage(text);
      const { encoding, segments } = smsSegments(text);
      assertEquals([text, encoding, segments], [
        text,
        encodingName,
        text === "" ? 0 : segmentsCount,
      ]);
      assertEquals(segmentsOf({ body: text, to: "+15550100001" }), text === "" ? 1 : segmentsCount);
    }),
    { numRuns: 200 },
  );
});
