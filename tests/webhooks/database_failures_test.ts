import postgres from "postgres";
import { z } from "zod/v3";
import { readConfiguration } from "../../supabase/functions/_shared/configuration/configuration.ts";
import {
  connectDatabase,
  databaseDeadline,
} from "../../supabase/functions/_shared/database/database.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { bodiesOf, outboundMessage, startConversation } from "../support/conversations.ts";
import { type PostToWorker, withEdgeFunction } from "../support/edge_function.ts";
import { stackEnvironment, startWorker } from "../support/function_worker.ts";
import { ADMIN_DATABASE_URL, API_URL, logLines, withSql } from "../support/stack.ts";
import {
  inboundForm,
  newPhone,
  newSid,
  post,
  signedRequest,
  statusForm,
} from "../support/twilio.ts";
import { until } from "../support/wait.ts";

const ONE_CONNECTION = { max: 1, connect_timeout: 5, connection: { application_name: "hoarder" } };

/** What happens to a connection on its way to the API. */
type Fault = "none" | "hang" | "reset at once" | "reset before the answer";

/** A wire to the API's address on which each next connection meets the next fault; the last one stays. */
function startFaultyWire(faults: Fault[]) {
  const { hostname, port } = new URL(API_URL);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  let connections = 0;
  const serve = async (client: Deno.Conn, fault: Fault) => {
    open.add(client);
    if (fault === "hang") return;
    if (fault === "reset at once") return client.close();
    const server = await Deno.connect({ hostname, port: Number(port) });
    open.add(server);
    const there = client.readable.pipeTo(server.writable);
    if (fault === "reset before the answer") {
      await server.read(new Uint8Array(1));
      client.close();
      server.close();
      await there;
    }
    await Promise.all([there, server.readable.pipeTo(client.writable)]);
  };
  const accepting = (async () => {
    for await (const client of listener) {
      serve(client, faults[Math.min(connections++, faults.length - 1)]).catch(() => {});
    }
  })();
  return {
    url: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    connections: () => connections,
    async close() {
      listener.close();
      for (const connection of open) {
        try {
          connection.close();
        } catch {
          // Its stream has closed it.
        }
      }
      await accepting;
    },
  };
}

async function withFaultyWire(
  name: "sms-inbound" | "sms-status",
  faults: Fault[],
  use: Parameters<typeof withEdgeFunction>[2],
) {
  const wire = startFaultyWire(faults);
  try {
    const settings = { SUPABASE_URL: wire.url, TWILIO_WEBHOOK_BASE_URL: `${API_URL}/functions/v1` };
    await withEdgeFunction(name, settings, use);
  } finally {
    await wire.close();
  }
}

/** The log comes through a pipe: it may be a moment later than the answer. */
async function assertDeferred(logs: string[], expected: Record<string, unknown>) {
  const lines = await until(() => {
    const lines = deferralsIn(logs);
    return lines.length > 0 && lines;
  }, "the log");
  assertEquals(lines.length, 1);
  const found = Object.fromEntries(Object.keys(expected).map((name) => [name, lines[0][name]]));
  assertEquals(found, expected);
}

function deferralsIn(logs: string[]) {
  return logs.map((line) => JSON.parse(line)).filter(({ event }) => event === "deferred");
}

/** What a gateway or PostgREST answers; one that hangs never does. */
type Answer = { status: number; body: string } | "hang";

const error = (status: number, code: string): Answer => ({
  status,
  body: JSON.stringify({ code, message: "no", details: null, hint: null }),
});

const page = (status: number): Answer => ({ status, body: "<html>Try again later</html>" });

