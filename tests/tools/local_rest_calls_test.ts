/** The local REST answers calls of database functions as PostgREST does. */
import type postgres from "postgres";
import { API_URL, asAnon, asNewUser, asServiceRole, withSql } from "../support/stack.ts";
import { assertEquals } from "../support/assert.ts";
import { SECRET_KEY } from "../../local/settings/keys.ts";
import type { SupabaseClient } from "@supabase/supabase-js";

/** Calls a function of the test's own, whose name no type knows. */
type Call = (args?: Record<string, unknown>, client?: SupabaseClient) => Promise<Answer>;

interface Answer {
  status: number;
  data: unknown;
  error: { code: string; message: string; details: unknown; hint: unknown } | null;
}

/**
 * Runs a test with a function of its own in schema public, which service_role may call.
 *
 * @param rest The function from its arguments on.
 */
function withFunction(
  rest: string,
  use: (call: Call, sql: postgres.Sql, name: string) => Promise<void>,
): Promise<void> {
  const name = `own_${crypto.randomUUID().replaceAll("-", "")}`;
  return withSql(async (sql) => {
    await sql.unsafe(`create function public.${name}${rest}`);
    await sql.unsafe(`revoke execute on function public.${name} from public;
      grant execute on function public.${name} to service_role`);
    const call: Call = async (args = {}, client = asServiceRole() as unknown as SupabaseClient) => {
      const { status, data, error } = await client.rpc(name, args);
      return {
        status,
        data,
        error: error && {
          code: error.code,
          message: error.message.replaceAll(name, "own"),
          details: error.details,
          hint: error.hint,
        },
      };
    };
    try {
      await use(call, sql, name);
    } finally {
      await sql.unsafe(`drop function public.${name}`);
    }
  });
}

for (
  const [what, rest, expected] of [
    ["a value", `() returns int language sql as 'select 7'`, 7],
    ["null", `() returns int language sql as 'select null::int'`, null],
    ["values", `() returns setof int language sql as 'select generate_series(1, 2)'`, [1, 2]],
    ["no values", `() returns setof int language sql as 'select 1 where false'`, []],
    ["rows", `() returns table (a int, b text) language sql as $$ select 1, 'x' $$`, [
      { a: 1, b: "x" },
    ]],
    ["one row", `(out a int, out b text) language sql as $$ select 1, 'x' $$`, { a: 1, b: "x" }],
    ["an object", `() returns jsonb language sql as $$ select '{"a": [1]}'::jsonb $$`, { a: [1] }],
  ] as const
) {
  Deno.test(`a function that returns ${what} is answered with its JSON`, () =>
    withFunction(rest, async (call) => {
      assertEquals(await call(), { status: 200, data: expected, error: null });
    }));
}

Deno.test("a function that returns void is answered 204", () =>
  withFunction("() returns void language sql as ''", async (call) => {
    assertEquals(await call(), { status: 204, data: null, error: null });
  }));

Deno.test("Postgres reads each argument by its type, and a jsonb argument is an object", () =>
  withFunction(
    `(p jsonb, at timestamptz, names text[], "order" int default 5) returns jsonb language sql
      as $$ select jsonb_build_array(p -> 'a', at, names, "order") $$`,
    async (call) => {
      const { data } = await call({ names: ["x"], p: { a: 1 }, at: "2026-01-02T03:04:05Z" });
      assertEquals(data, [1, "2026-01-02T03:04:05+00:00", ["x"], 5]);
    },
  ));

Deno.test("a call runs as the role of its key or token, with the claims and limits of that role", () =>
  withFunction(
    `() returns jsonb language sql as $$
      select jsonb_build_array(current_user, auth.uid(), auth.role(), current_setting('statement_timeout'),
        current_setting('request.method'), current_setting('request.path')) $$`,
    async (call, sql, name) => {
      await sql.unsafe(`grant execute on function ${name} to anon, authenticated`);
      const user = await asNewUser();
      const request = ["POST", `/rpc/${name}`];
      const seenBy = async (client: unknown) => (await call({}, client as SupabaseClient)).data;
      assertEquals(await seenBy(asServiceRole()), [
        ...["service_role", null, "service_role", "8s"],
        ...request,
      ]);
      assertEquals(await seenBy(asAnon()), ["anon", null, "anon", "3s", ...request]);
      assertEquals(await seenBy(user.client), [
        ...["authenticated", user.id, "authenticated", "8s"],
        ...request,
      ]);
    },
  ));

Deno.test("a caller without the right to execute is refused: 401 without a token, else 403", () =>
  withFunction("() returns int language sql as 'select 1'", async (call) => {
    const error = {
      code: "42501",
      message: "permission denied for function own",
      details: null,
      hint: null,
    };
    const user = await asNewUser();
    assertEquals(await call({}, asAnon() as unknown as SupabaseClient), {
      status: 401,
      data: null,
      error,
    });
    assertEquals(await call({}, user.client as unknown as SupabaseClient), {
      status: 403,
      data: null,
      error,
    });
  }));

