/**
 * The SQL that PostgREST makes of a request, as far as the contenders use it: a function's call, and
 * reading, inserting and updating rows of a table.
 *
 * @see https://docs.postgrest.org/en/stable/references/api.html
 * @module
 */
import type { Catalog } from "./catalog.ts";

/** A request to /rest/v1. */
export interface RestRequest {
  method: string;
  /** The table's name, or `rpc/` and the function's. */
  target: string;
  query: URLSearchParams;
  /** The body; undefined if there is none. */
  body: string | undefined;
  /** Whether rows are to be returned that were written. */
  wantsRows: boolean;
}

/** A statement. Its first parameter is the body, if there is one. */
export interface RestStatement {
  text: string;
  parameters: string[];
  /** Whether the answer has a body. */
  hasBody: boolean;
}

const OPERATORS: Record<string, string> = { eq: "=", lt: "<" };
const NOT_FILTERS = ["select", "columns", "limit"];

const quote = (name: string) => `"${name}"`;

const ANSWER = `pg_catalog.count(_postgrest_t) as page_total,
  nullif(current_setting('response.headers', true), '') as response_headers,
  nullif(current_setting('response.status', true), '') as response_status`;

/** Wraps a source so that Postgres itself makes the JSON of the answer. */
const answered = (source: string, body = "coalesce(json_agg(_postgrest_t), '[]')") => `
  with pgrst_source as (${source})
  select null::bigint as total_result_set, ${body}::text as body, ${ANSWER}
  from (select * from pgrst_source) _postgrest_t`;

/** Reads the body, an object or a list of objects, as rows. */
const payload = (columns: string[], types: Map<string, string>, limit = "") => `
  (select $1::text::json as json_data) pgrst_payload,
  lateral (select case when json_typeof(pgrst_payload.json_data) = 'array' then pgrst_payload.json_data
    else json_build_array(pgrst_payload.json_data) end as val) pgrst_uniform_json,
  lateral (select ${columns.map(quote).join()} from json_to_recordset(pgrst_uniform_json.val)
    as _(${
  columns.map((name) => `${quote(name)} ${types.get(name)}`).join()
}) ${limit}) pgrst_body`;

/** Makes statements, and keeps the text of each. Texts are few, and so are prepared statements. */
export function statementMaker(
  catalog: Catalog,
): (request: RestRequest) => Promise<RestStatement> {
  return async (request) => {
    const columns = request.body === undefined ? [] : Object.keys(JSON.parse(request.body));
    const first = request.body === undefined ? [] : [request.body];
    if (request.target.startsWith("rpc/")) {
      const name = request.target.slice("rpc/".length);
      return { ...await call(catalog, name, columns), parameters: first };
    }
    const filters = [...request.query].filter(([name]) => !NOT_FILTERS.includes(name));
    return {
      text: await tableStatement(catalog, request, columns, filters),
      parameters: [...first, ...filters.map(([, value]) => value.slice(value.indexOf(".") + 1))],
      hasBody: request.method === "GET" || request.wantsRows,
    };
  };
}

async function call(
  catalog: Catalog,
  name: string,
  names: string[],
): Promise<{ text: string; hasBody: boolean }> {
  const { types, returns } = await catalog.function(name);
  const list = names.map((arg) => `${quote(arg)} := pgrst_body.${quote(arg)}`).join();
  const call = `public.${quote(name)}(${list})`;
  const from = payload(names, types, "limit 1");
  const text = returns === "rows"
    ? answered(`select pgrst_call.* from ${from}, lateral ${call} pgrst_call`)
    : answered(
      `select pgrst_call.pgrst_scalar from ${from}, lateral (select ${call} as pgrst_scalar) pgrst_call`,
      "coalesce(json_agg(_postgrest_t.pgrst_scalar) -> 0, 'null')",
    );
  return { text, hasBody: returns !== "void" };
}

async function tableStatement(
  catalog: Catalog,
  { method, target, query, body, wantsRows }: RestRequest,
  columns: string[],
  filters: [string, string][],
): Promise<string> {
  const table = `public.${quote(target)}`;
  const offset = body === undefined ? 1 : 2;
  const conditions = filters.map(([name, value], index) =>
    `${table}.${quote(name)} ${OPERATORS[value.slice(0, value.indexOf("."))]} $${offset + index}`
  );
  const where = conditions.length > 0 ? `where ${conditions.join(" and ")}` : "";
  const selected = query.get("select") ?? "*";
  if (method === "GET") {
    const { list, joins } = await selection(catalog, target, selected);
    return answered(`select ${list} from ${table} ${joins} ${where}`);
  }
  const returning = wantsRows
    ? `returning ${selected.split(",").map((name) => `${table}.${quote(name)}`).join()}`
    : "returning 1";
  const types = await catalog.columns(target);
  const source = method === "POST"
    ? `insert into ${table} (${columns.map(quote).join()})
        select ${columns.map((name) => `pgrst_body.${quote(name)}`).join()}
        from ${payload(columns, types)} ${returning}`
    : `update ${table} set
        ${columns.map((name) => `${quote(name)} = pgrst_body.${quote(name)}`).join()}
        from ${payload(columns, types, "limit 1")} ${where} ${returning}`;
  return answered(source, wantsRows ? undefined : "''");
}

/** Reads `id,status,conversations(id,status)`: columns, and rows that a foreign key refers to. */
async function selection(
  catalog: Catalog,
  table: string,
  selected: string,
): Promise<{ list: string; joins: string }> {
  const list: string[] = [];
  const joins: string[] = [];
  for (const [, name, embedded] of selected.matchAll(/([a-z_*]+)(?:\(([^)]*)\))?/g)) {
    if (embedded === undefined) {
      list.push(`public.${quote(table)}.${name === "*" ? "*" : quote(name)}`);
      continue;
    }
    const key = await catalog.foreignKey(table, name);
    const alias = quote(`${table}_${name}_1`);
    list.push(`row_to_json(${alias}.*)::jsonb as ${quote(name)}`);
    joins.push(`left join lateral (
      select ${embedded.split(",").map((column) => `${quote(`${name}_1`)}.${quote(column)}`).join()}
      from public.${quote(name)} as ${quote(`${name}_1`)}
      where ${quote(`${name}_1`)}.id = public.${quote(table)}.${quote(key)}) as ${alias} on true`);
  }
  return { list: list.join(), joins: joins.join(" ") };
}