/** Everything that may come instead of an answer about the data, and the failure that it makes. */
const HICCUPS: [string, Answer, Record<string, unknown>][] = [
  ...[429, 500, 502, 503, 504, 520, 522, 526, 530, 540].map((
    status,
  ): [string, Answer, Record<string, unknown>] => [
    `HTTP ${status} with a page`,
    page(status),
    { kind: "unreachable" },
  ]),
  ["HTTP 401 of the gateway", { status: 401, body: '{"message":"Invalid API key"}' }, {
    kind: "unreachable",
  }],
  ["PGRST202, a function that is not known yet", error(404, "PGRST202"), {
    kind: "failed",
    rest_code: "PGRST202",
  }],
  ["PGRST301, a key that is refused", error(401, "PGRST301"), { rest_code: "PGRST301" }],
  ["PGRST000, no connection", error(503, "PGRST000"), { rest_code: "PGRST000" }],
  ["PGRST003, no free connection", error(504, "PGRST003"), { rest_code: "PGRST003" }],
  ["57014, a statement timeout", error(500, "57014"), { kind: "failed", sqlstate: "57014" }],
  ["40P01, a deadlock", error(500, "40P01"), { sqlstate: "40P01" }],
  ["XX000, an internal error", error(500, "XX000"), { sqlstate: "XX000" }],
  ["25006, a database that is read-only", error(405, "25006"), { sqlstate: "25006" }],
  ["42883, a function that is gone", error(404, "42883"), { sqlstate: "42883" }],
  ["42501, a right that is missing", error(403, "42501"), { sqlstate: "42501" }],
  ["53300, too many connections", error(503, "53300"), { sqlstate: "53300" }],
  ["a page with HTTP 200", page(200), { kind: "not_understood" }],
  ["an empty HTTP 200", { status: 200, body: "" }, { kind: "not_understood" }],
  ["an empty HTTP 404", { status: 404, body: "" }, { kind: "unreachable" }],
  ["a list in an HTTP 404", { status: 404, body: "[]" }, { kind: "unreachable" }],
  ["no row", { status: 200, body: "[]" }, { kind: "not_understood" }],
  ["null", { status: 200, body: "null" }, { kind: "not_understood" }],
  ["a row of another function", { status: 200, body: '[{"outcome":"begun"}]' }, {
    kind: "not_understood",
  }],
  ["an object", { status: 200, body: '{"status":"ok"}' }, { kind: "not_understood" }],
  ["no answer at all", "hang", { kind: "unreachable" }],
];

/** A gateway that gives the answers of a plan, chosen by the call's body, and otherwise the API's. */
function startGateway(plan: (body: string) => Answer | undefined) {
  let calls = 0;
  const hanging = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      calls++;
      const body = await request.text();
      const answer = plan(body);
      if (answer === "hang") {
        await new Promise((resolve) => hanging.signal.addEventListener("abort", resolve));
        return new Response();
      }
      if (answer) {
        const { status, body } = answer;
        return new Response(body, { status, headers: { "Content-Type": "application/json" } });
      }
      const { pathname } = new URL(request.url);
      const { method, headers } = request;
      return await fetch(`${API_URL}${pathname}`, { method, headers, body });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    calls: () => calls,
    async close() {
      hanging.abort();
      await server.shutdown();
    },
  };
}

async function withGateway(
  name: "sms-inbound" | "sms-status",
  plan: (body: string) => Answer | undefined,
  use: (post: PostToWorker, logs: string[], calls: () => number) => Promise<void>,
  settings: Record<string, string> = {},
) {
  const gateway = startGateway(plan);
  try {
    await withEdgeFunction(name, {
      SUPABASE_URL: gateway.url,
      TWILIO_WEBHOOK_BASE_URL: `${API_URL}/functions/v1`,
      ...settings,
    }, (post, logs) => use(post, logs, gateway.calls));
  } finally {
    await gateway.close();
  }
}

/** A plan in which the first two calls for each SID meet a hiccup. */
function hiccupsOf(forms: Map<string, Answer>) {
  const met = new Map<string, number>();
  return (body: string) => {
    const sid: string = JSON.parse(body).message_sid;
    const times = met.get(sid) ?? 0;
    met.set(sid, times + 1);
    return times < 2 ? forms.get(sid) : undefined;
  };
}

Deno.test("answers that are not about the data lose no text: the call is repeated, and the text is kept once", () =>
  withSql(async (sql) => {
    const texts = await Promise.all(HICCUPS.map(async ([label, answer]) => {
      const conversation = await startConversation();
      const form = inboundForm({ From: conversation.recruit_phone, Body: "STOP" });
      return { label, answer, conversation, form };
    }));
    const plan = hiccupsOf(
      new Map(texts.map(({ form, answer }) => [`${form.MessageSid}`, answer])),
    );
    await withGateway("sms-inbound", plan, async (post, logs) => {
      await Promise.all(texts.map(async ({ label, form }) => {
        assertEquals([label, await (await post(form)).json()], [label, { status: "received" }]);
      }));
      assertEquals(deferralsIn(logs), []);
    });
    for (const { label, conversation: { id, recruit_phone } } of texts) {
      assertEquals([label, await bodiesOf(sql, id)], [label, ["STOP"]]);
      const stopped =
        await sql`select from recruiting_opt_outs where recruit_phone = ${recruit_phone}`;
      assertEquals([label, stopped.length], [label, 1]);
    }
  }));

