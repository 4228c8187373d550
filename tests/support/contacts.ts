/**
 * Contacts, as the platform writes them into a database of a test's own.
 *
 * @module
 */
import type postgres from "postgres";
import { newPhone } from "./twilio.ts";

/** What the call returns. */
export interface Upserted {
  inserted: number;
  updated: number;
  unchanged: number;
  refused: { external_id: string; field: string; reason: string }[];
}

/** Writes contacts. */
export async function upsertContacts(
  sql: postgres.Sql | postgres.TransactionSql,
  contacts: unknown,
  options: { movePhones?: boolean } = {},
): Promise<Upserted> {
  const [{ answer }] = await sql<{ answer: Upserted }[]>`
    select recruiting_upsert_contacts(contacts => ${JSON.stringify(contacts)}::text::jsonb,
      move_phones => ${options.movePhones ?? false}) as answer`;
  return answer;
}

/** What such a call returns that refuses nothing. */
export function wrote(counts: Partial<Omit<Upserted, "refused">>): Upserted {
  return { inserted: 0, updated: 0, unchanged: 0, refused: [], ...counts };
}

/** A contact with a name and a new phone. */
export function newContact(fields: Record<string, unknown> = {}) {
  return {
    external_id: crypto.randomUUID(),
    name: "Ada Example",
    phones: [{ phone: newPhone(), label: "mobile" }],
    ...fields,
  };
}

/** The contact that has each phone, by its external_id, in the order of the canonical phones. */
export async function ownersOfPhones(sql: postgres.Sql): Promise<Record<string, string>> {
  const rows = await sql`
    select p.canonical, k.external_id from recruiting_contact_phones p
    join recruiting_contacts k on k.id = p.contact_id order by p.canonical`;
  return Object.fromEntries(rows.map(({ canonical, external_id }) => [canonical, external_id]));
}
