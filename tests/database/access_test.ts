import type { SupabaseClient } from "@supabase/supabase-js";
import { assert, assertEquals } from "../support/assert.ts";
import { outboundMessage, startConversation } from "../support/conversations.ts";
import { asAnon, asNewAgent, asNewUser, asServiceRole, withSql } from "../support/stack.ts";
import { inboundForm, newPhone, newSid, postForStatus, statusForm } from "../support/twilio.ts";
import type {
  Database,
  TablesUpdate,
} from "../../supabase/functions/_shared/database/database.types.ts";

type Client = SupabaseClient<Database>;
type Table = keyof Database["public"]["Tables"];
type View = keyof Database["public"]["Views"];

/** What agents may read of a table or view; one that is not named here, they may not read at all. */
const READABLE: Partial<Record<Table | View, string>> = {
  recruiting_agents: "*",
  recruiting_attention: "*",
  recruiting_contact_phones: "*",
  recruiting_contact_timeline: "*",
  recruiting_contacts: "id, external_id, name, linkedin_url, profile, created_at, updated_at",
  recruiting_conversations: "*",
  recruiting_message_events: "*",
  recruiting_messages: "*",
  recruiting_profile_alerts: "*",
  recruiting_senders: "channel, address, display_name",
};

/** The tables that the platform's server writes directly. */
const PLATFORM_TABLES = ["recruiting_agents", "recruiting_senders"];

/** Every table, view and function of schema public, so that a new one cannot be forgotten. */
async function publicObjects() {
  const objects = {
    tables: [] as Table[],
    /** How an insert into a table is refused: no view can be written, whatever the caller's rights. */
    refusals: new Map<Table, string>(),
    functions: [] as string[],
    columns: new Map<string, string>(),
  };
  await withSql(async (sql) => {
    const tables =
      await sql`select relname, relkind, pg_relation_is_updatable(oid, false) as updatable
      from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm')`;
    objects.tables = tables.map(({ relname }) => relname);
    objects.refusals = new Map(
      // Postgres refuses a view that it cannot write to before it looks at the rights.
      tables.map(({ relname, relkind, updatable }) => [
        relname,
        relkind === "v" && updatable === 0 ? "55000" : "42501",
      ]),
    );
    const columns = await sql`select table_name, column_name from information_schema.columns
      where table_schema = 'public' and ordinal_position = 1`;
    objects.columns = new Map(
      columns.map(({ table_name, column_name }) => [table_name, column_name]),
    );
    const functions =
      await sql`select proname from pg_proc where pronamespace = 'public'::regnamespace`;
    objects.functions = functions.map(({ proname }) => proname);
  });
  assert(objects.tables.length >= 7, `${objects.tables.length} tables`);
  assert(objects.functions.length >= 3, `${objects.functions.length} functions`);
  return objects;
}

function codeOf({ error }: { error: { code?: string } | null }): string | undefined {
  return error?.code;
}

/** A conversation with one text, one sent message and its callback. */
async function storyOf(agentId?: string) {
  const conversation = await startConversation({ assigned_agent_id: agentId, status: "escalated" });
  await postForStatus(
    "sms-inbound",
    inboundForm({ From: conversation.recruit_phone, To: conversation.twilio_phone }),
  );
  const sid = newSid();
  await withSql(async (sql) => void await outboundMessage(sql, conversation.id, sid));
  await postForStatus("sms-status", statusForm(sid, "sent"));
  return { ...conversation, sid };
}

async function seenBy(client: Client, story: { id: string; sid: string }) {
  const conversations = await client.from("recruiting_conversations").select().eq("id", story.id);
  const messages = await client.from("recruiting_messages").select().eq(
    "conversation_id",
    story.id,
  );
  const events = await client.from("recruiting_message_events").select().eq(
    "message_sid",
    story.sid,
  );
  return [conversations, messages, events].map(({ data }) => data?.length ?? "refused");
}

