/** Which span of Twilio's log a run compares, and how far the cursor moves. */
import type postgres from "postgres";
import { MessageLog } from "../../local/stand_ins/twilio/message_log.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { beginMessage } from "../support/own_rows.ts";
import {
  HOUR,
  type Reconciler,
  secondsAgo,
  storedCursor,
  withReconciler,
} from "../support/reconciler.ts";
import { newSender } from "../support/talk.ts";
import { magicPhone, newPhone } from "../support/twilio.ts";
import { loseText } from "../support/twilio_stand_in.ts";
import { until } from "../support/wait.ts";
import { storeCursor, unmatchedOf } from "../support/reconciled_rows.ts";

Deno.test("the first run begins 24 h ago, and moves the cursor to its end", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const to = await newSender(sql);
    const text = { from: newPhone(), to, body: "Hi" };
    await loseText(standIn, { ...text, sent_at: secondsAgo(24 * HOUR + 60) });
    await loseText(standIn, { ...text, sent_at: secondsAgo(24 * HOUR - 60) });
    const before = secondsAgo(0);
    const { inbound, cursor } = await reconcile();
    assertEquals(inbound, { listed: 1, brought_in: 1 });
    assert(
      cursor !== null && cursor >= before && cursor <= secondsAgo(0),
      `The cursor is ${cursor}`,
    );
    assertEquals(await storedCursor(sql), cursor);
  }));

Deno.test("a run compares from the cursor less the overlap to now less the lag", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const to = await newSender(sql);
    // Minutes apart, so that it does not matter how long the test takes.
    const lose = (minutes: number) =>
      loseText(standIn, { from: newPhone(), to, body: "Hi", sent_at: secondsAgo(60 * minutes) });
    for (const minutes of [190, 170, 150, 70, 50]) await lose(minutes);
    await storeCursor(sql, secondsAgo(2 * HOUR));
    const startedAt = secondsAgo(HOUR);
    const { inbound, cursor } = await reconcile();
    assertEquals(inbound, { listed: 3, brought_in: 3 });
    assert(
      cursor !== null && cursor >= startedAt && cursor <= secondsAgo(HOUR),
      `The cursor is ${cursor}`,
    );
    // What a span asks for is cut to now less the lag, too.
    const span = await reconcile({ since: secondsAgo(4 * HOUR), until: secondsAgo(0) });
    assertEquals(span.inbound, { listed: 4, brought_in: 1 });
    assert(
      span.cursor !== null && span.cursor >= startedAt && span.cursor <= secondsAgo(HOUR),
      `The cursor is ${span.cursor}`,
    );
  }, { settings: { RECONCILE_LAG_SECONDS: "3600", RECONCILE_OVERLAP_SECONDS: "3600" } }));

Deno.test("without settings the lag is 60 s and the overlap 10 min", () =>
  withReconciler(async ({ database, reconcile }) => {
    await reconcile();
    const [begin] = await database.requests("recruiting_begin_log_comparison", 1);
    const { lag_seconds, overlap_seconds } = JSON.parse(begin.body);
    assertEquals([lag_seconds, overlap_seconds], [60, 600]);
  }, { settings: { RECONCILE_LAG_SECONDS: "", RECONCILE_OVERLAP_SECONDS: "" } }));

Deno.test("a cursor never goes back, where the lag has become longer", () =>
  withReconciler(async ({ sql, reconcile }) => {
    const cursor = await storeCursor(sql, secondsAgo(10));
    await reconcile();
    assertEquals(await storedCursor(sql), cursor);
  }, { settings: { RECONCILE_LAG_SECONDS: "100", RECONCILE_OVERLAP_SECONDS: "300" } }));

Deno.test("since compares its own span, ends included, and leaves the stored cursor alone", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const to = await newSender(sql);
    const times = [400, 300, 200, 100].map((hours) => secondsAgo(hours * HOUR));
    for (const sent_at of times) {
      await loseText(standIn, { from: newPhone(), to, body: "Hi", sent_at });
    }
    const stored = await storeCursor(sql, secondsAgo(30));
    const [, since, until] = times;
    const dry = await reconcile({ since, until, dry_run: true });
    assertEquals([dry.inbound, dry.cursor], [{ listed: 2, brought_in: 2 }, until]);
    const { inbound, cursor } = await reconcile({ since, until });
    assertEquals([inbound, cursor], [{ listed: 2, brought_in: 2 }, until]);
    assertEquals((await reconcile({ since: times[0] })).inbound, { listed: 4, brought_in: 2 });
    assertEquals(await storedCursor(sql), stored);
  }));

