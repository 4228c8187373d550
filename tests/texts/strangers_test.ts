/** What a text does that comes from a phone without a conversation: recruiting_senders.strangers decides. */
import type postgres from "postgres";
import type { Enums } from "../../supabase/functions/_shared/database/database.types.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { bodiesOf, startConversation } from "../support/conversations.ts";
import { receiveText } from "../support/receive_text.ts";
import { asNewAgent, asServiceRole, withSql } from "../support/stack.ts";
import { inboundForm, newPhone, newSid, postForStatus } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

/** A number of ours of a test's own. */
async function senderWith(
  strangers: Enums<"recruiting_strangers">,
  channel: Enums<"recruiting_channel"> = "sms",
): Promise<string> {
  const address = newPhone();
  const { error } = await asServiceRole().from("recruiting_senders").insert({
    channel,
    address,
    strangers,
    display_name: "Jobs",
    bot_instructions: "You recruit warehouse associates.",
  });
  if (error) throw new Error(error.message);
  return address;
}

const text = (To: string, From: string, Body: string, MessageSid = newSid()) =>
  postForStatus("sms-inbound", inboundForm({ To, From, Body, MessageSid }));

async function conversationsOf(sql: postgres.Sql, phone: string) {
  const rows = await sql`
    select id, status, escalation_reason, reply_due_at is not null as is_pending
    from recruiting_conversations where recruit_phone = ${phone}`;
  return rows.map((row) => ({ ...row }));
}

const unmatchedOf = async (sql: postgres.Sql, phone: string) =>
  (await sql`select body from recruiting_unmatched_messages where recruit_phone = ${phone}
    order by received_at`).map(({ body }) => body);

Deno.test("a stranger's text is kept unmatched where nothing else is said", () =>
  withSql(async (sql) => {
    const phone = newPhone();
    assertEquals(await text(await senderWith("keep"), phone, "JOBS"), "no_conversation");
    assertEquals(await conversationsOf(sql, phone), []);
    assertEquals(await unmatchedOf(sql, phone), ["JOBS"]);
  }));

Deno.test("a stranger's text begins a conversation in which the bot's reply is pending", () =>
  withSql(async (sql) => {
    const phone = newPhone();
    const ours = await senderWith("bot");
    assertEquals(await text(ours, phone, "JOBS"), "received");
    const [{ id, ...rest }] = await conversationsOf(sql, phone);
    assertEquals(rest, { status: "bot", escalation_reason: null, is_pending: true });
    assertEquals(await bodiesOf(sql, id), ["JOBS"]);
    assertEquals(await unmatchedOf(sql, phone), []);
  }));

Deno.test("a stranger's text begins a conversation that a person has, and is broadcast", () =>
  withSql(async (sql) => {
    const agent = await asNewAgent();
    const phone = newPhone();
    assertEquals(await text(await senderWith("escalate"), phone, "JOBS"), "received");
    const [{ id, ...rest }] = await conversationsOf(sql, phone);
    assertEquals(rest, {
      status: "escalated",
      escalation_reason: "A stranger texted this number",
      is_pending: false,
    });
    assertEquals(await bodiesOf(sql, id), ["JOBS"]);
    const events = await sql`
      select event from realtime.messages where payload ->> 'conversation_id' = ${id}
      order by inserted_at, event`;
    assertEquals(
      events.map(({ event }) => event),
      ["conversation_escalated", "message_received"],
    );
    await sql`delete from recruiting_agents where user_id = ${agent.id}`;
  }));

Deno.test("earlier texts of a stranger come first, once a text begins the conversation", () =>
  withSql(async (sql) => {
    const phone = newPhone();
    const ours = await senderWith("keep");
    const kept = newSid();
    assertEquals(await text(ours, phone, "Hello?", kept), "no_conversation");
    await sql`update recruiting_senders set strangers = 'escalate' where address = ${ours}`;
    assertEquals(await text(ours, phone, "Hello?", kept), "no_conversation");
    assertEquals(await text(ours, phone, "JOBS"), "received");
    const [{ id }] = await conversationsOf(sql, phone);
    assertEquals(await bodiesOf(sql, id), ["Hello?", "JOBS"]);
    assertEquals(await unmatchedOf(sql, phone), []);
  }));

for (
  const [label, body] of [
    ["STOP", "STOP"],
    ["an opt-out in words", "please don't text me again"],
    ["START", "START"],
    ["YES", "yes"],
    ["HELP", "help"],
    ["a reaction", "Loved “We are hiring”"],
  ]
) {
  Deno.test(`${label} begins no conversation`, () =>
    withSql(async (sql) => {
      const phone = newPhone();
      assertEquals(await text(await senderWith("bot"), phone, body), "no_conversation");
      assertEquals(await conversationsOf(sql, phone), []);
      assertEquals(await unmatchedOf(sql, phone), [body]);
    }));
}

