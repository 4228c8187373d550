/** Consent is a log: what counts follows from the times in it, not from the order in which they came. */
import type postgres from "postgres";
import { assertEquals, rejection } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { receiveText } from "../support/receive_text.ts";
import { asServiceRole, withSql } from "../support/stack.ts";
import { newPhone, newSid } from "../support/twilio.ts";

const OURS = "+15550100000";
const OTHER = "+15550100005";

/** A word of a recruit's. */
interface Word {
  body: string;
  to: string;
  channel: string;
}

const STOP: Word = { body: "STOP", to: OURS, channel: "sms" };
const START: Word = { body: "START", to: OURS, channel: "sms" };
const YES: Word = { body: "YES", to: OURS, channel: "sms" };
const WORDING: Word = { body: "please don't text me again", to: OURS, channel: "sms" };

/** Every order of some things. */
function permutations<Item>(items: Item[]): Item[][] {
  if (items.length <= 1) return [items];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest])
  );
}

/** Each choice of some things: which of them are in it. */
const choices = (length: number): boolean[][] =>
  Array.from(
    { length: 2 ** length },
    (_, bits) => Array.from({ length }, (_, index) => (bits >> index & 1) === 1),
  );

const nameOf = ({ body, to, channel }: Word) =>
  [body, ...(to === OURS ? [] : ["other"]), ...(channel === "sms" ? [] : [channel])].join(" ");

/**
 * What holds after words that were said in this order.
 *
 * @returns Which word opted out first since the last opt-in; nothing if the phone is opted in.
 */
function heldAfter(words: Word[]): number | undefined {
  let first: number | undefined;
  /** The numbers that a keyword has stopped on SMS. */
  let stopped: string[] = [];
  words.forEach(({ body, to, channel }, index) => {
    if (body === "START" || (body === "YES" && channel === "sms" && stopped.includes(to))) {
      first = undefined;
      stopped = [];
    } else if (body !== "YES") {
      first ??= index;
      if (body === "STOP" && channel === "sms") stopped.push(to);
    }
  });
  return first;
}

/** Says a word: live, if no time is given. */
async function say(
  sql: postgres.Sql,
  phone: string,
  { body, to, channel }: Word,
  at?: Date | string,
) {
  await receiveText(sql, { channel, recruit_phone: phone, twilio_phone: to }, body, { sentAt: at });
}

const optedOutAt = async (sql: postgres.Sql, phone: string): Promise<Date | undefined> => {
  const [row] =
    await sql`select opted_out_at from recruiting_opt_outs where recruit_phone = ${phone}`;
  return row?.opted_out_at;
};

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

/** Words at one minute's distance, said late in every order, end as if they had come in time. */
async function assertOrderDoesNotCount(sql: postgres.Sql, words: Word[]) {
  const times = words.map((_, index) => minutesAgo(words.length - index));
  const held = heldAfter(words);
  for (const order of permutations(words.map((_, index) => index))) {
    const phone = newPhone();
    for (const index of order) await say(sql, phone, words[index], times[index]);
    const label = order.map((index) => nameOf(words[index])).join(", ");
    assertEquals(
      [label, words.map(nameOf), await optedOutAt(sql, phone)],
      [label, words.map(nameOf), held === undefined ? undefined : times[held]],
    );
  }
}

Deno.test("STOP, START and YES that are all late end as in the order of their times, however they come", () =>
  withSql(async (sql) => {
    for (const words of permutations([STOP, START, YES])) {
      await assertOrderDoesNotCount(sql, words);
    }
  }));

