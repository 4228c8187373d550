/** One lock order for all: whatever two transactions do to one recruit at once, none is a deadlock. */
import type postgres from "postgres";
import { assertEquals } from "../support/assert.ts";
import { newContact, upsertContacts } from "../support/contacts.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { beginConversation, beginMessage, insertAgent } from "../support/own_rows.ts";
import { receiveText } from "../support/receive_text.ts";
import { newPhone, newSid } from "../support/twilio.ts";

/** What the two transactions work on. */
interface Scene {
  agentId: string;
  phone: string;
  twilioPhone: string;
  conversationId: string;
  /** Each an outbound message whose send was begun, for each of the two. */
  messages: [Message, Message];
}

interface Message {
  id: string;
  begunAt: string;
  sid: string;
}

type Work = (sql: postgres.Sql, scene: Scene, message: Message) => Promise<unknown>;

const text = (body: string): Work => (sql, { phone, twilioPhone }) =>
  receiveText(sql, { recruit_phone: phone, twilio_phone: twilioPhone }, body, {
    turnWaitSeconds: 2,
  });

/** What Twilio's list has of a message. */
const listed = ({ sid, begunAt }: Message, error_code: string | null) =>
  JSON.stringify([{
    sid,
    direction: "outbound-api",
    from: null,
    body: sid,
    status: error_code ? "failed" : "sent",
    date_created: begunAt,
    error_code,
  }]);

/** A report that Twilio made before the SID was known here. */
const reported = (sql: postgres.Sql, { sid }: Message) =>
  sql`insert into recruiting_message_events (message_sid, twilio_status, error_code)
    values (${sid}, 'failed', '21610')`;

/** A URL that events are posted to. */
const WEBHOOK = crypto.randomUUID();

/** The event of a message, as twilio-events writes it. */
const eventOf = (recruit_phone: string, twilio_phone: string, message_sid: string) => ({
  id: newSid("EZ"),
  message_sid,
  channel: "sms",
  recruit_phone,
  twilio_phone,
  our_channel: "sms",
  our_address: twilio_phone,
  phones: [recruit_phone],
  payload: {},
});

const WORKS: Record<string, Work> = {
  "a text": text("Hi"),
  "STOP": text("STOP"),
  "START": text("START"),
  "a text that may mean stop": text("wrong number"),
  "a callback with 21610": (sql, _, { id, sid }) =>
    sql`select recruiting_record_message_status(message_sid => ${sid}, twilio_status => 'failed',
      channel => 'sms', error_code => '21610', message_id => ${id})`,
  "a callback that stores a SID of which 21610 was reported": async (sql, _, message) => {
    await reported(sql, message);
    await sql`select recruiting_record_message_status(message_sid => ${message.sid},
      twilio_status => 'sent', channel => 'sms', message_id => ${message.id})`;
  },
  "the record of copied attachments": (sql, { conversationId }, { id }) =>
    sql`select recruiting_record_media(message_id => ${id}, conversation_id => ${conversationId},
      claim_token => gen_random_uuid(), results => '[]')`,
  "a send that is refused with 21610": (sql, _, { id, begunAt }) =>
    sql`select recruiting_record_send(message_id => ${id}, begun_at => ${begunAt},
      error_code => '21610')`,
  "a send that is accepted, and of which 21610 was reported": async (sql, _, message) => {
    await reported(sql, message);
    await sql`select recruiting_record_send(message_id => ${message.id},
      begun_at => ${message.begunAt}, message_sid => ${message.sid}, twilio_status => 'queued')`;
  },
  "a send that is found in the list with 21610": (sql, { twilioPhone }, message) =>
    sql`select recruiting_confirm_send(message_id => ${message.id},
      begun_at => ${message.begunAt}, our_sender => ${twilioPhone},
      listed => ${listed(message, "21610")})`,
  "a send that is found in the list, and of which 21610 was reported": async (
    sql,
    { twilioPhone },
    message,
  ) => {
    await reported(sql, message);
    await sql`select recruiting_confirm_send(message_id => ${message.id},
      begun_at => ${message.begunAt}, our_sender => ${twilioPhone},
      listed => ${listed(message, null)})`;
  },
  "a batch of events": (sql, { phone, twilioPhone }, { id, sid }) =>
    sql`select recruiting_receive_twilio_events(${
      JSON.stringify([
        ...["doubt", "stop", "start", "reply"].map((verdict) => ({
          ...eventOf(phone, twilioPhone, newSid()),
          step: "text",
          verdict,
        })),
        {
          ...eventOf(phone, twilioPhone, sid),
          step: "status",
          twilio_status: "failed",
          error_code: "21610",
          message_id: id,
        },
        { step: "keep", kind: "event", id: newSid("EZ"), phones: [phone], payload: {} },
      ])
    })`,
  "a bot's message that fails": (sql, _, { id, sid }) =>
    sql`select recruiting_record_message_status(message_sid => ${sid}, twilio_status => 'failed',
      channel => 'sms', error_code => '30003', message_id => ${id})`,
  "an escalation": (sql, { conversationId }) =>
    sql`select recruiting_escalate_conversation(conversation_id => ${conversationId},
      reason => 'asked')`,
  "an assignment": (sql, { conversationId, agentId }) =>
    sql`select recruiting_assign_conversation(conversation_id => ${conversationId},
      agent_id => ${agentId})`,
  "a take-over": (sql, { conversationId, agentId }) =>
    sql`update recruiting_conversations set status = 'escalated', assigned_agent_id = ${agentId}
      where id = ${conversationId}`,
  "an agent's message": (sql, { conversationId, agentId }) =>
    sql`select recruiting_begin_message(conversation_id => ${conversationId},
      message_id => gen_random_uuid(), body => 'Hi', agent_id => ${agentId})`,
  "another conversation of the recruit": (sql, { phone }) =>
    sql`select recruiting_start_conversation(channel => 'sms', recruit_phone => ${phone},
      twilio_phone => ${newPhone()})`,
  "a contact of the phone": (sql, { phone }) =>
    upsertContacts(sql, [newContact({ external_id: phone, phones: [{ phone }] })]),
  "another contact of the phone, with a phone less": async (sql, { phone }) => {
    const contact = newContact({ phones: [{ phone }, { phone: newPhone() }] });
    await upsertContacts(sql, [contact], { movePhones: true });
    await upsertContacts(sql, [{ ...contact, phones: [] }]);
  },
  "the deletion of a contact": (sql, { phone }) => sql`select recruiting_delete_contact(${phone})`,
  "an erasure": (sql, { phone }) => sql`select recruiting_forget(${phone})`,
  "a read of the platform's events": (sql) => sql`select from recruiting_read_platform_events()`,
  "a claim of events to post": async (sql) => {
    await sql`select recruiting_number_platform_events(webhook => ${WEBHOOK})`;
    await sql`select recruiting_claim_platform_posts(claim_token => gen_random_uuid(), webhook => ${WEBHOOK})`;
  },
  "the record of every event that is posted": (sql) =>
    sql`select recruiting_record_platform_post(webhook => url_id, event_position => position,
      claim_token => claim_token, was_posted => true)
      from private.platform_posts where url_id = ${WEBHOOK} and claim_token is not null`,
  "the agent's removal": (sql, { agentId }) =>
    sql`delete from recruiting_agents where user_id = ${agentId}`,
  "the deletion of the agent's user": (sql, { agentId }) =>
    sql`delete from auth.users where id = ${agentId}`,
  "another conversation of the recruit, assigned": (sql, { phone, agentId }) =>
    sql`select recruiting_start_conversation(channel => 'sms', recruit_phone => ${phone},
      twilio_phone => ${newPhone()}, recruit_name => null, status => 'bot',
      assigned_agent_id => ${agentId})`,
};