Deno.test("answers that are not about the data lose no callback", () =>
  withSql(async (sql) => {
    const callbacks = await Promise.all(HICCUPS.map(async ([label, answer]) => {
      const { id } = await startConversation();
      const sid = newSid();
      await outboundMessage(sql, id, sid);
      return { label, answer, sid };
    }));
    const plan = hiccupsOf(new Map(callbacks.map(({ sid, answer }) => [sid, answer])));
    await withGateway("sms-status", plan, async (post) => {
      await Promise.all(callbacks.map(async ({ label, sid }) => {
        const response = await post(statusForm(sid, "sent"));
        assertEquals([label, await response.json()], [label, { status: "updated" }]);
      }));
    });
  }));

Deno.test("an answer that stays the same is a failure that says what it was, after attempts until the deadline", () =>
  Promise.all(HICCUPS.map(async ([label, answer, expected]) => {
    const gateway = startGateway(() => answer);
    try {
      const env = { SUPABASE_URL: gateway.url, SUPABASE_SECRET_KEYS: '{"default":"sb_x"}' };
      const call = connectDatabase(readConfiguration(env));
      const args = { agent_id: "", conversation_id: "" };
      const shape = z.tuple([z.object({ outcome: z.literal("received") })]);
      const name = "recruiting_agent_access";
      const result = await call(name, args, shape, databaseDeadline(1_500));
      assert(!result.ok, `${label}: the call succeeded`);
      const { attempts, ...failure } = result.failure;
      assertEquals([label, { ...failure, ...expected, database_function: name }], [label, failure]);
      // The deadline may end the last attempt before it has reached the gateway.
      assert([attempts, attempts - 1].includes(gateway.calls()), `${label}: ${attempts} attempts`);
      assert(attempts >= 3, `${label}: ${attempts} attempts`);
    } finally {
      await gateway.close();
    }
  })).then(() => {}));

Deno.test("what fails until the deadline is deferred, and the log says how", () =>
  withGateway("sms-inbound", () => error(500, "57014"), async (post, logs, calls) => {
    const form = inboundForm();
    assertEquals(await (await post(form)).json(), { status: "deferred" });
    await assertDeferred(logs, {
      level: "error",
      function: "sms-inbound",
      message_sids: [form.MessageSid],
      database_errors: calls(),
      reason: "failed",
      sqlstate: "57014",
      database_function: "recruiting_receive_message",
    });
  }));

for (const [sqlstate, status] of [["22P05", 400], ["23514", 400], ["23505", 409]] as const) {
  Deno.test(`what is wrong with the data, SQLSTATE ${sqlstate}, is not repeated`, () =>
    withGateway("sms-status", () => error(status, sqlstate), async (post, _, calls) => {
      const response = await post(statusForm(newSid(), "sent"));
      assertEquals([await response.json(), calls()], [{ status: "ignored" }, 1]);
    }));
}

Deno.test("DEFERRED_HTTP_STATUS, 200 or 503, is the status of a deferred answer", () =>
  Promise.all(
    [["", 200], ["200", 200], ["503", 503], ["500", 200]].flatMap(([setting, status]) =>
      (["sms-inbound", "sms-status"] as const).map((name) =>
        withGateway(name, () => page(503), async (post, logs) => {
          await Promise.all(["TwilioProxy/1.1", "curl/8"].map(async (agent) => {
            const form = name === "sms-inbound" ? inboundForm() : statusForm(newSid(), "sent");
            const response = await post(form, { headers: { "User-Agent": agent } });
            const isTwiml = name === "sms-inbound" && agent.startsWith("Twilio");
            assertEquals([setting, response.status, response.headers.get("content-type")], [
              setting,
              status,
              isTwiml ? "text/xml; charset=utf-8" : "application/json",
            ]);
            await response.body?.cancel();
          }));
          const warns = logs.some((line) => line.includes("DEFERRED_HTTP_STATUS must be"));
          assertEquals([setting, warns], [setting, setting === "500"]);
        }, { DEFERRED_HTTP_STATUS: `${setting}` })
      )
    ),
  ).then(() => {}));

Deno.test("DEFERRED_HTTP_STATUS changes no other answer", async () => {
  const conversation = await startConversation();
  await withEdgeFunction("sms-inbound", { DEFERRED_HTTP_STATUS: "503" }, async (post) => {
    for (const From of [conversation.recruit_phone, newPhone(), ""]) {
      const response = await post(inboundForm({ From }));
      assertEquals(response.status, 200);
      await response.body?.cancel();
    }
  });
});

