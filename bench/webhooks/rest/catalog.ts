/**
 * What PostgREST's schema cache holds of a database: types of columns and arguments, and foreign keys.
 *
 * @see https://docs.postgrest.org/en/stable/references/schema_cache.html
 * @module
 */
import type postgres from "postgres";

/** A function of schema public. */
export interface DatabaseFunction {
  /** The type of each argument. */
  types: Map<string, string>;
  returns: "rows" | "scalar" | "void";
}

/** Reads the catalog. A result is kept, because migrations do not run meanwhile. */
export interface Catalog {
  /** The type of each column of a table of schema public. */
  columns(table: string): Promise<Map<string, string>>;
  /** The column of `table` that refers to `referred`. */
  foreignKey(table: string, referred: string): Promise<string>;
  /** A function. @throws {Error} If there is none of this name. */
  function(name: string): Promise<DatabaseFunction>;
}

/** Opens the catalog of a database. */
export function openCatalog(sql: postgres.Sql): Catalog {
  const kept = new Map<string, Promise<unknown>>();
  const once = <Result>(key: string, read: () => Promise<Result>): Promise<Result> => {
    if (!kept.has(key)) kept.set(key, read());
    return kept.get(key) as Promise<Result>;
  };
  return {
    columns: (table) =>
      once(`columns ${table}`, async () => {
        const rows = await sql<{ name: string; type: string }[]>`
          select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
          where attrelid = ${`public.${table}`}::regclass and attnum > 0`;
        return new Map(rows.map(({ name, type }) => [name, type]));
      }),
    foreignKey: (table, referred) =>
      once(`key ${table} ${referred}`, async () => {
        const [{ name }] = await sql<{ name: string }[]>`
          select attname as name from pg_constraint
          join pg_attribute on attrelid = conrelid and attnum = conkey[1]
          where contype = 'f' and conrelid = ${`public.${table}`}::regclass
            and confrelid = ${`public.${referred}`}::regclass`;
        return name;
      }),
    function: (name) =>
      once(`function ${name}`, async () => {
        const [found] = await sql<
          { types: Record<string, string>; returns: DatabaseFunction["returns"] }[]
        >`
          select coalesce(jsonb_object_agg(a.name, format_type(a.type, null)), '{}') as types,
            case when p.prorettype = 'void'::regtype then 'void'
              when p.proretset then 'rows' else 'scalar' end as returns
          from pg_proc p, unnest(p.proargnames, p.proargtypes::oid[]) as a (name, type)
          where p.oid = ${`public.${name}`}::regproc and a.type is not null
          group by p.prorettype, p.proretset`;
        return { types: new Map(Object.entries(found.types)), returns: found.returns };
      }),
  };
}
