/** YES is an everyday answer, and opts in only where Twilio has stopped the number and acts on the word. */
import { assertEquals } from "../support/assert.ts";
import { outboundMessage, startConversation } from "../support/conversations.ts";
import { asServiceRole, withSql } from "../support/stack.ts";
import { consentOf, textInto } from "../support/text_into.ts";
import { newPhone, newSid, postForStatus, statusForm } from "../support/twilio.ts";

const OTHER = "+15550100777";

/** Records what the recruit told the platform. */
async function record(phone: string, kind: string): Promise<void> {
  const { error } = await asServiceRole()
    .rpc("recruiting_record_consent", { phone, channel: "sms", kind });
  if (error) throw new Error(error.message);
}

/** What stops a phone: a text, or one of these. */
const STOPS: [how: string, isLifted: boolean][] = [
  ["STOP", true],
  ["stopall", true],
  ["Twilio's OptOutType", true],
  ["Twilio's 21610", true],
  ["please stop texting me", false],
  ["ALTO", false],
  ["STOP please", false],
  ["the platform", false],
];

for (const [how, isLifted] of STOPS) {
  Deno.test(`after ${how} a YES on the same number ${isLifted ? "opts in" : "changes nothing"}, and no other YES does`, () =>
    withSql(async (sql) => {
      const stopped = await startConversation();
      const { id, recruit_phone } = stopped;
      if (how === "the platform") await record(recruit_phone, "opt_out");
      else if (how === "Twilio's OptOutType") {
        await textInto(sql, stopped, "fin", { OptOutType: "STOP" });
      } else if (how === "Twilio's 21610") {
        const sid = newSid();
        await outboundMessage(sql, id, sid);
        await postForStatus("sms-status", statusForm(sid, "undelivered", { ErrorCode: "21610" }));
      } else await textInto(sql, stopped, how);

      const onOther = await startConversation({ recruit_phone, twilio_phone: OTHER });
      const onWhatsApp = { ...await startConversation({ recruit_phone, channel: "whatsapp" }) };
      for (
        const [conversation, body] of [
          [onOther, "YES"],
          [{ ...onWhatsApp, channel: "whatsapp" }, "YES"],
          [stopped, "Yes, days"],
        ] as const
      ) {
        const { isOptedOut, isReplyPending } = await textInto(sql, conversation, body);
        assertEquals([body, isOptedOut, isReplyPending], [body, true, false]);
      }
      const before = await consentOf(sql, recruit_phone);
      const { isOptedOut, isReplyPending } = await textInto(sql, stopped, "Yes");
      assertEquals([isOptedOut, isReplyPending], [!isLifted, false]);
      assertEquals(
        (await consentOf(sql, recruit_phone)).slice(before.length),
        isLifted ? ["opt_in keyword"] : [],
      );
    }));
}

/** Texts, and what the platform records between them. */
const HISTORIES: [said: string[], isOptedOut: boolean][] = [
  [["STOP", "START", "please stop texting me", "YES"], true],
  [["STOP", "platform opt_in", "please stop texting me", "YES"], true],
  [["STOP", "platform consent", "platform opt_out", "YES"], true],
  [["please stop texting me", "STOP", "YES"], false],
];

for (const [said, isOptedOut] of HISTORIES) {
  Deno.test(`after ${said.join(", ")} the recruit is ${isOptedOut ? "still opted out" : "opted in"}`, () =>
    withSql(async (sql) => {
      const conversation = await startConversation();
      let last;
      for (const words of said) {
        const [, kind] = /^platform (.*)/.exec(words) ?? [];
        if (kind) await record(conversation.recruit_phone, kind);
        else last = await textInto(sql, conversation, words);
      }
      assertEquals(last?.isOptedOut, isOptedOut);
    }));
}

Deno.test("YES from another spelling of the phone opts in", () =>
  withSql(async (sql) => {
    const rest = newPhone().slice(-10);
    const conversation = await startConversation({ recruit_phone: `+521${rest}` });
    await textInto(sql, conversation, "STOP");
    const other = { ...conversation, recruit_phone: `+52${rest}` };
    assertEquals((await textInto(sql, other, "YES")).isOptedOut, false);
  }));

Deno.test("a YES without an opt-out is no event of the log", () =>
  withSql(async (sql) => {
    const conversation = await startConversation();
    assertEquals((await textInto(sql, conversation, "YES")).isReplyPending, true);
    assertEquals(await consentOf(sql, conversation.recruit_phone), []);
  }));
