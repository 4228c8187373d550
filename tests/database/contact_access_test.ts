/** Which contacts an agent reads: those of whose conversations they may read one. */
import type { SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "../../supabase/functions/_shared/database/database.types.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { newContact, upsertContacts } from "../support/contacts.ts";
import { outboundMessage, startConversation } from "../support/conversations.ts";
import { asNewAgent, asNewUser, asServiceRole, withSql } from "../support/stack.ts";
import { newPhone } from "../support/twilio.ts";

type Client = SupabaseClient<Database>;
type Table = keyof Database["public"]["Tables"];

/** The table of contacts, and every table and view of schema public that has a contact_id. */
async function relationsOfContacts(): Promise<[name: Table, column: string][]> {
  const relations: [Table, string][] = [["recruiting_contacts", "id"]];
  await withSql(async (sql) => {
    const rows = await sql`
      select table_name from information_schema.columns
      where table_schema = 'public' and column_name = 'contact_id' and data_type = 'uuid'
      order by table_name`;
    for (const { table_name } of rows) relations.push([table_name, "contact_id"]);
  });
  assert(relations.length >= 4, `Only ${relations.map(([name]) => name)}`);
  return relations;
}

/**
 * A contact with an alert and, for each of the agents, a phone with a conversation and a message.
 *
 * @returns The contact's id.
 */
async function storyOf(agents: (string | undefined)[]): Promise<string> {
  const phones = agents.map(() => ({ phone: newPhone() }));
  const contact = newContact({ phones, metadata: { secret: 1 } });
  let contactId = "";
  await withSql(async (sql) => {
    await upsertContacts(sql, [contact]);
    for (const [index, assigned_agent_id] of agents.entries()) {
      const { id } = await startConversation({
        recruit_phone: phones[index].phone,
        assigned_agent_id,
      });
      await outboundMessage(sql, id);
    }
    const [{ id }] = await sql`
      select id from recruiting_contacts where external_id = ${contact.external_id}`;
    await sql`insert into recruiting_profile_alerts (contact_id, changed) values (${id}, '{}')`;
    contactId = id;
  });
  return contactId;
}

/** How many rows of each relation a client reads of a contact. */
async function seenBy(client: Client, contactId: string): Promise<Record<string, number>> {
  const seen: Record<string, number> = {};
  for (const [name, column] of await relationsOfContacts()) {
    const { data, error } = await client.from(name).select(column).eq(column as never, contactId);
    seen[name] = error ? -1 : data.length;
  }
  return seen;
}

const ofTwoPhones = (timeline: number) => ({
  recruiting_contacts: 1,
  recruiting_contact_phones: 2,
  recruiting_contact_timeline: timeline,
  recruiting_profile_alerts: 1,
});

const NOTHING = {
  recruiting_contacts: 0,
  recruiting_contact_phones: 0,
  recruiting_contact_timeline: 0,
  recruiting_profile_alerts: 0,
};

Deno.test("an agent reads all rows of a contact with a conversation that they read, and of its messages those", async () => {
  const [agent, other] = [await asNewAgent(), await asNewAgent()];
  const read = async (...agents: (string | undefined)[]) =>
    await seenBy(agent.client, await storyOf(agents));
  assertEquals(await read(agent.id, agent.id), ofTwoPhones(2));
  assertEquals(await read(agent.id, other.id), ofTwoPhones(1));
  assertEquals(await read(undefined, other.id), ofTwoPhones(1));
  assertEquals(await read(other.id, other.id), NOTHING);
});

Deno.test("a contact is read as long as the agent has its conversation", async () => {
  const [agent, other] = [await asNewAgent(), await asNewAgent()];
  const contactId = await storyOf([agent.id, other.id]);
  assertEquals(await seenBy(agent.client, contactId), ofTwoPhones(1));
  await withSql(async (sql) => {
    await sql`update recruiting_conversations set assigned_agent_id = ${other.id}
      where assigned_agent_id = ${agent.id}`;
  });
  assertEquals(await seenBy(agent.client, contactId), NOTHING);
  assertEquals(await seenBy(other.client, contactId), ofTwoPhones(2));
});

Deno.test("a signed-in stranger and a removed agent read no contact, and the platform reads all", async () => {
  const [stranger, removed] = [await asNewUser(), await asNewAgent()];
  const contactId = await storyOf([removed.id, undefined]);
  assertEquals(await seenBy(removed.client, contactId), ofTwoPhones(2));
  await asServiceRole().from("recruiting_agents").delete().eq("user_id", removed.id);
  for (const { client } of [stranger, removed]) {
    assertEquals(await seenBy(client, contactId), NOTHING);
  }
  assertEquals(await seenBy(asServiceRole(), contactId), ofTwoPhones(2));
});

Deno.test("agents read neither the metadata of a contact nor its subscription", async () => {
  const { client } = await asNewAgent();
  const contactId = await storyOf([undefined, undefined]);
  for (const column of ["metadata", "alert_subscription_id", "*"]) {
    const { error } = await client.from("recruiting_contacts").select(column).eq("id", contactId);
    assertEquals([column, error?.code], [column, "42501"]);
  }
  const { data } = await asServiceRole().from("recruiting_contacts").select("metadata").eq(
    "id",
    contactId,
  ).single();
  assertEquals(data?.metadata, { secret: 1 });
});

Deno.test("an agent finds the contact of a phone in one request", async () => {
  const { client } = await asNewAgent();
  const contact = newContact();
  const [{ phone }] = contact.phones;
  await withSql(async (sql) => void await upsertContacts(sql, [contact]));
  const find = () =>
    client.from("recruiting_contact_phones")
      .select("contact_id, recruiting_contacts (external_id, name, linkedin_url)")
      .eq("canonical", phone).maybeSingle();
  assertEquals((await find()).data, null);
  await startConversation({ recruit_phone: phone });
  const { data } = await find();
  assertEquals(data?.recruiting_contacts, {
    external_id: contact.external_id,
    name: contact.name,
    linkedin_url: null,
  });
});

Deno.test("the platform writes contacts by the API, and only by function", async () => {
  const platform = asServiceRole();
  const contact = newContact();
  const { data } = await platform.rpc("recruiting_upsert_contacts", { contacts: [contact] });
  assertEquals(data, { inserted: 1, updated: 0, unchanged: 0, refused: [] });
  const direct = await platform.from("recruiting_contacts").update({ name: "Eve" }).eq(
    "external_id",
    contact.external_id,
  );
  assertEquals(direct.error?.code, "42501");
  const deleted = await platform.rpc("recruiting_delete_contact", {
    external_id: contact.external_id,
  });
  assertEquals(deleted.data, true);
});

Deno.test("the timeline has one person's messages of all numbers and channels, with these columns", () =>
  withSql(async (sql) => {
    const [phone, other] = [newPhone(), newPhone()];
    const contact = newContact({ phones: [{ phone }, { phone: other }] });
    await upsertContacts(sql, [contact]);
    const conversations = [
      await startConversation({ recruit_phone: phone }),
      await startConversation({ recruit_phone: phone, channel: "whatsapp", status: "closed" }),
      await startConversation({ recruit_phone: other, twilio_phone: "+15550100005" }),
    ];
    for (const { id } of conversations) await outboundMessage(sql, id);
    const rows = await sql`
      select t.* from recruiting_contact_timeline t join recruiting_contacts k on k.id = t.contact_id
      where k.external_id = ${contact.external_id} order by t.created_at`;
    assertEquals(Object.keys(rows[0]), [
      "contact_id",
      "conversation_id",
      "channel",
      "recruit_phone",
      "twilio_phone",
      "conversation_status",
      "assigned_agent_id",
      "message_id",
      "seq",
      "direction",
      "sender_type",
      "body",
      "media",
      "status",
      "created_at",
    ]);
    assertEquals(
      rows.map((row) => [row.conversation_id, row.channel, row.conversation_status, row.status]),
      [
        [conversations[0].id, "sms", "bot", "queued"],
        [conversations[1].id, "whatsapp", "closed", "queued"],
        [conversations[2].id, "sms", "bot", "queued"],
      ],
    );
  }));
