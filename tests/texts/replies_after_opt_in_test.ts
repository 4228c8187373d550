/** Opting in brings no earlier pending reply back, in whatever order the texts come to the database. */
import { assertEquals } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { receiveText } from "../support/receive_text.ts";
import { asServiceRole, withSql } from "../support/stack.ts";
import { formOfText } from "../support/text_into.ts";
import { conversationOf } from "../support/talk.ts";
import { newPhone, postForStatus } from "../support/twilio.ts";

/** What an unmatched "Hello" is followed by: texts, and what the platform records. */
const SINCE = [
  ["STOP", "START"],
  ["please stop texting me", "platform opt_in"],
  ["platform opt_out", "platform opt_in"],
];

for (const since of SINCE) {
  Deno.test(`an unmatched text before ${since.join(" and ")} makes no reply pending when it is adopted`, () =>
    withSql(async (sql) => {
      const parties = { recruit_phone: newPhone(), twilio_phone: "+15550100000" };
      for (const words of ["Hello", ...since]) {
        const [, kind] = /^platform (.*)/.exec(words) ?? [];
        if (kind) {
          await asServiceRole().rpc("recruiting_record_consent", {
            phone: parties.recruit_phone,
            channel: "sms",
            kind,
          });
        } else await postForStatus("sms-inbound", formOfText(parties, words));
      }
      const { id } = await startConversation(parties);
      const { opted_out_at, reply_due_at } = await conversationOf(sql, id);
      assertEquals([opted_out_at, reply_due_at], [null, null]);
    }));
}

for (const [label, secondsAgo] of [["before STOP", 50], ["between STOP and START", 30]] as const) {
  Deno.test(`a text from ${label}, brought in late, makes no reply pending`, () =>
    withSql(async (sql) => {
      const conversation = await startConversation();
      const ago = (seconds: number) => ({ sentAt: new Date(Date.now() - seconds * 1000) });
      await receiveText(sql, conversation, "STOP", ago(40));
      await receiveText(sql, conversation, "START", ago(20));
      await receiveText(sql, conversation, "Are you there?", ago(secondsAgo));
      const { opted_out_at, reply_due_at } = await conversationOf(sql, conversation.id);
      assertEquals([opted_out_at, reply_due_at], [null, null]);
    }));
}
