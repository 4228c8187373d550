import fc from "fast-check";
import { anyText } from "../../bench/fuzz/any_text.ts";
import {
  joinAddress,
  splitAddress,
} from "../../supabase/functions/_shared/twilio/channel_address.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { outboundMessage, startConversation } from "../support/conversations.ts";
import { withSql } from "../support/stack.ts";
import {
  type Form,
  inboundForm,
  newSid,
  post,
  postForStatus,
  statusForm,
} from "../support/twilio.ts";

/** Enough to find what is wrong, few enough for every run of the tests. */
const RUNS = { numRuns: 40 };

/** The ways that a message goes at Twilio; a message takes one of them. */
const JOURNEYS = [
  ["accepted", "queued", "sending", "sent", "delivered"],
  ["queued", "sent", "delivered", "read"],
  ["queued", "sent", "undelivered"],
  ["queued", "failed"],
  ["scheduled", "canceled"],
  ["sent", "delivered", "partially_delivered"],
];

/** Some of a journey's callbacks, each at least once, repeated and in any order. */
const callbacks = fc.constantFrom(...JOURNEYS).chain((journey) =>
  fc.record({
    journey: fc.constant(journey),
    sequence: fc.array(fc.constantFrom(...journey), { maxLength: 8 }).chain((repeats) =>
      fc.shuffledSubarray([...journey, ...repeats], { minLength: journey.length + repeats.length })
    ),
    sidStoredAfter: fc.nat({ max: 8 }),
  })
);

const RANK: Record<string, number> = { queued: 1, sent: 2, delivered: 3, failed: 3 };

/** Everything of a message that callbacks decide; times only by whether they are there. */
const STATE =
  `status, error_code, sent_at is not null as sent, delivered_at is not null as delivered,
  read_at is not null as read, failed_at is not null as failed`;

Deno.test("repeated and reordered callbacks end in the state that their order would, never going back", () =>
  withSql(async (sql) => {
    const { id } = await startConversation();
    const stateAfter = async (sequence: string[], sidStoredAfter: number) => {
      const sid = newSid();
      const message = await outboundMessage(sql, id, sidStoredAfter === 0 ? sid : null);
      const store = () =>
        sql`update recruiting_messages set message_sid = ${sid} where id = ${message}`;
      let rank = 0;
      for (const [index, status] of sequence.entries()) {
        if (index + 1 === sidStoredAfter) await store();
        await postForStatus("sms-status", statusForm(sid, status, { ErrorCode: "30003" }));
        const [row] = await sql`select status from recruiting_messages where id = ${message}`;
        assert(RANK[row.status] >= rank, `${row.status} after a status of rank ${rank}`);
        rank = RANK[row.status];
      }
      if (sidStoredAfter > sequence.length) await store();
      const [state] = await sql`select ${
        sql.unsafe(STATE)
      } from recruiting_messages where id = ${message}`;
      const events = await sql`
        select twilio_status from recruiting_message_events where message_sid = ${sid} order by 1`;
      return { state: { ...state }, events: events.map(({ twilio_status }) => twilio_status) };
    };
    const inOrder = await Promise.all(
      JOURNEYS.map(async (journey) => [journey, await stateAfter(journey, 0)] as const),
    );
    const ends = new Map(inOrder);
    await fc.assert(
      fc.asyncProperty(callbacks, async ({ journey, sequence, sidStoredAfter }) => {
        assertEquals(await stateAfter(sequence, sidStoredAfter), ends.get(journey));
      }),
      RUNS,
    );
  }));

/** Text with everything that breaks parsers: NUL, lone surrogates, emoji, other scripts, very long. */
const oddText = fc.oneof(
  fc.string({ unit: "grapheme" }),
  anyText(),
  fc.constantFrom(
    "",
    "\0",
    "\uD800",
    "\uFEFF",
    "null",
    "'; drop table x; --",
    "a".repeat(2_000),
    "STOP",
  ),
);

const oddAddress = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 99_999 }).map((n) => `+1555${n}`) },
  fc.tuple(fc.constantFrom("whatsapp:", "rcs:", "messenger:", "sms:", ":"), oddText).map((parts) =>
    parts.join("")
  ),
  oddText,
);

const oddSid = fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, oddText);

/** A form with the right fields and odd values, odd fields, repeated fields and missing ones. */
const oddForm = fc.record({
  sid: oddSid,
  known: fc.record({
    From: oddAddress,
    To: oddAddress,
    Body: fc.oneof(oddText, fc.array(oddText, { minLength: 2, maxLength: 3 })),
    NumMedia: oddText,
    NumSegments: fc.oneof(fc.integer().map(String), oddText),
    MediaUrl0: fc.oneof(oddText, fc.array(oddText, { minLength: 2, maxLength: 3 })),
    MediaContentType0: oddText,
    MediaUrl999: oddText,
    OptOutType: oddText,
  }, { requiredKeys: ["From", "To"] }),
  others: fc.dictionary(
    fc.oneof(oddText, fc.constantFrom("__proto__", "constructor", "toString", "length")),
    oddText,
    { maxKeys: 4 },
  ),
});

Deno.test("any inbound form, however odd, is answered 200 and stored exactly once, or ignored", () =>
  withSql(async (sql) => {
    await fc.assert(
      fc.asyncProperty(oddForm, async ({ sid, known, others }) => {
        const MessageSid = sid ?? newSid();
        const form: Form = Object.assign(Object.create(null), others, known, { MessageSid });
        // A form carries no lone surrogates: encoding replaces them before anything is signed.
        const wellFormed = Object.fromEntries(
          Object.entries(form).map(([key, value]) => [
            key.toWellFormed(),
            Array.isArray(value)
              ? value.map((entry) => entry.toWellFormed())
              : value.toWellFormed(),
          ]),
        );
        const stored = async () => {
          const sid = MessageSid.replaceAll("\0", "");
          const [{ count }] = await sql`
            select (select count(*) from recruiting_messages where message_sid = ${sid})
              + (select count(*) from recruiting_unmatched_messages where message_sid = ${sid})
              as count`;
          return Number(count);
        };
        // An odd SID may have come before, in another form.
        const before = await stored();
        const first = await post("sms-inbound", wellFormed);
        assertEquals(first.status, 200);
        const { status } = await first.json();
        const again = await (await post("sms-inbound", wellFormed)).json();
        assertEquals(again.status, status);
        assertEquals([status, await stored()], [status, status === "ignored" ? before : 1]);
        assert(["received", "no_conversation", "ignored"].includes(status), `status ${status}`);
      }),
      { numRuns: 150 },
    );
  }));

Deno.test("any text to a conversation is kept as it was, but for what Postgres cannot hold", () =>
  withSql(async (sql) => {
    const { id, recruit_phone } = await startConversation();
    await fc.assert(
      fc.asyncProperty(anyText(500), async (text) => {
        const body = text.toWellFormed();
        const form = inboundForm({ From: recruit_phone, Body: body });
        assertEquals(await postForStatus("sms-inbound", form), "received");
        const [row] = await sql`
          select body, conversation_id from recruiting_messages where message_sid = ${form
          .MessageSid as string}`;
        assertEquals({ ...row }, { body: body.replaceAll("\0", "\uFFFD"), conversation_id: id });
      }),
      RUNS,
    );
  }));

Deno.test("splitting and joining an address gives the address back", () => {
  fc.assert(
    fc.property(oddAddress, (address) => assertEquals(joinAddress(splitAddress(address)), address)),
  );
});
