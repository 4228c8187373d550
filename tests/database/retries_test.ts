/** A database call whose answer is lost is repeated with the same arguments: it then does nothing more. */
import type postgres from "postgres";
import { assertEquals } from "../support/assert.ts";
import { withEmptiedDatabase } from "../support/emptied_database.ts";
import { beginConversation, beginMessage, insertAgent } from "../support/own_rows.ts";
import { receiveText } from "../support/receive_text.ts";
import { newPhone, newSid } from "../support/twilio.ts";

/** What a call names: the rows that it is about, and what its caller has chosen. */
interface Scene {
  conversationId: string;
  phone: string;
  /** Of a recruit without a conversation. */
  strangersPhone: string;
  /** A send of another conversation, which Twilio has not answered. */
  send: { id: string; begunAt: string };
  agentId: string;
  sid: string;
  token: string;
  messageId: string;
  /** The URL that events are posted to. */
  webhook: string;
}

async function prepare(sql: postgres.Sql): Promise<Scene> {
  const { id: conversationId, ...parties } = await beginConversation(sql);
  await receiveText(sql, parties, "Hi", { turnWaitSeconds: 3600 });
  const other = await beginConversation(sql);
  return {
    conversationId,
    phone: parties.recruit_phone,
    strangersPhone: newPhone(),
    send: await beginMessage(sql, other.id),
    agentId: await insertAgent(sql),
    sid: newSid(),
    token: crypto.randomUUID(),
    messageId: crypto.randomUUID(),
    webhook: crypto.randomUUID(),
  };
}

const makeTurnDue = (sql: postgres.Sql, { conversationId }: Scene) =>
  sql`update recruiting_conversations set reply_due_at = now() where id = ${conversationId}`;

const claimTurn = (sql: postgres.Sql, { conversationId, token }: Scene) =>
  sql`select * from recruiting_claim_turn(conversation_id => ${conversationId}, turn_token => ${token})`;

/** A contact whose profile is watched, and who has an address. */
const insertContact = (sql: postgres.Sql, { token }: Scene) =>
  sql`insert into recruiting_contacts (external_id, alert_subscription_id, linkedin_url, profile)
    values (${token}, ${token}, 'https://linkedin.com/in/ada', '{"headline": "Driver"}')`;

/** Claims the turn, as a worker does before it replies or hands off. */
async function claimDueTurn(sql: postgres.Sql, scene: Scene) {
  await makeTurnDue(sql, scene);
  await claimTurn(sql, scene);
}

/** Two delivery events of the send. */
async function writeDeliveryEvents(sql: postgres.Sql, { send, sid }: Scene) {
  for (const status of ["sent", "delivered"]) {
    await sql`select recruiting_record_message_status(message_sid => ${sid},
      twilio_status => ${status}, channel => 'sms', message_id => ${send.id})`;
  }
}

/** Claims the first one of them, as a worker does before it posts. */
async function claimPlatformPost(sql: postgres.Sql, scene: Scene) {
  const { webhook, token } = scene;
  await sql`select recruiting_number_platform_events(webhook => ${webhook})`;
  await writeDeliveryEvents(sql, scene);
  await sql`select recruiting_number_platform_events(webhook => ${webhook})`;
  await sql`select recruiting_claim_platform_posts(claim_token => ${token}, webhook => ${webhook})`;
}

/** The event of a message, as twilio-events writes it. */
const eventOf = (recruit_phone: string, message_sid: string, fields: Record<string, unknown>) => ({
  id: `event of ${message_sid}`,
  message_sid,
  channel: "sms",
  recruit_phone,
  our_channel: "sms",
  our_address: "+15550100000",
  phones: [recruit_phone],
  payload: { data: { to: recruit_phone } },
  ...fields,
});

/** Another SID, the same for each call. */
const newSidOf = (sid: string) => sid.replace("SM", "MM");

/** A call, and what happens before it. */
interface Case {
  before?: (sql: postgres.Sql, scene: Scene) => Promise<unknown>;
  call(sql: postgres.Sql, scene: Scene): Promise<postgres.Row[]>;
  /** What the repeated call returns, where that is not the same. */
  repeated?: Record<string, unknown>;
}

