/**
 * What gets slower with the number of rows, in the database alone: the product beside the obvious
 * alternatives of bench/alternatives. All but the import runs in transactions that are rolled back.
 *
 * @module
 */
import postgres from "postgres";
import { databaseUrl } from "../local/settings/addresses.ts";
import { costOf } from "./growth/database.ts";
import { type Report, reportOf } from "./report.ts";
import { withPostgres } from "./steady_postgres.ts";
import { median } from "./table.ts";

type Sql = postgres.TransactionSql;

const NUMBER = "+15550100000";
const AGENT = "(lpad(n::text, 8, '0') || '-0000-4000-8000-000000000000')::uuid";
const FIRST_AGENT = "'00000001-0000-4000-8000-000000000000'::uuid";

const alternative = (name: string) =>
  Deno.readTextFile(new URL(`alternatives/${name}.sql`, import.meta.url));

/** Runs something in a transaction and rolls it back. */
async function rolledBack<Result>(sql: postgres.Sql, use: (sql: Sql) => Promise<Result>) {
  const done = new Error("done");
  let result: Result | undefined;
  await sql.begin(async (sql) => {
    result = await use(sql);
    throw done;
  }).catch((error) => {
    if (error !== done) throw error;
  });
  return result as Result;
}

const agents = (sql: Sql, count: number) =>
  sql.unsafe(`
    with users as (
      insert into auth.users (id, email) select ${AGENT}, 'agent-' || n || '@example.com'
      from generate_series(1, ${count}) n returning id
    )
    insert into recruiting_agents (user_id, display_name) select id, 'A. Gent' from users`);

const conversations = async (sql: Sql, count: number, agentId: string, status: string) => {
  await sql.unsafe(`
    insert into recruiting_conversations (recruit_phone, twilio_phone, status, assigned_agent_id, last_message_at)
    select '+1555' || lpad(n::text, 9, '0'), '${NUMBER}', ${status}::recruiting_conversation_status, ${agentId},
      now() - (n::bigint * 7919 % ${count}) * interval '1 second'
    from generate_series(1, ${count}) n`);
  await sql`analyze recruiting_conversations`;
};

const inThousands = (count: number) => count.toLocaleString("en-US");

const inWords = ({ ms, pages }: { ms: number; pages: number }) => `${ms.toFixed(2)} ms, ${pages}`;

/** Measures with the product's functions, and with an alternative. */
async function bothWays(
  sql: postgres.Sql,
  name: string,
  use: (sql: Sql) => Promise<string>,
): Promise<string[]> {
  const here = await rolledBack(sql, use);
  const text = await alternative(name);
  const obvious = await rolledBack(sql, async (sql) => {
    await sql.unsafe(text);
    return await use(sql);
  });
  return [here, obvious];
}

const broadcasts = (count: number) => async (sql: Sql) => {
  await sql.unsafe(`
    insert into realtime.messages (topic, extension, payload, event, private, inserted_at)
    select 'agents:unassigned', 'broadcast', '{}', 'message_received', true,
      date_trunc('day', now()) + (now() - date_trunc('day', now())) * n / ${count + 1}
    from generate_series(1, ${count}) n`);
  await sql`analyze realtime.messages`;
  const figures = [];
  for (let time = 0; time < 9; time++) {
    const call = `select private.broadcast('agents:unassigned', 'bench', '{"a":${time}}')`;
    figures.push(await costOf(sql, call));
  }
  return inWords({
    ms: median(figures.map(({ ms }) => ms)),
    pages: median(figures.map(({ pages }) => pages)),
  });
};

const removal = (count: number) => async (sql: Sql) => {
  await agents(sql, 1);
  const agentId = AGENT.replaceAll("n::", "1::");
  await conversations(
    sql,
    count,
    agentId,
    "case when n % 10 = 0 then 'escalated' else 'closed' end",
  );
  await sql`set constraints all immediate`;
  const { ms } = await costOf(sql, `delete from recruiting_agents where user_id = ${FIRST_AGENT}`);
  const [{ left }] = await sql`
    select count(*)::int as left from recruiting_conversations where assigned_agent_id is not null`;
  if (left > 0) throw new Error(`${left} conversations of a removed agent are still assigned`);
  return `${ms.toFixed(0)} ms`;
};

