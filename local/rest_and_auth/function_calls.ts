/**
 * /rest/v1/rpc: calls of database functions, answered with PostgREST's own SQL.
 *
 * npm:@supabase/lite needs 15 round trips for a call, and hands a jsonb argument over as a string. What is
 * rare stays with lite: calls by GET, a choice of columns or rows of the result, counts, and refusals of
 * keys and of unknown functions.
 *
 * @see https://docs.postgrest.org/en/stable/references/api/functions.html
 * @module
 */
import postgres from "postgres";
import { callerOf } from "./caller.ts";
import { type DatabaseFunction, openDatabaseFunctions } from "./database_functions.ts";
import { errorAnswer, isDatabaseError } from "./postgrest_errors.ts";
import { openTransactions, type Statement } from "./transactions.ts";

/** Answers calls of database functions. */
export interface FunctionCalls {
  /**
   * Answers a request.
   *
   * @param passOn Answers what is no plain call of a known function by a valid caller.
   */
  fetch(request: Request, passOn: (request: Request) => Promise<Response>): Promise<Response>;
  close(): Promise<void>;
}

/** The SQLSTATEs after which the schema cache is read again: a function has changed. */
const FUNCTION_CHANGED = ["42883", "0A000"];

/**
 * Opens the calls of a database's functions.
 *
 * @param url The database's address as `authenticator`.
 */
export function openFunctionCalls(url: string): FunctionCalls {
  const catalog = postgres(url, { max: 1, onnotice: () => {} });
  const functions = openDatabaseFunctions(catalog);
  const transactions = openTransactions(url);
  return {
    async fetch(request, passOn) {
      const call = plainCall(request);
      const caller = call && await callerOf(request);
      if (!caller) return await passOn(request);
      const body = await request.text();
      const args = parseArguments(body);
      if (!args) return refusal(400, "PGRST102", "Empty or invalid json");
      try {
        const [called, another] = await functions.find(call.name, Object.keys(args));
        if (!called || another || (call.forOneRow && called.returnsSet)) {
          return await passOn(withBody(request, body));
        }
        const statement = statementOf(call.name, called, Object.keys(args), body);
        const [row] = await transactions.run<{ body: string }>(caller, request, statement);
        return success(row.body, called);
      } catch (error) {
        if (!isDatabaseError(error)) throw error;
        if (FUNCTION_CHANGED.includes(error.code)) functions.forget();
        return errorAnswer(error, caller.role);
      }
    },
    async close() {
      await Promise.all([catalog.end({ timeout: 1 }), transactions.close()]);
    },
  };
}

/** The request again, whose body has been read. */
function withBody({ url, method, headers }: Request, body: string): Request {
  return new Request(url, { method, headers, body });
}

/** A call by POST whose answer is the function's whole result. */
interface PlainCall {
  name: string;
  /** Whether the answer must be one object. */
  forOneRow: boolean;
}

const PATH = /^\/rest\/v1\/rpc\/(\w+)$/;
const JSON_TYPE = /^application\/json\b/;

/** The Accept header of supabase-js's `single()`. */
const ONE_ROW = "application/vnd.pgrst.object+json";

function plainCall({ method, url, headers }: Request): PlainCall | undefined {
  const { pathname, search } = new URL(url);
  const name = PATH.exec(pathname)?.[1];
  const accept = headers.get("accept") ?? "*/*";
  const isPlain = method === "POST" && search === "" && !headers.has("prefer") &&
    JSON_TYPE.test(headers.get("content-type") ?? "") &&
    (headers.get("content-profile") ?? "public") === "public" &&
    (accept === "*/*" || accept === ONE_ROW || JSON_TYPE.test(accept));
  return isPlain && name ? { name, forOneRow: accept === ONE_ROW } : undefined;
}

function parseArguments(body: string): Record<string, unknown> | undefined {
  try {
    const args = JSON.parse(body || "{}");
    return typeof args === "object" && args !== null && !Array.isArray(args) ? args : undefined;
  } catch {
    return undefined;
  }
}

/** The call as PostgREST writes it: Postgres reads each argument by its type, and makes the JSON. */
function statementOf(
  name: string,
  { types, returns, returnsSet }: DatabaseFunction,
  argumentNames: string[],
  body: string,
): Statement {
  const names = argumentNames.toSorted();
  const given = names.map((argument) => `"${argument}" := pgrst_body."${argument}"`).join();
  const columns = names.map((argument) => `"${argument}" ${types.get(argument)}`).join();
  const from = names.length > 0
    ? `from (select $1::text::json as json_data) pgrst_payload,
        lateral (select * from json_to_record(pgrst_payload.json_data) as _(${columns})) pgrst_body,`
    : "from";
  const rows = returns === "row"
    ? `select pgrst_call.* ${from} lateral public."${name}"(${given}) pgrst_call`
    : `select pgrst_call.pgrst_scalar ${from}
        lateral (select public."${name}"(${given}) as pgrst_scalar) pgrst_call`;
  const json = `json_agg(${returns === "row" ? "_postgrest_t" : "_postgrest_t.pgrst_scalar"})`;
  const answer = returnsSet ? `coalesce(${json}, '[]')` : `coalesce(${json} -> 0, 'null')`;
  return {
    text:
      `with pgrst_source as (${rows}) select ${answer}::text as body from pgrst_source _postgrest_t`,
    parameters: names.length > 0 ? [body] : [],
  };
}

function success(body: string, { returns }: DatabaseFunction): Response {
  if (returns === "void") return new Response(null, { status: 204 });
  return new Response(body, { headers: { "Content-Type": "application/json; charset=utf-8" } });
}

function refusal(status: number, code: string, message: string): Response {
  return Response.json({ code, message, details: null, hint: null }, { status });
}
