/** What follows from a text, from Twilio's form to the rows: every field that the verdict rests on arrives. */
import { assertEquals } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { withSql } from "../support/stack.ts";
import { consentOf, textInto } from "../support/text_into.ts";
import type { Form } from "../support/twilio.ts";

/** What follows: the conversation's opt-out, pending reply and status, and the consent log. */
const FOLLOWS = {
  "an opt-out by keyword": [true, false, "bot", ["opt_out keyword"]],
  "an opt-out by wording": [true, false, "bot", ["opt_out wording"]],
  "an opt-in, and a pending reply": [false, true, "bot", ["opt_in keyword"]],
  "a pending reply": [false, true, "bot", []],
  "no reply": [false, false, "bot", []],
  "a person": [false, false, "escalated", []],
} as const;

const ON_WHATSAPP = { channel: "whatsapp" };
const TO_A_SHORT_CODE = { twilio_phone: "55512" };
/** The bot's first reply, as a phone quotes it. */
const QUOTED =
  "This is the automated assistant of Northwind. Days or “nights”?\nReply STOP to opt out";

const TEXTS: [
  follows: keyof typeof FOLLOWS,
  body: string,
  fields?: Form,
  where?: { channel?: string; twilio_phone?: string },
][] = [
  ["an opt-out by keyword", "STOP"],
  ["an opt-out by keyword", "“Stop.”", {}, ON_WHATSAPP],
  ["an opt-out by keyword", "fin", { OptOutType: "STOP" }],
  ["an opt-out by keyword", "", { OptOutType: "STOP" }, ON_WHATSAPP],
  ["an opt-out by keyword", `Liked “${QUOTED}”`, { OptOutType: "STOP" }],
  ["an opt-out by keyword", "Stop", { ButtonText: "Stop" }, ON_WHATSAPP],
  ["an opt-out by wording", "arrêt"],
  ["an opt-out by wording", "STOP please\n\nSent from my iPhone"],
  ["an opt-out by wording", "No me manden más mensajes", {}, ON_WHATSAPP],
  ["an opt-out by wording", "Stop promotions", { ButtonPayload: "promotions" }, ON_WHATSAPP],
  ["an opt-out by wording", `Disliked “${QUOTED}” please stop texting me`],
  ["an opt-out by wording", "STOP\n\nOn Mon, Nov 2, Northwind wrote:\n> Which shift?"],
  ["an opt-in, and a pending reply", "START"],
  ["an opt-in, and a pending reply", "volver", { OptOutType: "START" }],
  ["a pending reply", "YES"],
  ["a pending reply", "Start please"],
  ["a pending reply", "Stop by tomorrow?"],
  ["a pending reply", "HELP", {}, TO_A_SHORT_CODE],
  ["a pending reply", "HELP", {}, ON_WHATSAPP],
  ["a pending reply", "Help please"],
  ["a pending reply", "Cancel", { ButtonText: "Cancel" }, ON_WHATSAPP],
  ["a pending reply", "BAJA", { ButtonPayload: "night_shift" }, ON_WHATSAPP],
  ["a pending reply", "👍"],
  ["a pending reply", ""],
  ["a pending reply", `Loved “${QUOTED}” Nights please`],
  ["a pending reply", `Days\r\n> ${QUOTED.replace("\n", "\r\n> ")}`],
  ["no reply", "HELP"],
  ["no reply", "INFO.", { OptOutType: "HELP" }, TO_A_SHORT_CODE],
  ["no reply", "ayuda", { OptOutType: "HELP" }, ON_WHATSAPP],
  ["no reply", `\u200b👍\u200b to “${QUOTED}”`],
  ["no reply", `Reacted ❤️ to "${QUOTED}"`],
  ["no reply", `A adoré « ${QUOTED} »`],
  ["no reply", `Le encantó “${QUOTED}”`],
  ["no reply", `Curtiu “${QUOTED}”`, {}, ON_WHATSAPP],
  ["no reply", "Liked an image"],
  ["no reply", "On Mon, Nov 2, Northwind wrote:\r\n> Days?\r\n> Reply STOP to opt out"],
  ["a person", "STOP ??"],
];

for (const [follows, body, fields = {}, where = {}] of TEXTS) {
  const label = [body.slice(0, 50), ...Object.entries(fields), ...Object.values(where)].join(" ");
  Deno.test(`${JSON.stringify(label)} leads to ${follows}`, () =>
    withSql(async (sql) => {
      const conversation = { ...await startConversation(where), ...where };
      const { isOptedOut, isReplyPending, status } = await textInto(
        sql,
        conversation,
        body,
        fields,
      );
      const log = await consentOf(sql, conversation.recruit_phone);
      assertEquals([isOptedOut, isReplyPending, status, log], FOLLOWS[follows]);
    }));
}

Deno.test("reactions and quoted lines change no pending reply", () =>
  withSql(async (sql) => {
    const conversation = await startConversation();
    const pending = async () => ({
      ...(await sql`select reply_due_at, reply_pending_seq, reply_pending_since
        from recruiting_conversations where id = ${conversation.id}`)[0],
    });
    await textInto(sql, conversation, "Hello");
    const before = await pending();
    for (const body of ["Liked “Hi”", "> Hi"]) {
      await textInto(sql, conversation, body);
      assertEquals([body, await pending()], [body, before]);
    }
  }));
