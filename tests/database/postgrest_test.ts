/** What PostgREST's own SQL reaches: it differs from that of the local REST server. */
import type postgres from "postgres";
import { assertEquals } from "../support/assert.ts";
import { outboundMessage, startConversation } from "../support/conversations.ts";
import { asPostgrest } from "../support/postgrest.ts";
import { asNewAgent, withSql } from "../support/stack.ts";
import { newPhone, newSid } from "../support/twilio.ts";

async function assignedTo(sql: postgres.Sql, id: string): Promise<string | null> {
  const [row] = await sql`select assigned_agent_id from recruiting_conversations where id = ${id}`;
  return row.assigned_agent_id;
}

async function eventsOf(sql: postgres.Sql, id: string): Promise<string[]> {
  const rows = await sql`select event from realtime.messages
    where payload ->> 'conversation_id' = ${id} order by event`;
  return rows.map(({ event }) => event);
}

Deno.test("an agent who is upserted, the key with its own value, keeps every conversation", () =>
  withSql(async (sql) => {
    const agent = await asNewAgent();
    const ids = await Promise.all(
      ["bot", "escalated", "closed"].map(async (status) =>
        (await startConversation({ assigned_agent_id: agent.id, status })).id
      ),
    );
    const before = await Promise.all(ids.map((id) => eventsOf(sql, id)));
    const platform = asPostgrest(sql, "service_role");
    for (const is_available of [false, true]) {
      const [row] = await platform.upsert("recruiting_agents", [
        { user_id: agent.id, display_name: "Renamed", is_available },
      ]);
      assertEquals([row.display_name, row.is_available], ["Renamed", is_available]);
    }
    assertEquals(await Promise.all(ids.map((id) => assignedTo(sql, id))), ids.map(() => agent.id));
    assertEquals(await Promise.all(ids.map((id) => eventsOf(sql, id))), before);
  }));

Deno.test("an agent's row that is given to another user leaves the conversations unassigned", () =>
  withSql(async (sql) => {
    const [agent, other] = [await asNewAgent(), await asNewAgent()];
    const { id } = await startConversation({ assigned_agent_id: agent.id, status: "escalated" });
    await sql`delete from recruiting_agents where user_id = ${other.id}`;
    const change = { user_id: other.id };
    await asPostgrest(sql, "service_role").update("recruiting_agents", change, "user_id", agent.id);
    assertEquals(await assignedTo(sql, id), null);
  }));

Deno.test("a sender that is upserted again changes what was given, and nothing else", () =>
  withSql(async (sql) => {
    const platform = asPostgrest(sql, "service_role");
    const key = { channel: "sms", address: newPhone() };
    await platform.upsert("recruiting_senders", [{
      ...key,
      display_name: "A",
      bot_instructions: "B",
    }]);
    const [row] = await platform.upsert("recruiting_senders", [{ ...key, display_name: "C" }]);
    assertEquals([row.display_name, row.bot_instructions], ["C", "B"]);
  }));

Deno.test("an agent's update that writes both columns is heard once, and with the same values not at all", () =>
  withSql(async (sql) => {
    const agent = await asNewAgent();
    const { id } = await startConversation({ status: "bot" });
    const asAgent = asPostgrest(sql, "authenticated", agent.id);
    const take = { status: "escalated", assigned_agent_id: agent.id };
    for (let times = 0; times < 3; times++) {
      const rows = await asAgent.update("recruiting_conversations", take, "id", id);
      assertEquals(rows.map(({ assigned_agent_id }) => assigned_agent_id), [agent.id]);
    }
    // To the topic of unassigned conversations, and to the agent's.
    assertEquals(await eventsOf(sql, id), ["conversation_updated", "conversation_updated"]);
  }));

Deno.test("an agent's update that gives a conversation to a colleague is refused", () =>
  withSql(async (sql) => {
    const [agent, colleague] = [await asNewAgent(), await asNewAgent()];
    const { id } = await startConversation({ assigned_agent_id: agent.id });
    const give = { assigned_agent_id: colleague.id };
    const refused = await asPostgrest(sql, "authenticated", agent.id)
      .update("recruiting_conversations", give, "id", id).catch(({ code }) => code);
    assertEquals(refused, "42501");
    assertEquals(await assignedTo(sql, id), agent.id);
  }));

Deno.test("the functions of the webhooks and the platform do their work once when they are called from a subquery", () =>
  withSql(async (sql) => {
    const platform = asPostgrest(sql, "service_role");
    const parties = { channel: "sms", recruit_phone: newPhone(), twilio_phone: newPhone() };
    const text = { message_sid: newSid(), ...parties, payload: "{}", verdict: "reply", body: "Hi" };
    const [unmatched] = await platform.rpc("recruiting_receive_message", text);
    assertEquals(unmatched.outcome, "no_conversation");

    const [{ pgrst_call: id }] = await platform.rpc("recruiting_start_conversation", {
      ...parties,
      status: "escalated",
    });
    const [repeated] = await platform.rpc("recruiting_receive_message", text);
    const [received] = await platform.rpc("recruiting_receive_message", {
      ...text,
      message_sid: newSid(),
    });
    assertEquals([repeated.outcome, received.outcome], ["repeated", "received"]);
    assertEquals(await eventsOf(sql, String(id)), [
      "conversation_escalated",
      "message_received",
      "message_received",
    ]);

    const sid = newSid();
    await outboundMessage(sql, String(id), sid);
    const callback = { message_sid: sid, twilio_status: "sent", channel: "sms", payload: "{}" };
    for (let times = 0; times < 2; times++) {
      const [status] = await platform.rpc("recruiting_record_message_status", callback);
      assertEquals({ ...status }, {
        message_status: "sent",
        conversation_id: id,
        warnings: [],
      });
    }
    const [{ count }] = await sql`select count(*)::int from recruiting_messages
      where conversation_id = ${String(id)}`;
    assertEquals(count, 3);
  }));
