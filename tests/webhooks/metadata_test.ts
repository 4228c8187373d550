/** Nothing that Twilio posts beside a text is dropped. */
import fc from "fast-check";
import type postgres from "postgres";
import {
  MAX_METADATA_BYTES,
  metadataOf,
} from "../../supabase/functions/_shared/inbound/metadata.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { asNewAgent, withSql } from "../support/stack.ts";
import { assertPayload, listen } from "../support/realtime.ts";
import {
  type Form,
  inboundForm,
  newPhone,
  newSid,
  postForStatus,
  postJson,
} from "../support/twilio.ts";

/** A form of Twilio's: null-prototype, as the webhook reads it. */
const form = (fields: Form): Form => Object.assign(Object.create(null), fields);

const LOCATION = {
  Body: "",
  Latitude: "39.7392",
  Longitude: "-104.9903",
  Label: "Warehouse 7",
  Address: "1 Example Street, Denver",
};

const CASES: Record<string, [fields: Form, metadata: Record<string, unknown> | undefined]> = {
  "an ordinary text has none": [{}, undefined],
  "a location": [LOCATION, { ...LOCATION, Body: undefined }],
  "a button": [
    { ButtonText: "Yes, I can", ButtonPayload: "shift-yes", OriginalRepliedMessageSid: "MM1" },
    { ButtonText: "Yes, I can", ButtonPayload: "shift-yes", OriginalRepliedMessageSid: "MM1" },
  ],
  "what Twilio adds tomorrow": [{ TomorrowsField: "1" }, { TomorrowsField: "1" }],
  "an empty field": [{ ProfileName: "", WaId: "15550100001" }, { WaId: "15550100001" }],
  "a repeated field": [{ Referral: ["a", "b"] }, { Referral: ["a", "b"] }],
  "a body that was given twice": [{ Body: ["Hi", "Ho"] }, { Body: ["Hi", "Ho"] }],
  "what Twilio sends with every text": [{
    ApiVersion: "2010-04-01",
    SmsMessageSid: "SM1",
    SmsStatus: "received",
    NumMedia: "1",
    NumSegments: "1",
    MessagingServiceSid: "MG1",
    FromCity: "DENVER",
    FromState: "CO",
    FromZip: "80202",
    FromCountry: "US",
    ToCity: "DENVER",
    ToState: "CO",
    ToZip: "80202",
    ToCountry: "US",
  }, undefined],
  "media, which have a column": [{
    MediaUrl0: "https://example.com/0",
    MediaContentType0: "image/png",
  }, undefined],
  "a medium's type without its medium": [
    { MediaContentType3: "image/png" },
    { MediaContentType3: "image/png" },
  ],
  "fields that Object.prototype has": [
    JSON.parse('{"__proto__": "p", "constructor": "c"}'),
    JSON.parse('{"__proto__": "p", "constructor": "c"}'),
  ],
};

for (const [label, [fields, metadata]] of Object.entries(CASES)) {
  Deno.test(`metadata hold the fields that have no column: ${label}`, () => {
    const whole = form({ ...inboundForm() });
    for (const [key, value] of Object.entries(fields)) whole[key] = value;
    const found = metadataOf(whole);
    assertEquals(
      found && JSON.parse(JSON.stringify(found)),
      metadata && JSON.parse(JSON.stringify(metadata)),
    );
  });
}

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length;

Deno.test("metadata over 32 KiB keep their keys, cut their values, and say so", () => {
  const long = form({
    A: "x".repeat(40_000),
    B: ["é".repeat(9000), "😀".repeat(3000)],
    C: "short",
  });
  const cut = metadataOf(long)!;
  assertEquals(Object.keys(cut).sort(), ["A", "B", "C", "_cut"]);
  assertEquals([cut._cut, cut.C], [true, "short"]);
  const { length } = String(cut.A);
  assert(length > 0 && length < 40_000, `${length} characters`);
  const bytes = bytesOf(cut);
  assert(bytes <= MAX_METADATA_BYTES && bytes > MAX_METADATA_BYTES - 10, `${bytes} bytes`);
});

/** Longer than a field may be. Words that are repeated, because so many random letters take long to make. */
const longText = fc.tuple(
  fc.string({ minLength: 20, maxLength: 40, unit: "grapheme" }),
  fc.integer({ min: 450, max: 500 }),
).map(([words, times]) => words.repeat(times));

Deno.test("the metadata of any form are JSON of at most 32 KiB and the keys", () => {
  fc.assert(fc.property(
    fc.dictionary(
      fc.string({ maxLength: 50 }),
      fc.oneof(fc.string(), longText),
      { maxKeys: 12 },
    ),
    (fields) => {
      const metadata = metadataOf(form(fields));
      if (!metadata) return;
      const keys = Object.keys(metadata).reduce((sum, key) => sum + bytesOf(key) + 4, 20);
      const bytes = bytesOf(metadata);
      assert(bytes <= Math.max(MAX_METADATA_BYTES, keys), `${bytes} bytes, ${keys} of the keys`);
      assertEquals(
        Object.keys(metadata).filter((key) => key !== "_cut" && !Object.hasOwn(fields, key)),
        [],
      );
    },
  ));
});

