/**
 * A REST endpoint that is as light as one can be: it sends the SQL that PostgREST sends, in the
 * transaction that PostgREST makes of each request, and does nothing else. A process of its own:
 * `thin_endpoint.ts <database's address>`.
 *
 * @see https://docs.postgrest.org/en/stable/references/transactions.html
 * @module
 */
import postgres from "postgres";
import { openCatalog } from "./catalog.ts";
import { countedServer } from "./counted_server.ts";
import { type RestStatement, statementMaker } from "./statement.ts";

/** PostgREST's default (db-pool). */
const CONNECTIONS = 10;

const SET_CONFIG = `select set_config('search_path', $1, true), set_config('role', $2, true),
  set_config('request.jwt.claims', $3, true), set_config('request.method', $4, true),
  set_config('request.path', $5, true), set_config('request.headers', $6, true),
  set_config('request.cookies', $7, true)`;
const ROLE = "service_role";
const CLAIMS = JSON.stringify({ role: ROLE });
const ONE_ROW = "application/vnd.pgrst.object+json";

interface Answer {
  body: string;
  page_total: string;
}

const options = {
  max: 1,
  onnotice: () => {},
  // A time passes as the text that the caller has sent.
  types: {
    date: {
      to: 1184,
      from: [1082, 1114, 1184],
      serialize: (text: string) => text,
      parse: (text: string) => text,
    },
  },
};
const [databaseUrl] = Deno.args;
const connect = () => postgres(databaseUrl, options);
type Connection = ReturnType<typeof connect>;
const idle = Array.from({ length: CONNECTIONS }, connect);
const waiting: ((connection: Connection) => void)[] = [];
const makeStatement = statementMaker(openCatalog(postgres(databaseUrl, { max: 1 })));

/** Sends the four statements of a request at once, and waits for all their results. */
async function transact(
  request: Request,
  path: string,
  { text, parameters }: RestStatement,
): Promise<Answer> {
  const connection = idle.pop() ??
    await new Promise<Connection>((resolve) => waiting.push(resolve));
  const mode = request.method === "GET" ? "read only" : "read write";
  const statements = [
    connection.unsafe(`begin isolation level read committed ${mode}`),
    connection.unsafe(SET_CONFIG, [
      '"public", "extensions"',
      ROLE,
      CLAIMS,
      request.method,
      path,
      JSON.stringify(Object.fromEntries(request.headers)),
      "{}",
    ], { prepare: true }),
    connection.unsafe<Answer[]>(text, parameters, { prepare: true }),
    connection.unsafe("commit"),
  ];
  const results = await Promise.allSettled(statements.map((statement) => statement.execute()));
  const next = waiting.shift();
  if (next) next(connection);
  else idle.push(connection);
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
  const [, , answer] = results as PromiseFulfilledResult<Answer[]>[];
  return answer.value[0];
}

countedServer(async (request, { pathname, searchParams }, body) => {
  try {
    const statement = await makeStatement({
      method: request.method,
      target: pathname.slice("/rest/v1/".length),
      query: searchParams,
      body,
      wantsRows: request.headers.get("prefer")?.includes("return=representation") ?? false,
    });
    const answer = await transact(request, pathname, statement);
    const headers = { "Content-Type": "application/json; charset=utf-8" };
    if (!statement.hasBody) {
      return new Response(null, { status: request.method === "POST" ? 201 : 204 });
    }
    if (request.headers.get("accept") !== ONE_ROW) return new Response(answer.body, { headers });
    if (Number(answer.page_total) === 1) {
      return new Response(answer.body.slice(1, -1), { headers });
    }
    const message = "Cannot coerce the result to a single JSON object";
    return Response.json({ code: "PGRST116", message }, { status: 406 });
  } catch (error) {
    if (!(error instanceof postgres.PostgresError)) throw error;
    const { code, message, detail = null, hint = null } = error;
    const status = code === "23505" ? 409 : 400;
    return Response.json({ code, message, details: detail, hint }, { status });
  }
});
