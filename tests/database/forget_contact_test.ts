/** What the erasure of a phone leaves of its contact. */
import type postgres from "postgres";
import { assertEquals } from "../support/assert.ts";
import { newContact, ownersOfPhones, upsertContacts } from "../support/contacts.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { beginConversation } from "../support/own_rows.ts";
import { newPhone } from "../support/twilio.ts";

async function counts(sql: postgres.Sql): Promise<[contacts: number, alerts: number]> {
  const [{ contacts, alerts }] = await sql`
    select (select count(*)::int from recruiting_contacts) as contacts,
      (select count(*)::int from recruiting_profile_alerts) as alerts`;
  return [contacts, alerts];
}

Deno.test("an erased phone is taken off its contact, and with the last one the contact goes, with its alerts", () =>
  withOwnDatabase(async (sql) => {
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

Deno.test("an id of Messenger that only a contact has is erased without its prefix, too", () =>
  withOwnDatabase(async (sql) => {
    await upsertContacts(sql, [newContact({ phones: [{ phone: "ada", label: "messenger" }] })]);
    await sql`select recruiting_forget('ada')`;
    assertEquals(await counts(sql), [0, 0]);
  }));

Deno.test("nothing that a deletion or an erasure leaves is the hash of the phone", () =>
  withOwnDatabase(async (sql) => {
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