/**
 * Of so many events there is at most one line. Lines are written once a second, which log_batch_test.ts proves: their
 * number depends on how long the machine takes.
 */
const FEW_LINES = 5;

Deno.test("in an outage every SID stands in one of few lines of the log, each of at most 200", () =>
  withGateway("sms-inbound", () => page(503), async (post, logs) => {
    const forms = Array.from({ length: 450 }, () => inboundForm());
    const answers = await Promise.all(forms.map(async (form) => (await post(form)).json()));
    assertEquals(new Set(answers.map(({ status }) => status)), new Set(["deferred"]));
    const sids = () => deferralsIn(logs).flatMap(({ message_sids }) => message_sids);
    await until(() => sids().length >= forms.length, "every SID");
    assertEquals(sids().sort(), forms.map(({ MessageSid }) => MessageSid).sort());
    const lines = deferralsIn(logs);
    assertEquals(lines.filter(({ message_sids }) => message_sids.length > 200), []);
    assert(lines.length <= forms.length / FEW_LINES, `${lines.length} lines`);
    const errors = lines.reduce((sum, { database_errors }) => sum + database_errors, 0);
    assert(errors >= forms.length, `${errors} errors of ${forms.length} texts`);
    assertEquals(logs.filter((line) => line.includes('database_error"')), []);
  }));

Deno.test("a worker that is asked to end tells the SIDs that it has gathered", async () => {
  const gateway = startGateway(() => page(503));
  const logs: string[] = [];
  const env = await stackEnvironment({
    SUPABASE_URL: gateway.url,
    TWILIO_WEBHOOK_BASE_URL: `${API_URL}/functions/v1`,
  });
  const worker = startWorker("sms-inbound", env, (line) => void logs.push(line));
  const forms = Array.from({ length: 5 }, () => inboundForm());
  try {
    await worker.ready();
    await Promise.all(forms.map(async (form) => {
      const answer = await worker.fetch(signedRequest("sms-inbound", form), "/sms-inbound");
      assertEquals(await answer.json(), { status: "deferred" });
    }));
  } finally {
    await worker.stop();
    await gateway.close();
  }
  const sids = deferralsIn(logs).flatMap(({ message_sids }) => message_sids);
  assertEquals(sids.sort(), forms.map(({ MessageSid }) => MessageSid).sort());
});

Deno.test("a flood of unsigned requests is told in few lines, which count them", () =>
  withEdgeFunction("sms-inbound", {}, async (post, logs) => {
    await Promise.all(Array.from({ length: 300 }, async () => {
      await (await post(inboundForm(), { token: "another-key" })).body?.cancel();
    }));
    const rejected = () =>
      logs.map((line) => JSON.parse(line)).filter(({ event }) => event === "rejected");
    const count = () => rejected().reduce((sum, { count }) => sum + count, 0);
    await until(() => count() >= 300, "every rejection");
    assertEquals(count(), 300);
    assert(rejected().length <= count() / FEW_LINES, `${rejected().length} lines`);
    assertEquals(new Set(rejected().map(({ reason }) => reason)), new Set(["wrong signature"]));
  }));

for (const fault of ["hang", "reset at once", "reset before the answer"] as const) {
  Deno.test(`a database behind a wire that always does "${fault}": deferred, and logged as an error`, async () => {
    const conversation = await startConversation();
    const inbound = withFaultyWire("sms-inbound", [fault], async (post, logs) => {
      const form = inboundForm({ From: conversation.recruit_phone });
      assertEquals(await (await post(form)).json(), { status: "deferred" });
      await assertDeferred(logs, { level: "error", reason: "unreachable" });
    });
    const status = withFaultyWire("sms-status", [fault], async (post) => {
      assertEquals(await (await post(statusForm(newSid(), "sent"))).json(), { status: "deferred" });
    });
    await Promise.all([inbound, status]);
  });
}

Deno.test("a refused connection is deferred, and logged as an error", async () => {
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const SUPABASE_URL = `http://127.0.0.1:${(closed.addr as Deno.NetAddr).port}`;
  closed.close();
  const settings = { SUPABASE_URL, TWILIO_WEBHOOK_BASE_URL: `${API_URL}/functions/v1` };
  await withEdgeFunction("sms-inbound", settings, async (post, logs) => {
    assertEquals(await (await post(inboundForm())).json(), { status: "deferred" });
    await assertDeferred(logs, { level: "error", reason: "unreachable" });
  });
});

