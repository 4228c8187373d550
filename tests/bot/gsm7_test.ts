import { outsideGsm7, withGsm7Marks } from "../../supabase/functions/_shared/bot/gsm7.ts";
import { assertEquals } from "../support/assert.ts";

for (
  const [label, text, replaced] of [
    [
      "quotation marks",
      "“It’s” ‘a’ „job‟ «now» ‹or› later`",
      "\"It's\" 'a' \"job\" \"now\" 'or' later'",
    ],
    ["dashes", "7–3 — day‑shift −1", "7-3 - day-shift -1"],
    ["an ellipsis", "So…", "So..."],
    ["bullets", "• Days\n▪ Nights", "- Days\n- Nights"],
    ["white space", "21\u00a0dollars\u2009an\u202fhour", "21 dollars an hour"],
    ["white space of no width", "ware\u200bhouse\u00ad\ufeff", "warehouse"],
    ["line ends", "a\u2028b", "a\nb"],
    ["an arrow and a product", "7 → 3, 2 × 4", "7 -> 3, 2 x 4"],
    ["a letter and an accent of its own", "man\u0303ana", "mañana"],
  ] as const
) {
  Deno.test(`typographic marks become their equals in GSM-7: ${label}`, () => {
    assertEquals(withGsm7Marks(text), replaced);
    assertEquals(outsideGsm7(replaced, 10), []);
  });
}

for (const text of ["Está á í ó ú ñ é ü", "привет", "你好。", "👩‍👩‍👧 🙂 ❤️", "20 € ½ 20°"]) {
  Deno.test(`${text} stays as it is`, () => assertEquals(withGsm7Marks(text), text));
}

Deno.test("the characters outside GSM-7 are named once, in their order, and not all of many", () => {
  assertEquals(outsideGsm7("Mañana está aquí, ¿á las 7? {€} ❤️ 👩‍👧", 10), [
    ...["á", "í", "❤", "👩", "👧"],
  ]);
  assertEquals(outsideGsm7("абвгдежзийклмн", 3), ["а", "б", "в"]);
});

Deno.test("a megabyte of letters of every kind is looked through", () => {
  const letters = Array.from({ length: 50_000 }, (_, n) => String.fromCodePoint(0xc0 + n)).join("");
  assertEquals(outsideGsm7("x".repeat(1_000_000), 10), []);
  assertEquals(outsideGsm7(letters.toWellFormed().repeat(20), 10).length, 10);
});
