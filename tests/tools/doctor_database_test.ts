/** Each finding of the doctor about the database, provoked, and gone once its mend is done. */
import type postgres from "postgres";
import { allChecks } from "../../local/doctor/checks.ts";
import { examine } from "../../local/doctor/examine.ts";
import { Health } from "../../local/doctor/health.ts";
import type { Finding } from "../../local/doctor/run_checks.ts";
import type { Project } from "../../local/project/project.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import {
  assertRight,
  assertWrong,
  diagnose,
  findingOf,
  hostedProject,
  localProject,
} from "../support/doctor.ts";
import { withEmptiedDatabase } from "../support/emptied_database.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { asServiceRole } from "../support/stack.ts";

/** What of pg_cron, pg_net and Vault the doctor reads and its mends use. No registry of npm has them. */
const EXTENSIONS = `
  create schema cron;
  create table cron.job (jobid bigint generated always as identity, jobname text unique, schedule text, command text,
    active boolean not null default true);
  create table cron.job_run_details (
    jobid bigint, runid bigint generated always as identity, status text, return_message text, end_time timestamptz
  );
  create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as $$
    insert into cron.job (jobname, schedule, command) values ($1, $2, $3)
    on conflict (jobname) do update set schedule = excluded.schedule, command = excluded.command
    returning jobid $$;
  create schema net;
  create table net._http_response (status_code int, content text, error_msg text, created timestamptz default now());
  create function net.http_post(url text, body jsonb default '{}', params jsonb default '{}',
    headers jsonb default '{}', timeout_milliseconds int default 2000) returns bigint language sql as 'select 1::bigint';
  create schema vault;
  create table vault.secrets (id uuid primary key default gen_random_uuid(), name text unique, secret text);
  create view vault.decrypted_secrets as select id, name, secret as decrypted_secret from vault.secrets;
  create function vault.create_secret(new_secret text, new_name text) returns uuid language sql as $$
    insert into vault.secrets (secret, name) values ($1, $2) returning id $$;
  create function vault.update_secret(secret_id uuid, new_secret text) returns void language sql as $$
    update vault.secrets set secret = $2 where id = $1 $$;
`;

/** Stores that sms-reconcile has answered the schedule. */
const ANSWERED =
  `insert into net._http_response (status_code, content) values (202, '{"status":"started"}')`;

const SET_UP = `
  select private.set_up_schedules();
  select vault.create_secret('https://example.supabase.co', 'project_url'),
    vault.create_secret('sb_secret_of_the_vault', 'sms_reconcile_key');
  ${ANSWERED};
`;

/** The report of a database. It takes longer than the checks that read it. */
async function healthOf(sql: postgres.Sql | postgres.TransactionSql): Promise<Health> {
  const [{ health }] = await sql`select recruiting_health() as health`;
  return Health.parse(health);
}

/** Runs a check on a report. */
function checked(health: Health, id: string): Promise<Finding> {
  return findingOf(id, hostedProject(), { health: () => Promise.resolve(health) });
}

/** Runs a test in a transaction that is rolled back: what it changes in the schema is gone. */
async function inTransaction(use: (sql: postgres.TransactionSql) => Promise<void>): Promise<void> {
  const done = new Error("done");
  await withEmptiedDatabase((_, admin) =>
    admin.begin(async (sql) => {
      await use(sql);
      throw done;
    }).catch((error) => {
      if (error !== done) throw error;
    })
  );
}

/** A way to break a database. */
interface Break {
  id: string;
  /** What is wrong, as the test's name says it. */
  label: string;
  /** What breaks it. */
  sql: string;
  /** What the finding says. */
  says: RegExp;
  /** What the mend says to do. */
  mend: string;
  /** Whether pg_cron, pg_net and Vault are there. */
  isScheduled?: boolean;
  /** Whether `sql` needs a superuser. */
  isPlatforms?: boolean;
}