for (const role of ["anon", "authenticated", "service_role"] as const) {
  Deno.test(`${role} has exactly the table privileges that the design gives`, () =>
    withSql(async (sql) => {
      const { tables } = await publicObjects();
      for (const table of tables) {
        const privileges = await sql`
          select privilege_type, column_name from information_schema.column_privileges
          where grantee = ${role} and table_schema = 'public' and table_name = ${table}
            and privilege_type in ('INSERT', 'UPDATE')`;
        const writable = [...new Set(privileges.map(({ column_name }) => column_name))].sort();
        const [{ reads, truncates, deletes }] = await sql`
          select has_any_column_privilege(${role}, ${`public.${table}`}, 'select') as reads,
            has_table_privilege(${role}, ${`public.${table}`}, 'truncate, references, trigger') as truncates,
            has_table_privilege(${role}, ${`public.${table}`}, 'delete') as deletes`;
        const isPlatforms = role === "service_role" && PLATFORM_TABLES.includes(table);
        assertEquals({ table, reads, truncates, deletes }, {
          table,
          reads: role === "service_role" || (role === "authenticated" && table in READABLE),
          truncates: false,
          deletes: isPlatforms,
        });
        if (!isPlatforms) {
          const expected = role === "authenticated" && table === "recruiting_conversations"
            ? ["assigned_agent_id", "status"]
            : [];
          assertEquals([table, writable], [table, expected]);
        }
      }
    }));
}

Deno.test("no one but service_role may execute a function of schema public", () =>
  withSql(async (sql) => {
    const { functions } = await publicObjects();
    for (const name of functions) {
      const [row] = await sql`
        select has_function_privilege('anon', p.oid, 'execute') as anon,
          has_function_privilege('authenticated', p.oid, 'execute') as authenticated,
          has_function_privilege('service_role', p.oid, 'execute') as service_role
        from pg_proc p where pronamespace = 'public'::regnamespace and proname = ${name}`;
      assertEquals({ name, ...row }, {
        name,
        anon: false,
        authenticated: false,
        service_role: true,
      });
    }
  }));

Deno.test("every table of schema public has row level security", () =>
  withSql(async (sql) => {
    const rows = await sql`select relname from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r' and not relrowsecurity`;
    assertEquals(rows.map(({ relname }) => relname), []);
  }));

Deno.test("anon reads nothing, writes nothing and calls nothing", async () => {
  const { tables, refusals, functions, columns } = await publicObjects();
  const anon = asAnon();
  for (const table of tables) {
    assertEquals([table, codeOf(await anon.from(table).select())], [table, "42501"]);
    const row = { [columns.get(table) ?? ""]: null };
    const { error } = await anon.from(table).insert(row as never);
    assertEquals([table, error?.code], [table, refusals.get(table)]);
  }
  for (const name of functions) {
    const { error } = await anon.rpc(name as never, {} as never);
    assert(error, name);
  }
});

Deno.test("a signed-in stranger sees no row, even of a conversation that was given to them", async () => {
  const stranger = await asNewUser();
  const story = await storyOf();
  await withSql(async (sql) => {
    await sql`update recruiting_conversations set assigned_agent_id = ${stranger.id} where id = ${story.id}`;
  });
  assertEquals(await seenBy(stranger.client, story), [0, 0, 0]);
  for (const [table, columns] of Object.entries(READABLE)) {
    const { data, error } = await stranger.client.from(table as Table).select(columns);
    assertEquals([table, data, error], [table, [], null]);
  }
  const { data } = await stranger.client.from("recruiting_conversations")
    .update({ status: "closed" }).eq("id", story.id).select();
  assertEquals(data, []);
});

Deno.test("an agent reads their own and the unassigned conversations, with messages and events", async () => {
  const [agent, other] = [await asNewAgent(), await asNewAgent()];
  assertEquals(await seenBy(agent.client, await storyOf(agent.id)), [1, 2, 1]);
  assertEquals(await seenBy(agent.client, await storyOf()), [1, 2, 1]);
  assertEquals(await seenBy(agent.client, await storyOf(other.id)), [0, 0, 0]);
});

