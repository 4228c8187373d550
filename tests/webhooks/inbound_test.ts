import { assert, assertEquals } from "../support/assert.ts";
import { bodiesOf, startConversation } from "../support/conversations.ts";
import { asServiceRole, DATABASE_URL, withSql } from "../support/stack.ts";
import { inboundForm, newPhone, newSid, post, postForStatus, postJson } from "../support/twilio.ts";
import { until } from "../support/wait.ts";
import postgres from "postgres";

function replyTo(conversation: { recruit_phone: string; twilio_phone: string }, body: string) {
  return inboundForm({
    From: conversation.recruit_phone,
    To: conversation.twilio_phone,
    Body: body,
  });
}

Deno.test("a text to a conversation is kept in it, in its order", () =>
  withSql(async (sql) => {
    const conversation = await startConversation();
    for (const body of ["one", "two", "three"]) {
      assertEquals(await postForStatus("sms-inbound", replyTo(conversation, body)), "received");
    }
    const rows = await sql`
      select seq, body, direction, sender_type, status, num_segments, media
      from recruiting_messages where conversation_id = ${conversation.id} order by seq`;
    const kept = {
      direction: "inbound",
      sender_type: "recruit",
      status: "received",
      num_segments: 1,
      media: [],
    };
    assertEquals(rows.map((row) => ({ ...row })), [
      { seq: "1", body: "one", ...kept },
      { seq: "2", body: "two", ...kept },
      { seq: "3", body: "three", ...kept },
    ]);
  }));

Deno.test("10 concurrent deliveries of one MessageSid leave one row", () =>
  withSql(async (sql) => {
    const conversation = await startConversation();
    const form = replyTo(conversation, "once");
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => postForStatus("sms-inbound", form)),
    );
    assertEquals(new Set(answers), new Set(["received"]));
    assertEquals(await bodiesOf(sql, conversation.id), ["once"]);
    const [{ last_seq }] = await sql`
      select last_seq from recruiting_conversations where id = ${conversation.id}`;
    assertEquals(last_seq, "1");
  }));

Deno.test("10 concurrent deliveries of an unmatched text leave one row", () =>
  withSql(async (sql) => {
    const form = inboundForm();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => postForStatus("sms-inbound", form)),
    );
    assertEquals(new Set(answers), new Set(["no_conversation"]));
    const rows = await sql`
      select payload, reason from recruiting_unmatched_messages
      where message_sid = ${form.MessageSid as string}`;
    assertEquals(rows.map((row) => ({ ...row })), [{ payload: form, reason: "no_conversation" }]);
  }));

Deno.test("texts that arrive at once get different places, without a gap", () =>
  withSql(async (sql) => {
    const conversation = await startConversation();
    await Promise.all(
      Array.from(
        { length: 10 },
        (_, index) => postForStatus("sms-inbound", replyTo(conversation, `${index}`)),
      ),
    );
    const rows = await sql`
      select seq from recruiting_messages where conversation_id = ${conversation.id} order by seq`;
    assertEquals(rows.map(({ seq }) => Number(seq)), Array.from({ length: 10 }, (_, i) => i + 1));
  }));

for (const status of ["escalated", "closed"]) {
  Deno.test(`a text to a conversation that is ${status} is kept, and its status stays`, () =>
    withSql(async (sql) => {
      const conversation = await startConversation({ status });
      assertEquals(await postForStatus("sms-inbound", replyTo(conversation, "hi")), "received");
      assertEquals(await bodiesOf(sql, conversation.id), ["hi"]);
      const [row] = await sql`
        select status from recruiting_conversations where id = ${conversation.id}`;
      assertEquals(row.status, status);
    }));
}

Deno.test("the same phone on another of our numbers is another conversation", async () => {
  const recruit_phone = newPhone();
  await startConversation({ recruit_phone });
  const other = inboundForm({ From: recruit_phone, To: "+15550100005" });
  assertEquals(await postForStatus("sms-inbound", other), "no_conversation");
});