const BREAKS: Break[] = [
  {
    id: "database.migrations",
    label: "a migration is not applied",
    sql:
      "update supabase_migrations.schema_migrations set version = '1' where version = '20261121002100'",
    says: /1 of \d+ migrations are not applied: 20261121002100_health.sql.*db push --remote/,
    // What db push records.
    mend:
      "update supabase_migrations.schema_migrations set version = '20261121002100' where version = '1'",
  },
  {
    id: "database.migrations",
    label: "a migration has changed since",
    sql:
      `update supabase_migrations.schema_migrations set statements = statements || array['select 1']
      where version = '20261121000200'`,
    says: /Changed since they were applied: 20261121000200_agents.sql.*git checkout/,
    mend:
      "update supabase_migrations.schema_migrations set statements = statements[:cardinality(statements) - 1] where version = '20261121000200'",
  },
  {
    id: "database.policies",
    label: "a policy is missing",
    sql: `drop policy "Agents see every agent" on recruiting_agents`,
    says: /missing: policy "Agents see every agent" of public.recruiting_agents/,
    mend: `create policy "Agents see every agent" on recruiting_agents for select to authenticated
      using ((select private.is_agent()))`,
  },
  {
    id: "database.policies",
    label: "a policy is wider",
    sql: `alter policy "Agents see every agent" on recruiting_agents using (true)`,
    says: /changed: policy "Agents see every agent" of public.recruiting_agents/,
    mend:
      `alter policy "Agents see every agent" on recruiting_agents using ((select private.is_agent()))`,
  },
  {
    id: "database.policies",
    label: "row level security is off",
    sql: "alter table recruiting_messages disable row level security",
    says: /missing: row level security of public.recruiting_messages/,
    mend: "alter table recruiting_messages enable row level security",
  },
  {
    id: "database.policies",
    label: "a view runs with its owner's rights",
    sql: "alter view recruiting_attention set (security_invoker = false)",
    says: /changed: options of public.recruiting_attention/,
    mend: "alter view recruiting_attention set (security_invoker = true)",
  },
  {
    id: "database.grants",
    label: "visitors may read a table",
    sql: "grant select on recruiting_messages to anon",
    says: /added: grant to anon of public.recruiting_messages/,
    mend: "revoke select on recruiting_messages from anon",
  },
  {
    id: "database.grants",
    label: "agents may call a function",
    sql: "grant execute on function recruiting_prune to authenticated",
    says: /added: grant to authenticated of public.recruiting_prune/,
    mend: "revoke execute on function recruiting_prune from authenticated",
  },
  {
    id: "database.grants",
    label: "agents may no longer set a column",
    sql: "revoke update (status) on recruiting_conversations from authenticated",
    says: /missing: grant to authenticated on status of public.recruiting_conversations/,
    mend: "grant update (status) on recruiting_conversations to authenticated",
  },
  {
    id: "database.realtime_policies",
    label: "agents may not listen",
    sql:
      `alter policy "Agents listen to their own topic and to unassigned conversations" on realtime.messages using (false)`,
    says: /changed: policy "Agents listen/,
    mend:
      `alter policy "Agents listen to their own topic and to unassigned conversations" on realtime.messages using (
      extension = 'broadcast'
      and (select realtime.topic()) in ('agent:' || (select auth.uid())::text, 'agents:unassigned')
      and (select private.is_agent())
    )`,
  },
  {
    id: "database.realtime_partition",
    label: "realtime.messages has no partition for today",
    sql:
      `do $$ begin execute format('drop table realtime.%I', 'messages_' || to_char(current_date, 'YYYY_MM_DD')); end $$`,
    says: /no partition for today.*Connect one client/,
    mend: "select realtime.make_partitions()",
    isPlatforms: true,
  },
  {
    id: "database.cron_jobs",
    label: "the schedules are missing",
    sql: "delete from cron.job",
    says: /No schedule: sms-reconcile, recruiting-prune, recruiting-clean-up/,
    mend: "select private.set_up_schedules()",
    isScheduled: true,
  },
  {
    id: "database.cron_jobs",
    label: "a schedule is switched off",
    sql: "update cron.job set active = false where jobname = 'sms-reconcile'",
    says: /sms-reconcile is switched off.*Integrations → Cron/,
    mend: "update cron.job set active = true",
    isScheduled: true,
  },
  {
    id: "database.cron_jobs",
    label: "a schedule runs at another time",
    sql: "update cron.job set schedule = '0 0 * * *' where jobname = 'sms-reconcile'",
    says: /sms-reconcile runs at "0 0 \* \* \*"/,
    mend: "select private.set_up_schedules()",
    isScheduled: true,
  },
  {
    id: "database.cron_jobs",
    label: "a schedule's newest run has failed",
    sql: `insert into cron.job_run_details (jobid, status, return_message, end_time)
      select jobid, 'failed', 'schema "net" does not exist', now() from cron.job where jobname = 'sms-reconcile'`,
    says: /sms-reconcile fails: schema "net" does not exist/,
    mend: `insert into cron.job_run_details (jobid, status, end_time)
      select jobid, 'succeeded', now() from cron.job where jobname = 'sms-reconcile'`,
    isScheduled: true,
  },
  {
    id: "database.cron_answers",
    label: "sms-reconcile refuses the schedule's key",
    sql: `update net._http_response set created = now() - interval '1 hour';
      insert into net._http_response (status_code, content) values (401, '{}')`,
    says: /answers the schedule with 401.*sms_reconcile_key in Vault is no secret key/,
    mend: ANSWERED,
    isScheduled: true,
  },
  {
    id: "database.cron_answers",
    label: "sms-reconcile is not deployed",
    sql:
      `delete from net._http_response; insert into net._http_response (status_code) values (404)`,
    says: /answers the schedule with 404.*Deploy sms-reconcile/,
    mend: ANSWERED,
    isScheduled: true,
  },
  {
    id: "database.cron_answers",
    label: "sms-reconcile fails",
    sql:
      `delete from net._http_response; insert into net._http_response (status_code) values (500)`,
    says: /answers the schedule with 500.*log of sms-reconcile/,
    mend: ANSWERED,
    isScheduled: true,
  },
  {
    id: "database.cron_answers",
    label: "the schedule does not reach sms-reconcile",
    sql:
      `delete from net._http_response; insert into net._http_response (error_msg) values ('Could not resolve host')`,
    says: /does not reach sms-reconcile: Could not resolve host.*project_url in Vault/,
    mend: ANSWERED,
    isScheduled: true,
  },
  {
    id: "database.cron_answers",
    label: "the schedule has had no answer",
    sql: "delete from net._http_response",
    says: /has not answered the schedule for 2 minutes/,
    mend: ANSWERED,
    isScheduled: true,
  },
  {
    id: "database.vault_secrets",
    label: "Vault lacks a secret",
    sql: "delete from vault.secrets where name = 'sms_reconcile_key'",
    says: /Vault lacks sms_reconcile_key/,
    mend: "select vault.create_secret('sb_secret_of_the_vault', 'sms_reconcile_key')",
    isScheduled: true,
  },
  {
    id: "database.vault_secrets",
    label: "the project's address in Vault has a path",
    sql: "update vault.secrets set secret = secret || '/functions/v1' where name = 'project_url'",
    says: /project_url in Vault is not an address without a path/,
    mend:
      "select vault.update_secret((select id from vault.secrets where name = 'project_url'), 'https://example.supabase.co')",
    isScheduled: true,
  },
  {
    id: "database.buckets",
    label: "a bucket is missing",
    sql:
      "update storage.buckets set id = 'renamed', name = 'renamed' where id = 'recruiting-media'",
    says: /no bucket recruiting-media.*set_up_media_storage/,
    mend: "select private.set_up_media_storage()",
  },
  {
    id: "database.buckets",
    label: "a bucket is public",
    sql: "update storage.buckets set public = true where id = 'recruiting-media'",
    says: /recruiting-media is public/,
    mend: "update storage.buckets set public = false where id in ('recruiting-media')",
  },
  {
    id: "database.storage_policies",
    label: "agents may not attach",
    sql: `drop policy "Agents attach to conversations that they see" on storage.objects`,
    says: /missing: policy "Agents attach to conversations that they see" of storage.objects/,
    mend: "select private.set_up_media_storage()",
  },
];

