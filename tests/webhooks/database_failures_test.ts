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
import { withKept } from "../support/kept.ts";
import { ADMIN_DATABASE_URL, API_URL, logLines, withSql } from "../support/stack.ts";
import {
  type Form,
  inboundForm,
  newPhone,
  newSid,
  post,
  signedRequest,
  statusForm,
} from "../support/twilio.ts";
import { until } from "../support/wait.ts";

/** What a worker takes for the database. */
interface Database {
  url: string;
  /** Makes it as new. */
  reset(): void;
  close(): Promise<void>;
}

/**
 * Runs a test with a worker that calls a database of the test's own. Tests of the same worker share it: each waits
 * for the lines of all that it has deferred.
 */
async function withWorker<Own extends Database>(
  name: "sms-inbound" | "sms-status",
  startDatabase: () => Own,
  use: (database: Own, post: PostToWorker, logs: string[]) => Promise<void>,
  settings: Record<string, string> = {},
): Promise<void> {
  const env = await stackEnvironment({
    TWILIO_WEBHOOK_BASE_URL: `${API_URL}/functions/v1`,
    ...settings,
  });
  const start = () => {
    const database = startDatabase();
    const logs: string[] = [];
    const environment = { ...env, SUPABASE_URL: database.url };
    const worker = startWorker(name, environment, (line) => void logs.push(line));
    return {
      database,
      logs,
      worker,
      reset() {
        logs.length = 0;
        database.reset();
        return true;
      },
      async stop() {
        await worker.stop();
        await database.close();
      },
    };
  };
  const key = `${name} ${startDatabase.name} ${JSON.stringify(settings)}`;
  await withKept(key, start, async ({ database, logs, worker }) => {
    await worker.ready();
    const post: PostToWorker = (form, options) =>
      worker.fetch(signedRequest(name, form, options), `/${name}${options?.query ?? ""}`);
    await use(database, post, logs);
  });
}

/** What happens to a connection on its way to the API. */
type Fault = "none" | "hang" | "reset at once" | "reset before the answer";

/** A wire to the API's address on which each next connection meets the next fault; the last one stays. */
function startFaultyWire() {
  const { hostname, port } = new URL(API_URL);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  let faults: Fault[] = [];
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
  const closeConnections = () => {
    for (const connection of open) {
      try {
        connection.close();
      } catch {
        // Its stream has closed it.
      }
    }
    open.clear();
  };
  return {
    url: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    meet: (next: Fault[]) => void (faults = next),
    connections: () => connections,
    reset() {
      closeConnections();
      connections = 0;
    },
    async close() {
      listener.close();
      closeConnections();
      await accepting;
    },
  };
}

function withFaultyWire(
  name: "sms-inbound" | "sms-status",
  faults: Fault[],
  use: (post: PostToWorker, logs: string[], connections: () => number) => Promise<void>,
) {
  return withWorker(name, startFaultyWire, async (wire, post, logs) => {
    wire.meet(faults);
    await use(post, logs, wire.connections);
  });
}

/** The line about a form that was deferred. It comes through a pipe, perhaps a moment later than the answer. */
function deferralOf({ MessageSid }: Form, logs: string[]): Promise<Record<string, unknown>> {
  return until(
    () => deferralsIn(logs).find(({ message_sids }) => message_sids.includes(MessageSid)),
    "the log",
  );
}

async function assertDeferred(form: Form, logs: string[], expected: Record<string, unknown>) {
  const line = await deferralOf(form, logs);
  const found = Object.fromEntries(Object.keys(expected).map((name) => [name, line[name]]));
  assertEquals(found, expected);
  assertEquals(deferralsIn(logs).length, 1);
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

/** The answer to a call, chosen by its body; undefined for the API's own. */
type Plan = (body: string) => Answer | undefined;

/** A gateway that gives the answers of a plan. */
function startGateway(firstPlan: Plan = () => undefined) {
  let plan = firstPlan;
  let calls = 0;
  let hanging = Promise.withResolvers<void>();
  const release = () => {
    hanging.resolve();
    hanging = Promise.withResolvers();
  };
  const answerTo = async ({ url, method, headers }: Request, body: string) => {
    const answer = plan(body);
    if (!answer) {
      return await fetch(`${API_URL}${new URL(url).pathname}`, { method, headers, body });
    }
    if (answer === "hang") {
      await hanging.promise;
      return new Response();
    }
    return new Response(answer.body, {
      status: answer.status,
      headers: { "Content-Type": "application/json" },
    });
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      calls++;
      return await answerTo(request, await request.text());
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    follow: (next: Plan) => void (plan = next),
    calls: () => calls,
    reset() {
      release();
      plan = firstPlan;
      calls = 0;
    },
    async close() {
      release();
      await server.shutdown();
    },
  };
}

function withGateway(
  name: "sms-inbound" | "sms-status",
  plan: Plan,
  use: (post: PostToWorker, logs: string[], calls: () => number) => Promise<void>,
  settings: Record<string, string> = {},
) {
  return withWorker(name, startGateway, async (gateway, post, logs) => {
    gateway.follow(plan);
    await use(post, logs, gateway.calls);
  }, settings);
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
      // Three attempts without an answer take all of the time.
      const deadline = databaseDeadline(answer === "hang" ? 3_000 : 1_500);
      const result = await call(name, args, shape, deadline);
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
    await assertDeferred(form, logs, {
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

Deno.test("DEFERRED_HTTP_STATUS is 200, which is the default, or 503", () => {
  for (
    const [DEFERRED_HTTP_STATUS, status, isNamed] of [
      [undefined, 200, false],
      ["", 200, false],
      ["200", 200, false],
      ["503", 503, false],
      ["500", 200, true],
    ] as const
  ) {
    const { deferredHttpStatus, warnings } = readConfiguration({ DEFERRED_HTTP_STATUS });
    const isWarned = warnings.some((line) => line.startsWith("DEFERRED_HTTP_STATUS must be"));
    assertEquals([DEFERRED_HTTP_STATUS, deferredHttpStatus, isWarned], [
      DEFERRED_HTTP_STATUS,
      status,
      isNamed,
    ]);
  }
});

Deno.test("a deferred answer has the status DEFERRED_HTTP_STATUS, and for a text Twilio itself gets TwiML", () =>
  Promise.all(
    ([
      ["sms-inbound", "", 200],
      ["sms-inbound", "503", 503],
      ["sms-inbound", "500", 200],
      ["sms-status", "", 200],
      ["sms-status", "503", 503],
    ] as const).map(([name, setting, status]) =>
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
          await deferralOf(form, logs);
        }));
        const warns = logs.some((line) => line.includes("DEFERRED_HTTP_STATUS must be"));
        assertEquals([setting, warns], [setting, setting === "500"]);
      }, setting ? { DEFERRED_HTTP_STATUS: setting } : {})
    ),
  ).then(() => {}));