const CASES: Record<string, Case> = {
  "the inbound step": {
    call: (sql, { phone, sid }) =>
      sql`select * from recruiting_receive_message(message_sid => ${sid}, channel => 'sms',
        recruit_phone => ${phone}, twilio_phone => '+15550100000', payload => '{}',
        verdict => 'reply', body => 'Are you there?', turn_wait_seconds => 0)`,
    repeated: { outcome: "repeated" },
  },
  "the inbound step of a stranger's text": {
    call: (sql, { sid, strangersPhone }) =>
      sql`select * from recruiting_receive_message(message_sid => ${sid}, channel => 'sms',
        recruit_phone => ${strangersPhone}, twilio_phone => '+15550100000', payload => '{}',
        verdict => 'stop')`,
  },
  "a delivery callback": {
    call: (sql, { send, sid }) =>
      sql`select * from recruiting_record_message_status(message_sid => ${sid},
        twilio_status => 'delivered', channel => 'sms', message_id => ${send.id})`,
  },
  "a batch of events": {
    call: (sql, { phone, sid, send }) =>
      sql`select * from recruiting_receive_twilio_events(${
        JSON.stringify([
          eventOf(phone, sid, { step: "text", twilio_phone: "+15550100000", verdict: "reply" }),
          eventOf(phone, newSidOf(sid), {
            step: "status",
            twilio_status: "sent",
            message_id: send.id,
          }),
          eventOf(phone, "bad", { step: "status", twilio_status: "not-a-status" }),
          { step: "keep", kind: "event", id: sid, phones: [phone], payload: { a: 1 } },
        ])
      }::text)`,
  },
  "a call": {
    before: (sql) =>
      sql`insert into recruiting_senders (address, voice_text) values ('+15550100000', 'Hello')`,
    call: (sql, { phone, sid }) =>
      sql`select * from recruiting_receive_call(channel => 'sms', address => '+15550100000',
        event => ${
        JSON.stringify({ step: "keep", kind: "call", id: sid, phones: [phone], payload: {} })
      })`,
  },
  "a profile alert": {
    before: insertContact,
    call: (sql, { token }) =>
      sql`select * from recruiting_receive_profile_alert(subscription_id => ${token},
        profile => '{"headline": "Planner"}')`,
  },
  "a profile that was found": {
    before: insertContact,
    call: (sql, { token }) =>
      sql`select * from recruiting_resolve_contact(contact => ${token},
        linkedin_url => 'https://linkedin.com/in/ben')`,
  },
  "the claim of a turn": { before: makeTurnDue, call: claimTurn },
  "the begin of a reply": {
    before: claimDueTurn,
    call: (sql, { conversationId, token, messageId }) =>
      sql`select * from recruiting_begin_reply(conversation_id => ${conversationId},
        turn_token => ${token}, message_id => ${messageId}, body => 'Hello', seen_seq => 1)`,
  },
  "a hand-off with a text": {
    async before(sql, scene) {
      await sql`insert into recruiting_senders (address, handover_text)
        values ('+15550100000', 'A person will answer.')`;
      await claimDueTurn(sql, scene);
    },
    call: (sql, { conversationId, token, messageId }) =>
      sql`select * from recruiting_escalate_turn(conversation_id => ${conversationId},
        turn_token => ${token}, message_id => ${messageId}, reason => 'Asked for a person')`,
  },
  "a hand-off without a text": {
    before: claimDueTurn,
    call: (sql, { conversationId, token, messageId }) =>
      sql`select * from recruiting_escalate_turn(conversation_id => ${conversationId},
        turn_token => ${token}, message_id => ${messageId}, reason => 'Asked for a person')`,
  },
  "a hand-off while no agent is available": {
    async before(sql, scene) {
      await sql`update recruiting_agents set is_available = false`;
      await claimDueTurn(sql, scene);
    },
    call: (sql, { conversationId, token, messageId }) =>
      sql`select * from recruiting_escalate_turn(conversation_id => ${conversationId},
        turn_token => ${token}, message_id => ${messageId}, reason => 'Asked for a person')`,
  },
  "the begin of an agent's message": {
    call: (sql, { conversationId, agentId, messageId }) =>
      sql`select * from recruiting_begin_message(conversation_id => ${conversationId},
        message_id => ${messageId}, body => 'Hello', agent_id => ${agentId})`,
  },
  "the record of an accepted send": {
    call: (sql, { send, sid }) =>
      sql`select * from recruiting_record_send(message_id => ${send.id}, begun_at => ${send.begunAt},
        message_sid => ${sid}, twilio_status => 'queued', num_segments => 1)`,
  },
  "the record of a refused send": {
    call: (sql, { send }) =>
      sql`select * from recruiting_record_send(message_id => ${send.id}, begun_at => ${send.begunAt},
        error_code => '30003', error_message => 'Unreachable')`,
  },
  // Null: the worker leaves the message to a later comparison with Twilio's list.
  "the begin of a retry": {
    call: (sql, { send }) =>
      sql`select * from recruiting_begin_retry(message_id => ${send.id}, begun_at => ${send.begunAt})`,
    repeated: { retry_begun_at: null },
  },
  "the claim of a send": {
    before: (sql, { send }) =>
      sql`update recruiting_messages set confirm_due_at = now() where id = ${send.id}`,
    call: (sql, { send, token }) =>
      sql`select * from recruiting_claim_send(message_id => ${send.id}, claim_token => ${token})`,
  },
  "the confirmation of a send that Twilio does not list for the first time": {
    call: (sql, { send }) =>
      sql`select * from recruiting_confirm_send(message_id => ${send.id}, begun_at => ${send.begunAt},
        our_sender => '+15550100000', listed => '[]')`,
  },
  // As with the begin of a retry.
  "the confirmation of a send that is sent again": {
    call: (sql, { send }) =>
      sql`select * from recruiting_confirm_send(message_id => ${send.id}, begun_at => ${send.begunAt},
        our_sender => '+15550100000', listed => '[]', was_not_found => true)`,
    repeated: { outcome: "superseded", retry_begun_at: null, body: null, media: null },
  },
  "the end of a status check": {
    call: (sql, { send }) =>
      sql`select * from recruiting_finish_status_check(message_id => ${send.id})`,
  },
  "the fill of attachments from Twilio's list": {
    before: claimMedia,
    call: async (sql, scene) => {
      const [{ id }] = await textOf(sql, scene);
      return await sql`select recruiting_fill_media(message_id => ${id}, claim_token => ${scene.token},
        listed => '[{"url": "https://api.twilio.com/1", "content_type": "image/png"}]')`;
    },
  },
  // Superseded: the first call has ended the lease.
  "the record of copied attachments": {
    before: claimMedia,
    call: async (sql, scene) => {
      const [{ id }] = await textOf(sql, scene);
      return await sql`select outcome from recruiting_record_media(message_id => ${id},
        conversation_id => ${scene.conversationId}, claim_token => ${scene.token},
        results => '[{"index": 0, "path": "a/b/0", "size": 1}]', retry_seconds => 5,
        has_failed => true)`;
    },
    repeated: { outcome: "superseded" },
  },
  "the end of a deletion that has failed": {
    before: (sql, { token }) =>
      sql`insert into private.deletions (target, kind, claim_token, due_at)
        values ('recruiting-media/a/b', 'folder', ${token}, now() + interval '1 minute')`,
    call: (sql, { token }) =>
      sql`select recruiting_finish_deletion(target => 'recruiting-media/a/b', claim_token => ${token},
        retry_seconds => 5)`,
  },
  "the end of a deletion": {
    before: (sql, { token }) =>
      sql`insert into private.deletions (target, kind, claim_token, due_at)
        values ('recruiting-media/a/b', 'folder', ${token}, now() + interval '1 minute')`,
    call: (sql, { token }) =>
      sql`select recruiting_finish_deletion(target => 'recruiting-media/a/b', claim_token => ${token})`,
  },
  "the numbering of the platform's events": {
    before: writeDeliveryEvents,
    call: (sql, { webhook }) =>
      sql`select * from recruiting_number_platform_events(webhook => ${webhook})`,
  },
  "the read of the platform's events": {
    before: writeDeliveryEvents,
    call: (sql) => sql`select * from recruiting_read_platform_events()`,
  },
  "the record of an event that was posted": {
    before: claimPlatformPost,
    call: (sql, { webhook, token }) =>
      sql`select * from recruiting_record_platform_post(webhook => ${webhook},
        event_position => 1, claim_token => ${token}, was_posted => true)`,
  },
  "the record of an event that was not posted": {
    before: claimPlatformPost,
    call: (sql, { webhook, token }) =>
      sql`select * from recruiting_record_platform_post(webhook => ${webhook},
        event_position => 1, claim_token => ${token}, was_posted => false)`,
  },
  "the record of an event that is given up": {
    async before(sql, scene) {
      await claimPlatformPost(sql, scene);
      await sql`update private.platform_posts set first_attempt_at = now() - interval '3 days'`;
    },
    call: (sql, { webhook, token }) =>
      sql`select * from recruiting_record_platform_post(webhook => ${webhook},
        event_position => 1, claim_token => ${token}, was_posted => false)`,
  },
  "the move of the log's cursor": {
    call: (sql) =>
      sql`select * from recruiting_move_log_cursor(cursor => '2026-11-01T10:00:00Z', has_more => true)`,
  },
};