for (const isScheduled of [false, true]) {
  const extensions = isScheduled ? "with" : "without";
  // What is mended is as before, so all have one database.
  Deno.test(`${extensions} pg_cron, each thing that is wrong is told, until it is mended`, (t) =>
    withOwnDatabase(async (sql, admin) => {
      if (isScheduled) await sql.unsafe(EXTENSIONS + SET_UP);
      let health = await healthOf(sql);
      for (const { id, label, sql: breaking, says, mend, ...needs } of BREAKS) {
        if (isScheduled !== (needs.isScheduled ?? false)) continue;
        const connection = needs.isPlatforms ? admin : sql;
        await t.step(`${id} tells that ${label}`, async () => {
          assertRight(await checked(health, id));
          await connection.unsafe(breaking);
          assertMatch(assertWrong(await checked(await healthOf(sql), id)), says);
          await connection.unsafe(mend);
          health = await healthOf(sql);
          assertRight(await checked(health, id));
        });
      }
    }));
}

Deno.test("a part whose schema is missing is null, and its check does not apply", () =>
  inTransaction(async (sql) => {
    await sql`drop schema storage, realtime, supabase_migrations cascade`;
    await sql`set local role postgres`;
    const health = await healthOf(sql);
    const { migrations, realtime, storage, cron, net, vault } = health;
    assertEquals([migrations, realtime, storage, cron, net, vault], [
      null,
      null,
      null,
      null,
      null,
      null,
    ]);
    for (const { id } of allChecks(examine(hostedProject()))) {
      if (!id.startsWith("database.") || /answers|schema_cache|policies$|grants/.test(id)) continue;
      assertEquals([id, (await checked(health, id)).ok], [id, null]);
    }
  }));