for (
  const [sqlstate, status] of [
    ["P0001", 400],
    ["22023", 400],
    ["23514", 400],
    ["23503", 409],
    ["23505", 409],
    ["40001", 500],
    ["55P03", 500],
    ["57014", 500],
    ["53300", 503],
    ["PT402", 402],
  ] as const
) {
  Deno.test(`SQLSTATE ${sqlstate} is answered ${status}, and the transaction is rolled back`, () =>
    withFunction(
      `() returns void language plpgsql as $$ begin
        insert into recruiting_senders (channel, address, display_name)
          values ('sms', '+15550109999', 'Own');
        raise sqlstate '${sqlstate}' using message = 'No', detail = 'D', hint = 'H';
      end $$`,
      async (call, sql) => {
        const error = { code: sqlstate, message: "No", details: "D", hint: "H" };
        assertEquals(await call(), { status, data: null, error });
        const rows = await sql`select from recruiting_senders where address = '+15550109999'`;
        assertEquals(rows.length, 0);
      },
    ));
}

Deno.test("a function chooses its whole answer with SQLSTATE PGRST", () =>
  withFunction(
    `() returns void language plpgsql as $$ begin
      raise sqlstate 'PGRST' using
        message = '{"code":"123","message":"No","details":"D"}',
        detail = '{"status":418,"headers":{"X-Own":"1"}}';
    end $$`,
    async (call) => {
      const error = { code: "123", message: "No", details: "D", hint: null };
      assertEquals(await call(), { status: 418, data: null, error });
    },
  ));

Deno.test("a function is found by the names of its arguments, also after it has changed", () =>
  withFunction(
    "(a int, b int default 2) returns int language sql as 'select a + b'",
    async (call, sql, name) => {
      assertEquals((await call({ a: 1 })).data, 3);
      assertEquals((await call({ a: 1, b: 1 })).data, 2);
      for (const args of [{}, { b: 1 }, { a: 1, c: 1 }]) {
        const { status, error } = await call(args);
        assertEquals([status, error?.code], [404, "PGRST202"]);
      }
      await sql.unsafe(`drop function ${name}`);
      await sql.unsafe(
        `create function ${name}(a text, b int default 2) returns text language sql as 'select a'`,
      );
      await sql.unsafe(`grant execute on function ${name} to service_role`);
      // The first call finds that a function of these types is gone.
      await call({ a: "x" });
      assertEquals((await call({ a: "x" })).data, "x");
      await sql.unsafe(`drop function ${name}(text, int)`);
      await sql.unsafe(`create function ${name}(c int) returns int language sql as 'select c'`);
      await sql.unsafe(`grant execute on function ${name} to service_role`);
      assertEquals((await call({ c: 9 })).data, 9);
    },
  ));

Deno.test("a call for one row is answered with an object, and a limit or choice of columns is heeded", async () => {
  const find = () => asServiceRole().rpc("recruiting_find_missing_texts", { listed: "[]" });
  const { data } = await find().single();
  assertEquals(data, { ours: [], missing: [] });
  assertEquals((await find().limit(0)).data, []);
  assertEquals((await find().select("ours")).data, [{ ours: [] }]);
});

Deno.test("a body that is no JSON object is refused with PGRST102", () =>
  withFunction("() returns int language sql as 'select 1'", async (_, _sql, name) => {
    for (const [body, status] of [["{", 400], ['"x"', 400], ["", 200], ["{}", 200]] as const) {
      const response = await fetch(`${API_URL}/rest/v1/rpc/${name}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", apikey: SECRET_KEY },
        body,
      });
      const answer = await response.json();
      assertEquals([body, response.status, answer.code], [
        body,
        status,
        status === 400 ? "PGRST102" : undefined,
      ]);
    }
  }));

for (
  const [what, headers, status] of [
    ["no key", {}, 401],
    ["an unknown key", { apikey: "sb_secret_other" }, 401],
    ["a token that is none", { apikey: SECRET_KEY, Authorization: "Bearer x" }, 401],
    ["the secret key in a browser", { apikey: SECRET_KEY, "User-Agent": "Mozilla/5.0 (X11)" }, 401],
  ] as const
) {
  Deno.test(`a call with ${what} is refused`, async () => {
    const response = await fetch(`${API_URL}/rest/v1/rpc/recruiting_find_missing_texts`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...headers },
      body: JSON.stringify({ listed: "[]" }),
    });
    await response.body?.cancel();
    assertEquals(response.status, status);
  });
}
