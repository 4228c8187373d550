/** The hosted schedules, with stubs for pg_cron, pg_net and Vault, which no registry of npm has. */
import postgres from "postgres";
import { createPlatformSchemas } from "../local/postgres/platform.ts";
import { migrate } from "../local/postgres/migrations.ts";
import { assertEquals } from "./support/assert.ts";
import { ADMIN_DATABASE_URL, DATABASE_URL, PORTS, withSql } from "./support/stack.ts";

const STUBS = `
  create schema cron;
  create table cron.job (jobid bigint generated always as identity, jobname text unique, schedule text, command text);
  create table cron.job_run_details (jobid bigint, end_time timestamptz);
  create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as $$
    insert into cron.job (jobname, schedule, command) values ($1, $2, $3)
    on conflict (jobname) do update set schedule = excluded.schedule, command = excluded.command
    returning jobid $$;
  create schema net;
  create table net.requests (url text, headers jsonb, timeout int);
  create function net.http_post(url text, body jsonb default '{}', params jsonb default '{}',
    headers jsonb default '{}', timeout_milliseconds int default 2000) returns bigint language sql as $$
    insert into net.requests values ($1, $4, $5) returning 1::bigint $$;
  create schema vault;
  create table vault.decrypted_secrets (name text, decrypted_secret text);
`;

/** Runs a test in a database of its own, with every migration applied. */
async function withDatabase(use: (sql: postgres.Sql) => Promise<void>) {
  const admin = postgres(ADMIN_DATABASE_URL, { max: 1, onnotice: () => {} });
  const name = "schedules";
  try {
    await admin.unsafe(`create database ${name} owner postgres`);
    await createPlatformSchemas(PORTS, name);
    const url = DATABASE_URL.replace(/\/postgres$/, `/${name}`);
    await migrate(url);
    await withSql(use, url);
  } finally {
    await admin.unsafe(`drop database if exists ${name} with (force)`);
    await admin.end();
  }
}

Deno.test("where pg_cron, pg_net and Vault are not to be had, no schedule is set up", () =>
  withSql(async (sql) => {
    const [{ done }] = await sql`select private.set_up_schedules() as done`;
    assertEquals(done, false);
  }));

Deno.test("the schedule calls sms-reconcile every 10 s with the key from Vault, and nothing without it", () =>
  withDatabase(async (sql) => {
    await sql.unsafe(STUBS);
    for (let times = 0; times < 2; times++) {
      const [{ done }] = await sql`select private.set_up_schedules() as done`;
      assertEquals(done, true);
    }
    const jobs = await sql`select jobname, schedule, command from cron.job order by jobname`;
    assertEquals(jobs.map(({ jobname, schedule }) => [jobname, schedule]), [
      ["recruiting-clean-up", "17 3 * * *"],
      ["sms-reconcile", "10 seconds"],
    ]);
    const [cleanUp, reconcile] = jobs.map(({ command }) => command);
    await sql.unsafe(reconcile);
    assertEquals([...await sql`select from net.requests`], []);
    await sql`insert into vault.decrypted_secrets values
      ('project_url', 'https://example.supabase.co'), ('sms_reconcile_key', 'sb_secret_x')`;
    await sql.unsafe(reconcile);
    const [request, ...others] = await sql`select * from net.requests`;
    assertEquals({ ...request }, {
      url: "https://example.supabase.co/functions/v1/sms-reconcile",
      headers: { "Content-Type": "application/json", apikey: "sb_secret_x" },
      timeout: 5000,
    });
    assertEquals(others, []);

    await sql`insert into cron.job_run_details
      select jobid, now() - age from cron.job, unnest(array['8 days', '6 days']::interval[]) age
      union all select 99, now() - interval '8 days'`;
    await sql.unsafe(cleanUp);
    const [{ count }] = await sql`select count(*)::int from cron.job_run_details`;
    assertEquals(count, 3);
  }));
