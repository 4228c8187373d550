import { assertEquals } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { withSql } from "../support/stack.ts";
import { inboundForm, newPhone, newSid, postForStatus } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

async function optedOut(sql: Parameters<Parameters<typeof withSql>[0]>[0], phone: string) {
  const rows = await sql<{ opted_out: boolean }[]>`
    select opted_out_at is not null as opted_out from recruiting_conversations
    where recruit_phone = ${phone} order by created_at`;
  return rows.map(({ opted_out }) => opted_out);
}

Deno.test("an opt-out belongs to the phone, on every number and channel", () =>
  withSql(async (sql) => {
    const recruit_phone = newPhone();
    await startConversation({ recruit_phone });
    await startConversation({ recruit_phone, twilio_phone: "+15550100005" });
    await startConversation({ recruit_phone, channel: "whatsapp" });
    assertEquals(
      await postForStatus("sms-inbound", inboundForm({ From: recruit_phone, Body: "STOP" })),
      "received",
    );
    assertEquals(await optedOut(sql, recruit_phone), [true, true, true]);

    const start = inboundForm({ From: recruit_phone, To: "+15550100005", Body: "START" });
    await postForStatus("sms-inbound", start);
    assertEquals(await optedOut(sql, recruit_phone), [false, false, false]);
  }));

Deno.test("a STOP to an unknown number stops every later conversation with that phone", () =>
  withSql(async (sql) => {
    const recruit_phone = newPhone();
    await postForStatus("sms-inbound", inboundForm({ From: recruit_phone, Body: "STOP" }));
    await startConversation({ recruit_phone });
    await startConversation({ recruit_phone, channel: "whatsapp" });
    assertEquals(await optedOut(sql, recruit_phone), [true, true]);
  }));

Deno.test("a STOP that comes while a conversation is created, and committed late, stops it", () =>
  withSql(async (sql) => {
    const recruit_phone = newPhone();
    const creator = await sql.reserve();
    await creator`begin`;
    await creator`select recruiting_start_conversation('whatsapp', ${recruit_phone}, '+15550100000')`;
    await postForStatus("sms-inbound", inboundForm({ From: recruit_phone, Body: "STOP" }));
    await creator`commit`;
    creator.release();
    assertEquals(await optedOut(sql, recruit_phone), [true]);
  }));

Deno.test("YES opts in only on the number that was stopped", () =>
  withSql(async (sql) => {
    const recruit_phone = newPhone();
    await startConversation({ recruit_phone });
    await postForStatus("sms-inbound", inboundForm({ From: recruit_phone, Body: "stop" }));
    await postForStatus(
      "sms-inbound",
      inboundForm({ From: recruit_phone, To: "+15550100005", Body: "Yes" }),
    );
    assertEquals(await optedOut(sql, recruit_phone), [true]);
    await postForStatus("sms-inbound", inboundForm({ From: recruit_phone, Body: "Yes" }));
    assertEquals(await optedOut(sql, recruit_phone), [false]);
  }));

Deno.test("an old STOP that is delivered again after START stops nothing", () =>
  withSql(async (sql) => {
    const recruit_phone = newPhone();
    await startConversation({ recruit_phone });
    const stop = inboundForm({ From: recruit_phone, Body: "STOP", MessageSid: newSid() });
    await postForStatus("sms-inbound", stop);
    await postForStatus("sms-inbound", inboundForm({ From: recruit_phone, Body: "START" }));
    await postForStatus("sms-inbound", stop);
    assertEquals(await optedOut(sql, recruit_phone), [false]);
  }));

Deno.test("an opt-out that was honoured when it came is not honoured again at its adoption", () =>
  withSql(async (sql) => {
    const recruit_phone = newPhone();
    await postForStatus("sms-inbound", inboundForm({ From: recruit_phone, Body: "STOP" }));
    await postForStatus(
      "sms-inbound",
      inboundForm({ From: recruit_phone, Body: "START", To: "+15550100005" }),
    );
    await startConversation({ recruit_phone });
    assertEquals(await optedOut(sql, recruit_phone), [false]);
  }));

Deno.test("STOP on two numbers and START at once never deadlock, and all agree in the end", () =>
  withSql(async (sql) => {
    const recruit_phone = newPhone();
    const numbers = ["+15550100000", "+15550100005", "+15550100006"];
    for (const twilio_phone of numbers) await startConversation({ recruit_phone, twilio_phone });
    const answers = await Promise.all(Array.from({ length: 12 }, (_, index) =>
      postForStatus(
        "sms-inbound",
        inboundForm({
          From: recruit_phone,
          To: numbers[index % 3],
          Body: index % 2 ? "STOP" : "START",
        }),
      )));
    assertEquals(new Set(answers), new Set(["received"]));
    const [{ opted_out }] = await sql`
      select exists (select from recruiting_opt_outs where recruit_phone = ${recruit_phone}) as opted_out`;
    assertEquals(await optedOut(sql, recruit_phone), [opted_out, opted_out, opted_out]);
  }));

Deno.test("the first opt-out is the one that is kept", () =>
  withSql(async (sql) => {
    const From = newPhone();
    const first = inboundForm({ From, Body: "stop" });
    await postForStatus("sms-inbound", first);
    await postForStatus("sms-inbound", inboundForm({ From, Body: "quit", To: "+15550100005" }));
    const [row] =
      await sql`select message_sid, twilio_phone from recruiting_opt_outs where recruit_phone = ${From}`;
    assertEquals({ ...row }, { message_sid: first.MessageSid, twilio_phone: "+15550100000" });
  }));

Deno.test("a STOP that meets an agent's update of the same conversations is honoured", () =>
  withSql(async (sql) => {
    const recruit_phone = newPhone();
    const conversations = [
      await startConversation({ recruit_phone }),
      await startConversation({ recruit_phone, twilio_phone: "+15550100005" }),
    ];
    const [lower, higher] = conversations.map(({ id }) => id).sort();
    const agent = await sql.reserve();
    await agent`begin`;
    await agent`update recruiting_conversations set status = 'closed' where id = ${higher}`;
    const stop = postForStatus("sms-inbound", inboundForm({ From: recruit_phone, Body: "STOP" }));
    await until(async () => {
      const [{ waiting }] =
        await sql`select count(*)::int as waiting from pg_locks where not granted`;
      return waiting > 0;
    }, "the STOP to wait");
    // One of the two is rolled back by Postgres; the STOP comes again.
    await agent`update recruiting_conversations set status = 'closed' where id = ${lower}`.catch(
      () => {},
    );
    await agent`rollback`;
    agent.release();
    assertEquals(await stop, "received");
    assertEquals(await optedOut(sql, recruit_phone), [true, true]);
  }));