Deno.test("a phone that has opted out begins no conversation, in whatever spelling", () =>
  withSql(async (sql) => {
    const [random] = crypto.getRandomValues(new Uint32Array(1));
    const rest = `5${String(random).padStart(10, "0").slice(-9)}`;
    const ours = await senderWith("bot");
    assertEquals(await text("+15550100000", `+521${rest}`, "STOP"), "no_conversation");
    assertEquals(await text(ours, `+52${rest}`, "JOBS"), "no_conversation");
    assertEquals(await conversationsOf(sql, `+52${rest}`), []);
  }));

Deno.test("a sender that is no phone begins no conversation", () =>
  withSql(async (sql) => {
    const ours = await senderWith("bot");
    for (const from of ["ACME", "32665"]) {
      assertEquals(await text(ours, from, "JOBS"), "no_conversation");
      assertEquals(await conversationsOf(sql, from), []);
    }
  }));

Deno.test("a stranger's text that may be an opt-out begins a conversation that a person has", () =>
  withSql(async (sql) => {
    const phone = newPhone();
    assertEquals(
      await text(await senderWith("bot"), phone, "who gave you my number?? wrong number"),
      "received",
    );
    const [{ status }] = await conversationsOf(sql, phone);
    assertEquals(status, "escalated");
  }));

Deno.test("10 deliveries of a stranger's first text at once begin one conversation with one text", () =>
  withSql(async (sql) => {
    const [phone, ours, sid] = [newPhone(), await senderWith("escalate"), newSid()];
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => text(ours, phone, "JOBS", sid)),
    );
    assertEquals(new Set(answers), new Set(["received"]));
    const conversations = await conversationsOf(sql, phone);
    assertEquals(conversations.length, 1);
    assertEquals(await bodiesOf(sql, conversations[0].id), ["JOBS"]);
  }));

Deno.test("of strangers at once 20 a minute begin conversations, and the rest is kept", () =>
  withSql(async (sql) => {
    const ours = await senderWith("escalate");
    const other = await senderWith("escalate");
    const phones = Array.from({ length: 30 }, newPhone);
    const textAtOnce = (from: number, to: number) =>
      Promise.all(phones.slice(from, to).map((phone) => text(ours, phone, "JOBS")));
    // The last places of the minute go to some of those that text at once.
    const answers = [...await textAtOnce(0, 10), ...await textAtOnce(10, 18)];
    answers.push(...await textAtOnce(18, 30));
    const began = answers.filter((answer) => answer === "received").length;
    assertEquals([began, answers.length - began], [20, 10]);
    assertEquals(answers.filter((answer) => answer === "no_conversation").length, 10);
    // Another number has a minute of its own, and those who have a conversation are not counted.
    assertEquals(await text(other, newPhone(), "JOBS"), "received");
    assertEquals(await text(ours, phones[answers.indexOf("received")], "Hi"), "received");

    await sql`update private.strangers_pace
      set begun_at = array(select t - interval '1 minute' from unnest(begun_at) t) where address = ${ours}`;
    const waited = phones[answers.indexOf("no_conversation")];
    assertEquals(await text(ours, waited, "Hello?"), "received");
    const [{ id }] = await conversationsOf(sql, waited);
    assertEquals(await bodiesOf(sql, id), ["JOBS", "Hello?"]);
  }));

Deno.test("conversations that the platform begins leave strangers their 20 a minute", () =>
  withSql(async (sql) => {
    const ours = await senderWith("bot");
    for (let begun = 0; begun < 20; begun++) await startConversation({ twilio_phone: ours });
    const phone = newPhone();
    assertEquals(await text(ours, phone, "JOBS"), "received");
    assertEquals((await conversationsOf(sql, phone)).length, 1);
  }));

Deno.test("a stranger's text that comes while the platform begins the conversation is in it", () =>
  withSql(async (sql) => {
    const [phone, ours] = [newPhone(), await senderWith("bot")];
    const creator = await sql.reserve();
    try {
      await creator`begin`;
      await creator`select recruiting_start_conversation(channel => 'sms',
        recruit_phone => ${phone}, twilio_phone => ${ours}, status => 'escalated')`;
      assertEquals(await text(ours, phone, "JOBS"), "no_conversation");
      await creator`commit`;
    } finally {
      creator.release();
    }
    const [{ id, status }] = await conversationsOf(sql, phone);
    assertEquals([status, await bodiesOf(sql, id)], ["escalated", ["JOBS"]]);
  }));

/** Waits until a text waits in the database for another transaction, for the nth time. */
const textWaits = (sql: postgres.Sql, times = 1) => {
  const attempts = new Set<number>();
  return until(async () => {
    const waiting = await sql`
      select query_start from pg_stat_activity
      where wait_event_type = 'Lock' and query like '%recruiting_receive_message%'
        and pid <> pg_backend_pid()`;
    waiting.forEach(({ query_start }) => attempts.add(query_start.getTime()));
    return attempts.size >= times;
  }, "the text to wait");
};