Deno.test("STOP, START and YES of which some are late end as in the order of their times", () =>
  withSql(async (sql) => {
    for (const words of permutations([STOP, START, YES])) {
      for (const isLate of choices(3)) {
        for (const order of permutations([0, 1, 2].filter((index) => isLate[index]))) {
          const phone = newPhone();
          await startConversation({ recruit_phone: phone, twilio_phone: OURS });
          const times: string[] = [];
          for (const [index, word] of words.entries()) {
            if (!isLate[index]) await say(sql, phone, word);
            // As text, because dates of JavaScript are whole milliseconds.
            const [{ at }] = await sql`select clock_timestamp()::text as at`;
            times.push(at);
          }
          for (const index of order) await say(sql, phone, words[index], times[index]);
          const label = [words.map(nameOf), isLate, order];
          assertEquals(
            [label, await optedOutAt(sql, phone) !== undefined],
            [label, heldAfter(words) !== undefined],
          );
        }
      }
    }
  }));

const SEQUENCES: Record<string, Word[]> = {
  "YES after wording is an everyday answer": [WORDING, YES],
  "YES after wording and a keyword opts in": [WORDING, STOP, YES],
  "YES after a keyword and wording opts in": [STOP, WORDING, YES],
  "YES on another number is an everyday answer": [STOP, { ...YES, to: OTHER }],
  "YES on the second of two stopped numbers opts in": [
    STOP,
    { ...STOP, to: OTHER },
    { ...YES, to: OTHER },
  ],
  "YES on WhatsApp is an everyday answer": [
    { ...STOP, channel: "whatsapp" },
    { ...YES, channel: "whatsapp" },
  ],
  "YES on SMS after a STOP on WhatsApp is an everyday answer": [
    { ...STOP, channel: "whatsapp" },
    YES,
  ],
  "YES before STOP is an everyday answer": [YES, STOP],
  "of two YES the first opts in": [STOP, YES, YES],
  "a YES after START is an everyday answer, and the STOP after it holds": [STOP, START, YES, STOP],
  "a STOP between two YES": [YES, STOP, YES],
  "each STOP needs an opt-in of its own": [STOP, YES, STOP, YES],
  "the last word is STOP": [STOP, YES, STOP],
  "the first of two STOP is the time of the opt-out": [STOP, STOP],
  "the first STOP after the opt-in is the time of the opt-out": [START, STOP, WORDING],
};

for (const [label, words] of Object.entries(SEQUENCES)) {
  Deno.test(`${label}, in whatever order the texts come`, () =>
    withSql((sql) => assertOrderDoesNotCount(sql, words)));
}

Deno.test("a late STOP from before START makes no opt-in of the YES that came after wording", () =>
  withSql(async (sql) => {
    const phone = newPhone();
    const [stopped, started, worded, agreed] = [4, 3, 2, 1].map(minutesAgo);
    await say(sql, phone, START, started);
    await say(sql, phone, WORDING, worded);
    await say(sql, phone, YES, agreed);
    await say(sql, phone, STOP, stopped);
    assertEquals(await optedOutAt(sql, phone), worded);
  }));

Deno.test("YES after Twilio's 21610 opts in on the number that it was about", () =>
  withSql(async (sql) => {
    for (const to of [OURS, OTHER]) {
      const { id, recruit_phone } = await startConversation({ twilio_phone: OURS });
      const messageId = crypto.randomUUID();
      const sid = newSid();
      await sql`select recruiting_begin_message(${id}, ${messageId}, 'Hello')`;
      await sql`update recruiting_messages set message_sid = ${sid} where id = ${messageId}`;
      await sql`select recruiting_record_message_status(message_sid => ${sid},
        twilio_status => 'undelivered', channel => 'sms', error_code => '21610')`;
      assertEquals(await optedOutAt(sql, recruit_phone) !== undefined, true);
      await say(sql, recruit_phone, { ...YES, to });
      assertEquals([to, await optedOutAt(sql, recruit_phone) !== undefined], [to, to !== OURS]);
    }
  }));

/** Records consent as a platform does. */
async function record(
  fields: {
    phone: string;
    kind: string;
    channel?: string;
    source?: string;
    evidence?: string;
    occurred_at?: string;
  },
): Promise<unknown> {
  const { data, error } = await asServiceRole()
    .rpc("recruiting_record_consent", { channel: "sms", ...fields });
  if (error) throw new Error(error.code);
  return data;
}

