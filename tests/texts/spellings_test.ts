/** A recruit whose phone the platform, Twilio and WhatsApp spell differently is one recruit. */
import type postgres from "postgres";
import { assertEquals, rejection } from "../support/assert.ts";
import { bodiesOf, startConversation } from "../support/conversations.ts";
import { receiveText } from "../support/receive_text.ts";
import { asServiceRole, withSql } from "../support/stack.ts";
import { inboundForm, newPhone, newSid, postForStatus } from "../support/twilio.ts";

const OURS = "+15550100000";

/** The last digits of a phone that no other test uses. */
function digits(count: number): string {
  const [random] = crypto.getRandomValues(new Uint32Array(1));
  return `5${String(random).padStart(10, "0").slice(-(count - 1))}`;
}

/** Two spellings of a new phone: the canonical one first. */
const COUNTRIES: Record<string, () => [canonical: string, other: string]> = {
  Mexico() {
    const rest = digits(10);
    return [`+52${rest}`, `+521${rest}`];
  },
  Argentina() {
    const rest = digits(10);
    return [`+54${rest}`, `+549${rest}`];
  },
  Brazil() {
    const rest = `7${digits(7)}`;
    return [`+55119${rest}`, `+5511${rest}`];
  },
};

/** Both orders: which of the two spellings the platform has, and which the recruit's texts come from. */
const PAIRS = Object.entries(COUNTRIES).flatMap(([country, phones]) => [
  { label: `${country}, stored in the canonical spelling`, phones: () => phones() },
  {
    label: `${country}, stored in the other spelling`,
    phones: (): [string, string] => {
      const [canonical, other] = phones();
      return [other, canonical];
    },
  },
]);

/** A text over the webhook. */
const text = (channel: string, from: string, body: string) => {
  const prefix = channel === "sms" ? "" : `${channel}:`;
  return postForStatus(
    "sms-inbound",
    inboundForm({ From: prefix + from, To: prefix + OURS, Body: body }),
  );
};

async function optedOut(sql: postgres.Sql, id: string): Promise<boolean> {
  const [row] = await sql`
    select opted_out_at is not null as is_opted_out from recruiting_conversations where id = ${id}`;
  return row.is_opted_out;
}

for (const { label, phones } of PAIRS) {
  Deno.test(`a text from another spelling finds its conversation (${label})`, () =>
    withSql(async (sql) => {
      const [stored, texted] = phones();
      const { id } = await startConversation({ channel: "whatsapp", recruit_phone: stored });
      assertEquals(await text("whatsapp", texted, "Hello"), "received");
      assertEquals(await text("whatsapp", stored, "Hello again"), "received");
      assertEquals(await bodiesOf(sql, id), ["Hello", "Hello again"]);
      const [row] = await sql`select recruit_phone from recruiting_conversations where id = ${id}`;
      assertEquals(row.recruit_phone, stored);
    }));

  Deno.test(`a STOP from one spelling stops the other, and a START opens it (${label})`, () =>
    withSql(async (sql) => {
      const [stored, texted] = phones();
      const sms = await startConversation({ recruit_phone: stored });
      const whatsapp = await startConversation({ channel: "whatsapp", recruit_phone: texted });
      assertEquals(await text("whatsapp", texted, "STOP"), "received");
      assertEquals([await optedOut(sql, sms.id), await optedOut(sql, whatsapp.id)], [true, true]);
      const later = await startConversation({
        recruit_phone: texted,
        twilio_phone: "+15550100005",
      });
      assertEquals(await optedOut(sql, later.id), true);
      assertEquals(await text("sms", stored, "START"), "received");
      for (const { id } of [sms, whatsapp, later]) assertEquals(await optedOut(sql, id), false);
    }));

  Deno.test(`an unmatched text is adopted by a conversation in another spelling (${label})`, () =>
    withSql(async (sql) => {
      const [stored, texted] = phones();
      assertEquals(await text("sms", texted, "Hello, are you there?"), "no_conversation");
      const { id } = await startConversation({ recruit_phone: stored });
      assertEquals(await bodiesOf(sql, id), ["Hello, are you there?"]);
    }));

  Deno.test(`all spellings begin one conversation (${label})`, () =>
    withSql(async (sql) => {
      const [stored, texted] = phones();
      const ids = await Promise.all(Array.from({ length: 10 }, async (_, index) => {
        const { id } = await startConversation({ recruit_phone: index % 2 ? stored : texted });
        return id;
      }));
      assertEquals(new Set(ids).size, 1);
      const failure = await rejection(sql`insert into recruiting_conversations
        (recruit_phone, twilio_phone) values (${texted}, ${OURS})`);
      assertEquals(failure.includes("recruiting_conversations_addresses"), true);
    }));

  Deno.test(`what a platform records of one spelling holds for the other (${label})`, () =>
    withSql(async (sql) => {
      const [stored, texted] = phones();
      const { id } = await startConversation({ recruit_phone: stored });
      const event = { phone: texted, channel: "sms", kind: "opt_out" };
      const twice = { ...event, occurred_at: "2026-01-01T00:00:00Z" };
      assertEquals((await asServiceRole().rpc("recruiting_record_consent", twice)).data, true);
      await asServiceRole().rpc("recruiting_record_consent", { ...twice, phone: stored });
      assertEquals(await optedOut(sql, id), true);
      const events = await sql`
        select phone from recruiting_consent_events where phone = any (${[stored, texted]})`;
      assertEquals(events.length, 1);
    }));
}

