/** The consent log in the terms of Twilio's Consent API. */
import { assertEquals } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { asAnon, asNewAgent, asServiceRole, withSql } from "../support/stack.ts";
import { textInto } from "../support/text_into.ts";
import { newPhone } from "../support/twilio.ts";

Deno.test("the export has every event of a phone in Twilio's words, oldest first", () =>
  withSql(async (sql) => {
    const conversation = await startConversation();
    const { recruit_phone: phone, twilio_phone } = conversation;
    for (const body of ["STOP", "START", "please stop texting me"]) {
      await textInto(sql, conversation, body);
    }
    for (const [kind, source] of [["consent", "platform"], ["opt_out", "twilio"]]) {
      await asServiceRole()
        .rpc("recruiting_record_consent", { phone, channel: "whatsapp", kind, source });
    }
    const rows = await sql`
      select sender_id, status, source, correlation_id, date_of_consent
      from recruiting_consent_export where contact_id = ${phone}`;
    assertEquals(rows.map(({ sender_id, status, source }) => [sender_id, status, source]), [
      [twilio_phone, "opt-out", "opt-out-message"],
      [twilio_phone, "opt-in", "opt-in-message"],
      [twilio_phone, "opt-out", "opt-out-message"],
      [null, "opt-in", "others"],
      [null, "opt-out", "others"],
    ]);
    assertEquals(new Set(rows.map(({ correlation_id }) => correlation_id)).size, rows.length);
    const times = rows.map(({ date_of_consent }) => date_of_consent.getTime());
    assertEquals(times, times.toSorted((a, b) => a - b));
  }));

Deno.test("a WhatsApp user without a phone is not in the export: Twilio's API knows phones alone", () =>
  withSql(async (sql) => {
    const phone = `US.${newPhone().slice(1)}`;
    const { data } = await asServiceRole()
      .rpc("recruiting_record_consent", { phone, channel: "whatsapp", kind: "opt_out" });
    assertEquals(data, true);
    const [{ count }] = await sql`
      select count(*)::int from recruiting_consent_export where contact_id = ${phone}`;
    assertEquals(count, 0);
  }));

Deno.test("agents and browsers read neither the log nor the export, and record nothing", async () => {
  const phone = newPhone();
  const { client } = await asNewAgent();
  for (const caller of [client, asAnon()]) {
    for (
      const { error } of [
        await caller.from("recruiting_consent_events").select(),
        await caller.from("recruiting_consent_export").select(),
        await caller
          .rpc("recruiting_record_consent", { phone, channel: "sms", kind: "opt_in" }),
      ]
    ) {
      assertEquals(error?.code, "42501");
    }
  }
});