/** Makes every statement that changes a row linger, so that the two overlap. */
async function withSlowWrites(sql: postgres.Sql, use: () => Promise<void>) {
  const tables = [
    "conversations",
    "messages",
    "opt_outs",
    "message_events",
    "agents",
    "contacts",
    "contact_phones",
  ];
  await sql`create function linger() returns trigger language plpgsql as
    $$ begin perform pg_sleep(0.003); return coalesce(new, old); end $$`;
  for (const table of tables) {
    await sql.unsafe(`create trigger a_linger before insert or update or delete
      on recruiting_${table} for each row execute function linger()`);
  }
  try {
    await use();
  } finally {
    await sql`drop function linger() cascade`;
  }
}

async function prepare(sql: postgres.Sql): Promise<Scene> {
  const agentId = await insertAgent(sql);
  const { id, recruit_phone, twilio_phone } = await beginConversation(sql);
  // STOP and 21610 touch them all.
  await beginConversation(sql, { recruit_phone, twilio_phone: newPhone() });
  const messages = await Promise.all([0, 1].map(async () => {
    const sid = newSid();
    return { ...await beginMessage(sql, id, sid), sid };
  }));
  return {
    agentId,
    phone: recruit_phone,
    twilioPhone: twilio_phone,
    conversationId: id,
    messages: [messages[0], messages[1]],
  };
}

Deno.test("no two transactions about one recruit end in a deadlock", (t) =>
  withOwnDatabase((sql) =>
    withSlowWrites(sql, async () => {
      for (const [index, [label, work]] of Object.entries(WORKS).entries()) {
        await t.step(`${label}, beside each of the others`, async () => {
          const others = Object.entries(WORKS).slice(index);
          const met = await Promise.all(others.map(async ([otherLabel, other]) => {
            const scene = await prepare(sql);
            const [one, two] = scene.messages;
            const results = await Promise.allSettled([
              work(sql, scene, one),
              other(sql, scene, two),
              // A third one, so that each is also the later one.
              work(sql, scene, one),
            ]);
            const codes = results.map((result) =>
              result.status === "rejected" ? result.reason.code : ""
            );
            return codes.includes("40P01") ? otherLabel : undefined;
          }));
          assertEquals(met.filter(Boolean), []);
        });
      }
    })
  ));