for (
  const { what, strangers, hold } of [
    {
      what: "another stranger's text",
      strangers: "bot" as const,
      hold: (holder: postgres.Sql, ours: string) =>
        receiveText(holder, { recruit_phone: newPhone(), twilio_phone: ours }, "JOBS"),
    },
    {
      what: "an escalation",
      strangers: "escalate" as const,
      hold: (holder: postgres.Sql) => holder`select private.least_busy_agent()`,
    },
  ]
) {
  Deno.test(`a stranger's text begins its conversation, however long ${what} takes`, () =>
    withSql(async (sql) => {
      const [phone, ours] = [newPhone(), await senderWith(strangers)];
      const holder = await sql.reserve();
      try {
        await holder`begin`;
        await hold(holder, ours);
        const arriving = text(ours, phone, "JOBS");
        await textWaits(sql, 2);
        await holder`commit`;
        assertEquals(await arriving, "received");
      } finally {
        holder.release();
      }
      assertEquals((await conversationsOf(sql, phone)).length, 1);
    }));
}

Deno.test("a stranger's text aborts no transaction that begins and escalates the conversation", () =>
  withSql(async (sql) => {
    const [phone, ours] = [newPhone(), await senderWith("escalate")];
    const creator = await sql.reserve();
    try {
      await creator`begin`;
      await creator`select recruiting_escalate_conversation(
        recruiting_start_conversation('sms', ${phone}, ${ours}), 'Asked on the website')`;
      const arriving = text(ours, phone, "JOBS");
      await textWaits(sql);
      await creator`commit`;
      assertEquals(await arriving, "received");
    } finally {
      creator.release();
    }
    const [{ id, escalation_reason }] = await conversationsOf(sql, phone);
    assertEquals([escalation_reason, await bodiesOf(sql, id)], ["Asked on the website", ["JOBS"]]);
  }));

Deno.test("a stranger's text that waits for its turn aborts no transaction that begins the conversation", () =>
  withSql(async (sql) => {
    const [phone, ours] = [newPhone(), await senderWith("bot")];
    const [other, creator] = [await sql.reserve(), await sql.reserve()];
    try {
      await other`begin`;
      await receiveText(other, { recruit_phone: newPhone(), twilio_phone: ours }, "JOBS");
      await creator`begin`;
      await creator`select recruiting_start_conversation('sms', ${phone}, ${ours})`;
      const arriving = text(ours, phone, "JOBS");
      await textWaits(sql);
      await creator`commit`;
      await other`commit`;
      assertEquals(await arriving, "received");
    } finally {
      other.release();
      creator.release();
    }
    assertEquals((await conversationsOf(sql, phone)).length, 1);
  }));

Deno.test("a stranger's text waits for locks less long than deadlock_timeout", () =>
  withSql(async (sql) => {
    // Two waits for the pace, one for the assignment, and one to insert the conversation.
    const [{ waits, are_shorter }] = await sql`
      with timeout as (
        select p.proname, split_part(setting, '=', 2)::interval as lock_timeout
        from pg_proc p, unnest(p.proconfig) setting where setting like 'lock_timeout=%'
      )
      select waits, waits < current_setting('deadlock_timeout')::interval as are_shorter
      from (select sum(lock_timeout * case proname
        when 'begin_for_stranger' then 3 when 'insert_strangers_conversation' then 1 end) as waits
        from timeout) sum`;
    assert(are_shorter, `The waits together: ${waits}`);
  }));

Deno.test("a text older than a day begins no conversation when it is brought in", () =>
  withSql(async (sql) => {
    const [phone, ours] = [newPhone(), await senderWith("bot")];
    const parties = { recruit_phone: phone, twilio_phone: ours };
    const old = new Date(Date.now() - 25 * 3_600_000);
    assertEquals(
      (await receiveText(sql, parties, "JOBS", { sentAt: old })).outcome,
      "no_conversation",
    );
    const late = new Date(Date.now() - 3_600_000);
    assertEquals((await receiveText(sql, parties, "JOBS", { sentAt: late })).outcome, "received");
    assertEquals((await conversationsOf(sql, phone)).length, 1);
  }));

Deno.test("strangers is keep, bot or escalate", () =>
  withSql(async () => {
    const { error } = await asServiceRole().from("recruiting_senders")
      .insert({ channel: "sms", address: newPhone(), strangers: "ignore" as "keep" });
    assertEquals(error?.code, "22P02");
  }));

Deno.test("a WhatsApp user without a phone may be a stranger", () =>
  withSql(async (sql) => {
    const ours = await senderWith("escalate", "whatsapp");
    const id = `US.${crypto.randomUUID().replaceAll("-", "")}`;
    assertEquals(await text(`whatsapp:${ours}`, `whatsapp:${id}`, "JOBS"), "received");
    assertEquals((await conversationsOf(sql, id)).length, 1);
    await startConversation({ channel: "whatsapp", recruit_phone: id, twilio_phone: ours });
    assertEquals((await conversationsOf(sql, id)).length, 1);
  }));
