/** What a form says beside the body is as private as the body. */
import { assertEquals } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { asServiceRole, logLines, withSql } from "../support/stack.ts";
import { formOfText, textInto } from "../support/text_into.ts";
import { type Form, newPhone, newSid, postForStatus } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

Deno.test("no log line holds a field of a form, a name, or what strangers say", () =>
  withSql(async (sql) => {
    const secret = `secret${crypto.randomUUID().replaceAll("-", "")}`;
    const conversation = await startConversation();
    const forms: [body: string, fields: Form][] = [
      [`stop texting me ${secret}`, {}],
      [`Liked “${secret}”`, {}],
      ["", { Label: secret, ProfileName: secret, [secret]: secret }],
      [secret, { OptOutType: secret, NumMedia: secret, NumSegments: secret, MediaUrl0: secret }],
      [secret, { ButtonText: secret, ButtonPayload: secret }],
    ];
    for (const [body, fields] of forms) await textInto(sql, conversation, body, fields);

    const unmatched = newPhone();
    const stranger = newPhone();
    const ours = newPhone();
    await sql`insert into recruiting_senders (address, strangers) values (${ours}, 'bot')`;
    const to = (recruit_phone: string, twilio_phone: string) =>
      formOfText({ recruit_phone, twilio_phone }, secret, { ProfileName: secret });
    await postForStatus("sms-inbound", to(unmatched, conversation.twilio_phone));
    const last = to(stranger, ours);
    assertEquals(await postForStatus("sms-inbound", last), "received");
    await sql`update recruiting_conversations set reply_due_at = null, reply_pending_seq = null,
      reply_pending_since = null where recruit_phone = ${stranger}`;

    await until(async () => (await logLines(String(last.MessageSid))).length > 0, "the last line");
    for (const word of [secret, conversation.recruit_phone, unmatched, stranger, ours]) {
      assertEquals(await logLines(word.replace("+", "")), []);
    }
  }));

Deno.test("an old unmatched text loses its metadata and the recruit's name, too", () =>
  withSql(async (sql) => {
    const sid = newSid();
    const form = formOfText(
      { recruit_phone: newPhone(), twilio_phone: "+15550100000" },
      "",
      { MessageSid: sid, Label: "Home", ProfileName: "Ada Example" },
    );
    await postForStatus("sms-inbound", form);
    await sql`update recruiting_unmatched_messages set received_at = now() - interval '91 days'
      where message_sid = ${sid}`;
    await asServiceRole().rpc("recruiting_prune");
    const [row] = await sql`
      select metadata, recruit_name, payload from recruiting_unmatched_messages where message_sid = ${sid}`;
    assertEquals({ ...row }, { metadata: null, recruit_name: null, payload: {} });
  }));