Deno.test("the schedule's runs compare at most once a minute; since, wait, and what goes on after a bound at once", () =>
  withReconciler(async ({ sql, standIn, twilio, database, call, reconcile }) => {
    const lists = () => twilio.seen.filter(({ line }) => line.includes("DateSent")).length;
    /** Calls without waiting; whether Twilio's log was read when the run is over. */
    const run = async (fields: Record<string, unknown> = {}) => {
      const [before, claims] = [lists(), claimed(database)];
      const response = await call(fields);
      assertEquals([response.status, await response.json()], [202, { status: "started" }]);
      await until(() => claimed(database) > claims, "the run's end");
      return lists() > before;
    };
    const to = await newSender(sql);
    assertEquals(await run(), true);
    const { message_sid } = await loseText(standIn, {
      from: newPhone(),
      to,
      body: "Hi",
      sent_at: secondsAgo(2),
    });
    assertEquals(await run(), false);
    assertEquals(await unmatchedOf(sql, message_sid), undefined);
    assertEquals(await run({ since: secondsAgo(HOUR), until: secondsAgo(HOUR / 2) }), true);
    await sql`update private.log_comparison set begun_at = now() - interval '10 seconds'`;
    assertEquals(await run(), false);
    await sql`update private.log_comparison set begun_at = now() - interval '60 seconds'`;
    assertEquals(await run(), true);
    await sql`update private.log_comparison set has_more = true`;
    assertEquals(await run(), true);
    assertEquals(await run(), false);
    await reconcile();
    assertEquals(await unmatchedOf(sql, message_sid) !== undefined, true);
  }));

/** How often work was claimed, retries aside: each run's last claim finds none. */
const claimed = ({ seen }: Reconciler["database"]) =>
  new Set(
    seen.filter(({ line }) => line.includes("recruiting_claim_due_work"))
      .map(({ body }) => JSON.parse(body).claim_token),
  ).size;

