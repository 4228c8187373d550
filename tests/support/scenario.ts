/**
 * A conversation in which something goes wrong, and the state that it must come to: that of Twilio's log.
 *
 * @module
 */
import type postgres from "postgres";
import { assertEquals } from "./assert.ts";
import type { Seen } from "./checkpoint.ts";
import { startConversation } from "./conversations.ts";
import type { Schedule } from "./schedule.ts";
import { TWILIO_URL } from "./stack.ts";
import { ACCOUNT_SID, AUTH_TOKEN } from "./twilio.ts";
import { messagesUrl } from "./twilio_stand_in.ts";
import { until } from "./wait.ts";

/** What the platform texts. */
const TEXT = "Are you still looking for work?";

/** A conversation in which something goes wrong. */
export interface Scenario {
  label: string;
  id: string;
  recruit_phone: string;
  twilio_phone: string;
  /** Asks whether a request is about it. */
  owns(seen: Seen): boolean;
  /** Asks the same of a line of the log. */
  isNamedIn(line: string): boolean;
  /** How it must end: the conversation's status, and the texts that the recruit has got. */
  ends: { status: "bot" | "escalated"; texts: number };
}

/** Begins one. */
export async function startScenario(
  label: string,
  ends: Scenario["ends"],
  fields: Parameters<typeof startConversation>[0] = {},
): Promise<Scenario> {
  const conversation = await startConversation(fields);
  // Some calls name the message alone, so its id is learnt from those that name the conversation too.
  const names = new Set([conversation.id, conversation.recruit_phone.slice(1)]);
  const isNamedIn = (text: string) => [...names].some((name) => text.includes(name));
  return {
    label,
    ends,
    ...conversation,
    isNamedIn,
    owns({ line, body }) {
      const isOurs = isNamedIn(line) || isNamedIn(body);
      const [, messageId] = /"message_id":"([0-9a-f-]{36})"/.exec(isOurs ? body : "") ?? [];
      if (messageId) names.add(messageId);
      return isOurs;
    },
  };
}

/** Begins a text of the platform's, without a worker. Returns the names of the message and its attempt. */
export async function beginSend(
  sql: postgres.Sql,
  { id }: Scenario,
): Promise<{ messageId: string; begunAt: string }> {
  const messageId = crypto.randomUUID();
  const [{ begun_at: begunAt }] = await sql`
    select begun_at::text from recruiting_begin_message(conversation_id => ${id},
      message_id => ${messageId}, body => ${TEXT}, status_check_seconds => 0)`;
  return { messageId, begunAt };
}

/** Lets Twilio have the text, and returns its SID. */
export async function callTwilio({ recruit_phone, twilio_phone }: Scenario): Promise<string> {
  const response = await fetch(`${messagesUrl(TWILIO_URL)}.json`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${ACCOUNT_SID}:${AUTH_TOKEN}`)}` },
    body: new URLSearchParams({ To: recruit_phone, From: twilio_phone, Body: TEXT }),
  });
  return (await response.json()).sid;
}

/** Begins a text, lets Twilio have it, and records its SID. */
export async function sendAndRecord(sql: postgres.Sql, scenario: Scenario): Promise<string> {
  const { messageId, begunAt } = await beginSend(sql, scenario);
  const sid = await callTwilio(scenario);
  await sql`select recruiting_record_send(message_id => ${messageId}, begun_at => ${begunAt},
    message_sid => ${sid}, twilio_status => 'queued')`;
  return sid;
}

/** A message as Twilio's log has it. */
interface LoggedMessage {
  sid: string;
  direction: string;
  body: string;
  status: string;
}

/** What Twilio's log has of a phone, oldest first. */
async function twilioLogOf(phone: string): Promise<LoggedMessage[]> {
  const url = new URL("/phone/messages", TWILIO_URL);
  url.searchParams.set("phone", phone);
  return await (await fetch(url)).json();
}

