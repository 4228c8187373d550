/** The conventions for SQL of CONTRIBUTING.md, as far as a program can check them. */
import { assert, assertEquals } from "../support/assert.ts";
import { withSql } from "../support/stack.ts";

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

const MOST_LINES = 100;

Deno.test("a function has at most 100 lines, from its create to its last line", async () => {
  const lengths: Record<string, number> = {};
  for (const { name: file } of Deno.readDirSync(MIGRATIONS)) {
    const text = await Deno.readTextFile(new URL(file, MIGRATIONS));
    for (const [source, name] of text.matchAll(/^create function (\S+)\(.*?^\$\$;$/gms)) {
      lengths[name] = source.split("\n").length;
    }
  }
  const { length: found } = Object.keys(lengths);
  assert(found > 200, `Only ${found} functions were found`);
  assertEquals(Object.entries(lengths).filter(([, lines]) => lines > MOST_LINES), []);
});

/** A function, without its comments and texts. */
interface SqlFunction {
  name: string;
  /** Its arguments, other than rows: what follows a row's name is a column of the row. */
  args: string[];
  /** Its arguments and the columns that it returns. */
  names: string[];
  body: string;
}

/** The columns of each table and view, by its name with the schema. */
type Columns = Map<string, string[]>;

/** Which names of a function are those of columns of the tables that it names. */
function ambiguousNames({ names, body }: SqlFunction, columns: Columns): string[] {
  const tables = new Set(body.match(/\b\w+\.\w+\b/g) ?? []);
  const ofTables = [...tables].flatMap((table) => columns.get(table) ?? []);
  return names.filter((name) => ofTables.includes(name));
}

/** What in a function breaks the rule for arguments. */
function faultsOf(sqlFunction: SqlFunction, columns: Columns): string[] {
  const { name, args, body } = sqlFunction;
  const ambiguous = ambiguousNames(sqlFunction, columns);
  const hasPragma = body.trimStart().startsWith("#variable_conflict use_column\n");
  const isWritten = (pattern: string) => new RegExp(pattern).test(body);
  if (ambiguous.length === 0) {
    return [
      ...(hasPragma ? ["needs no #variable_conflict"] : []),
      ...args.filter((arg) => isWritten(`\\b${name}\\.${arg}\\b`))
        .map((arg) => `${arg} needs no function's name`),
    ];
  }
  // Once an argument is written with the function's name, its name alone is taken for the column.
  return [
    ...(hasPragma ? [] : [`needs #variable_conflict use_column, for ${ambiguous}`]),
    ...args
      .filter((arg) => !ambiguous.includes(arg) || !isWritten(`\\b${name}\\.${arg}\\b`))
      .filter((arg) => isWritten(`(?<![\\w.])${arg}\\b(?!\\s*=>)`))
      .map((arg) => `${arg} must be ${name}.${arg}`),
  ];
}

Deno.test("arguments are written with the function's name where a column has their name, and nowhere else", () =>
  withSql(async (sql) => {
    const relations = await sql`
      select format('%s.%s', n.nspname, c.relname) as name, array_agg(a.attname::text) as columns
      from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relkind in ('r', 'p', 'v') and n.nspname !~ '^(pg_|information_schema)'
      group by 1`;
    const columns: Columns = new Map(relations.map(({ name, columns }) => [name, columns]));
    const functions = await sql`
      select p.proname as name, p.prosrc as source, coalesce(p.proargnames, '{}') as names,
        array(
          select a.name
          from unnest(p.proargnames, p.proargmodes::text[], coalesce(p.proallargtypes, p.proargtypes::oid[]))
              a (name, mode, type)
            join pg_type t on t.oid = a.type
          where coalesce(a.mode, 'i') in ('i', 'v') and t.typtype <> 'c'
        ) as args
      from pg_proc p join pg_language l on l.oid = p.prolang
      where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace) and l.lanname = 'plpgsql'`;
    assert(functions.length > 200, `Only ${functions.length} functions were found`);
    const faults = functions.flatMap(({ name, source, args, names }) => {
      const body = source.replaceAll(/--.*$/gm, "").replaceAll(/'(?:[^']|'')*'/g, "''");
      return faultsOf({ name, args, names, body }, columns).map((fault) => `${name}: ${fault}`);
    });
    assertEquals(faults, []);
  }));
