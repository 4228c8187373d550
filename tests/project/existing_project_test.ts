/** docs/deploy.md, "Into a project that you already have": what the real CLI says and does there. */
import type postgres from "postgres";
import { createPlatformSchemas } from "../../local/postgres/platform.ts";
import { remote, supabaseCli } from "../../local/postgres/supabase_cli.ts";
import { assert, assertEquals, rejection } from "../support/assert.ts";
import { ADMIN_DATABASE_URL, DATABASE_URL, PORTS, withSql } from "../support/stack.ts";

/** The project's own migrations: one is older than ours, one is newer. */
const OLDER = ["20250101000000_jobs.sql", "create table public.jobs (id int primary key)"] as const;
const NEWER = [
  "20270101000000_members.sql",
  `insert into public.jobs values (7);
   create schema private;
   grant usage on schema private to authenticated;
   create function private.is_member() returns boolean language sql as 'select true'`,
] as const;
const NEXT = ["20280101000000_next.sql", "create table public.next (id int primary key)"] as const;

const OUR_MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

/** A database with the platform's schemas, and the folder of a project that is pushed to it. */
async function withProject(
  use: (project: {
    sql: postgres.Sql;
    /** Writes a migration into the project's folder. */
    write(migration: readonly [name: string, sql: string]): Promise<void>;
    /** Copies our migrations into the project's folder, as the page says. */
    copyOurs(): Promise<void>;
    /** Runs `db push`, from the project's folder by default. */
    push(...args: string[]): Promise<void>;
    /** Runs `migration` and what follows, in the project's folder. */
    migration(...args: string[]): Promise<void>;
  }) => Promise<void>,
) {
  const name = `project_${crypto.randomUUID().replaceAll("-", "")}`;
  const url = DATABASE_URL.replace(/\/postgres$/, `/${name}`);
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/supabase/migrations`, { recursive: true });
  await Deno.writeTextFile(`${folder}/supabase/config.toml`, 'project_id = "theirs"\n');
  await withSql(async (server) => {
    try {
      await server.unsafe(`create database ${name} owner postgres`);
      await createPlatformSchemas(PORTS, name);
      await withSql((sql) =>
        use({
          sql,
          write: ([name, sql]) =>
            Deno.writeTextFile(`${folder}/supabase/migrations/${name}`, `${sql};\n`),
          async copyOurs() {
            for await (const { name } of Deno.readDir(OUR_MIGRATIONS)) {
              const copy = `${folder}/supabase/migrations/${name}`;
              await Deno.copyFile(new URL(name, OUR_MIGRATIONS), copy);
            }
          },
          async push(...args) {
            const workdir = args.includes("--workdir") ? [] : ["--workdir", folder];
            const options = ["--yes", "--skip-vault", ...workdir, ...args];
            await supabaseCli(["db", "push", remote(url), ...options]);
          },
          async migration(...args) {
            const options = [remote(url), "--workdir", folder, "--yes"];
            await supabaseCli(["migration", ...args, ...options]);
          },
        }), url);
    } finally {
      await server.unsafe(`drop database if exists ${name} with (force)`);
      await Deno.remove(folder, { recursive: true });
    }
  }, ADMIN_DATABASE_URL);
}

/** The versions that the database has, in their order. */
async function applied(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql<{ version: string }[]>`
    select version from supabase_migrations.schema_migrations order by version`;
  return rows.map(({ version }) => version);
}

/** What roles may do with our functions and tables. */
async function grantsOf(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    select format('%s %s', p.oid::regprocedure, p.proacl) as line from pg_proc p
      where pronamespace in ('public'::regnamespace, 'private'::regnamespace)
        and proname <> 'is_member'
    union all
    select format('%s %s', c.oid::regclass, c.relacl) from pg_class c
      where relnamespace in ('public'::regnamespace, 'private'::regnamespace)
        and relkind in ('r', 'v') and relname not in ('jobs', 'next')
    order by 1`;
  return rows.map(({ line }) => line);
}

const versionOf = ([name]: readonly [string, string]) => name.split("_")[0];

Deno.test("a project with migrations of its own gets ours into the same folder, and keeps all of its own", () =>
  withProject(async ({ sql, write, copyOurs, push, migration }) => {
    const theirs = [versionOf(OLDER), versionOf(NEWER)];
    for (const own of [OLDER, NEWER]) {
      await write(own);
      await sql.unsafe(own[1]);
    }
    // The tables exist and the history lacks them: as after the repair that the CLI proposes, below.
    const appliedTwice = await rejection(push("--include-all"));
    assert(appliedTwice.includes('relation "jobs" already exists'), appliedTwice);
    await migration("repair", "--status", "applied", ...theirs);
    assertEquals(await applied(sql), theirs);

    // From the clone, without the project's migrations.
    const ownFolder = await rejection(push("--workdir", "."));
    assert(ownFolder.includes("Remote migration versions not found"), ownFolder);
    assertEquals(await applied(sql), theirs);

    await copyOurs();
    const older = await rejection(push());
    assert(
      older.includes(
        "Found local migration files to be inserted before the last migration on remote database",
      ),
      older,
    );
    assert(older.includes("--include-all"), older);
    assertEquals(await applied(sql), theirs);

    await push("--include-all");
    const ours = [...Deno.readDirSync(OUR_MIGRATIONS)].map(({ name }) => name.split("_")[0]);
    assertEquals(await applied(sql), [...theirs, ...ours].sort());
    await withSql(async (stack) => assertEquals(await grantsOf(sql), await grantsOf(stack)));
    const jobs = async () => [...await sql`select id from jobs`].map(({ id }) => id);
    assertEquals(await jobs(), [7]);
    const [{ usage }] = await sql`
      select has_schema_privilege('authenticated', 'private', 'usage') as usage`;
    assertEquals(usage, true);

    // A plain push does for what is newer than the last one.
    await write(NEXT);
    await push();
    const whole = await applied(sql);
    assertEquals(whole.at(-1), versionOf(NEXT));

    // What the CLI proposed above: it deletes the versions and changes no table.
    await migration("repair", "--status", "reverted", ...theirs);
    assertEquals(await applied(sql), whole.filter((version) => !theirs.includes(version)));
    assertEquals(await jobs(), [7]);
  }));