Deno.test("an agent reads every agent's name and availability, and of senders three columns", async () => {
  const agent = await asNewAgent();
  const agents = await agent.client.from("recruiting_agents").select();
  const listed = agents.data?.find(({ user_id }) => user_id === agent.id);
  assertEquals(listed?.is_available, true);
  const senders = await agent.client.from("recruiting_senders").select(
    "channel, address, display_name",
  );
  const found = senders.data?.length ?? 0;
  assert(found >= 2, `${found} senders`);
  const secrets = await agent.client.from("recruiting_senders").select("bot_instructions");
  assertEquals(codeOf(secrets), "42501");
});

Deno.test("an agent reads no table that is not theirs, writes none and calls no function", async () => {
  const { tables, refusals, functions, columns } = await publicObjects();
  const { client } = await asNewAgent();
  for (const table of tables) {
    const reading = await client.from(table).select(READABLE[table] ?? "*").limit(1);
    assertEquals([table, codeOf(reading)], [table, table in READABLE ? undefined : "42501"]);
    const row = { [columns.get(table) ?? ""]: null };
    const { error } = await client.from(table).insert(row as never);
    assertEquals([table, error?.code], [table, refusals.get(table)]);
  }
  for (const name of functions) {
    const { error } = await client.rpc(name as never, {} as never);
    assert(error, name);
  }
});

const CHANGES: { action: string; change: TablesUpdate<"recruiting_conversations"> }[] = [
  { action: "take", change: { assigned_agent_id: "me" } },
  { action: "take over from the bot", change: { status: "escalated", assigned_agent_id: "me" } },
  { action: "release", change: { assigned_agent_id: null } },
  { action: "hand back", change: { status: "bot", assigned_agent_id: null } },
  { action: "close", change: { status: "closed" } },
  { action: "reopen", change: { status: "bot" } },
];

for (const { action, change } of CHANGES) {
  Deno.test(`an agent may ${action}`, async () => {
    const agent = await asNewAgent();
    const { id } = await startConversation({ status: action === "reopen" ? "closed" : "bot" });
    const wanted = {
      ...change,
      ...(change.assigned_agent_id ? { assigned_agent_id: agent.id } : {}),
    };
    const { data, error } = await agent.client.from("recruiting_conversations")
      .update(wanted).eq("id", id).select().single();
    assertEquals(error, null);
    for (const [column, value] of Object.entries(wanted)) {
      assertEquals([column, data?.[column as "status"]], [column, value]);
    }
  });
}

Deno.test("an agent changes nothing else, and gives a conversation to no other agent", async () => {
  const [agent, other] = [await asNewAgent(), await asNewAgent()];
  const { id } = await startConversation({ assigned_agent_id: agent.id });
  const update = (change: Record<string, unknown>) =>
    agent.client.from("recruiting_conversations").update(change as never).eq("id", id);
  assertEquals(codeOf(await update({ assigned_agent_id: other.id })), "42501");
  assertEquals(codeOf(await update({ recruit_phone: newPhone() })), "42501");
  assertEquals(codeOf(await update({ opted_out_at: null })), "42501");
  assertEquals(codeOf(await update({ status: "done" })), "22P02");
  assertEquals(
    codeOf(await agent.client.from("recruiting_conversations").delete().eq("id", id)),
    "42501",
  );
});

Deno.test("an agent cannot change another agent's conversation", async () => {
  const [agent, other] = [await asNewAgent(), await asNewAgent()];
  const { id } = await startConversation({ assigned_agent_id: other.id });
  const { data } = await agent.client.from("recruiting_conversations")
    .update({ assigned_agent_id: agent.id }).eq("id", id).select();
  assertEquals(data, []);
});

Deno.test("of two agents who take one conversation at once, one wins and the other gets no row", async () => {
  const agents = [await asNewAgent(), await asNewAgent()];
  for (let round = 0; round < 5; round++) {
    const { id } = await startConversation({ status: "escalated" });
    const taken = await Promise.all(
      agents.map(({ client, id: assigned_agent_id }) =>
        client.from("recruiting_conversations").update({ assigned_agent_id }).eq("id", id).select()
      ),
    );
    assertEquals(taken.map(({ data, error }) => [data?.length, error]).sort(), [[0, null], [
      1,
      null,
    ]]);
  }
});

