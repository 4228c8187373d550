import type { SupabaseClient } from "@supabase/supabase-js";
import { type AgentEvent, conversationsOf, UNASSIGNED_TOPIC } from "../../client/events.ts";
import { watchConversations } from "../../client/watch_conversations.ts";
import { PUBLISHABLE_KEY } from "../../local/settings/keys.ts";
import { assert, assertEquals, assertMatch, assertThrows, rejection } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { clientWithToken } from "../support/realtime.ts";
import {
  ADMIN_DATABASE_URL,
  API_URL,
  asNewAgent,
  asNewUser,
  asServiceRole,
  tokenOf,
  withSql,
} from "../support/stack.ts";
import { inboundForm, postForStatus } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

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
      const { data } = await reader.from("recruiting_messages").select("body")
        .order("created_at", { ascending: false }).limit(100);
      bodies = (data ?? []).map(({ body }) => body).reverse();
    },
    onEvent: (event) => void events.push(event),
    onReassigned: (conversationId) => void lost.push(conversationId),
    onConnection: ({ kind }) => void states.push(kind),
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
    assert(refreshes() >= 2, `${refreshes()} refreshes`);
    const conversation = await startConversation({
      assigned_agent_id: agentId,
      status: "escalated",
    });
    await text(conversation, "hello");
    const own = () => events.filter((event) => conversationsOf(event).includes(conversation.id));
    await until(() => own().length >= 2, "both events");
    assertEquals(own().map(({ kind }) => kind), ["conversation_escalated", "message_received"]);
  });
});

