/** The columns in docs/api.md, which `comment on column` describes in the migrations. */
import { assertEquals } from "../support/assert.ts";
import { withSql } from "../support/stack.ts";

const PAGE = new URL("../../docs/api.md", import.meta.url);

const TABLES = ["recruiting_conversations", "recruiting_messages"];

/** The part of the page that has a table's columns. */
function partOf(table: string): RegExp {
  return new RegExp(`(<!-- ${table} -->\n)(.*?)(<!-- /${table} -->)`, "s");
}

/** With UPDATE_TABLE=1 the page gets the columns instead; format it with `deno fmt`. */
for (const table of TABLES) {
  Deno.test(`docs/api.md has every column of ${table}, as the migrations describe it`, () =>
    withSql(async (sql) => {
      const columns = await sql`
        select a.attname as name,
          replace(format_type(a.atttypid, null), 'timestamp with time zone', 'timestamptz') as type,
          (select string_agg(e.enumlabel, ', ' order by e.enumsortorder)
            from pg_enum e where e.enumtypid = a.atttypid) as values,
          not a.attnotnull as is_nullable,
          coalesce(col_description(a.attrelid, a.attnum), '') as meaning
        from pg_attribute a
        where a.attrelid = ${`public.${table}`}::regclass and a.attnum > 0 and not a.attisdropped
        order by a.attnum`;
      const rows = columns.map(({ name, type, values, is_nullable, meaning }) => [
        `\`${name}\``,
        (values ?? type) + (is_nullable ? ", null" : ""),
        meaning,
      ]);
      assertEquals(rows.filter(([, , meaning]) => meaning === ""), []);
      const page = await Deno.readTextFile(PAGE);
      if (Deno.env.get("UPDATE_TABLE")) {
        const lines = [["column", "type", "meaning"], ["---", "---", "---"], ...rows]
          .map((cells) => `| ${cells.join(" | ")} |\n`).join("");
        await Deno.writeTextFile(
          PAGE,
          page.replace(partOf(table), (_, open, __, close) => `${open}\n${lines}\n${close}`),
        );
        return;
      }
      const lines = partOf(table).exec(page)![2].trim().split("\n").slice(2);
      assertEquals(
        lines.map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim())),
        rows,
      );
    }));
}