Deno.test("handing back to the bot forgets why it was escalated", () =>
  withSql(async (sql) => {
    const { id } = await startConversation({ status: "escalated" });
    await sql`update recruiting_conversations set escalation_reason = 'asked for a person' where id = ${id}`;
    await sql`update recruiting_conversations set status = 'bot' where id = ${id}`;
    const [row] =
      await sql`select escalation_reason from recruiting_conversations where id = ${id}`;
    assertEquals(row.escalation_reason, null);
  }));

for (const removal of ["taken off the list", "deleted as a user"]) {
  Deno.test(`an agent who is ${removal} loses the tables at once, and all their conversations`, () =>
    withSql(async (sql) => {
      const agent = await asNewAgent();
      const stories = [await storyOf(agent.id), await storyOf(agent.id), await storyOf(agent.id)];
      const ids = stories.map(({ id }) => id);
      await sql`update recruiting_conversations set status = 'closed' where id = ${ids[0]}`;
      await sql`update recruiting_conversations set status = 'bot' where id = ${ids[1]}`;
      if (removal === "deleted as a user") await sql`delete from auth.users where id = ${agent.id}`;
      else await asServiceRole().from("recruiting_agents").delete().eq("user_id", agent.id);
      for (const story of stories) assertEquals(await seenBy(agent.client, story), [0, 0, 0]);
      const rows = await sql`select assigned_agent_id from recruiting_conversations where id in ${
        sql(ids)
      }`;
      assertEquals(rows.map(({ assigned_agent_id }) => assigned_agent_id), [null, null, null]);
    }));
}

Deno.test("a conversation that is taken while its agent is removed ends up unassigned", () =>
  withSql(async (sql) => {
    const agent = await asNewAgent();
    const { id } = await startConversation();
    const taking = await sql.reserve();
    await taking`begin`;
    await taking`update recruiting_conversations set assigned_agent_id = ${agent.id} where id = ${id}`;
    const removing = sql`delete from recruiting_agents where user_id = ${agent.id}`.execute();
    await taking`commit`;
    taking.release();
    await removing;
    const [row] =
      await sql`select assigned_agent_id from recruiting_conversations where id = ${id}`;
    assertEquals(row.assigned_agent_id, null);
  }));

Deno.test("service_role reads every table and writes its own two lists", async () => {
  const { tables } = await publicObjects();
  const platform = asServiceRole();
  for (const table of tables) {
    assertEquals(codeOf(await platform.from(table).select().limit(1)), undefined);
  }
  const sender = { channel: "sms" as const, address: newPhone(), display_name: "Test" };
  assertEquals((await platform.from("recruiting_senders").insert(sender)).error, null);
  const { error } = await platform.from("recruiting_senders").delete().eq("display_name", "Test");
  assertEquals(error, null);
  const direct = platform.from("recruiting_conversations")
    .insert({ recruit_phone: newPhone(), twilio_phone: "+15550100000" });
  assertEquals(codeOf(await direct), "42501");
});

Deno.test("a conversation that exists is returned unchanged", async () => {
  const { id, recruit_phone } = await startConversation({ status: "closed" });
  const again = await startConversation({ recruit_phone, status: "bot" });
  assertEquals(again.id, id);
  const { data } = await asServiceRole().from("recruiting_conversations").select("status").eq(
    "id",
    id,
  ).single();
  assertEquals(data?.status, "closed");
});

Deno.test("20 calls at once begin one conversation", async () => {
  const recruit_phone = newPhone();
  const started = await Promise.all(
    Array.from({ length: 20 }, () => startConversation({ recruit_phone })),
  );
  assertEquals(new Set(started.map(({ id }) => id)).size, 1);
});

for (
  const [label, fields, code] of [
    ["a channel that is none", { channel: "pigeon" }, "22P02"],
    ["a status that is none", { status: "open" }, "22P02"],
    ["an assigned agent who is none", { assigned_agent_id: crypto.randomUUID() }, "22023"],
  ] as const
) {
  Deno.test(`a conversation cannot begin with ${label}`, async () => {
    const { error } = await asServiceRole().rpc("recruiting_start_conversation", {
      channel: "sms",
      recruit_phone: newPhone(),
      twilio_phone: "+15550100000",
      ...fields,
    });
    assertEquals(error?.code, code);
  });
}