const escalation = (agentCount: number, open: number) => async (sql: Sql) => {
  await agents(sql, agentCount);
  const agentId =
    `(lpad((n % ${agentCount} + 1)::text, 8, '0') || '-0000-4000-8000-000000000000')::uuid`;
  await conversations(sql, agentCount * open, agentId, "'bot'");
  const ids = await sql`insert into recruiting_conversations (recruit_phone, twilio_phone)
    select '+1556' || lpad(n::text, 9, '0'), ${NUMBER} from generate_series(1, 6) n returning id`;
  const figures = [];
  for (const { id } of ids) {
    figures.push(await costOf(sql, `select recruiting_escalate_conversation('${id}', 'bench')`));
  }
  // The first escalation also adds up the changes since the last one, so it is left out.
  return inWords({
    ms: median(figures.slice(1).map(({ ms }) => ms)),
    pages: median(figures.slice(1).map(({ pages }) => pages)),
  });
};

const inbox = (count: number, isMine: boolean) => async (sql: Sql) => {
  await agents(sql, 1);
  await conversations(sql, count, isMine ? FIRST_AGENT : "null", "'escalated'");
  const [{ id }] = await sql.unsafe(`select ${FIRST_AGENT} as id`);
  await sql`select set_config('role', 'authenticated', true),
    set_config('request.jwt.claims', ${JSON.stringify({ sub: id })}, true)`;
  const list = `select * from recruiting_conversations
    where assigned_agent_id ${
    isMine ? `= '${id}'` : "is null"
  } order by last_message_at desc limit 50`;
  await costOf(sql, list);
  return inWords(await costOf(sql, list));
};

/**
 * Imports conversations in one statement, and returns the longest wait of another recruit's STOP.
 */
async function longestWait(sql: postgres.Sql, count: number): Promise<string> {
  const importing = sql`
    select count(recruiting_start_conversation('sms', '+1557' || lpad(n::text, 9, '0'), ${NUMBER}))
    from generate_series(1, ${count}) n`.execute();
  let isDone = false;
  importing.finally(() => isDone = true);
  let longest = 0;
  for (let number = 0; !isDone; number++) {
    const startedAt = performance.now();
    await sql`select recruiting_receive_message('SM' || md5(random()::text), 'sms',
      ${`+1558${String(number).padStart(9, "0")}`}, ${NUMBER}, '{}', 'stop', 'STOP')`;
    longest = Math.max(longest, performance.now() - startedAt);
  }
  await importing;
  await sql`delete from recruiting_conversations where recruit_phone like '+1557%'`;
  return `${longest.toFixed(0)} ms`;
}

/**
 * Measures.
 *
 * @param share The share of the usual number of rows, from 0 to 1.
 */
export async function measureManyRows(share: number): Promise<Report> {
  return await withPostgres(async (ports) => {
    const options = { max: 2, onnotice: () => {} };
    const sql = postgres(databaseUrl(ports), options);
    const admin = postgres(databaseUrl(ports, "supabase_admin"), options);
    const of = (count: number) => Math.max(10, Math.round(count * share));
    const rows: string[][] = [];
    try {
      for (const count of [1_000, 24_000, 324_000].map(of)) {
        const figures = await bothWays(admin, "broadcast", broadcasts(count));
        rows.push([`a broadcast after ${inThousands(count)} on the same day`, ...figures]);
      }
      for (const count of [2_500, 10_000].map(of)) {
        const figures = await bothWays(sql, "unassign_conversations", removal(count));
        rows.push([
          `removing an agent of ${inThousands(count)} conversations, a tenth of them open`,
          ...figures,
        ]);
      }
      for (const [agentCount, open] of [[20, 50], [200, 500]].map((pair) => pair.map(of))) {
        const figures = await bothWays(sql, "least_busy_agent", escalation(agentCount, open));
        rows.push([`escalating, ${agentCount} agents with ${open} open conversations`, ...figures]);
      }
      for (const count of [1_000, 10_000].map(of)) {
        const figures = await bothWays(sql, "inbox", inbox(count, true));
        rows.push([`an agent's newest 50 of ${inThousands(count)}`, ...figures]);
      }
      for (const count of [10_000, 1_000_000].map(of)) {
        const figures = await bothWays(sql, "inbox", inbox(count, false));
        rows.push([`the newest 50 of ${inThousands(count)} unassigned`, ...figures]);
      }
      const [{ definition }] =
        await sql`select pg_get_functiondef('private.lock_phone'::regproc) as definition`;
      const here = await longestWait(sql, of(60_000));
      await sql.unsafe(await alternative("lock_phone"));
      const obvious = await longestWait(sql, of(60_000));
      await sql.unsafe(definition);
      rows.push([
        `a STOP while ${inThousands(of(60_000))} conversations are imported, at worst`,
        here,
        obvious,
      ]);
    } finally {
      await Promise.all([sql.end(), admin.end()]);
    }
    return reportOf("rows", ["in Postgres: time, pages", "here", "obvious"], rows);
  });
}