for (
  const from of ["12345", "AMAZON", "whatsapp:", "+0155", "discord:+15550100001", "a".repeat(5000)]
) {
  Deno.test(`a From that is no phone, ${JSON.stringify(from.slice(0, 20))}, is kept as unmatched`, () =>
    withSql(async (sql) => {
      const form = inboundForm({ From: from, Body: "STOP" });
      assertEquals(await postForStatus("sms-inbound", form), "no_conversation");
      const [row] = await sql`
        select payload from recruiting_unmatched_messages
        where message_sid = ${form.MessageSid as string}`;
      assertEquals(row.payload, form);
      assertEquals(
        (await sql`select from recruiting_opt_outs where recruit_phone = ${from}`).length,
        0,
      );
    }));
}

Deno.test("pictures are kept in their order, with their types", () =>
  withSql(async (sql) => {
    const conversation = await startConversation();
    const media = Object.fromEntries(
      Array.from({ length: 11 }, (_, index) => [
        [`MediaUrl${index}`, `https://example.com/${index}`],
        [`MediaContentType${index}`, "image/jpeg"],
      ]).flat(),
    );
    await postForStatus("sms-inbound", { ...replyTo(conversation, ""), NumMedia: "11", ...media });
    const [row] =
      await sql`select media from recruiting_messages where conversation_id = ${conversation.id}`;
    assertEquals(
      row.media,
      Array.from(
        { length: 11 },
        (_, i) => ({ url: `https://example.com/${i}`, content_type: "image/jpeg" }),
      ),
    );
  }));

for (
  const [channel, from, to] of [
    ["whatsapp", "whatsapp:PHONE", "whatsapp:+15550100009"],
    ["rcs", "rcs:PHONE", "rcs:northwind_agent"],
    ["messenger", "messenger:PHONE", "messenger:42"],
  ]
) {
  Deno.test(`a text over ${channel} finds its conversation without the channel's prefix`, () =>
    withSql(async (sql) => {
      const recruit_phone = newPhone();
      const conversation = await startConversation({
        channel,
        recruit_phone,
        twilio_phone: to.split(":")[1],
      });
      const form = inboundForm({ From: from.replace("PHONE", recruit_phone), To: to });
      assertEquals(await postForStatus("sms-inbound", form), "received");
      assertEquals(await bodiesOf(sql, conversation.id), ["Hello"]);
    }));
}

Deno.test("a JSON object with the form's field names is read like the form", () =>
  withSql(async (sql) => {
    const conversation = await startConversation();
    const json = JSON.stringify({ ...replyTo(conversation, "as JSON"), NumSegments: 1 });
    const response = await postJson("sms-inbound", json);
    assertEquals(await response.json(), { status: "received" });
    assertEquals(await bodiesOf(sql, conversation.id), ["as JSON"]);
  }));

Deno.test("NUL and lone surrogates become U+FFFD", () =>
  withSql(async (sql) => {
    const conversation = await startConversation();
    await postForStatus("sms-inbound", replyTo(conversation, "a\0b"));
    const response = await postJson(
      "sms-inbound",
      JSON.stringify(replyTo(conversation, "c\uD800d")),
    );
    await response.body?.cancel();
    assertEquals(await bodiesOf(sql, conversation.id), ["a\uFFFDb", "c\uFFFDd"]);
  }));

Deno.test("a field named __proto__ is a field like any other", () =>
  withSql(async (sql) => {
    const body = inboundForm();
    const form = Object.assign(Object.create(null), body, { ["__proto__"]: "x" });
    Object.defineProperty(form, "__proto__", { value: "x", enumerable: true });
    assertEquals(await postForStatus("sms-inbound", form), "no_conversation");
    const [{ has }] = await sql`
      select payload ? '__proto__' as has from recruiting_unmatched_messages
      where message_sid = ${body.MessageSid as string}`;
    assertEquals(has, true);
  }));

Deno.test("unmatched texts are adopted when their conversation begins, oldest first", () =>
  withSql(async (sql) => {
    const From = newPhone();
    for (const Body of ["first", "second"]) {
      await postForStatus("sms-inbound", inboundForm({ From, Body }));
    }
    await postForStatus(
      "sms-inbound",
      inboundForm({ From, To: "+15550100005", Body: "elsewhere" }),
    );
    const { id } = await startConversation({ recruit_phone: From });
    assertEquals(await bodiesOf(sql, id), ["first", "second"]);
    const left =
      await sql`select body from recruiting_unmatched_messages where recruit_phone = ${From}`;
    assertEquals(left.map(({ body }) => body), ["elsewhere"]);
  }));

