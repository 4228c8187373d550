/** A claim whose answer is lost, or does not come in time, is the same claim when the worker retries it. */
import type postgres from "postgres";
import { assertEquals } from "../support/assert.ts";
import { withEmptiedDatabase } from "../support/emptied_database.ts";
import { beginConversation, beginMessage } from "../support/own_rows.ts";
import { report, sentMessage } from "../support/platform_events.ts";
import { newSid } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

/** A statement on any connection of a test. */
type Claim = (
  sql: postgres.Sql | postgres.ReservedSql | postgres.TransactionSql,
  token: string,
) => Promise<unknown[]>;

const claimStatusChecks: Claim = async (sql, token) => {
  const rows = await sql`
    select message_sid from recruiting_claim_status_checks(claim_token => ${token}, batch => 3)`;
  return rows.map(({ message_sid }) => message_sid);
};

const claimDueWork: Claim = async (sql, token) => {
  const rows = await sql`
    select kind, conversation_id from recruiting_claim_due_work(claim_token => ${token})`;
  return rows.map(({ kind, conversation_id }) => [kind, conversation_id]);
};

const beginLogComparison: Claim = async (sql, token) => {
  const rows = await sql`
    select span_since from recruiting_begin_log_comparison(comparison_token => ${token})`;
  return rows.map(({ span_since }) => span_since.getTime() > 0);
};

const claimMedia: Claim = async (sql, token) => {
  const rows = await sql`
    select message_sid from recruiting_claim_media(claim_token => ${token}, batch => 2)`;
  return rows.map(({ message_sid }) => message_sid).sort();
};

const claimDeletions: Claim = async (sql, token) => {
  const rows = await sql`
    select target from recruiting_claim_deletions(claim_token => ${token}, batch => 2)`;
  return rows.map(({ target }) => target);
};

/** Writes texts whose attachments are due. Returns the SIDs of the first two and of the next two, sorted. */
async function writeDueMedia(sql: postgres.Sql): Promise<[first: string[], second: string[]]> {
  const { id: conversationId } = await beginConversation(sql);
  const sids = Array.from({ length: 5 }, () => newSid());
  for (const [index, sid] of sids.entries()) {
    await sql`insert into recruiting_messages (conversation_id, direction, sender_type, status, message_sid, num_media,
        media_due_at)
      values (${conversationId}, 'inbound', 'recruit', 'received', ${sid}, 1,
        now() - interval '1 hour' + ${index} * interval '1 minute')`;
  }
  return [sids.slice(0, 2).sort(), sids.slice(2, 4).sort()];
}

const WEBHOOK = crypto.randomUUID();

const claimPlatformPosts: Claim = async (sql, token) => {
  const rows = await sql`
    select position from recruiting_claim_platform_posts(claim_token => ${token},
      webhook => ${WEBHOOK}, batch => 3)`;
  return rows.map(({ position }) => Number(position));
};

