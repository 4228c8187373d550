/**
 * Contacts, and what a service that watches profiles posts about them.
 *
 * @module
 */
import type postgres from "postgres";
import { startConversation } from "./conversations.ts";
import { API_URL, asServiceRole, withSql } from "./stack.ts";
import { newPhone } from "./twilio.ts";

/** The secret of .env.example. */
export const ALERTS_SECRET = "local-profile-alerts-secret-0123456789";

export const ALERTS_URL = `${API_URL}/functions/v1/profile-alerts`;

/** A person as an alert has them. */
export const PERSON = {
  firstName: "Ada",
  lastName: "Byron",
  headline: "Driver",
  location: "Leeds",
  photoUrl: "https://media.example/1",
  positions: {
    positionHistory: [
      { companyName: "Northern Freight", title: "Driver" },
      { companyName: "Fens Haulage", title: "Loader" },
    ],
  },
};

/** A contact of the running stack. */
export interface StoredContact {
  id: string;
  external_id: string;
  subscription: string;
  phone: string;
}

/** Makes a contact that has a phone and a subscription. */
export async function newContact(
  fields: { profile?: postgres.JSONValue; phones?: string[] } = {},
): Promise<StoredContact> {
  const external_id = `ats-${crypto.randomUUID()}`;
  const subscription = `sub-${crypto.randomUUID()}`;
  const { phones = [newPhone()] } = fields;
  const id = crypto.randomUUID();
  await withSql(async (sql) => {
    await sql`insert into recruiting_contacts (id, external_id, alert_subscription_id, profile)
      values (${id}, ${external_id}, ${subscription}, ${
      fields.profile === undefined ? null : sql.json(fields.profile)
    })`;
    for (const phone of phones) {
      await sql`insert into recruiting_contact_phones (contact_id, phone) values (${id}, ${phone})`;
    }
  });
  return { id, external_id, subscription, phone: phones[0] };
}

/** Posts JSON, or a text that need not be JSON. */
export function postToAlerts(path: string, body: unknown): Promise<Response> {
  return fetch(`${ALERTS_URL}/${ALERTS_SECRET}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** Posts an alert about a contact's profile. @returns The answer's status. */
export async function postAlert(
  { subscription }: StoredContact,
  person: unknown,
): Promise<number> {
  const response = await postToAlerts("", { subscriptionId: subscription, data: { person } });
  await response.body?.cancel();
  return response.status;
}

/** Posts the address of a contact's profile. @returns The answer's status. */
export async function postResolved(
  id: string,
  linkedinUrl: string,
  type = "contact",
): Promise<number> {
  const query = new URLSearchParams({ type, id });
  const response = await postToAlerts(`/resolve?${query}`, { data: { linkedinUrl } });
  await response.body?.cancel();
  return response.status;
}

/** What the alerts of a contact have changed, the oldest first. */
export async function changesOf({ id }: StoredContact) {
  const { data, error } = await asServiceRole().from("recruiting_profile_alerts").select("changed")
    .eq("contact_id", id).order("received_at");
  if (error) throw new Error(error.message);
  return data.map(({ changed }) => changed);
}

/** A contact's row. */
export async function contactRow({ id }: StoredContact) {
  const { data, error } = await asServiceRole().from("recruiting_contacts").select().eq("id", id)
    .single();
  if (error) throw new Error(error.message);
  return data;
}

/** Begins a conversation with a contact's phone, on a number of its own. */
export function conversationWith(
  { phone }: StoredContact,
  fields: Parameters<typeof startConversation>[0] = {},
) {
  return startConversation({ recruit_phone: phone, twilio_phone: newPhone(), ...fields });
}
