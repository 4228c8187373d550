/** A database call whose answer is lost is repeated with the same arguments: it then does nothing more. */
import type postgres from "postgres";
import { assertEquals } from "../support/assert.ts";
import { withOwnDatabase } from "../support/own_database.ts";
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
  };
}

const makeTurnDue = (sql: postgres.Sql, { conversationId }: Scene) =>
  sql`update recruiting_conversations set reply_due_at = now() where id = ${conversationId}`;

const claimTurn = (sql: postgres.Sql, { conversationId, token }: Scene) =>
  sql`select * from recruiting_claim_turn(conversation_id => ${conversationId}, turn_token => ${token})`;

/** Claims the turn, as a worker does before it replies or hands off. */
async function claimDueTurn(sql: postgres.Sql, scene: Scene) {
  await makeTurnDue(sql, scene);
  await claimTurn(sql, scene);
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
  "the move of the log's cursor": {
    call: (sql) =>
      sql`select * from recruiting_move_log_cursor(cursor => '2026-11-01T10:00:00Z', has_more => true)`,
  },
};

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
  withOwnDatabase(async (sql) => {
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
    withOwnDatabase(async (sql) => {
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
