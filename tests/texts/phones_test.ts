/** One phone, several spellings. The numbers are made up; no test sends anything to them. */
import fc from "fast-check";
import { assertEquals } from "../support/assert.ts";
import { withSql } from "../support/stack.ts";

for (
  const [label, phone, canonical] of [
    ["a mobile of Mexico, with the 1", "+5215555550123", "+525555550123"],
    ["a phone of Mexico", "+525555550123", "+525555550123"],
    ["a mobile of Argentina, with the 9", "+5491155550123", "+541155550123"],
    ["a phone of Argentina", "+541155550123", "+541155550123"],
    ["a mobile of Brazil, without the ninth digit", "+551175550123", "+5511975550123"],
    ["a mobile of Brazil, with the ninth digit", "+5511975550123", "+5511975550123"],
    ["a landline of Brazil", "+551135550123", "+551135550123"],
    ["a phone of Brazil with a digit too few", "+55117555012", "+55117555012"],
    ["a phone of Brazil in an area that is none", "+550175550123", "+550175550123"],
    ["a phone of Mexico with a digit too many", "+52155555501234", "+52155555501234"],
    ["any other phone", "+15555550123", "+15555550123"],
    ["an id of WhatsApp", "US.1234567890", "US.1234567890"],
    ["a phone behind something else", "tel:+5215555550123", "tel:+5215555550123"],
    ["nothing", "", ""],
  ]
) {
  Deno.test(`${label} has the canonical phone "${canonical}"`, () =>
    withSql(async (sql) => {
      const [row] = await sql`select private.canonical_phone(${phone}) as canonical`;
      assertEquals(row.canonical, canonical);
    }));
}

/** Digits after a country code, most often as many as its phones have. */
const phones = fc.tuple(
  fc.constantFrom("+1", "+52", "+521", "+54", "+549", "+55", "+5511", "+55119"),
  fc.stringMatching(/^[0-9]{7,11}$/),
).map((parts) => parts.join(""));

Deno.test("all spellings of a phone have one canonical phone, which is one of them", () =>
  withSql(async (sql) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(phones, fc.string()), async (text) => {
        const phone = text.replaceAll("\0", "");
        const [{ canonical, spellings, canonicals }] = await sql`
          select private.canonical_phone(${phone}) as canonical, private.spellings_of(${phone}) as spellings,
            array(select private.canonical_phone(s) from unnest(private.spellings_of(${phone})) s) as canonicals`;
        assertEquals(canonicals, spellings.map(() => canonical));
        assertEquals([spellings.includes(phone), spellings.includes(canonical)], [true, true]);
        assertEquals(new Set(spellings).size, spellings.length);
      }),
      { numRuns: 200 },
    );
  }));

Deno.test("a phone has the same spellings, whichever of them is asked for", () =>
  withSql(async (sql) => {
    for (const phone of ["+525555550123", "+541155550123", "+5511975550123"]) {
      const [{ spellings }] = await sql`select private.spellings_of(${phone}) as spellings`;
      assertEquals(spellings.length, 2);
      for (const spelling of spellings) {
        const [row] = await sql`select private.spellings_of(${spelling}) as spellings`;
        assertEquals(row.spellings, spellings);
      }
    }
  }));
