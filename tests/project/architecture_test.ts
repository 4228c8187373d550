import { assert, assertEquals } from "../support/assert.ts";
import { withSql } from "../support/stack.ts";

/** A page of docs/, or the part of it from one heading to the next. */
async function page(name: string, heading?: string): Promise<string> {
  const text = await Deno.readTextFile(new URL(`../../docs/${name}`, import.meta.url));
  const [, , part] = text.split(new RegExp(`^(## ${heading})$`, "m"));
  return heading ? part.split(/^## /m)[0] : text;
}

/** The names in the first column of a page's tables. */
function firstColumn(text: string): string[] {
  return [...text.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
}

Deno.test("the map names every folder of functions and of what they share", async () => {
  const map = await page("architecture.md", "The map");
  for (const folder of ["supabase/functions", "supabase/functions/_shared"]) {
    const folders = [...Deno.readDirSync(new URL(`../../${folder}`, import.meta.url))]
      .filter(({ name, isDirectory }) =>
        isDirectory && name !== "_shared" && name !== "node_modules"
      );
    assertEquals(
      folders.map(({ name }) => name).filter((name) => !map.includes(`(../${folder}/${name})`)),
      [],
    );
  }
});

Deno.test("the page tells what a row of every table and view is", () =>
  withSql(async (sql) => {
    const rows = await sql`select table_name from information_schema.tables
      where table_schema = 'public' order by table_name`;
    const told = firstColumn(await page("architecture.md", "Tables"));
    assertEquals(told.toSorted(), rows.map(({ table_name }) => table_name));
  }));

/** A row of the table of triggers. */
interface TriggerRow {
  table: string;
  moment: string;
  name: string;
}

function triggerRows(section: string): TriggerRow[] {
  let table = "";
  return section.split("\n").flatMap((line) => {
    const [, cell, moment, trigger] = line.split("|").map((text) => text.trim());
    const [, name] = /^`(\w+)`$/.exec(trigger ?? "") ?? [];
    if (!name) return [];
    if (cell) table = `recruiting_${cell.replaceAll("`", "")}`;
    return [{ table, moment, name }];
  });
}

Deno.test("the page names every trigger, and those of one moment in the order in which they fire", () =>
  withSql(async (sql) => {
    const rows = await sql`select distinct c.relname || ' ' || t.tgname as name from pg_trigger t
      join pg_class c on c.oid = t.tgrelid
      where not t.tgisinternal and c.relnamespace = 'public'::regnamespace`;
    const told = triggerRows(await page("architecture.md", "Triggers"));
    const names = new Set(told.map(({ table, name }) => `${table} ${name}`));
    assertEquals([...names].toSorted(), rows.map(({ name }) => name).toSorted());
    const moments = Object.groupBy(told, ({ table, moment }) => `${table} ${moment}`);
    for (const rows of Object.values(moments)) {
      const order = rows!.map(({ name }) => name);
      assertEquals(order, order.toSorted());
    }
  }));

Deno.test("the pages have a row for every verdict and every kind of attention", () =>
  withSql(async (sql) => {
    const valuesOf = async (type: string) =>
      (await sql`select unnest(enum_range(null::${sql(type)}))::text as value`)
        .map(({ value }) => value);
    const told = [
      ...firstColumn(await page("texts.md")),
      ...firstColumn(await page("operations.md", "What needs attention")),
    ];
    for (const type of ["recruiting_verdict", "recruiting_attention_kind"]) {
      const values = await valuesOf(type);
      assert(values.length > 0, `${type} has no values`);
      assertEquals(values.filter((value) => !told.includes(value)), [], type);
    }
  }));

Deno.test("every database function that the pages name exists", () =>
  withSql(async (sql) => {
    const rows = await sql`select proname as name from pg_proc
      where pronamespace in ('public'::regnamespace, 'private'::regnamespace)`;
    const existing = new Set(rows.map(({ name }) => name));
    const pages = [...Deno.readDirSync(new URL("../../docs", import.meta.url))]
      .filter(({ name }) => name.endsWith(".md"));
    const texts = await Promise.all(pages.map(({ name }) => page(name)));
    const told = texts.flatMap((text) =>
      [...text.matchAll(/\b(?:private\.)?(recruiting_\w+|set_up_\w+)\(/g)].map(([, name]) => name)
    );
    assert(told.length > 0, "No page names a function");
    assertEquals(told.filter((name) => !existing.has(name)), []);
  }));
