import postgres from "postgres";
import { assert, assertEquals } from "./support/assert.ts";
import { bodiesOf, outboundMessage, startConversation } from "./support/conversations.ts";
import { withEdgeFunction } from "./support/edge_function.ts";
import { ADMIN_DATABASE_URL, API_URL, logLines, withSql } from "./support/stack.ts";
import { inboundForm, newSid, post, statusForm } from "./support/twilio.ts";
import { until } from "./support/wait.ts";

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
async function assertUnreachable(logs: string[]) {
  await until(() => reasonsIn(logs).length > 0, "the log");
  assertEquals(reasonsIn(logs), ["error unreachable"]);
}

function reasonsIn(logs: string[]): string[] {
  return logs.map((line) => JSON.parse(line)).filter(({ event }) => event === "database_error")
    .map(({ level, reason }) => `${level} ${reason}`);
}

for (const fault of ["hang", "reset at once", "reset before the answer"] as const) {
  Deno.test(`a database behind a wire that always does "${fault}": deferred, and logged as an error`, async () => {
    const conversation = await startConversation();
    const inbound = withFaultyWire("sms-inbound", [fault], async (post, logs) => {
      const form = inboundForm({ From: conversation.recruit_phone });
      assertEquals(await (await post(form)).json(), { status: "deferred" });
      await assertUnreachable(logs);
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
    await assertUnreachable(logs);
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
        assertEquals(reasonsIn(logs), []);
      });
      assertEquals(await bodiesOf(sql, conversation.id), ["through"]);
    }));
}

Deno.test("a database that hangs on a lock is not waited for: deferred", () =>
  withSql(async (sql) => {
    const conversation = await startConversation();
    const holder = await sql.reserve();
    await holder`begin`;
    await holder`select from recruiting_conversations where id = ${conversation.id} for update`;
    const form = inboundForm({ From: conversation.recruit_phone });
    const response = await post("sms-inbound", form);
    await holder`rollback`;
    holder.release();
    assertEquals(await response.json(), { status: "deferred" });
    const lines = await logLines(String(form.MessageSid));
    assert(lines.some((line) => JSON.parse(line).level === "error"));
  }));

Deno.test("a database with too many connections: deferred, and well again afterwards", () =>
  withSql(async (sql) => {
    const conversation = await startConversation();
    const hoarders: postgres.Sql[] = [];
    const form = inboundForm({ From: conversation.recruit_phone, Body: "crowded" });
    try {
      // Reserved connections are for superusers, so a superuser has to take the last ones.
      const hoard = async () => {
        const hoarder = postgres(ADMIN_DATABASE_URL, { ...ONE_CONNECTION, onnotice: () => {} });
        hoarders.push(hoarder);
        return await hoarder`select 1`.then(() => true, () => false);
      };
      while (await hoard());
      await hoarders[0]`select pg_terminate_backend(pid) from pg_stat_activity
        where usename = 'supabase_admin' and application_name <> 'hoarder'`;
      while (await hoard());
      assertEquals(await (await post("sms-inbound", form)).json(), { status: "deferred" });
    } finally {
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
    assert(
      lines.some(({ level, constraint }) => level === "error" && constraint === "no_events_at_all"),
    );
  }));