Deno.test("DEFERRED_HTTP_STATUS changes no other answer", async () => {
  const conversation = await startConversation();
  await withGateway("sms-inbound", () => undefined, async (post) => {
    for (const From of [conversation.recruit_phone, newPhone(), ""]) {
      const response = await post(inboundForm({ From }));
      assertEquals(response.status, 200);
      await response.body?.cancel();
    }
  }, { DEFERRED_HTTP_STATUS: "503" });
});

/**
 * Of so many events there is at most one line. Lines are written once a second, which log_batch_test.ts proves: their
 * number depends on how long the machine takes.
 */
const FEW_LINES = 5;

Deno.test("in an outage every SID stands in one of few lines of the log, each of at most 200", () =>
  withGateway("sms-inbound", () => "hang", async (post, logs) => {
    const forms = Array.from({ length: 250 }, () => inboundForm());
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
  withGateway("sms-inbound", () => undefined, async (post, logs) => {
    const flood = 100;
    await Promise.all(Array.from({ length: flood }, async () => {
      await (await post(inboundForm(), { token: "another-key" })).body?.cancel();
    }));
    const rejected = () =>
      logs.map((line) => JSON.parse(line)).filter(({ event }) => event === "rejected");
    const count = () => rejected().reduce((sum, { count }) => sum + count, 0);
    await until(() => count() >= flood, "every rejection");
    assertEquals(count(), flood);
    assert(rejected().length <= flood / FEW_LINES, `${rejected().length} lines`);
    assertEquals(new Set(rejected().map(({ reason }) => reason)), new Set(["wrong signature"]));
  }));

for (const fault of ["hang", "reset at once", "reset before the answer"] as const) {
  Deno.test(`a database behind a wire that always does "${fault}": deferred, and logged as an error`, async () => {
    const conversation = await startConversation();
    const forms = {
      "sms-inbound": inboundForm({ From: conversation.recruit_phone }),
      "sms-status": statusForm(newSid(), "sent"),
    };
    await Promise.all(
      (["sms-inbound", "sms-status"] as const).map((name) =>
        withFaultyWire(name, [fault], async (post, logs) => {
          assertEquals(await (await post(forms[name])).json(), { status: "deferred" });
          await assertDeferred(forms[name], logs, { level: "error", reason: "unreachable" });
        })
      ),
    );
  });
}

Deno.test("a refused connection is deferred, and logged as an error", async () => {
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const SUPABASE_URL = `http://127.0.0.1:${(closed.addr as Deno.NetAddr).port}`;
  closed.close();
  const settings = { SUPABASE_URL, TWILIO_WEBHOOK_BASE_URL: `${API_URL}/functions/v1` };
  await withEdgeFunction("sms-inbound", settings, async (post, logs) => {
    const form = inboundForm();
    assertEquals(await (await post(form)).json(), { status: "deferred" });
    await assertDeferred(form, logs, { level: "error", reason: "unreachable" });
  });
});

for (
  const faults of [["reset at once", "none"], ["reset before the answer", "none"]] as Fault[][]
) {
  Deno.test(`after "${faults[0]}" the call is repeated, and the text is kept once`, () =>
    withSql(async (sql) => {
      const conversation = await startConversation();
      await withFaultyWire("sms-inbound", faults, async (post, logs, connections) => {
        const form = inboundForm({ From: conversation.recruit_phone, Body: "through" });
        assertEquals(await (await post(form)).json(), { status: "received" });
        assertEquals([connections(), deferralsIn(logs)], [2, []]);
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
  withSql(async (admin) => {
    const conversation = await startConversation();
    const form = inboundForm({ From: conversation.recruit_phone, Body: "crowded" });
    try {
      // The limit holds for new connections of all roles but superusers.
      await admin`alter database postgres connection limit 0`;
      await admin`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'authenticator'`;
      assertEquals(await (await post("sms-inbound", form)).json(), { status: "deferred" });
      const [line] = await logLines(String(form.MessageSid));
      assertEquals(JSON.parse(line).sqlstate, "53300");
    } finally {
      await admin`alter database postgres connection limit -1`;
    }
    assertEquals(await (await post("sms-inbound", form)).json(), { status: "received" });
    assertEquals(await bodiesOf(admin, conversation.id), ["crowded"]);
  }, ADMIN_DATABASE_URL));

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