const E164 = "must be E.164, such as +15550100001";

/** A channel, the argument that is wrong, a value, and the error's message after the argument's name. */
const WRONG_ADDRESSES: [string, "recruit_phone" | "twilio_phone", string | null, string][] = [
  ["sms", "recruit_phone", "5550100001", E164],
  ["sms", "recruit_phone", "+1 (555) 010-0001", E164],
  ["sms", "recruit_phone", "+05550100001", E164],
  ["sms", "recruit_phone", "+1555010000123456", E164],
  ["sms", "recruit_phone", "+15550100001\n", E164],
  ["sms", "recruit_phone", "sms:+15550100001", E164],
  ["sms", "recruit_phone", "", E164],
  ["sms", "recruit_phone", null, E164],
  ["sms", "recruit_phone", "US.1234", E164],
  ["rcs", "recruit_phone", "5550100001", E164],
  [
    "whatsapp",
    "recruit_phone",
    "whatsapp:+15550100001",
    `${E164}, or the id of a WhatsApp user, such as US.1234`,
  ],
  ["messenger", "recruit_phone", "", "must be an id of 1 to 255 characters"],
  ...(["55", "5550100000", "ACME", null] as const).map((
    value,
  ): typeof WRONG_ADDRESSES[number] => [
    "sms",
    "twilio_phone",
    value,
    "must be E.164, such as +15550100000, or a short code of 3 to 8 digits",
  ]),
  ["rcs", "twilio_phone", "", "must be an id of 1 to 255 characters"],
];

Deno.test("an address that its channel does not have is named, without the row and without the address", async () => {
  const recruit_name = "Ada Example";
  for (const [channel, argument, value, message] of WRONG_ADDRESSES) {
    const { error } = await asServiceRole().rpc("recruiting_start_conversation", {
      channel,
      recruit_phone: newPhone(),
      twilio_phone: "+15550100000",
      recruit_name,
      [argument]: value,
    });
    const of = JSON.stringify([channel, argument, value]);
    assertEquals([of, error?.code, error?.message, error?.details], [
      of,
      "22023",
      `${argument} ${message}`,
      null,
    ]);
    assert(!JSON.stringify(error).includes(recruit_name), `${of}: the error has the name`);
  }
});

Deno.test("a phone that is not E.164 has no consent recorded, and is not erased", async () => {
  const platform = asServiceRole();
  for (const phone of ["5550100001", "+1 555 010 0001", "whatsapp:5550100001", "+1555"]) {
    const answers = [
      await platform.rpc("recruiting_forget", { recruit_phone: phone }),
      await platform.rpc("recruiting_record_consent", { phone, channel: "sms", kind: "opt_out" }),
    ];
    // E.164 allows short numbers, so +1555 is one.
    if (phone === "+1555") {
      assertEquals(answers.map(({ error }) => error), [null, null]);
      continue;
    }
    assertEquals(answers.map(({ error }) => [error?.code, error?.message, error?.details]), [
      ["22023", `recruit_phone ${E164}`, null],
      ["22023", `phone ${E164}`, null],
    ]);
  }
});

Deno.test("an id of Messenger is erased with its prefix, and without where a row or an erasure has it", async () => {
  const platform = asServiceRole();
  const id = crypto.randomUUID();
  const erase = (recruit_phone: string) => platform.rpc("recruiting_forget", { recruit_phone });
  assertEquals((await erase(id)).error?.message, `recruit_phone ${E164}`);
  const address = { channel: "messenger", recruit_phone: id, twilio_phone: "page" };
  assertEquals((await platform.rpc("recruiting_start_conversation", address)).error, null);
  assertEquals((await erase(id)).data?.[0].conversations, 1);
  assertEquals((await erase(id)).data?.[0].conversations, 0);
  assertEquals((await erase(`messenger:${crypto.randomUUID()}`)).error, null);
});
