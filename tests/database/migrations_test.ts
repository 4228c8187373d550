import postgres from "postgres";
import { assert, assertEquals, rejection } from "../support/assert.ts";
import { ADMIN_DATABASE_URL, DATABASE_URL, PORTS, withSql } from "../support/stack.ts";
import { generateExpectedRules } from "../../local/doctor/expected_rules.ts";
import { generateTypes } from "../../local/postgres/database_types.ts";
import { migrate } from "../../local/postgres/migrations.ts";
import { createPlatformSchemas } from "../../local/postgres/platform.ts";
import { remote, supabaseCli } from "../../local/postgres/supabase_cli.ts";

/** The grants on everything that the migrations make, as Postgres writes them. */
async function grantsOf(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    select format('%s %s', c.relname, c.relacl) as line from pg_class c
      where relnamespace in ('public'::regnamespace, 'private'::regnamespace) and relkind in ('r', 'S', 'v')
    union all
    select format('%s.%s %s', c.relname, a.attname, a.attacl) from pg_attribute a join pg_class c on c.oid = attrelid
      where relnamespace = 'public'::regnamespace and attacl is not null
    union all
    select format('%s %s', p.oid::regprocedure, p.proacl) from pg_proc p
      where pronamespace in ('public'::regnamespace, 'private'::regnamespace)
    order by 1`;
  return rows.map(({ line }) => line);
}

/** The defaults that projects had until 30 October 2026. */
const OLD_DEFAULT_PRIVILEGES = ["tables", "functions", "sequences"].map((kind) =>
  `alter default privileges for role postgres in schema public
     grant all on ${kind} to postgres, anon, authenticated, service_role;`
).join("\n");

Deno.test("under the old default privileges the migrations end in the same grants", async () => {
  const admin = postgres(ADMIN_DATABASE_URL, { max: 1, onnotice: () => {} });
  const name = "old_default_privileges";
  try {
    await admin.unsafe(`create database ${name} owner postgres`);
    await createPlatformSchemas(PORTS, name);
    const url = DATABASE_URL.replace(/\/postgres$/, `/${name}`);
    await withSql(async (old) => {
      await old.unsafe(OLD_DEFAULT_PRIVILEGES);
      await migrate(url);
      const oldGrants = await grantsOf(old);
      await withSql(async (current) => assertEquals(oldGrants, await grantsOf(current)));
      assert(oldGrants.length > 20, `Only ${oldGrants.length} grants`);
    }, url);
  } finally {
    await admin.unsafe(`drop database if exists ${name} with (force)`);
    await admin.end();
  }
});

Deno.test("Supabase's own security and performance linter has nothing to warn of", async () => {
  await supabaseCli(["db", "advisors", remote(DATABASE_URL), "--fail-on", "warn"]);
});

Deno.test("the committed types and rules are those of the migrations", async () => {
  const rules = await generateExpectedRules(DATABASE_URL);
  for (const { path, text } of [...await generateTypes(DATABASE_URL), rules]) {
    assertEquals(await Deno.readTextFile(path), text, "Run `deno task types`");
  }
});

// The linter of the CLI lacks these four: https://supabase.com/docs/guides/database/database-advisors
for (
  const [lint, sentence, role, kind] of [
    ["0026", "anon sees no table in the API's schema", "anon", "table"],
    ["0028", "anon may execute no security definer function", "anon", "function"],
    ["0029", "authenticated may execute no security definer function", "authenticated", "function"],
  ]
) {
  Deno.test(`${sentence} (lint ${lint})`, () =>
    withSql(async (sql) => {
      const exposed = kind === "table"
        ? await sql`select relname as name from pg_class
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm', 'p')
              and has_any_column_privilege(${role}, oid, 'select')`
        : await sql`select proname as name from pg_proc
            where pronamespace = 'public'::regnamespace and prosecdef
              and has_function_privilege(${role}, oid, 'execute')`;
      assertEquals(exposed.map(({ name }) => name), []);
    }));
}

// A view that runs with its caller's rights is guarded by the policies of its tables.
Deno.test("authenticated sees only the tables that policies guard (lint 0027)", () =>
  withSql(async (sql) => {
    const exposed = await sql`
      select relname from pg_class c
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm', 'p')
        and has_any_column_privilege('authenticated', c.oid, 'select')
        and not (relrowsecurity and exists (select from pg_policy p where p.polrelid = c.oid))
        and not (relkind = 'v' and coalesce(reloptions @> array['security_invoker=true'], false))`;
    assertEquals(exposed.map(({ relname }) => relname), []);
  }));

Deno.test("the comment of every table and view says what one row is", () =>
  withSql(async (sql) => {
    const silent = await sql`
      select oid::regclass::text as name from pg_class
      where relnamespace in ('public'::regnamespace, 'private'::regnamespace) and relkind in ('r', 'v', 'm', 'p')
        and coalesce(obj_description(oid, 'pg_class'), '') !~ '^(One|The only row) '`;
    assertEquals(silent.map(({ name }) => name), []);
  }));

Deno.test("every function pins its search_path", () =>
  withSql(async (sql) => {
    const loose = await sql`
      select oid::regprocedure::text as name from pg_proc
      where pronamespace in ('public'::regnamespace, 'private'::regnamespace)
        and not coalesce(proconfig @> array['search_path=""'], false)`;
    assertEquals(loose.map(({ name }) => name), []);
  }));

Deno.test("every foreign key has an index, so that deleting stays fast", () =>
  withSql(async (sql) => {
    const missing = await sql`
      select conrelid::regclass::text || '.' || conname as name from pg_constraint c
      where contype = 'f' and connamespace = 'public'::regnamespace and not exists (
        select from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1])`;
    assertEquals(missing.map(({ name }) => name), []);
  }));

const REFUSED_TO_POSTGRES = [
  "create role intruder superuser",
  "create table auth.mine (id int)",
  "alter table auth.users add column mine int",
  "drop table auth.users",
  "create function auth.mine() returns int language sql as 'select 1'",
  "create table realtime.mine (id int)",
  "alter table realtime.messages enable row level security",
  "alter table realtime.messages add column mine int",
  "drop table realtime.messages",
  "create index mine on realtime.messages (topic)",
  "create or replace function realtime.topic() returns text language sql as 'select 1::text'",
  "alter system set work_mem = '1GB'",
  "create event trigger mine on ddl_command_end execute function platform.refuse_changes()",
  "copy (select 1) to program 'true'",
];

for (const statement of REFUSED_TO_POSTGRES) {
  Deno.test(`as when hosted, postgres may not ${statement.slice(0, 60)}`, () =>
    withSql(async (sql) => {
      const message = await rejection(sql.unsafe(statement));
      assert(/permission denied|must be owner|must be superuser|SUPERUSER/i.test(message), message);
    }));
}

Deno.test("as when hosted, postgres manages policies of realtime.messages and sends broadcasts", () =>
  withSql(async (sql) => {
    await sql`create policy mine on realtime.messages for select to authenticated using (true)`;
    await sql`alter policy mine on realtime.messages using (false)`;
    await sql`drop policy mine on realtime.messages`;
    const topic = crypto.randomUUID();
    await sql`select realtime.send('{"a": 1}', 'event', ${topic}, true)`;
    const [row] =
      await sql`select payload, private, extension, event from realtime.messages where topic = ${topic}`;
    assertEquals({ ...row, payload: row.payload.a }, {
      payload: 1,
      private: true,
      extension: "broadcast",
      event: "event",
    });
  }));

Deno.test("as when hosted, postgres has createrole, createdb and bypassrls, and is no superuser", () =>
  withSql(async (sql) => {
    const [row] = await sql`
      select rolcreaterole, rolcreatedb, rolbypassrls, rolsuper from pg_roles where rolname = 'postgres'`;
    assertEquals({ ...row }, {
      rolcreaterole: true,
      rolcreatedb: true,
      rolbypassrls: true,
      rolsuper: false,
    });
  }));

Deno.test("as when hosted, anon and authenticated may send no broadcast", () =>
  withSql(async (sql) => {
    for (const role of ["anon", "authenticated"]) {
      const topic = crypto.randomUUID();
      await sql.begin(async (sql) => {
        await sql.unsafe(`set local role ${role}`);
        await sql`select realtime.send('{}', 'event', ${topic}, true)`;
      });
      assertEquals((await sql`select from realtime.messages where topic = ${topic}`).length, 0);
    }
  }));
