import { withoutMarkdown } from "../../supabase/functions/_shared/bot/markdown.ts";
import { assert, assertEquals } from "../support/assert.ts";

for (
  const [label, text, plain] of [
    ["bold", "The pay is **21 dollars** an hour.", "The pay is 21 dollars an hour."],
    ["bold with underscores", "__Note__: bring ID", "Note: bring ID"],
    ["italic", "*Days* or _nights_?", "Days or nights?"],
    ["bold and italic", "***Both*** and **_both_** and _**both**_", "Both and both and both"],
    ["italic inside bold", "**very *very* good**", "very very good"],
    ["bold inside italic", "*all of **this** here*", "all of this here"],
    ["struck through", "~~20~~ 21 dollars", "20 21 dollars"],
    ["code", "Text `JOBS` or ``yes``", "Text JOBS or yes"],
    ["marks beside punctuation", "(**Pay**), “*days*”!", "(Pay), “days”!"],
    ["marks beside Chinese", "这是**重点**内容", "这是重点内容"],
    ["a product inside bold", "**2 * 3 = 6**", "2 * 3 = 6"],
    ["a heading", "# Pay\n### Shifts\ndays", "Pay\nShifts\ndays"],
    ["a quote", "> We said\n> > so\n>\nYes", "We said\nso\n\nYes"],
    ["bullets of asterisks", "* **Days**: 7 to 3\n  * nights", "Days: 7 to 3\nnights"],
    ["a fence", "```text\n7 to 3\n```\nOK?", "7 to 3\nOK?"],
    ["a rule", "Pay\n\n---\n\nShifts\n***\nEnd", "Pay\n\nShifts\nEnd"],
    ["the end of a line", "Pay  \nShifts", "Pay\nShifts"],
  ] as const
) {
  Deno.test(`Markdown is taken off: ${label}`, () => assertEquals(withoutMarkdown(text), plain));
}

for (
  const [label, text, plain] of [
    ["with words", "See [the job](https://x.example/j_1).", "See the job (https://x.example/j_1)."],
    ["with a title", '[Job](https://x.example "The job")', "Job (https://x.example)"],
    ["with a bracket in it", "[Map](https://x.example/a_(b))", "Map (https://x.example/a_(b))"],
    [
      "that is its own words",
      "[https://x.example](https://x.example) [x.example](https://www.x.example/)",
      "https://x.example https://www.x.example/",
    ],
    ["by mail", "[jobs@x.example](mailto:jobs@x.example)", "jobs@x.example"],
    ["by phone", "[Call us](tel:+15550100000)", "Call us (+15550100000)"],
    ["that is a picture", "![Map](https://x.example/m.png)", "Map (https://x.example/m.png)"],
    ["without words", "![](https://x.example/m.png)", "https://x.example/m.png"],
    ["in bold", "**[Apply](https://x.example)**", "Apply (https://x.example)"],
    ["with words in bold", "[**Apply**](https://x.example)", "Apply (https://x.example)"],
    [
      "in angle brackets",
      "<https://x.example/_a_> <a@x.example>",
      "https://x.example/_a_ a@x.example",
    ],
  ] as const
) {
  Deno.test(`a link keeps its address: ${label}`, () => assertEquals(withoutMarkdown(text), plain));
}

for (
  const text of [
    "1. Days\n2. Nights\n10) Both",
    "- Days\n- Nights\n  - late ones",
    "2 * 3 and 4 * 5",
    "2*3*4 and 2**3 and 4**5",
    "#1 choice\n#1 and #2",
    "C# and F#",
    "first_last_name and __init__x",
    "https://x.example/_a_/*b*/~~c~~?d=_e_ and _f",
    "www.x.example/_a_ and x.example/_a_",
    "_jane@x.example and @_jane_",
    "Pay is > 20 dollars, < 30",
    "a < b and c > d",
    "Name: ______",
    "Pay* and bonus*",
    "*Terms apply. 5 * 3",
    "[optional] (see below)",
    "[x](a b c)",
    "***-**-1234",
    "~5 minutes, ~10 at most",
  ]
) {
  Deno.test(`what is no Markdown stays: ${JSON.stringify(text)}`, () =>
    assertEquals(withoutMarkdown(text), text));
}

for (
  const piece of [
    ...[
      "*",
      "**a ",
      "*a",
      "_",
      "_a ",
      "~~a ",
      "`",
      "`a",
      "```",
      "[",
      "[a](",
      "[a](b",
      "![",
      "](",
      "<",
      "\u2028",
      "\u2029",
      "\r",
    ],
    ...'# ,> ,>,* ,- ,a\n, ,\t,( ,<a@,@,https://,www.,a * ,* * ,_*,[a](b ",('.split(","),
  ]
) {
  Deno.test(`100 KB of ${JSON.stringify(piece)} are gone through once`, () => {
    const text = piece.repeat(100_000 / piece.length);
    const { length } = withoutMarkdown(text);
    assert(length <= text.length, `${length} characters of ${text.length}`);
    assertEquals(withoutMarkdown(`${text}\nx`).at(-1), "x");
  });
}