Deno.test("a text that arrives while its conversation is created, and committed late, is adopted", () =>
  withSql(async (sql) => {
    const From = newPhone();
    const creator = await sql.reserve();
    await creator`begin`;
    const [{ id }] = await creator`
      select recruiting_start_conversation('sms', ${From}, '+15550100000') as id`;
    assertEquals(
      await postForStatus("sms-inbound", inboundForm({ From, Body: "early" })),
      "no_conversation",
    );
    await creator`commit`;
    creator.release();
    assertEquals(await bodiesOf(sql, id), ["early"]);
    assertEquals(
      await postForStatus("sms-inbound", inboundForm({ From, Body: "late" })),
      "received",
    );
    assertEquals(await bodiesOf(sql, id), ["early", "late"]);
  }));

Deno.test("a text that arrives between the adoption and the commit waits for the commit", () =>
  withSql(async (sql) => {
    const From = newPhone();
    const creator = await sql.reserve();
    await creator`begin`;
    const [{ id }] = await creator`
      select recruiting_start_conversation('sms', ${From}, '+15550100000') as id`;
    await creator`set constraints all immediate`;
    const answer = postForStatus("sms-inbound", inboundForm({ From, Body: "just now" }));
    await until(async () => {
      const [{ waiting }] =
        await sql`select count(*)::int as waiting from pg_locks where not granted`;
      return waiting > 0;
    }, "the text to wait");
    await creator`commit`;
    creator.release();
    assertEquals(await answer, "received");
    assertEquals(await bodiesOf(sql, id), ["just now"]);
  }));

Deno.test("no text is stranded when 12 arrive while the conversation is begun 3 times at once", () =>
  withSql(async (sql) => {
    const From = newPhone();
    const texts = Array.from({ length: 12 }, (_, i) => inboundForm({ From, Body: `${i}` }));
    const started: Promise<{ id: string }>[] = [];
    await Promise.all(texts.map(async (form, index) => {
      if (index % 4 === 0) started.push(startConversation({ recruit_phone: From }));
      const status = await postForStatus("sms-inbound", form);
      assert(["received", "no_conversation"].includes(status), `status ${status}`);
    }));
    const ids = new Set((await Promise.all(started)).map(({ id }) => id));
    assertEquals(ids.size, 1);
    const bodies = await bodiesOf(sql, [...ids][0]);
    assertEquals(bodies.sort(), texts.map(({ Body }) => Body as string).sort());
  }));

Deno.test("an unmatched text that the database refuses stays, with its reason, and blocks nothing", () =>
  withSql(async (sql) => {
    const From = newPhone();
    for (const Body of ["good", "refuse-adoption", "also good"]) {
      await postForStatus("sms-inbound", inboundForm({ From, Body }));
    }
    await sql`alter table recruiting_messages add constraint no_refused_adoption
      check (body <> 'refuse-adoption') not valid`;
    try {
      const { id } = await startConversation({ recruit_phone: From });
      assertEquals(await bodiesOf(sql, id), ["good", "also good"]);
    } finally {
      await sql`alter table recruiting_messages drop constraint no_refused_adoption`;
    }
    const left =
      await sql`select reason from recruiting_unmatched_messages where recruit_phone = ${From}`;
    assertEquals(left.map(({ reason }) => reason), ["refused 23514 no_refused_adoption"]);
  }));