/** Lets the time pass that a lease, an unconfirmed send and a check of a status last. */
export async function letTimePass(
  sql: postgres.Sql,
  scenarios: Pick<Scenario, "id">[],
): Promise<void> {
  const ids = scenarios.map(({ id }) => id);
  await sql`update recruiting_conversations set turn_expires_at = now()
    where id in ${sql(ids)} and turn_expires_at is not null`;
  await sql`update recruiting_messages set confirm_due_at = now()
    where conversation_id in ${sql(ids)} and confirm_due_at is not null`;
  await sql`update recruiting_messages set status_check_at = now()
    where conversation_id in ${sql(ids)} and status_check_at is not null`;
}

/** Waits until Twilio has delivered what it has accepted. */
export async function untilDelivered(scenarios: Scenario[]): Promise<void> {
  for (const { recruit_phone } of scenarios) {
    await until(
      async () =>
        (await twilioLogOf(recruit_phone)).every(({ status }) =>
          ["received", "delivered"].includes(status)
        ),
      "Twilio to deliver",
    );
  }
}

/** Asks whether a turn or an unconfirmed send is left of any scenario. */
export async function isWorkLeft(sql: postgres.Sql, scenarios: Scenario[]): Promise<boolean> {
  const ids = scenarios.map(({ id }) => id);
  const [{ is_left }] = await sql`select exists (
      select from recruiting_conversations
      where id in ${sql(ids)} and (reply_due_at is not null or turn_expires_at is not null)
    ) or exists (
      select from recruiting_messages
      where conversation_id in ${sql(ids)} and confirm_due_at is not null
    ) as is_left`;
  return is_left;
}

async function areStatusesLeft(sql: postgres.Sql, scenarios: Scenario[]): Promise<boolean> {
  const ids = scenarios.map(({ id }) => id);
  const [{ are_left }] = await sql`select exists (
      select from recruiting_messages
      where conversation_id in ${sql(ids)} and status_check_at is not null
    ) as are_left`;
  return are_left;
}

/**
 * Runs sms-reconcile until nothing is due, each time after the time that it takes for things to become
 * due. A turn, two looks into Twilio's list and the status after them are 4 runs at most.
 */
export async function reconcileAll(
  sql: postgres.Sql,
  schedule: Pick<Schedule, "reconcile">,
  scenarios: Scenario[],
): Promise<void> {
  for (let runs = 0; runs < 4; runs++) {
    await untilDelivered(scenarios);
    await letTimePass(sql, scenarios);
    // A run asks Twilio for 50 statuses at most.
    while ((await schedule.reconcile()).status === "more");
    if (!await isWorkLeft(sql, scenarios) && !await areStatusesLeft(sql, scenarios)) return;
  }
}

/** Asserts that the tables have what Twilio's log has, once, and that the recruit got what was due. */
export async function assertEndsWell(
  sql: postgres.Sql,
  { id, recruit_phone, ends }: Scenario,
): Promise<void> {
  const logged = await twilioLogOf(recruit_phone);
  const stored = await sql<LoggedMessage[]>`
    select message_sid as sid, direction, body, status from recruiting_messages
    where conversation_id = ${id}`;
  const inOrder = (messages: LoggedMessage[]) =>
    messages.map(({ sid, direction, body, status }) => [sid, direction.split("-")[0], body, status])
      .sort();
  assertEquals(inOrder(stored), inOrder(logged));
  const sent = logged.filter(({ direction }) => direction !== "inbound");
  const [conversation] = await sql`
    select c.status, c.reply_due_at, c.turn_expires_at, (
      select count(*)::int from recruiting_messages m
      where m.conversation_id = c.id and (m.confirm_due_at is not null or m.status_check_at is not null)
    ) as due
    from recruiting_conversations c where c.id = ${id}`;
  assertEquals({ ...conversation, texts: sent.length }, {
    ...ends,
    reply_due_at: null,
    turn_expires_at: null,
    due: 0,
  });
}
