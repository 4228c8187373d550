import { filledIn } from "../../examples/inbox/page/inbox/template_choice.ts";
import { textOfTemplate } from "../../supabase/functions/_shared/outbox/template.ts";
import { assertEquals } from "../support/assert.ts";

const VARIABLES = [
  { name: "1", example: "Dana" },
  { name: "day", example: "" },
  { name: "constructor", example: "" },
];

for (
  const [label, text, values] of [
    ["with a value", "Hi {{1}}, {{day}}?", { "1": "Robin", day: "Monday" }],
    ["without a value keeps the template's own", "Hi {{1}}!", {}],
    ["without any value keeps its placeholder", "On {{day}} or {{unknown}}?", {}],
    ["that is named like a member of every object", "Hi {{constructor}}!", {}],
    ["in a value stays", "Hi {{1}}!", { "1": "{{day}}", day: "Monday" }],
  ] as [string, string, Record<string, string>][]
) {
  Deno.test(`the demo page previews a variable ${label}, as the product stores it`, () => {
    const content = {
      types: { "twilio/text": { body: text } },
      variables: Object.fromEntries(
        VARIABLES.filter(({ example }) => example).map(({ name, example }) => [name, example]),
      ),
    };
    assertEquals(filledIn(text, VARIABLES, values), textOfTemplate(content, values));
  });
}
