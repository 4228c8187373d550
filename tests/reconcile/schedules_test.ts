/** The hosted schedules, with stubs for pg_cron, pg_net and Vault, which no registry of npm has. */
import postgres from "postgres";
import { createPlatformSchemas } from "../../local/postgres/platform.ts";
import { migrate } from "../../local/postgres/migrations.ts";
import { remote, supabaseCli } from "../../local/postgres/supabase_cli.ts";
import { assertEquals } from "../support/assert.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { ADMIN_DATABASE_URL, DATABASE_URL, PORTS, withSql } from "../support/stack.ts";

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
  create table vault.secrets (id uuid primary key default gen_random_uuid(), name text unique, secret text);
  create view vault.decrypted_secrets as select name, secret as decrypted_secret from vault.secrets;
  create function vault.create_secret(new_secret text, new_name text) returns uuid language sql as $$
    insert into vault.secrets (secret, name) values ($1, $2) returning id $$;
`;

/** Runs a test in a database of its own, as a new project has it: without the migrations. */
async function withEmptyDatabase(use: (sql: postgres.Sql, url: string) => Promise<void>) {
  const admin = postgres(ADMIN_DATABASE_URL, { max: 1, onnotice: () => {} });
  const name = "schedules";
  try {
    await admin.unsafe(`create database ${name} owner postgres`);
    await createPlatformSchemas(PORTS, name);
    const url = DATABASE_URL.replace(/\/postgres$/, `/${name}`);
    await withSql((sql) => use(sql, url), url);
  } finally {
    await admin.unsafe(`drop database if exists ${name} with (force)`);
    await admin.end();
  }
}

/** All jobs, by their names. */
function jobsOf(sql: postgres.Sql) {
  return sql<{ jobname: string; schedule: string; command: string }[]>`
    select jobname, schedule, command from cron.job order by jobname`;
}

const JOBS = [
  ["recruiting-clean-up", "17 3 * * *"],
  ["recruiting-prune", "47 3 * * *"],
  ["sms-reconcile", "10 seconds"],
];

/** What the schedule posts once its secrets are in Vault. */
const REQUEST = {
  url: "https://example.supabase.co/functions/v1/sms-reconcile",
  headers: { "Content-Type": "application/json", apikey: "sb_secret_x" },
  timeout: 5000,
};

Deno.test("where pg_cron, pg_net and Vault are not to be had, no schedule is set up", () =>
  withSql(async (sql) => {
    const [{ done }] = await sql`select private.set_up_schedules() as done`;
    assertEquals(done, false);
  }));

Deno.test("the schedule calls sms-reconcile every 10 s, prunes daily, and cleans up after both", () =>
  withOwnDatabase(async (sql) => {
    await sql.unsafe(STUBS);
    for (let times = 0; times < 2; times++) {
      const [{ done }] = await sql`select private.set_up_schedules() as done`;
      assertEquals(done, true);
    }
    const jobs = await jobsOf(sql);
    assertEquals(jobs.map(({ jobname, schedule }) => [jobname, schedule]), JOBS);
    const [cleanUp, prune, reconcile] = jobs.map(({ command }) => command);

    await sql.unsafe(reconcile);
    assertEquals([...await sql`select from net.requests`], []);
    await sql`select vault.create_secret('https://example.supabase.co', 'project_url'),
      vault.create_secret('sb_secret_x', 'sms_reconcile_key')`;
    await sql.unsafe(reconcile);
    const requests = await sql`select * from net.requests`;
    assertEquals(requests.map((request) => ({ ...request })), [REQUEST]);

    await sql`insert into recruiting_message_events (message_sid, twilio_status, payload, received_at)
      values ('SM1', 'sent', '{"a": 1}', now() - interval '91 days'), ('SM2', 'sent', '{"a": 1}', now())`;
    await sql.unsafe(prune);
    const kept = await sql`select message_sid from recruiting_message_events where payload <> '{}'`;
    assertEquals(kept.map(({ message_sid }) => message_sid), ["SM2"]);

    await sql`insert into cron.job_run_details
      select jobid, now() - age from cron.job, unnest(array['8 days', '6 days']::interval[]) age
      union all select 99, now() - interval '8 days'`;
    await sql.unsafe(cleanUp);
    const left = await sql`select jobname from cron.job_run_details left join cron.job using (jobid)
      order by jobname`;
    assertEquals(left.map(({ jobname }) => jobname), [...JOBS.map(([name]) => name), null]);
  }));

Deno.test("one db push puts the address and the key into Vault and sets the schedule up", () =>
  withEmptyDatabase(async (sql, url) => {
    await sql.unsafe(STUBS);
    await supabaseCli(["db", "push", remote(url), "--yes"], {
      PROJECT_URL: "https://example.supabase.co",
      SMS_RECONCILE_KEY: "sb_secret_x",
    });
    const [, , reconcile] = await jobsOf(sql);
    await sql.unsafe(reconcile.command);
    const requests = await sql`select * from net.requests`;
    assertEquals(requests.map((request) => ({ ...request })), [REQUEST]);
  }));

Deno.test("a local stack needs no Vault, whatever the shell has in its environment", () =>
  withEmptyDatabase(async (sql, url) => {
    const names = ["PROJECT_URL", "SMS_RECONCILE_KEY"];
    try {
      for (const name of names) Deno.env.set(name, "set in the shell");
      await migrate(url);
    } finally {
      for (const name of names) Deno.env.delete(name);
    }
    const [{ vault }] = await sql`select to_regclass('vault.secrets') as vault`;
    assertEquals(vault, null);
  }));