/** A checksum of each table that the project or Realtime has. */
async function checksums(sql: postgres.Sql): Promise<Record<string, string>> {
  const tables = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class c
    where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace, 'realtime'::regnamespace)
      and c.relkind in ('r', 'p') and not c.relispartition order by 1`;
  const entries = await Promise.all(tables.map(async ({ name }) => {
    const [{ sum }] = await sql.unsafe(
      `select count(*) || md5(coalesce(string_agg(t::text, '' order by t::text), '')) as sum from ${name} t`,
    );
    return [name, sum];
  }));
  return Object.fromEntries(entries);
}

Deno.test("a dry run changes no table, sends nothing, and says what the run then does", () =>
  withReconciler(async ({ sql, standIn, model, twilio, reconcile }) => {
    const sender = await newSender(sql);
    const text = { body: "Hi", sent_at: secondsAgo(60) };
    const bot = await startConversation();
    await loseText(standIn, { from: bot.recruit_phone, to: bot.twilio_phone, ...text });
    await loseText(standIn, { from: newPhone(), to: sender, ...text });
    const known = await loseText(standIn, { from: newPhone(), to: sender, ...text });
    await sql`insert into recruiting_unmatched_messages (message_sid, payload, reason)
      values (${known.message_sid}, '{}', 'no_conversation')`;
    // A message that is delivered, and one whose send was not confirmed.
    const { id, recruit_phone, twilio_phone } = await startConversation({
      recruit_phone: magicPhone("+15005560404"),
    });
    for (const isConfirmed of [true, false]) {
      const { id: messageId } = await beginMessage(sql, id);
      const { sid } = await standIn.client.messages.create({
        from: twilio_phone,
        to: recruit_phone,
        body: isConfirmed ? "Before" : "Hello",
      });
      await sql`update recruiting_messages set ${
        sql(
          isConfirmed
            ? {
              message_sid: sid,
              status_check_at: new Date(0),
              begun_at: new Date(Date.now() - 1e6),
            }
            : { confirm_due_at: new Date(0) },
        )
      } where id = ${messageId}`;
      await until(
        async () => (await standIn.client.messages(sid).fetch()).status === "delivered",
        "delivery",
      );
    }
    const posts = () => twilio.seen.filter(({ line }) => line.includes(" POST")).length;
    const before = await checksums(sql);
    const dry = await reconcile({ dry_run: true });
    assertEquals(await checksums(sql), before);
    assertEquals([posts(), model.seen.length], [0, 0]);
    const { cursor: _, turns, ...done } = await reconcile();
    assertEquals(done, {
      status: "done",
      sends: { confirmed: 1, sent_again: 0, failed: 0 },
      inbound: { listed: 3, brought_in: 2 },
      statuses: { asked: 1, updated: 1 },
    });
    assertEquals([dry, turns], [{ ...done, turns: 0, cursor: null }, 1]);
  }));

Deno.test("a text of the second that two slices share is listed once", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const to = await newSender(sql);
    // The first slice is an hour long, the second one two hours.
    const times = [10, 9, 7, 5].map((hours) => secondsAgo(hours * HOUR));
    for (const sent_at of times) {
      await loseText(standIn, { from: newPhone(), to, body: "Hi", sent_at });
    }
    const [since, , , until] = times;
    assertEquals((await reconcile({ since, until })).inbound, { listed: 4, brought_in: 4 });
    assertEquals((await reconcile({ since, until })).inbound, { listed: 4, brought_in: 0 });
  }));

/** More than a run reads at once, and as many as it does in one second. */
const MANY = 5_400;

Deno.test(`a span with ${MANY} texts ends, slice by slice, the oldest first`, async () => {
  const logFile = await Deno.makeTempFile({ suffix: ".jsonl" });
  const to = writeManyTexts(logFile);
  try {
    await withReconciler(async ({ sql, database, twilio, reconcile }) => {
      const sids = (await Deno.readTextFile(logFile)).trim().split("\n")
        .map((line) => JSON.parse(line).sid);
      await sql`insert into recruiting_senders (address) values (${to})`;
      await sql`insert into recruiting_unmatched_messages (message_sid, payload, reason)
        select sid, '{}', 'no_conversation' from unnest(${sids.slice(100)}::text[]) sid`;
      /** Calls until nothing is left, in as many calls as it takes. Returns how many texts were brought in. */
      const reconcileAll = async (since?: string) => {
        let broughtIn = 0;
        for (let isDone = false; !isDone;) {
          const answer = await reconcile({ since });
          broughtIn += answer.inbound.brought_in;
          isDone = answer.status === "done";
          if (since) since = answer.cursor ?? undefined;
        }
        return broughtIn;
      };
      const compared = () =>
        new Set(
          database.seen.filter(({ line }) => line.includes("recruiting_find_missing_texts"))
            .flatMap(({ body }) => JSON.parse(JSON.parse(body).listed))
            .map(({ sid }: { sid: string }) => sid),
        ).size;
      assertEquals([await reconcileAll(secondsAgo(2 * HOUR)), compared()], [100, MANY]);
      const starts = twilio.seen.flatMap(({ line }) => {
        const query = new URLSearchParams(line.split("?")[1]);
        return query.has("PageToken") ? [] : query.get("DateSent>") ?? [];
      });
      assert(starts.length > 3, `The list was asked for from ${starts}`);
      assertEquals(starts, starts.toSorted());
      // The stored cursor's way is the same.
      database.seen.length = 0;
      assertEquals([await reconcileAll(), compared()], [0, MANY]);
    }, { logFile });
  } finally {
    await Deno.remove(logFile);
  }
});

/** Writes a log of an hour's texts to one number, bursts among them; returns the number. */
function writeManyTexts(logFile: string): string {
  const to = newPhone();
  const log = new MessageLog(logFile);
  const from = newPhone();
  for (let text = 0; text < MANY; text++) {
    // Most of them in one second.
    const seconds = text < 200 ? HOUR - 7 * text : text < 5_200 ? 600 : 300 - text % 60;
    log.add({
      direction: "inbound",
      status: "received",
      from,
      to,
      body: "Hi",
      sentAt: new Date(Date.now() - seconds * 1000),
    });
  }
  return to;
}

Deno.test("each slice that is finished moves the cursor, also when the database then goes away", () =>
  withReconciler(async ({ sql, standIn, database, call, reconcile }) => {
    const to = await newSender(sql);
    for (const hours of [20, 1]) {
      await loseText(standIn, {
        from: newPhone(),
        to,
        body: "Hi",
        sent_at: secondsAgo(hours * HOUR),
      });
    }
    const newest = await loseText(standIn, {
      from: newPhone(),
      to,
      body: "Look",
      media: [{ url: "https://example.com/one.jpg", content_type: "image/jpeg" }],
      sent_at: secondsAgo(60),
    });
    const outage = database.breakBefore(({ line, body }) =>
      line.includes("recruiting_receive_message") && body.includes(newest.message_sid)
    );
    const response = await call({ wait: true });
    await response.body?.cancel();
    outage.mend();
    const cursor = await storedCursor(sql);
    assertEquals(response.status, 503);
    assert(
      cursor !== null && cursor > secondsAgo(20 * HOUR) && cursor < secondsAgo(60),
      `The cursor is ${cursor}`,
    );
    assertEquals(await unmatchedOf(sql, newest.message_sid), undefined);
    assertEquals((await reconcile()).inbound.brought_in, 1);
    const { payload, num_media } = await unmatchedOf(sql, newest.message_sid);
    assertEquals([payload.NumMedia, num_media], ["1", 1]);
  }));