/** What a platform records, at which minute of the past, and whether the phone is opted out then. */
const RECORDED: [kind: string, minutesAgo: number, isOptedOut: boolean][][] = [
  [["opt_out", 1, true]],
  [["opt_in", 1, false]],
  [["consent", 1, false]],
  [["opt_out", 2, true], ["consent", 1, false]],
  [["opt_out", 2, true], ["opt_in", 1, false]],
  [["opt_in", 1, false], ["opt_out", 2, false]],
  [["consent", 1, false], ["opt_out", 2, false]],
  [["opt_out", 1, true], ["opt_in", 2, true]],
  [["opt_out", 1, true], ["opt_in", 1, true]],
  [["consent", 1, false], ["opt_out", 1, true]],
  [["opt_out", 3, true], ["opt_in", 2, false], ["opt_out", 1, true]],
];

Deno.test("of opt_out against opt_in and consent the newest counts; at the same time opt_out", () =>
  withSql(async (sql) => {
    for (const events of RECORDED) {
      const { id, recruit_phone: phone } = await startConversation();
      for (const [kind, minutes, isOptedOut] of events) {
        const occurred_at = minutesAgo(minutes).toISOString().slice(0, 16) + ":00Z";
        assertEquals([events, await record({ phone, kind, occurred_at })], [events, isOptedOut]);
        assertEquals(await optedOutAt(sql, phone) !== undefined, isOptedOut);
        const [conversation] = await sql`
          select opted_out_at from recruiting_conversations where id = ${id}`;
        assertEquals(conversation.opted_out_at !== null, isOptedOut);
      }
    }
  }));

Deno.test("the same phone, kind, source and time is one event", () =>
  withSql(async (sql) => {
    const phone = newPhone();
    const occurred_at = minutesAgo(1).toISOString();
    const once = { phone, kind: "opt_out", occurred_at };
    await Promise.all([once, once, once].map(record));
    await record({ ...once, evidence: "paper form 7", channel: "whatsapp" });
    await record({ ...once, source: "keyword" });
    const rows =
      await sql`select source from recruiting_consent_events where phone = ${phone} order by 1`;
    assertEquals(rows.map(({ source }) => source), ["keyword", "platform"]);
  }));

Deno.test("every source is taken, with and without evidence", () =>
  withSql(async (sql) => {
    for (const source of ["keyword", "wording", "twilio", "platform"]) {
      for (const evidence of [undefined, "paper form 7"]) {
        const phone = newPhone();
        const label = [source, evidence];
        const isOptedOut = await record({ phone, kind: "opt_out", source, evidence })
          .catch((error: Error) => error.message);
        assertEquals([label, isOptedOut], [label, true]);
        assertEquals(await optedOutAt(sql, phone) !== undefined, true);
      }
    }
  }));

Deno.test("what is no consent is refused with 22023, and leaves nothing", () =>
  withSql(async (sql) => {
    const phone = newPhone();
    const in6Minutes = new Date(Date.now() + 6 * 60_000).toISOString();
    for (
      const wrong of [
        { kind: "optout" },
        { source: "paper" },
        { channel: "email" },
        { phone: "5550100000" },
        { phone: `whatsapp:${phone}` },
        { occurred_at: in6Minutes },
        { occurred_at: "infinity" },
      ]
    ) {
      const failure = await rejection(record({ phone, kind: "opt_out", ...wrong }));
      assertEquals([wrong, failure], [wrong, "22023"]);
    }
    assertEquals([...await sql`select from recruiting_consent_events where phone = ${phone}`], []);
    const in4Minutes = new Date(Date.now() + 4 * 60_000).toISOString();
    assertEquals(await record({ phone, kind: "opt_out", occurred_at: in4Minutes }), true);
  }));