Deno.test("a conversation that another agent has taken leaves the screen", async () => {
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
    await until(() => events.some((event) => conversationsOf(event).includes(id)), "the event");
    assert(!states.includes("not_an_agent"), states.join());
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
    assert(bodies().includes("one"), bodies().join());
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

/** A watcher that notes what it is told. */
function watch(client: SupabaseClient, agentId: string) {
  const told: string[] = [];
  const watching = watchConversations(client, {
    agentId,
    refresh: () => void told.push("refresh"),
    onEvent: (event) => void told.push(...conversationsOf(event)),
    onReassigned: () => void told.push("lost"),
    onConnection: ({ kind }) => void told.push(kind),
  });
  return {
    ...watching,
    told,
    connected: () => until(() => told.includes("connected"), "both topics"),
    /** Resolves when the watcher was told of a conversation that has just been escalated. */
    async hears() {
      const { id } = await startConversation({ assigned_agent_id: agentId, status: "escalated" });
      await until(() => told.includes(id), "the event");
      assertEquals(told.filter((what) => what === id).length, 1);
    },
  };
}

/** A client of a new agent. Afterwards nothing of its watchers may be left. */
async function withClient(
  use: (client: SupabaseClient, agentId: string) => Promise<void>,
) {
  const { id } = await asNewAgent();
  const client = clientWithToken(() => tokenOf(id));
  try {
    await use(client, id);
    assertEquals(client.getChannels().map(({ topic }) => topic), []);
  } finally {
    await client.removeAllChannels();
  }
}

/** Keeps removeChannel() from doing anything until it is opened. */
function closeGate(client: SupabaseClient): { open(): void } {
  const gate = Promise.withResolvers<void>();
  const removeChannel = client.removeChannel.bind(client);
  client.removeChannel = async (channel) => {
    await gate.promise;
    return await removeChannel(channel);
  };
  return { open: gate.resolve };
}

Deno.test("a watcher takes over from one that is stopping, which is told nothing more", () =>
  withClient(async (client, agentId) => {
    const older = watch(client, agentId);
    await older.connected();
    const stopping = older.stop();
    const told = [...older.told];
    const newer = watch(client, agentId);
    await newer.connected();
    assertEquals(newer.told.filter((what) => what === "refresh").length, 2);
    await newer.hears();
    await stopping;
    assertEquals(older.told, told);
    await newer.stop();
  }));

Deno.test("of watchers that are started and stopped in one tick the last one hears, once", () =>
  withClient(async (client, agentId) => {
    const stopped = [watch(client, agentId)];
    const stops = [stopped[0].stop()];
    for (let times = 0; times < 3; times++) {
      const next = watch(client, agentId);
      stopped.push(next);
      stops.push(next.stop());
    }
    const last = watch(client, agentId);
    await last.connected();
    await Promise.all(stops);
    await last.hears();
    assertEquals(stopped.flatMap(({ told }) => told), []);
    await last.stop();
  }));

Deno.test("stopping again does nothing to the next watcher", () =>
  withClient(async (client, agentId) => {
    const older = watch(client, agentId);
    await older.connected();
    await Promise.all([older.stop(), older.stop()]);
    const newer = watch(client, agentId);
    await newer.connected();
    await older.stop();
    assertEquals(client.getChannels().length, 2);
    await newer.hears();
    await newer.stop();
  }));

Deno.test("a watcher that is stopped before its first channel opens makes none", () =>
  withClient(async (client, agentId) => {
    const token = Promise.withResolvers<string>();
    const slow = clientWithToken(() => token.promise);
    const watching = watch(slow, agentId);
    const stopping = watching.stop();
    token.resolve(await tokenOf(agentId));
    await stopping;
    assertEquals([slow.getChannels(), watching.told], [[], []]);
    const next = watch(slow, agentId);
    await next.connected();
    await next.stop();
    await slow.removeAllChannels();
    assertEquals(client.getChannels(), []);
  }));

Deno.test("a watcher waits until the older one's channels are removed; stopped meanwhile, it opens none", () =>
  withClient(async (client, agentId) => {
    const older = watch(client, agentId);
    await older.connected();
    const channels = [...client.getChannels()];
    const gate = closeGate(client);
    let gone = false;
    older.stop();
    const waiting = watch(client, agentId);
    const stopping = waiting.stop().then(() => gone = true);
    const last = watch(client, agentId);
    await client.realtime.setAuth();
    assertEquals([gone, client.getChannels()], [false, channels]);
    gate.open();
    await stopping;
    await last.connected();
    assertEquals(waiting.told, []);
    await last.hears();
    await last.stop();
  }));

for (
  const [label, removal] of [
    ["fails", () => Promise.reject(new Error("a removal that fails"))],
    ["never ends", () => new Promise<never>(() => {})],
  ] as [string, SupabaseClient["removeChannel"]][]
) {
  Deno.test(`a removal that ${label} does not keep the next watcher from listening`, () =>
    withClient(async (client, agentId) => {
      const older = watch(client, agentId);
      await older.connected();
      const removeChannel = client.removeChannel.bind(client);
      client.removeChannel = removal;
      const stopping = older.stop();
      const told = [...older.told];
      const newer = watch(client, agentId);
      await newer.connected();
      await stopping;
      client.removeChannel = removeChannel;
      await newer.hears();
      assertEquals(older.told, told);
      await newer.stop();
    }));
}

Deno.test("another agent takes over on the same client, and two clients do not wait for each other", async () => {
  const [one, two] = [await asNewAgent(), await asNewAgent()];
  let signedIn = one.id;
  const client = clientWithToken(() => tokenOf(signedIn));
  const other = clientWithToken(() => tokenOf(one.id));
  const first = watch(client, one.id);
  const beside = watch(other, one.id);
  await Promise.all([first.connected(), beside.connected()]);
  const gate = closeGate(client);
  first.stop();
  signedIn = two.id;
  const second = watch(client, two.id);
  const stopping = beside.stop();
  const again = watch(other, one.id);
  await again.connected();
  await again.hears();
  assert(!second.told.includes("connected"), second.told.join());
  gate.open();
  await second.connected();
  await second.hears();
  await Promise.all([stopping, again.stop(), second.stop()]);
  await Promise.all([client, other].map((client) => client.removeAllChannels()));
});

Deno.test("a watcher that has not been stopped keeps others out, also before its channels open", () =>
  withClient(async (client, agentId) => {
    const [other] = [await asNewAgent()];
    const throws = (agentId: string) =>
      assertThrows(() => watch(client, agentId), /listens to .* already/);
    const older = watch(client, agentId);
    throws(agentId);
    throws(other.id);
    await older.connected();
    older.stop();
    const newer = watch(client, agentId);
    throws(agentId);
    await newer.connected();
    throws(agentId);
    await newer.stop();
  }));

Deno.test("a channel of other code is never taken over", () =>
  withClient(async (client, agentId) => {
    const theirs = () => client.channel(UNASSIGNED_TOPIC, { config: { private: true } });
    const first = theirs().subscribe();
    assertThrows(() => watch(client, agentId), /listens to .* already/);
    await client.removeChannel(first);
    const watching = watch(client, agentId);
    // Made after the call has returned: the watcher hears of the topic once it is free.
    const second = theirs().subscribe();
    await until(() => watching.told.includes("reconnecting"), "the reason");
    assertEquals(client.getChannels().filter((channel) => channel === second).length, 1);
    await client.removeChannel(second);
    await watching.connected();
    await watching.hears();
    await watching.stop();
  }));

Deno.test("a watcher that a callback stops is told nothing more", () =>
  withClient(async (client, agentId) => {
    const other = await asNewAgent();
    const told: string[] = [];
    const gone = Promise.withResolvers<void>();
    const watching = watchConversations(client, {
      agentId,
      refresh: () => void told.push("refresh"),
      onEvent({ kind }) {
        told.push(kind);
        if (kind === "conversation_updated") gone.resolve(watching.stop());
      },
      onReassigned: () => void told.push("lost"),
      onConnection: ({ kind }) => void told.push(kind),
    });
    await until(() => told.includes("connected"), "both topics");
    const { id } = await startConversation({ assigned_agent_id: agentId, status: "escalated" });
    await asServiceRole().rpc("recruiting_assign_conversation", {
      conversation_id: id,
      agent_id: other.id,
    });
    await gone.promise;
    assertEquals(told.at(-1), "conversation_updated");
  }));

Deno.test("a watcher goes on when other code disconnects the socket, also for an older watcher's sake", () =>
  withClient(async (client, agentId) => {
    const older = watch(client, agentId);
    await older.connected();
    older.stop();
    const disconnecting = client.realtime.disconnect();
    const newer = watch(client, agentId);
    await disconnecting;
    const isConnected = () =>
      client.realtime.isConnected() &&
      newer.told.lastIndexOf("connected") > newer.told.lastIndexOf("reconnecting");
    await until(isConnected, "both topics, after the older watcher");
    await newer.hears();
    await client.realtime.disconnect();
    await until(isConnected, "both topics, again");
    await newer.hears();
    await newer.stop();
  }));

/** Waits until the watcher has reported `not_an_agent`, and checks that it has ended by that. */
async function assertEnded(client: SupabaseClient, watching: ReturnType<typeof watch>) {
  await until(() => watching.told.includes("not_an_agent"), "the report");
  assertEquals(watching.told.at(-1), "not_an_agent");
  await watching.stop();
  assertEquals(watching.told.filter((what) => what === "not_an_agent").length, 1);
  assertEquals(watching.told.at(-1), "not_an_agent");
  assertEquals(client.getChannels(), []);
}

/** A watcher that is connected, of an agent who has just been removed. No check has seen that yet. */
async function watchOfRemovedAgent(client: SupabaseClient, id: string) {
  const { from } = client;
  client.from = () => {
    throw new Error("a check that fails");
  };
  const watching = watch(client, id);
  await watching.connected();
  const { error } = await asServiceRole().from("recruiting_agents").delete().eq("user_id", id);
  assertEquals(error, null);
  client.from = from;
  return watching;
}

Deno.test("the watcher of a user who is no agent reports it and ends, and a later one listens once they are", async () => {
  const { id } = await asNewUser();
  const client = clientWithToken(() => tokenOf(id));
  const watching = watch(client, id);
  await assertEnded(client, watching);
  assert(!watching.told.includes("refresh"), watching.told.join());
  await asServiceRole().from("recruiting_agents").insert({ user_id: id, display_name: "A. Gent" });
  const next = watch(client, id);
  await next.connected();
  await next.hears();
  await next.stop();
  await client.removeAllChannels();
});

Deno.test("an agent who is removed is told so when Realtime closes the channels", async () => {
  const { id } = await asNewAgent();
  const client = clientWithToken(() => tokenOf(id));
  const watching = await watchOfRemovedAgent(client, id);
  // Realtime looks at the permission again when it gets another token.
  await client.realtime.setAuth();
  await assertEnded(client, watching);
  assert(watching.told.includes("reconnecting"), watching.told.join());
  await client.removeAllChannels();
});

Deno.test("an agent who is removed is told so at the next reading of the rows, on an open connection", async () => {
  const { id, token } = await asNewAgent();
  const client = clientWithToken(() => Promise.resolve(token));
  const watching = await watchOfRemovedAgent(client, id);
  await withSql(async (sql) => {
    await sql`select realtime.send('{"conversation_id": "unknown"}', 'of_later', ${`agent:${id}`})`;
  }, ADMIN_DATABASE_URL);
  await assertEnded(client, watching);
  assert(!watching.told.includes("reconnecting"), watching.told.join());
  await client.removeAllChannels();
});

Deno.test("a client that is not signed in, or cannot reach the database, is not called no agent", async () => {
  const { id } = await asNewAgent();
  for (
    const [what, token] of [
      ["an expired token", () => tokenOf(id, -60)],
      ["the publishable key", () => Promise.resolve(PUBLISHABLE_KEY)],
      ["no token", () => Promise.reject(new Error("signed out"))],
    ] as const
  ) {
    const client = clientWithToken(token);
    const watching = watch(client, id);
    const count = () => watching.told.filter((state) => state === "reconnecting").length;
    await until(() => count() >= 3, `refusals for ${what}`);
    assert(!watching.told.includes("not_an_agent"), what);
    await watching.stop();
    await client.removeAllChannels();
  }
});
