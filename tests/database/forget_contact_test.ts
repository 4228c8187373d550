/** What the erasure of a phone leaves of its contact. */
import type postgres from "postgres";
import { assertEquals } from "../support/assert.ts";
import { newContact, ownersOfPhones, upsertContacts } from "../support/contacts.ts";
import { withEmptiedDatabase } from "../support/emptied_database.ts";
import { beginConversation, insertAgent } from "../support/own_rows.ts";
import { newPhone } from "../support/twilio.ts";

async function counts(sql: postgres.Sql): Promise<[contacts: number, alerts: number]> {
  const [{ contacts, alerts }] = await sql`
    select (select count(*)::int from recruiting_contacts) as contacts,
      (select count(*)::int from recruiting_profile_alerts) as alerts`;
  return [contacts, alerts];
}

Deno.test("an erased phone is taken off its contact, and with the last one the contact goes, with its alerts", () =>
  withEmptiedDatabase(async (sql) => {
    const stays = newContact();
    const phones = [{ phone: "+525512345678" }, { phone: newPhone() }];
    const goes = newContact({ phones });
    await upsertContacts(sql, [stays, goes]);
    await beginConversation(sql, { recruit_phone: phones[0].phone });
    await sql`insert into recruiting_profile_alerts (contact_id, changed)
      select id, '{"name": {"from": "Ada", "to": "Bo"}}' from recruiting_contacts`;

    await sql`select recruiting_forget('whatsapp:+5215512345678')`;
    assertEquals(await ownersOfPhones(sql), {
      [stays.phones[0].phone]: stays.external_id,
      [phones[1].phone]: goes.external_id,
    });
    assertEquals(await counts(sql), [2, 2]);

    await sql`select recruiting_forget(${phones[1].phone})`;
    assertEquals(await ownersOfPhones(sql), { [stays.phones[0].phone]: stays.external_id });
    assertEquals(await counts(sql), [1, 1]);
  }));

Deno.test("the broadcasts that tell of an erased recruit's profile are erased", () =>
  withEmptiedDatabase(async (sql) => {
    const agentId = await insertAgent(sql);
    // Each is told of a conversation with the first phone.
    const alertOf = async (name: string, phones: string[]) => {
      const contact = newContact({
        alert_subscription_id: name,
        phones: phones.map((phone) => ({ phone })),
      });
      await upsertContacts(sql, [contact]);
      await beginConversation(sql, { recruit_phone: phones[0], assigned_agent_id: agentId });
      for (const headline of ["Driver", name]) {
        await sql`select recruiting_receive_profile_alert(subscription_id => ${name},
          profile => ${JSON.stringify({ headline })})`;
      }
      return contact;
    };
    const phone = newPhone;
    const [only, first, told, last, other] = [phone(), phone(), phone(), phone(), phone()];
    await alertOf("of one phone", [only]);
    await alertOf("that keeps a phone", [first, phone()]);
    const { external_id } = await alertOf("of the phone without a conversation", [told, last]);
    await upsertContacts(sql, [{ external_id, phones: [{ phone: last }] }]);
    await alertOf("of another person", [other]);
    const headlines = async () => {
      const rows = await sql`
        select payload -> 'changed' -> 'headline' ->> 'to' as headline from realtime.messages
        where event = 'contact_changed'`;
      return rows.map(({ headline }) => headline);
    };
    assertEquals((await headlines()).length, 4);
    for (const erased of [only, first, last]) await sql`select recruiting_forget(${erased})`;
    assertEquals(await headlines(), ["of another person"]);
  }));

Deno.test("an id of Messenger that only a contact has is erased without its prefix, too", () =>
  withEmptiedDatabase(async (sql) => {
    await upsertContacts(sql, [newContact({ phones: [{ phone: "ada", label: "messenger" }] })]);
    await sql`select recruiting_forget('ada')`;
    assertEquals(await counts(sql), [0, 0]);
  }));

Deno.test("nothing that a deletion or an erasure leaves is the hash of the phone", () =>
  withEmptiedDatabase(async (sql) => {
    const [deleted, erased] = [newContact(), newContact()];
    await upsertContacts(sql, [deleted, erased]);
    const locks = async () => {
      const [{ count }] = await sql`select count(*)::int from private.phone_locks`;
      return count;
    };
    assertEquals(await locks(), 2);
    await sql`select recruiting_delete_contact(${deleted.external_id})`;
    await sql`select recruiting_forget(${erased.phones[0].phone})`;
    assertEquals(await locks(), 0);
  }));