Deno.test("Twilio itself gets TwiML for a deferred text, too", () =>
  withFaultyWire("sms-inbound", ["reset at once"], async (post) => {
    const response = await post(inboundForm(), { headers: { "User-Agent": "TwilioProxy/1.1" } });
    assertEquals([response.status, response.headers.get("content-type")], [
      200,
      "text/xml; charset=utf-8",
    ]);
    await response.body?.cancel();
  }));

for (
  const faults of [["reset at once", "none"], ["reset before the answer", "none"]] as Fault[][]
) {
  Deno.test(`after "${faults[0]}" the call is repeated, and the text is kept once`, () =>
    withSql(async (sql) => {
      const conversation = await startConversation();
      await withFaultyWire("sms-inbound", faults, async (post, logs) => {
        const form = inboundForm({ From: conversation.recruit_phone, Body: "through" });
        assertEquals(await (await post(form)).json(), { status: "received" });
        assertEquals(deferralsIn(logs), []);
      });
      assertEquals(await bodiesOf(sql, conversation.id), ["through"]);
    }));
}

Deno.test("a database that hangs on a lock is not waited for: deferred", () =>
  withSql(async (sql) => {
    const conversation = await startConversation();
    const holder = await sql.reserve();
    const form = inboundForm({ From: conversation.recruit_phone });
    try {
      await holder`begin`;
      await holder`select from recruiting_conversations where id = ${conversation.id} for update`;
      assertEquals(await (await post("sms-inbound", form)).json(), { status: "deferred" });
    } finally {
      await holder`rollback`;
      holder.release();
    }
    const lines = await logLines(String(form.MessageSid));
    assert(lines.some((line) => JSON.parse(line).level === "error"), lines.join("\n"));
  }));

Deno.test("a text is deferred while the database has too many connections, and received afterwards", () =>
  withSql(async (sql) => {
    const conversation = await startConversation();
    const hoarders: postgres.Sql[] = [];
    const form = inboundForm({ From: conversation.recruit_phone, Body: "crowded" });
    // Reserved connections are for superusers, so a superuser has to take the last ones.
    const hoard = async () => {
      const hoarder = postgres(ADMIN_DATABASE_URL, { ...ONE_CONNECTION, onnotice: () => {} });
      const isTaken = await hoarder`select 1`.then(() => true, () => false);
      if (isTaken) hoarders.push(hoarder);
      else await hoarder.end();
      return isTaken;
    };
    let hoarding: Promise<void> | undefined;
    let isAnswered = false;
    try {
      while (await hoard());
      await hoarders[0]`select pg_terminate_backend(pid) from pg_stat_activity
        where usename in ('supabase_admin', 'authenticator') and application_name <> 'hoarder'`;
      while (await hoard());
      // What else frees a connection meanwhile is taken, too.
      hoarding = (async () => {
        while (!isAnswered) await hoard();
      })();
      assertEquals(await (await post("sms-inbound", form)).json(), { status: "deferred" });
    } finally {
      isAnswered = true;
      await hoarding;
      await Promise.all(hoarders.map((hoarder) => hoarder.end({ timeout: 1 })));
    }
    assertEquals(await (await post("sms-inbound", form)).json(), { status: "received" });
    assertEquals(await bodiesOf(sql, conversation.id), ["crowded"]);
  }));

Deno.test("a status that the database refuses for good is ignored, logged as an error, and changes nothing", () =>
  withSql(async (sql) => {
    const sid = newSid();
    const { id } = await startConversation();
    await outboundMessage(sql, id, sid);
    await sql.unsafe(`alter table recruiting_message_events add constraint no_events_at_all
      check (message_sid <> '${sid}') not valid`);
    try {
      const response = await post("sms-status", statusForm(sid, "sent"));
      assertEquals(await response.json(), { status: "ignored" });
    } finally {
      await sql`alter table recruiting_message_events drop constraint no_events_at_all`;
    }
    const [{ status }] =
      await sql`select status from recruiting_messages where message_sid = ${sid}`;
    assertEquals(status, "queued");
    const lines = (await logLines(sid)).map((line) => JSON.parse(line));
    const said = lines.map(({ level, constraint }) => `${level} ${constraint}`);
    assert(said.includes("error no_events_at_all"), said.join());
  }));