Deno.test("the log is exported in the terms of Twilio's Consent API, oldest first", () =>
  withSql(async (sql) => {
    const phone = newPhone();
    const at = (minute: number) => `2026-01-01T00:0${minute}:00+00:00`;
    await record({ phone, kind: "consent", evidence: "form 7", occurred_at: at(1) });
    await say(sql, phone, STOP, new Date(at(2)));
    await say(sql, phone, START, new Date(at(3)));
    await say(sql, phone, WORDING, new Date(at(4)));
    await record({ phone, kind: "opt_out", source: "twilio", occurred_at: at(5) });
    await record({ phone: "US.1234", channel: "whatsapp", kind: "opt_out", occurred_at: at(6) });
    const { data, error } = await asServiceRole().from("recruiting_consent_export").select("*")
      .gte("date_of_consent", "2026-01-01").lte("date_of_consent", "2026-01-02");
    assertEquals(error, null);
    const rows = data!.filter(({ contact_id }) => contact_id === phone || contact_id === "US.1234");
    assertEquals(
      rows.map(({ contact_id, sender_id, status, source, date_of_consent }) => [
        contact_id,
        sender_id,
        status,
        source,
        new Date(date_of_consent!).getUTCMinutes(),
      ]),
      [
        [phone, null, "opt-in", "others", 1],
        [phone, OURS, "opt-out", "opt-out-message", 2],
        [phone, OURS, "opt-in", "opt-in-message", 3],
        [phone, OURS, "opt-out", "opt-out-message", 4],
        [phone, null, "opt-out", "others", 5],
      ],
    );
    assertEquals(
      rows.map(({ correlation_id }) => /^[0-9a-f]{32}$/.test(correlation_id!)),
      rows.map(() => true),
    );
  }));

Deno.test("rows of the log are never changed", () =>
  withSql(async (sql) => {
    const phone = newPhone();
    await record({ phone, kind: "opt_out", evidence: "paper form 7" });
    for (
      const change of [{ kind: "opt_in" }, { occurred_at: "2020-01-01" }, { evidence: "other" }]
    ) {
      const failure = await rejection(
        sql`update recruiting_consent_events set ${sql(change)} where phone = ${phone}`,
      );
      assertEquals(failure, "Rows of recruiting_consent_events are never changed");
    }
  }));

Deno.test("after an erasure the phone's next words are heard as before", () =>
  withSql(async (sql) => {
    for (const source of ["keyword", "twilio", "platform"]) {
      const phone = newPhone();
      await record({
        phone,
        kind: "opt_out",
        source,
        evidence: "21610",
        occurred_at: "2026-01-01",
      });
      await asServiceRole().rpc("recruiting_forget", { recruit_phone: phone });
      assertEquals([source, await optedOutAt(sql, phone)], [source, new Date("2026-01-01")]);
      await say(sql, phone, STOP);
      assertEquals([source, await optedOutAt(sql, phone)], [source, new Date("2026-01-01")]);
      await say(sql, phone, START);
      assertEquals([source, await optedOutAt(sql, phone)], [source, undefined]);
    }
  }));

for (const code of ["21610", "63033", "63014"]) {
  Deno.test(`a message that fails with Twilio's ${code} opts the phone out, and nothing is begun any more`, () =>
    withSql(async (sql) => {
      const channel = code === "21610" ? "sms" : "whatsapp";
      const { id, recruit_phone, twilio_phone } = await startConversation({ channel });
      await receiveText(sql, { channel, recruit_phone, twilio_phone }, "Hi");
      const messageId = crypto.randomUUID();
      await sql`select recruiting_begin_message(${id}, ${messageId}, 'Hello')`;
      await sql`select recruiting_record_message_status(message_sid => ${newSid()},
        twilio_status => 'undelivered', channel => ${channel}, error_code => ${code},
        message_id => ${messageId})`;
      const [{ reason }] = await sql`
        select reason from recruiting_opt_outs where recruit_phone = ${recruit_phone}`;
      assertEquals(reason, `Twilio ${code}`);
      const [{ outcome }] = await sql`
        select outcome from recruiting_begin_message(${id}, ${crypto.randomUUID()}, 'Again')`;
      assertEquals(outcome, "opted_out");
    }));
}
