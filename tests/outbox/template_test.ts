/** The text of a template, from what the Content API returns. */
import { textOfTemplate } from "../../supabase/functions/_shared/outbox/template.ts";
import { bodyOwnerOf } from "../../supabase/functions/_shared/outbox/body_owner.ts";
import { assertEquals } from "../support/assert.ts";

const text = (body: unknown) => ({ types: { "twilio/text": { body } } });

for (
  const [label, content, values, expected] of [
    ["no variables", text("Hello"), {}, "Hello"],
    ["a value for each variable", text("Hi {{1}}, {{2}}"), { 1: "Ada", 2: "bye" }, "Hi Ada, bye"],
    ["a variable that stands twice", text("{{1}} {{1}}"), { 1: "a" }, "a a"],
    ["named variables", text("Hi {{first_name}}"), { first_name: "Ada" }, "Hi Ada"],
    [
      "a variable with the template's own value alone",
      {
        ...text("Hi {{1}} at {{2}}"),
        variables: { 1: "you", 2: "noon" },
      },
      { 1: "Ada" },
      "Hi Ada at noon",
    ],
    ["a variable without any value", text("Hi {{1}}"), {}, "Hi {{1}}"],
    [
      "a variable whose own value is no text",
      { ...text("{{1}}"), variables: { 1: 7 } },
      {},
      "{{1}}",
    ],
    ["variables that are null", { ...text("Hi"), variables: null }, {}, "Hi"],
    ["a name that every object has", text("{{constructor}}"), {}, "{{constructor}}"],
    ["a value that looks like a variable", text("{{1}} {{2}}"), { 1: "{{2}}", 2: "b" }, "{{2}} b"],
    ["a value with marks of replacement", text("{{1}}"), { 1: "$& $1 $$ $`" }, "$& $1 $$ $`"],
    ["a value with quotes and line breaks", text("{{1}}"), { 1: '"a"\n\t\\' }, '"a"\n\t\\'],
    ["NUL", text("a\0{{1}}"), { 1: "\ud800" }, "a\uFFFD\uFFFD"],
    [
      "twilio/text behind another type",
      {
        types: { "twilio/quick-reply": { body: "Buttons" }, ...text("Text").types },
      },
      {},
      "Text",
    ],
    [
      "no twilio/text, but other types",
      {
        types: {
          "twilio/media": { media: [] },
          "twilio/card": { body: null, title: "No" },
          "twilio/quick-reply": { body: "Yes" },
          "twilio/list-picker": { body: "Later" },
        },
      },
      {},
      "Yes",
    ],
    [
      "a picture alone",
      { types: { "twilio/media": { media: ["https://example.com/a"] } } },
      {},
      undefined,
    ],
    ["an empty text", text(""), {}, undefined],
    ["a text that is a number", text(7), {}, undefined],
    ["types that are a list", { types: [] }, {}, undefined],
    ["no types", {}, {}, undefined],
    ["null", null, {}, undefined],
    ["a page instead of JSON", "<html>", {}, undefined],
  ] as [string, unknown, Record<string, string>, string | undefined][]
) {
  Deno.test(`a template with ${label} gives ${expected === undefined ? "no text" : "a text"}`, () =>
    assertEquals(textOfTemplate(content, values), expected));
}

const OWNERS: Record<string, string> = {
  this_send: "this send's",
  other_send: "another send's",
  no_send: "no send's",
  unknown: "of a send that is not known",
};

for (
  const [label, listed, body, others, owner] of [
    ["its text is not known, and it is the only send", "Hi Ada", undefined, [], "unknown"],
    [
      "its text is not known, and the body is another send's",
      "Hi Ada",
      undefined,
      ["Hi Ada"],
      "other_send",
    ],
    ["another send's text is not known", "Hi Ada", "Bye", [undefined], "unknown"],
    [
      "another send's text is not known, but the body is its own",
      "Bye",
      "Bye",
      [undefined],
      "this_send",
    ],
    ["all texts are known, and the body is of none", "Hi Ada", "Bye", ["Hello"], "no_send"],
  ] as [string, string, string | undefined, (string | undefined)[], string][]
) {
  Deno.test(`a listed body is ${OWNERS[owner]}, where ${label}`, () =>
    assertEquals(bodyOwnerOf(listed, body, others), owner));
}