async function keptOf(sql: postgres.Sql, sid: string) {
  const [row] = await sql`
    select m.body, m.metadata, m.verdict, c.recruit_name, c.reply_due_at is not null as is_pending
    from recruiting_messages m join recruiting_conversations c on c.id = m.conversation_id
    where m.message_sid = ${sid}`;
  return { ...row };
}

/** A WhatsApp text to a conversation. */
const whatsapp = (recruitPhone: string, fields: Form = {}) =>
  inboundForm({ From: `whatsapp:${recruitPhone}`, To: "whatsapp:+15550100000", ...fields });

Deno.test("a shared location is kept, and asks for an answer like any text", () =>
  withSql(async (sql) => {
    const { recruit_phone } = await startConversation({ channel: "whatsapp", recruit_name: "Ada" });
    const located = whatsapp(recruit_phone, LOCATION);
    assertEquals(await postForStatus("sms-inbound", located), "received");
    const { Body: _, ...metadata } = LOCATION;
    assertEquals(await keptOf(sql, String(located.MessageSid)), {
      body: "",
      metadata,
      verdict: "reply",
      recruit_name: "Ada",
      is_pending: true,
    });
  }));

Deno.test("an ordinary text has no metadata: null, not an empty object", () =>
  withSql(async (sql) => {
    const { recruit_phone } = await startConversation();
    const text = inboundForm({ From: recruit_phone, FromCity: "DENVER" });
    await postForStatus("sms-inbound", text);
    assertEquals((await keptOf(sql, String(text.MessageSid))).metadata, null);
  }));

for (
  const [label, stored, profileName, name] of [
    ["fills an empty recruit_name", null, "Ada Example", "Ada Example"],
    ["fills a blank recruit_name", "", "Ada Example", "Ada Example"],
    ["does not replace a recruit_name", "Ada", "A. E.", "Ada"],
    ["loses its control characters", null, "Ada\u0000\n\u202eExample", "Ada\ufffd Example"],
    ["is cut at 200 characters", null, "x".repeat(300), "x".repeat(200)],
    ["is not cut in half of an emoji", null, "x".repeat(199) + "😀", "x".repeat(199)],
    ["has no line ends", null, "Ada\u2028Example", "Ada Example"],
    ["that is blank fills nothing", null, " \n ", null],
    ["of invisible characters fills nothing", null, "\u3164\u200b\u2800", null],
  ] as const
) {
  Deno.test(`ProfileName ${label}`, () =>
    withSql(async (sql) => {
      const { recruit_phone } = await startConversation({
        channel: "whatsapp",
        recruit_name: stored ?? undefined,
      });
      const text = whatsapp(recruit_phone, { ProfileName: profileName });
      assertEquals(await postForStatus("sms-inbound", text), "received");
      assertEquals((await keptOf(sql, String(text.MessageSid))).recruit_name, name);
    }));
}

Deno.test("metadata and ProfileName of an unmatched text come with it when it is adopted", () =>
  withSql(async (sql) => {
    const recruit_phone = newPhone();
    const text = whatsapp(recruit_phone, { ...LOCATION, ProfileName: "Ada Example" });
    assertEquals(await postForStatus("sms-inbound", text), "no_conversation");
    await startConversation({ channel: "whatsapp", recruit_phone });
    const { Body: _, ...metadata } = LOCATION;
    const kept = await keptOf(sql, String(text.MessageSid));
    assertEquals(kept.metadata, { ...metadata, ProfileName: "Ada Example" });
    assertEquals(kept.recruit_name, "Ada Example");
  }));

Deno.test("message_received carries the metadata", async () => {
  const agent = await asNewAgent();
  const listener = await listen(agent.client, `agent:${agent.id}`);
  try {
    const { recruit_phone } = await startConversation({
      channel: "whatsapp",
      status: "escalated",
      assigned_agent_id: agent.id,
    });
    await postForStatus("sms-inbound", whatsapp(recruit_phone, LOCATION));
    await postForStatus("sms-inbound", whatsapp(recruit_phone));
    await listener.events(3);
    const { Body: _, ...metadata } = LOCATION;
    const received = listener.heard.filter(({ event }) => event === "message_received");
    received.forEach(assertPayload);
    assertEquals(received.map(({ payload }) => payload.metadata), [metadata, null]);
  } finally {
    await listener.stop();
  }
});

Deno.test("no field of a form makes a text fail", () =>
  withSql(async (sql) => {
    const { recruit_phone } = await startConversation();
    const json = JSON.stringify({
      ...inboundForm({ From: recruit_phone, Body: "Hi" }),
      MessageSid: newSid(),
      Nested: { a: [1] },
      Number: 7,
      Nothing: null,
      "\u0000\ud800": "\ud800",
      __proto__x: "x",
      _cut: "Twilio's own",
      ...Object.fromEntries(
        Array.from({ length: 100 }, (_, index) => [`Field${index}`, "é".repeat(290)]),
      ),
    }).replace("__proto__x", "__proto__");
    const response = await postJson("sms-inbound", json);
    assertEquals(await response.json(), { status: "received" });
    const { metadata } = await keptOf(sql, JSON.parse(json).MessageSid);
    assertEquals([metadata._cut, metadata.Number, metadata.__proto__], [true, "7", "x"]);
    assertEquals(Object.keys(metadata).filter((key) => key.startsWith("Field")).length, 100);
    assert(bytesOf(metadata) <= MAX_METADATA_BYTES, `${bytesOf(metadata)} bytes`);
  }));
