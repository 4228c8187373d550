import type { AgentEvent } from "../screens/events.ts";
import { watchConversations } from "../screens/watch_conversations.ts";
import { assert, assertEquals, assertMatch, rejection } from "./support/assert.ts";
import { startConversation } from "./support/conversations.ts";
import { clientWithToken, tokenOf } from "./support/realtime.ts";
import {
  ADMIN_DATABASE_URL,
  API_URL,
  asNewAgent,
  asServiceRole,
  withSql,
} from "./support/stack.ts";
import { inboundForm, postForStatus } from "./support/twilio.ts";
import { until } from "./support/wait.ts";

/** A screen: the rows that it has read, and the events that it was told. */
async function withScreen(
  use: (screen: {
    agentId: string;
    bodies(): string[];
    events: AgentEvent[];
    lost: string[];
    states: string[];
    refreshes(): number;
  }) => Promise<void>,
  { url = API_URL, token }: { url?: string; token?: (agentId: string) => Promise<string> } = {},
) {
  const { id: agentId } = await asNewAgent();
  const client = clientWithToken(() => (token ?? tokenOf)(agentId), url);
  const reader = clientWithToken(() => tokenOf(agentId));
  const events: AgentEvent[] = [];
  const lost: string[] = [];
  const states: string[] = [];
  let bodies: string[] = [];
  let refreshes = 0;
  const watching = watchConversations(client, {
    agentId,
    async refresh() {
      refreshes++;
      const { data } = await reader.from("recruiting_messages").select("body, created_at").order(
        "created_at",
      );
      bodies = (data ?? []).map(({ body }) => body);
    },
    onEvent: (event) => void events.push(event),
    onLost: (conversationId) => void lost.push(conversationId),
    onConnection: (state) => void states.push(state),
  });
  try {
    await until(() => states.includes("connected"), "both topics");
    await use({ agentId, bodies: () => bodies, events, lost, states, refreshes: () => refreshes });
  } finally {
    await watching.stop();
    await client.realtime.disconnect();
  }
}

function text(conversation: { recruit_phone: string }, body: string) {
  return postForStatus(
    "sms-inbound",
    inboundForm({ From: conversation.recruit_phone, Body: body }),
  );
}

Deno.test("a screen reads its rows when it connects, and hears of what comes then", async () => {
  await withScreen(async ({ agentId, events, refreshes }) => {
    assert(refreshes() >= 2);
    const conversation = await startConversation({
      assigned_agent_id: agentId,
      status: "escalated",
    });
    await text(conversation, "hello");
    const own = () => events.filter(({ payload }) => payload.conversation_id === conversation.id);
    await until(() => own().length >= 2, "both events");
    assertEquals(own().map(({ event }) => event), ["conversation_escalated", "message_received"]);
  });
});

Deno.test("a conversation that somebody else has now is lost", async () => {
  const other = await asNewAgent();
  await withScreen(async ({ agentId, lost }) => {
    const { id } = await startConversation({ assigned_agent_id: agentId, status: "escalated" });
    await asServiceRole().rpc("recruiting_assign_conversation", {
      conversation_id: id,
      agent_id: other.id,
    });
    await until(() => lost.includes(id), "the loss");
  });
});

Deno.test("after its token has expired a screen opens a new channel with a fresh one, and reads again", async () => {
  // The first tokens last 2 s; a client that renews them too late is closed by the server.
  const startedAt = Date.now();
  const token = (agentId: string) => tokenOf(agentId, Date.now() < startedAt + 1_500 ? 2 : 3600);
  await withScreen(async ({ agentId, states, events, refreshes }) => {
    await until(() => states.includes("reconnecting"), "the channels to close");
    await until(() => states.at(-1) === "connected", "both again");
    await until(() => refreshes() >= 4, "the rows, twice for each topic");
    const { id } = await startConversation({ assigned_agent_id: agentId, status: "escalated" });
    await until(() => events.some(({ payload }) => payload.conversation_id === id), "the event");
  }, { token });
});

/** A wire to the API that can be cut and joined again, on one address. */
function startWire() {
  const { hostname, port } = new URL(API_URL);
  const open = new Set<Deno.Conn>();
  let listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const address = listener.addr as Deno.NetAddr;
  const accept = async (listener: Deno.Listener) => {
    for await (const client of listener) {
      const server = await Deno.connect({ hostname, port: Number(port) });
      open.add(client).add(server);
      client.readable.pipeTo(server.writable).catch(() => {});
      server.readable.pipeTo(client.writable).catch(() => {});
    }
  };
  let accepting = accept(listener);
  return {
    url: `http://127.0.0.1:${address.port}`,
    async cut() {
      listener.close();
      await accepting.catch(() => {});
      for (const connection of open) {
        try {
          connection.close();
        } catch {
          // Its stream has closed it.
        }
      }
      open.clear();
    },
    join() {
      listener = Deno.listen({ hostname: "127.0.0.1", port: address.port });
      accepting = accept(listener);
    },
  };
}

Deno.test("texts that come while Realtime cannot be reached are on the screen once it can", async () => {
  const wire = startWire();
  await withScreen(async ({ agentId, bodies, states }) => {
    const conversation = await startConversation({ assigned_agent_id: agentId, status: "closed" });
    await wire.cut();
    for (const body of ["one", "two"]) assertEquals(await text(conversation, body), "received");
    await until(() => states.includes("reconnecting"), "the loss");
    wire.join();
    await until(() => bodies().includes("two"), "the rows");
    assert(bodies().includes("one"));
  }, { url: wire.url });
  await wire.cut();
});

Deno.test("an event that names a message the screen has not read makes it read", async () => {
  await withScreen(async ({ agentId, bodies }) => {
    const conversation = await startConversation({ assigned_agent_id: agentId, status: "closed" });
    // Written while nothing is streamed, so that no event tells of it.
    await withSql(async (admin) => {
      await admin.begin(async (sql) => {
        const [{ id }] = await sql`
          insert into recruiting_messages (conversation_id, direction, sender_type, body, status)
          values (${conversation.id}, 'outbound', 'agent', 'sent elsewhere', 'queued') returning id`;
        await sql`update recruiting_messages set status = 'sent' where id = ${id}`;
      });
    }, ADMIN_DATABASE_URL);
    await until(() => bodies().includes("sent elsewhere"), "the rows");
  });
});

Deno.test("a row that is not to be seen yet when its event comes is read for again", async () => {
  await withScreen(async ({ agentId, refreshes }) => {
    const { id } = await startConversation({ assigned_agent_id: agentId, status: "closed" });
    await withSql(async (sql) => {
      await sql`insert into recruiting_messages (conversation_id, direction, sender_type, body, status)
        values (${id}, 'outbound', 'agent', 'Hi', 'queued')`;
      const before = refreshes();
      await sql`update recruiting_messages set status = 'sent' where conversation_id = ${id}`;
      await until(() => refreshes() === before + 2, "the second look");
    });
  });
});

Deno.test("a client that listens already is not listened with twice", async () => {
  const { id: agentId } = await asNewAgent();
  const client = clientWithToken(() => tokenOf(agentId));
  let connected = false;
  const watcher = {
    agentId,
    refresh() {
      throw new Error("a screen that fails to read");
    },
    onEvent() {},
    onConnection: () => void (connected = true),
  };
  const watching = watchConversations(client, watcher);
  await until(() => connected, "the connection");
  assertMatch(
    await rejection((async () => await watchConversations(client, watcher))()),
    /listens to .* already/,
  );
  await watching.stop();
  await client.realtime.disconnect();
});