Deno.test("a text that the database refuses for good is kept whole, and its STOP still counts", () =>
  withSql(async (sql) => {
    const conversation = await startConversation();
    const form = replyTo(conversation, "STOP");
    await sql`alter table recruiting_messages add constraint no_texts_of_this_test
      check (conversation_id <> ${sql.unsafe(`'${conversation.id}'`)}) not valid`;
    try {
      assertEquals(await postForStatus("sms-inbound", form), "received");
      assertEquals(await postForStatus("sms-inbound", form), "received");
    } finally {
      await sql`alter table recruiting_messages drop constraint no_texts_of_this_test`;
    }
    const [row] = await sql`
      select payload, reason from recruiting_unmatched_messages where message_sid = ${form
      .MessageSid as string}`;
    assertEquals({ ...row }, { payload: form, reason: "refused 23514 no_texts_of_this_test" });
    const [{ opted_out_at }] = await sql`
      select opted_out_at from recruiting_conversations where id = ${conversation.id}`;
    assert(opted_out_at instanceof Date, `opted_out_at is ${opted_out_at}`);
  }));

Deno.test("a text is deferred when the database goes on failing for another reason than its data", () =>
  withSql(async (sql) => {
    const conversation = await startConversation();
    await sql.unsafe(`
      create function pg_temp_fails() returns trigger language plpgsql as
      $$ begin if new.body = 'fails for now' then raise exception 'no'; end if; return new; end $$;
      create trigger fails_for_now before insert on recruiting_messages
        for each row execute function pg_temp_fails();`);
    try {
      assertEquals(
        await postForStatus("sms-inbound", replyTo(conversation, "fails for now")),
        "deferred",
      );
    } finally {
      await sql.unsafe("drop function pg_temp_fails() cascade");
    }
  }));

Deno.test("while another transaction holds the conversation, a text waits its turn", () =>
  withSql(async (sql) => {
    const conversation = await startConversation();
    const holder = postgres(DATABASE_URL, { max: 1 });
    await holder`begin`;
    await holder`select from recruiting_conversations where id = ${conversation.id} for update`;
    const answer = postForStatus("sms-inbound", replyTo(conversation, "patient"));
    await until(async () => {
      const [{ waiting }] =
        await sql`select count(*)::int as waiting from pg_locks where not granted`;
      return waiting > 0;
    }, "the text to wait for the lock");
    await holder`commit`;
    await holder.end();
    assertEquals(await answer, "received");
  }));

Deno.test("a phone that has texted before its conversation is never answered twice about it", async () => {
  const form = inboundForm();
  assertEquals(await postForStatus("sms-inbound", form), "no_conversation");
  await startConversation({ recruit_phone: form.From as string });
  assertEquals(await postForStatus("sms-inbound", form), "received");
  const { count } = await asServiceRole().from("recruiting_messages")
    .select("id", { count: "exact", head: true }).eq("message_sid", form.MessageSid as string);
  assertEquals(count, 1);
});

Deno.test("every published inbound payload is answered 200 and kept once", () =>
  withSql(async (sql) => {
    const payloads: { name: string; params?: Record<string, string> }[] = JSON.parse(
      await Deno.readTextFile(new URL("../data/webhook-payloads.json", import.meta.url)),
    );
    try {
      for (const { name, params } of payloads) {
        if (!name.startsWith("inbound") || !params) continue;
        const form = { ...params, MessageSid: newSid() };
        const response = await post("sms-inbound", form);
        assertEquals([name, response.status, await response.json()], [name, 200, {
          status: "no_conversation",
        }]);
        const rows =
          await sql`select payload from recruiting_unmatched_messages where message_sid = ${form.MessageSid}`;
        assertEquals(rows.map(({ payload }) => payload), [form]);
      }
    } finally {
      await sql`delete from recruiting_opt_outs where recruit_phone like '+1415555%'`;
    }
  }));

Deno.test("3,000 conversations begin in one transaction, and adopt what had come before", () =>
  withSql(async (sql) => {
    const form = inboundForm({ From: "+15559000001500", To: "+15550100008" });
    try {
      await postForStatus("sms-inbound", form);
      await sql`select recruiting_start_conversation('sms', '+1555' || 9000000000 + n, '+15550100008')
      from generate_series(1, 3000) as n`;
      const rows = await sql`select recruit_phone from recruiting_conversations c
      join recruiting_messages m on m.conversation_id = c.id where m.message_sid = ${form
        .MessageSid as string}`;
      assertEquals(rows.map(({ recruit_phone }) => recruit_phone), ["+15559000001500"]);
    } finally {
      await sql`delete from recruiting_conversations where twilio_phone = '+15550100008'`;
    }
  }));