/** Writes an event in each of some conversations, and makes the webhook known before. Returns their positions. */
async function writePlatformEvents(sql: postgres.Sql, count: number): Promise<number[]> {
  await sql`select recruiting_number_platform_events(webhook => ${WEBHOOK})`;
  for (let times = 0; times < count; times++) await report(sql, await sentMessage(sql), "sent");
  await sql`select recruiting_number_platform_events(webhook => ${WEBHOOK})`;
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** Writes messages whose check is due. Returns their SIDs, the longest due first. */
async function writeDueChecks(sql: postgres.Sql, count: number): Promise<string[]> {
  const { id: conversationId } = await beginConversation(sql);
  const sids = Array.from({ length: count }, () => newSid());
  await sql`
    insert into recruiting_messages (conversation_id, direction, sender_type, outbox_kind, status,
      message_sid, begun_at, status_check_at)
    select ${conversationId}, 'outbound', 'bot', 'platform', 'queued',
      sid, now() - interval '1 hour', now() - interval '20 minutes' + place * interval '1 second'
    from unnest(${sids}::text[]) with ordinality sent (sid, place)
    -- The order of the rows is not the order in which they are due.
    order by sid`;
  return sids;
}

/** Writes unconfirmed sends and stalled turns that are due. Returns them, the longest due first. */
async function writeDueWork(sql: postgres.Sql): Promise<[kind: string, id: string][]> {
  const work: [kind: string, id: string][] = [];
  for (const [index, kind] of ["turn", "send", "turn", "send"].entries()) {
    const { id } = await beginConversation(sql);
    const dueAt = new Date(Date.now() - (60 - index) * 1000);
    if (kind === "turn") {
      await sql`update recruiting_conversations
        set reply_due_at = ${dueAt}, reply_pending_since = ${dueAt}, reply_pending_seq = 1
        where id = ${id}`;
    } else {
      await beginMessage(sql, id);
      await sql`update recruiting_messages set confirm_due_at = ${dueAt} where conversation_id = ${id}`;
    }
    work.push([kind, id]);
  }
  return work;
}

/** A claim, and what is there for it: what the first worker and what the second one gets. */
interface Case {
  label: string;
  claim: Claim;
  prepare(sql: postgres.Sql): Promise<[first: unknown[], second: unknown[]]>;
}

const CASES: Case[] = [
  {
    label: "status checks",
    claim: claimStatusChecks,
    async prepare(sql) {
      const sids = await writeDueChecks(sql, 7);
      return [sids.slice(0, 3), sids.slice(3, 6)];
    },
  },
  {
    label: "a turn",
    claim: claimDueWork,
    async prepare(sql) {
      const work = await writeDueWork(sql);
      return [work.slice(0, 1), work.slice(1, 2)];
    },
  },
  {
    label: "a send",
    claim: claimDueWork,
    async prepare(sql) {
      const [[, turn], ...work] = await writeDueWork(sql);
      await sql`update recruiting_conversations set reply_due_at = null where id = ${turn}`;
      return [work.slice(0, 1), work.slice(1, 2)];
    },
  },
  { label: "attachments", claim: claimMedia, prepare: writeDueMedia },
  {
    label: "deletions",
    claim: claimDeletions,
    async prepare(sql) {
      await sql`insert into private.deletions (target, kind, due_at)
        select 'recruiting-media/' || n, 'folder', now() - interval '1 hour' + n * interval '1 minute'
        from generate_series(1, 5) n`;
      const targets = [1, 2, 3, 4].map((n) => `recruiting-media/${n}`);
      return [targets.slice(0, 2), targets.slice(2)];
    },
  },
  {
    label: "events to post",
    claim: claimPlatformPosts,
    async prepare(sql) {
      const positions = await writePlatformEvents(sql, 7);
      return [positions.slice(0, 3), positions.slice(3, 6)];
    },
  },
  {
    label: "a comparison with Twilio's log",
    claim: beginLogComparison,
    prepare: () => Promise.resolve([[true], []]),
  },
];

/** Repeats a claim while its first attempt still runs, and ends that attempt when the repeated one waits for it. */
async function repeatedMeanwhile(
  sql: postgres.Sql,
  claim: Claim,
  end: "commit" | "rollback",
): Promise<[first: unknown[], repeated: unknown[]]> {
  const token = crypto.randomUUID();
  const [one, two] = [await sql.reserve(), await sql.reserve()];
  try {
    const [{ pid }] = await two`select pg_backend_pid() as pid`;
    await one`begin`;
    const first = await claim(one, token);
    let isDone = false;
    const repeated = claim(two, token).finally(() => isDone = true);
    await until(async () => {
      const [{ waits }] = await sql`select cardinality(pg_blocking_pids(${pid})) > 0 as waits`;
      return waits || isDone;
    }, "the repeated claim to wait");
    assertEquals(isDone, false);
    await one.unsafe(end);
    return [first, await repeated];
  } finally {
    await one`rollback`;
    one.release();
    two.release();
  }
}

for (const { label, claim, prepare } of CASES) {
  Deno.test(`a claim of ${label} that is repeated with its token is the same claim`, () =>
    withEmptiedDatabase(async (sql) => {
      const [first, second] = await prepare(sql);
      const token = crypto.randomUUID();
      for (let times = 0; times < 3; times++) assertEquals(await claim(sql, token), first);
      assertEquals(await claim(sql, crypto.randomUUID()), second);
      assertEquals(await claim(sql, token), first);
    }));

  Deno.test(`a claim of ${label} that is repeated while it still runs is the same claim`, () =>
    withEmptiedDatabase(async (sql) => {
      const [first, second] = await prepare(sql);
      assertEquals(await repeatedMeanwhile(sql, claim, "commit"), [first, first]);
      assertEquals(await claim(sql, crypto.randomUUID()), second);
    }));

  Deno.test(`a claim of ${label} that is repeated because the database undid it is a claim of its own`, () =>
    withEmptiedDatabase(async (sql) => {
      const [first, second] = await prepare(sql);
      assertEquals(await repeatedMeanwhile(sql, claim, "rollback"), [first, first]);
      assertEquals(await claim(sql, crypto.randomUUID()), second);
    }));
}

Deno.test("a worker that claims status checks makes no other worker wait", () =>
  withEmptiedDatabase(async (sql) => {
    const sids = await writeDueChecks(sql, 6);
    // Each claim also deletes this one.
    await sql`insert into private.status_check_claims (claim_token, message_ids, expires_at)
      values (gen_random_uuid(), '{}', now())`;
    await sql.begin(async (claiming) => {
      assertEquals(await claimStatusChecks(claiming, crypto.randomUUID()), sids.slice(0, 3));
      assertEquals(await claimStatusChecks(sql, crypto.randomUUID()), sids.slice(3));
    });
  }));

Deno.test("checks whose lease has expired are another worker's, and the token's claim is forgotten", () =>
  withEmptiedDatabase(async (sql) => {
    const sids = await writeDueChecks(sql, 3);
    const token = crypto.randomUUID();
    assertEquals(await claimStatusChecks(sql, token), sids);
    // As when the lease has expired.
    await sql`update recruiting_messages set status_check_at = status_check_at - interval '1 minute'`;
    await sql`update private.status_check_claims set expires_at = expires_at - interval '1 minute'`;
    assertEquals(
      await claimStatusChecks(sql, crypto.randomUUID()).then((it) => it.sort()),
      sids.toSorted(),
    );
    assertEquals(await claimStatusChecks(sql, token), []);
    const [{ claims }] = await sql`select count(*)::int as claims from private.status_check_claims`;
    assertEquals(claims, 1);
  }));

Deno.test("a dry run lists what a claim would return, and claims nothing", () =>
  withEmptiedDatabase(async (sql) => {
    const sids = await writeDueChecks(sql, 4);
    await sql`insert into recruiting_message_events (message_sid, twilio_status) values (${
      sids[1]
    }, 'sent')`;
    const listed = await sql`select message_sid from recruiting_list_due_status_checks(batch => 3)`;
    const due = [sids[0], sids[2], sids[3]];
    assertEquals(listed.map(({ message_sid }) => message_sid), due);
    assertEquals(await claimStatusChecks(sql, crypto.randomUUID()), due);
    assertEquals([...await sql`select from recruiting_list_due_status_checks()`], []);
  }));
