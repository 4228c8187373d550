/** An opt-out that the words around it must not hide. */
import { assert, assertEquals } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { withSql } from "../support/stack.ts";
import { textInto } from "../support/text_into.ts";
import type { Form } from "../support/twilio.ts";

/** A signature as companies append it, longer than 400 characters. */
const DISCLAIMER = "This message is confidential and meant for the named recipient alone. ".repeat(
  6,
);

const TEXTS: [label: string, body: string, fields?: Form][] = [
  ["a name on the line above it", "Ada Lovelace\nSTOP"],
  ["a name and a full stop", "Ada Lovelace\r\nSTOP."],
  ["a word on the line above it", "Nights\nSTOP"],
  ["a greeting on the line above it", "Dear Northwind\nSTOP please"],
  ["a signature on the line above it", "Sent from my iPhone\nSTOP"],
  ["a name on the line above a Spanish one", "Ada Lovelace\nALTO"],
  ["a name above and below it", "Ada\nSTOP\nAda"],
  ["a long signature below it", `BAJA\n--\nAda Lovelace\n${DISCLAIMER}`],
  ["a reaction to an image before it", "Disliked an image STOP"],
  ["a new value of OptOutType", "STOP", { OptOutType: "SOMETHING_NEW" }],
  ["a new value of OptOutType, in words", "please stop texting me", { OptOutType: "NEW" }],
  ["OptOutType HELP, in words", "please stop texting me", { OptOutType: "HELP" }],
];

for (const [label, body, fields] of TEXTS) {
  Deno.test(`an opt-out with ${label} is heard`, () =>
    withSql(async (sql) => {
      const { verdict, isReplyPending } = await textInto(
        sql,
        await startConversation(),
        body,
        fields,
      );
      assert(verdict === "stop" || verdict === "doubt", `${JSON.stringify(body)} is ${verdict}`);
      assertEquals(isReplyPending, false);
    }));
}