/** Where the next message to a conversation goes. */
async function nextGoesTo(sql: postgres.Sql, id: string): Promise<string> {
  const [begun] = await sql`
    select recruit_phone from recruiting_begin_message(${id}, ${crypto.randomUUID()}, 'Hello')`;
  return begun.recruit_phone;
}

Deno.test("an answer goes to the spelling that the last text came from, before that to the stored one", () =>
  withSql(async (sql) => {
    const [canonical, other] = COUNTRIES.Mexico();
    const { id } = await startConversation({ recruit_phone: canonical });
    const parties = { recruit_phone: other, twilio_phone: OURS };
    assertEquals(await nextGoesTo(sql, id), canonical);
    await receiveText(sql, parties, "Hola");
    assertEquals(await nextGoesTo(sql, id), other);
    await receiveText(sql, { ...parties, recruit_phone: canonical }, "Hola de nuevo");
    assertEquals(await nextGoesTo(sql, id), canonical);
    // A text that was lost, from before: the one that came since says where answers go.
    await receiveText(sql, parties, "Perdido", { sentAt: new Date(Date.now() - 60_000) });
    assertEquals(await nextGoesTo(sql, id), canonical);
  }));

Deno.test("the spelling of one channel's texts changes nothing on another channel", () =>
  withSql(async (sql) => {
    const [canonical, other] = COUNTRIES.Argentina();
    const { id } = await startConversation({ recruit_phone: canonical });
    await startConversation({ channel: "whatsapp", recruit_phone: canonical });
    assertEquals(await text("whatsapp", other, "Hola"), "received");
    assertEquals(await nextGoesTo(sql, id), canonical);
  }));

Deno.test("a landline of Brazil gains no ninth digit, so two phones stay two", () =>
  withSql(async (sql) => {
    const rest = digits(7);
    const landline = await startConversation({ recruit_phone: `+55113${rest}` });
    const mobile = await startConversation({ recruit_phone: `+551193${rest}` });
    assertEquals(await text("sms", `+551193${rest}`, "STOP"), "received");
    assertEquals(
      [await optedOut(sql, landline.id), await optedOut(sql, mobile.id)],
      [false, true],
    );
  }));

Deno.test("a WhatsApp user without a phone is a recruit on WhatsApp, and on no other channel", () =>
  withSql(async (sql) => {
    const id = `US.${crypto.randomUUID().replaceAll("-", "")}`;
    const conversation = await startConversation({ channel: "whatsapp", recruit_phone: id });
    assertEquals(await text("whatsapp", id, "Hello"), "received");
    assertEquals(await bodiesOf(sql, conversation.id), ["Hello"]);
    assertEquals(await text("whatsapp", id, "STOP"), "received");
    assertEquals(await optedOut(sql, conversation.id), true);
    assertEquals((await rejection(startConversation({ recruit_phone: id }))).length > 0, true);
    for (const wrong of ["us.1234", "USA.1234", "US.", "US.12 34", `US.${"1".repeat(129)}`]) {
      const failure = await rejection(
        startConversation({ channel: "whatsapp", recruit_phone: wrong }),
      );
      assertEquals([wrong, failure.length > 0], [wrong, true]);
    }
  }));

Deno.test("texts from two spellings at once, and the conversation's beginning, lose no text", () =>
  withSql(async (sql) => {
    const [canonical, other] = COUNTRIES.Brazil();
    const texts = Array.from({ length: 20 }, (_, index) =>
      receiveText(
        sql,
        { recruit_phone: index % 2 ? canonical : other, twilio_phone: OURS },
        `Text ${index}`,
        { sid: newSid() },
      ));
    const { id } = await startConversation({ recruit_phone: other });
    await Promise.all(texts);
    assertEquals((await bodiesOf(sql, id)).length, 20);
    assertEquals(
      [
        ...await sql`select from recruiting_unmatched_messages
        where recruit_phone = any (${[canonical, other]})`,
      ],
      [],
    );
  }));

Deno.test("every other phone has one spelling", () =>
  withSql(async (sql) => {
    const phone = newPhone();
    const [{ spellings }] = await sql`select private.spellings_of(${phone}) as spellings`;
    assertEquals(spellings, [phone]);
  }));
