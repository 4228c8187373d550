/**
 * The SQL that PostgREST makes of a request, where the local REST server makes another: an upsert
 * writes every column of its payload, the key too, and a function is called from a subquery.
 *
 * @see https://docs.postgrest.org/en/stable/references/transactions.html
 * @module
 */
import type postgres from "postgres";

type Row = Record<string, unknown>;

/** PostgREST's requests as one role. */
export interface Postgrest {
  /** `POST /table` with `Prefer: resolution=merge-duplicates`. Returns the rows. */
  upsert(table: string, rows: Row[]): Promise<Row[]>;
  /** `PATCH /table?column=eq.value`. Returns the rows. */
  update(table: string, change: Row, column: string, value: string): Promise<Row[]>;
  /** `POST /rpc/name`. Returns what the function returns, as rows. */
  rpc(name: string, args: Row): Promise<Row[]>;
}

const quote = (name: string) => `"${name}"`;

/** Reads the payload as rows, as PostgREST does. */
const payload = (columns: string[], types: Map<string, string>, limit = "") => `
  (select $1::text::json as json_data) pgrst_payload,
  lateral (select case when json_typeof(pgrst_payload.json_data) = 'array' then pgrst_payload.json_data
    else json_build_array(pgrst_payload.json_data) end as val) pgrst_uniform_json,
  lateral (select ${columns.map(quote).join()} from json_to_recordset(pgrst_uniform_json.val)
    as _(${
  columns.map((name) => `${quote(name)} ${types.get(name)}`).join()
}) ${limit}) pgrst_body`;

const answer = (source: string) => `
  with pgrst_source as (${source})
  select coalesce(json_agg(_postgrest_t), '[]') as body from (select * from pgrst_source) _postgrest_t`;

/**
 * Prepares requests.
 *
 * @param role `service_role`, `authenticated` or `anon`.
 * @param userId Whose token it is.
 */
export function asPostgrest(sql: postgres.Sql, role: string, userId?: string): Postgrest {
  const request = (statement: string, json: unknown) =>
    sql.begin(async (sql) => {
      await sql`select set_config('role', ${role}, true),
        set_config('request.jwt.claims', ${JSON.stringify({ role, sub: userId })}, true),
        set_config('search_path', '"public", "extensions"', true)`;
      const [{ body }] = await sql.unsafe(statement, [JSON.stringify(json)], { prepare: true });
      return body as Row[];
    }) as Promise<Row[]>;

  const columnTypes = async (table: string) => {
    const rows =
      await sql`select attname, format_type(atttypid, atttypmod) as type from pg_attribute
      where attrelid = ${`public.${table}`}::regclass and attnum > 0`;
    return new Map(rows.map(({ attname, type }) => [attname, type]));
  };

  return {
    async upsert(table, rows) {
      const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].sort();
      const keys = await sql`select attname from pg_index join pg_attribute
        on attrelid = indrelid and attnum = any (indkey)
        where indrelid = ${`public.${table}`}::regclass and indisprimary`;
      return await request(
        answer(`
          insert into public.${quote(table)} (${columns.map(quote).join()})
          select ${columns.map((name) => `pgrst_body.${quote(name)}`).join()}
          from ${payload(columns, await columnTypes(table))} where true
          on conflict (${keys.map(({ attname }) => quote(attname)).join()}) do update set
          ${columns.map((name) => `${quote(name)} = excluded.${quote(name)}`).join()}
          returning public.${quote(table)}.*`),
        rows,
      );
    },
    async update(table, change, column, value) {
      const columns = Object.keys(change).sort();
      return await request(
        answer(`
          update public.${quote(table)} set
          ${columns.map((name) => `${quote(name)} = pgrst_body.${quote(name)}`).join()}
          from ${payload(columns, await columnTypes(table), "limit 1")}
          where public.${quote(table)}.${quote(column)} = '${value}'
          returning public.${quote(table)}.*`),
        change,
      );
    },
    async rpc(name, args) {
      const names = Object.keys(args);
      const [{ types }] = await sql`
        select coalesce(jsonb_object_agg(a.name, format_type(a.type, null)), '{}') as types
        from pg_proc p, unnest(p.proargnames, coalesce(p.proallargtypes, p.proargtypes)) as a (name, type)
        where p.oid = ${`public.${name}`}::regproc`;
      const list = names.map((arg) => `${quote(arg)} := pgrst_body.${quote(arg)}`).join();
      return await request(
        answer(`
          select pgrst_call.* from ${payload(names, new Map(Object.entries(types)), "limit 1")},
          lateral public.${quote(name)}(${list}) pgrst_call`),
        args,
      );
    },
  };
}