/** Claims the attachments of the scene's text, as a worker does before it copies them. */
async function claimMedia(sql: postgres.Sql, scene: Scene) {
  await sql`update recruiting_messages set num_media = 2
    where conversation_id = ${scene.conversationId}`;
  await sql`select * from recruiting_claim_media(claim_token => ${scene.token})`;
}

/** The text with attachments. */
const textOf = (sql: postgres.Sql, { conversationId }: Scene) =>
  sql`select id from recruiting_messages where conversation_id = ${conversationId}`;

/** The rows of every table, without the end of a send's lease, which the repeated claim puts off. */
async function rowsOf(sql: postgres.Sql): Promise<Record<string, unknown>> {
  const tables = await sql`
    select c.oid::regclass::text as name from pg_class c
    where relnamespace in ('public'::regnamespace, 'private'::regnamespace, 'realtime'::regnamespace)
      and relkind in ('r', 'p') and not relispartition`;
  const rows = await Promise.all(tables.map(async ({ name }) => {
    const [{ content }] = await sql.unsafe(`
      select jsonb_agg(to_jsonb(t) - 'updated_at' - 'confirm_due_at' order by t::text) as content
      from ${name} t`);
    return [name, content];
  }));
  return Object.fromEntries(rows);
}

/** The TypeScript files below a folder, without the generated one, which names every function. */
function sourcesOf(folder: URL): URL[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? name === "node_modules" ? [] : sourcesOf(new URL(`${name}/`, folder))
      : name.endsWith(".ts") && name !== "database.types.ts"
      ? [new URL(name, folder)]
      : []
  );
}