Deno.test("a part that cannot be read leaves the others", () =>
  inTransaction(async (sql) => {
    await sql`set local role postgres`;
    await sql.unsafe("create schema cron; create table cron.job (id int)");
    const health = await healthOf(sql);
    const { ok, detail } = await checked(health, "database.cron_jobs");
    assertEquals([ok, detail], [
      null,
      "recruiting_health() cannot read the part cron (SQLSTATE 42703)",
    ]);
    assertRight(await checked(health, "database.migrations"));
  }));

Deno.test("the project's own migrations, policies and objects are no findings", () =>
  inTransaction(async (sql) => {
    await sql`set local role postgres`;
    await sql.unsafe(`
      insert into supabase_migrations.schema_migrations (version, name, statements)
        values ('20250101000000', 'shop', '{"create table shop (id int)"}');
      create table public.shop (id int);
      grant all on public.shop to anon;
      create function private.of_the_shop() returns int language sql as 'select 1';
      create policy shop on realtime.messages for select to authenticated using (extension = 'presence');
      create policy shop on storage.objects for select to anon using (bucket_id = 'shop');
    `);
    const health = await healthOf(sql);
    const ids = ["migrations", "policies", "grants", "realtime_policies", "storage_policies"];
    for (const id of ids) assertRight(await checked(health, `database.${id}`));
    const { detail } = await checked(health, "database.migrations");
    assertMatch(detail, /beside 1 of the project's own$/);
    // From this folder the CLI would propose to revert them.
    await sql`delete from supabase_migrations.schema_migrations where version = '20261121002100'`;
    const { mend } = await checked(await healthOf(sql), "database.migrations");
    assertMatch(
      mend ?? "",
      /^Copy supabase\/migrations into your project's folder .*--include-all$/,
    );
  }));

Deno.test("no value of a secret is in the report", () =>
  inTransaction(async (sql) => {
    await sql`set local role postgres`;
    await sql.unsafe(EXTENSIONS + SET_UP);
    const [{ health }] = await sql`select recruiting_health()::text as health`;
    assertEquals(
      [/sb_secret_of_the_vault/, /example\.supabase\.co/].filter((it) => it.test(health)),
      [],
    );
  }));

Deno.test("of a failed run the report has the message, and not the row that its DETAIL quotes", () =>
  inTransaction(async (sql) => {
    await sql`set local role postgres`;
    await sql.unsafe(EXTENSIONS + SET_UP);
    await sql`insert into cron.job_run_details (jobid, status, return_message)
      select jobid, 'failed', ${
      'ERROR:  null value in column "url" violates not-null constraint\n' +
      'DETAIL:  Failing row contains (1, POST, null, {"apikey": "sb_secret_of_the_vault"}).'
    } from cron.job where jobname = 'sms-reconcile'`;
    const [{ health }] = await sql`select recruiting_health() as health`;
    const said = assertWrong(await checked(Health.parse(health), "database.cron_jobs"));
    assertMatch(said, /sms-reconcile fails: ERROR: {2}null value in column "url" violates/);
    assertEquals(/sb_secret|DETAIL/.test(JSON.stringify(health)), false);
  }));

Deno.test("a locked table costs one part of the report, and not the others", () =>
  withEmptiedDatabase(async (sql, admin) => {
    const holder = await admin.reserve();
    try {
      await holder`begin`;
      await holder`lock table public.recruiting_messages in access exclusive mode`;
      const health = await sql.begin(async (sql) => {
        await sql`set local statement_timeout = '8s'`;
        return await healthOf(sql);
      });
      const { ok, detail } = await checked(health, "database.policies");
      assertEquals([ok, /SQLSTATE 55P03/.test(detail)], [null, true]);
      assertRight(await checked(health, "database.migrations"));
    } finally {
      await holder`rollback`;
      holder.release();
    }
  }));

Deno.test("on the local stack everything about the database is right, or does not apply", async () => {
  const project = await localProject();
  const { data, error } = await asServiceRole().rpc("recruiting_health");
  assertEquals(error, null);
  Health.parse(data);
  const findings = await diagnose(project, (id) => id.startsWith("database."));
  assert(findings.length > 0, "No check is about the database");
  for (const { id, ok, detail } of findings) {
    assertEquals([id, ok, detail], [id, /cron|vault/.test(id) ? null : true, detail]);
  }
});

/** Runs a test against a REST API that answers like this. */
async function withRest(
  answer: (path: string) => Response,
  use: (project: Project) => Promise<void>,
): Promise<void> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => answer(new URL(request.url).pathname.replace(/^\/rest\/v1\//, "")),
  );
  try {
    await use(hostedProject({}, { supabaseUrl: `http://127.0.0.1:${server.addr.port}` }));
  } finally {
    await server.shutdown();
  }
}

for (
  const [label, answer, says] of [
    [
      "REST does not know recruiting_health()",
      () => Response.json({ code: "PGRST202", message: "no such function" }, { status: 404 }),
      /PGRST202.*db push --remote.*notify pgrst, 'reload schema'/,
    ],
    [
      "the secret key is another project's",
      () => Response.json({ message: "Invalid API key" }, { status: 401 }),
      /REST answers 401.*SUPABASE_SECRET_KEY/,
    ],
    [
      "the project is paused",
      () => new Response("<html>paused</html>", { status: 540 }),
      /REST answers 540.*Restore the project/,
    ],
  ] as const
) {
  Deno.test(`database.answers tells that ${label}, until REST of the project answers`, () =>
    withRest(answer, async (project) => {
      assertMatch(assertWrong(await findingOf("database.answers", project)), says);
      const { ok } = await findingOf("database.migrations", project);
      assertEquals(ok, null);
      assertRight(await findingOf("database.answers", await localProject()));
    }));
}

Deno.test("database.schema_cache tells that REST lacks a function, and an argument, until it reloads", () =>
  withEmptiedDatabase(async (sql) => {
    const [{ health }] = await sql`select recruiting_health() as health`;
    const functions: [string, string[]][] = Object.entries(health.functions);
    const paths = Object.fromEntries(functions.map(([name, args]) => [
      `/rpc/${name}`,
      {
        post: {
          parameters: [{
            schema: { properties: Object.fromEntries(args.map((arg) => [arg, {}])) },
          }],
        },
      },
    ]));
    const answer = (path: string) => Response.json(path === "" ? { paths } : health);
    await withRest(answer, async (project) => {
      assertRight(await findingOf("database.schema_cache", project));
      const { "/rpc/recruiting_prune": whole, "/rpc/recruiting_health": gone } = paths;
      paths["/rpc/recruiting_prune"] = { post: { parameters: [{ schema: { properties: {} } }] } };
      delete paths["/rpc/recruiting_health"];
      const said = assertWrong(await findingOf("database.schema_cache", project));
      assertMatch(
        said,
        /lacks (recruiting_health, recruiting_prune|recruiting_prune, recruiting_health).*notify pgrst/,
      );
      Object.assign(paths, { "/rpc/recruiting_prune": whole, "/rpc/recruiting_health": gone });
      assertRight(await findingOf("database.schema_cache", project));
    });
  }));

Deno.test("without a secret key the database cannot be asked, which is no finding of its own", async () => {
  const project = hostedProject({}, { secretKey: undefined });
  for (const { id } of allChecks(examine(project))) {
    if (!id.startsWith("database.")) continue;
    const { ok, mend } = await findingOf(id, project);
    assertEquals([id, ok], [id, null]);
    assertMatch(mend ?? "", /SUPABASE_SECRET_KEY/);
  }
});
