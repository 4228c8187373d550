/** What follows from texts that came before their conversation, once it begins. */
import { assertEquals } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { asServiceRole, withSql } from "../support/stack.ts";
import { consentOf, followed, formOfText } from "../support/text_into.ts";
import { type Form, newPhone, newSid, postForStatus } from "../support/twilio.ts";

/** Texts from a phone that has no conversation. */
async function textUnmatched(
  recruit_phone: string,
  body: string,
  { fields = {} as Form, twilio_phone = "+15550100000" } = {},
): Promise<string> {
  const sid = newSid();
  const form = formOfText({ recruit_phone, twilio_phone }, body, { MessageSid: sid, ...fields });
  assertEquals(await postForStatus("sms-inbound", form), "no_conversation");
  return sid;
}

/** A text, and the adopted conversation's opt-out, pending reply and status. */
const TEXTS: [body: string, isOptedOut: boolean, isReplyPending: boolean, status: string, Form?][] =
  [
    ["STOP", true, false, "bot"],
    ["please stop texting me", true, false, "bot"],
    ["fin", true, false, "bot", { OptOutType: "STOP" }],
    ["START", false, true, "bot"],
    ["YES", false, true, "bot"],
    ["HELP", false, false, "bot"],
    ["Liked “Reply STOP to opt out”", false, false, "bot"],
    ["> Reply STOP to opt out", false, false, "bot"],
    ["Cancel", false, true, "bot", { ButtonText: "Cancel" }],
    ["STOP ??", false, false, "escalated"],
  ];

for (const [body, isOptedOut, isReplyPending, status, fields] of TEXTS) {
  const label = [body, ...Object.entries(fields ?? {})].join(" ");
  Deno.test(`an adopted "${label}" means what it meant when it came, and is honoured once`, () =>
    withSql(async (sql) => {
      const recruit_phone = newPhone();
      const sid = await textUnmatched(recruit_phone, body, { fields });
      const log = await consentOf(sql, recruit_phone);
      const { id } = await startConversation({ recruit_phone });
      const { verdict: _, ...rest } = await followed(sql, id, sid);
      assertEquals(rest, { isOptedOut, isReplyPending, status });
      assertEquals(await consentOf(sql, recruit_phone), log);
    }));
}

for (const word of ["START", "YES", "unstop"]) {
  Deno.test(`an unmatched ${word} after STOP opts in, and no text before it asks for a reply`, () =>
    withSql(async (sql) => {
      const recruit_phone = newPhone();
      for (const body of ["STOP", "Are you there?", word]) await textUnmatched(recruit_phone, body);
      const sid = await textUnmatched(recruit_phone, "Liked “Hi”");
      const { id } = await startConversation({ recruit_phone });
      const { isOptedOut, isReplyPending } = await followed(sql, id, sid);
      assertEquals([isOptedOut, isReplyPending], [false, false]);
    }));
}

Deno.test("an unmatched YES on another number than the STOP is no opt-in", () =>
  withSql(async (sql) => {
    const recruit_phone = newPhone();
    await textUnmatched(recruit_phone, "STOP");
    await textUnmatched(recruit_phone, "YES", { twilio_phone: "+15550100777" });
    assertEquals(await consentOf(sql, recruit_phone), ["opt_out keyword"]);
  }));

Deno.test("an unmatched START does not undo a later opt-out", () =>
  withSql(async (sql) => {
    const recruit_phone = newPhone();
    const sid = await textUnmatched(recruit_phone, "START");
    await asServiceRole().rpc("recruiting_record_consent", {
      phone: recruit_phone,
      channel: "sms",
      kind: "opt_out",
    });
    const { id } = await startConversation({ recruit_phone });
    const { isOptedOut, isReplyPending } = await followed(sql, id, sid);
    assertEquals([isOptedOut, isReplyPending], [true, false]);
  }));