Deno.test("every function that workers call and that changes rows has a case here or among the claims", () =>
  withEmptiedDatabase(async (sql) => {
    const texts = (files: URL[]) => files.map((file) => Deno.readTextFileSync(file)).join("\n");
    const sources = texts(sourcesOf(new URL("../../supabase/functions/", import.meta.url)));
    const changing = await sql<{ name: string }[]>`select proname as name from pg_proc
      where pronamespace = 'public'::regnamespace and provolatile = 'v'`;
    const called = changing.map(({ name }) => name).filter((name) => sources.includes(`"${name}"`));
    assertEquals(called.length > 10, true);
    const cases = texts([
      new URL(import.meta.url),
      new URL("../reconcile/claims_test.ts", import.meta.url),
    ]);
    assertEquals(called.filter((name) => !cases.includes(`${name}(`)), []);
  }));

for (const [label, { before, call, repeated = {} }] of Object.entries(CASES)) {
  Deno.test(`${label} is done once, however often it is called`, () =>
    withEmptiedDatabase(async (sql) => {
      const scene = await prepare(sql);
      await before?.(sql, scene);
      const [first] = await call(sql, scene);
      const rows = await rowsOf(sql);
      for (let times = 0; times < 2; times++) {
        const [again] = await call(sql, scene);
        assertEquals({ ...again }, { ...first, ...repeated });
      }
      assertEquals(await rowsOf(sql), rows);
    }));
}
