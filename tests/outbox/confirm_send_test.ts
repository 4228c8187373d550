/** What becomes of an unconfirmed send, by what Twilio's list has. */
import type postgres from "postgres";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { withEmptiedDatabase } from "../support/emptied_database.ts";
import { beginConversation, beginMessage, insertAgent } from "../support/own_rows.ts";
import { receiveText } from "../support/receive_text.ts";
import { bodyOwnerOf } from "../../supabase/functions/_shared/outbox/body_owner.ts";
import { newPhone, newSid } from "../support/twilio.ts";

const OURS = "+15550100000";

/** A message in Twilio's list, so many seconds after the send was begun. */
interface Listed {
  sid?: string;
  direction?: string;
  from?: string | null;
  body?: string;
  after?: number;
  status?: string;
}

/** A send that Twilio has not answered. */
interface Send {
  id: string;
  begunAt: string;
  conversationId: string;
  phone: string;
}

/** Begins a send of the platform's. */
async function beginSend(
  sql: postgres.Sql,
  { body = "Hello", phone = newPhone(), twilioPhone = OURS } = {},
): Promise<Send> {
  const { id: conversationId } = await beginConversation(sql, {
    recruit_phone: phone,
    twilio_phone: twilioPhone,
  });
  return { ...await beginMessage(sql, conversationId, body), conversationId, phone };
}

/** Begins a reply of the bot's to a text. */
async function beginReply(sql: postgres.Sql): Promise<Send> {
  const { id: conversationId, ...parties } = await beginConversation(sql);
  await receiveText(sql, parties, "Hi");
  const [id, turnToken] = [crypto.randomUUID(), crypto.randomUUID()];
  await sql`select recruiting_claim_turn(conversation_id => ${conversationId}, turn_token => ${turnToken})`;
  const [{ outcome, begun_at }] = await sql`
    select outcome, begun_at::text from recruiting_begin_reply(conversation_id => ${conversationId},
      turn_token => ${turnToken}, message_id => ${id}, body => 'Hello', seen_seq => 1)`;
  assertEquals(outcome, "begun");
  return { id, begunAt: begun_at, conversationId, phone: parties.recruit_phone };
}

/** Confirms a send with what Twilio lists, as a worker does. */
async function confirm(
  sql: postgres.Sql,
  { id, begunAt }: { id: string; begunAt: string },
  list: Listed[],
  isLast = true,
) {
  const [send] = await sql`
    select body, private.other_unconfirmed_sends(m) as others from recruiting_messages m where id = ${id}`;
  const otherBodies = (send?.others ?? []).map(({ body }: { body: string }) => body);
  const listed = list.map(({ after = 0, body = "Hello", ...message }) => ({
    sid: newSid(),
    direction: "outbound-api",
    from: OURS,
    body_owner: bodyOwnerOf(body, send?.body ?? "", otherBodies),
    status: "sent",
    num_segments: "1",
    date_created: new Date(Date.parse(begunAt) + after * 1000).toISOString(),
    error_code: null,
    error_message: null,
    ...message,
  }));
  const [row] = await sql`
    select * from recruiting_confirm_send(message_id => ${id}, begun_at => ${begunAt},
      our_sender => ${OURS}, listed => ${JSON.stringify(listed)},
      was_not_found => ${isLast})`;
  return row;
}

async function messageOf(sql: postgres.Sql, id: string) {
  const [row] = await sql`select * from recruiting_messages where id = ${id}`;
  return row;
}

for (
  const [label, list, outcome] of [
    ["nothing", [], "retry"],
    ["it", [{}], "confirmed"],
    ["it, from no number yet", [{ from: null }], "confirmed"],
    [
      "it, with words added by a trial account",
      [{ body: "Sent from a trial - Hello" }],
      "confirmed",
    ],
    ["it, its words changed on the way", [{ body: "Helo" }], "failed"],
    ["it, without its text, which was redacted", [{ body: "" }], "confirmed"],
    ["it, 5 s before by another clock", [{ after: -4.9 }], "confirmed"],
    ["it, at the end of the call's time", [{ after: 29.9 }], "confirmed"],
    ["one from before", [{ after: -5.1 }], "retry"],
    ["one from long after", [{ after: 30.1 }], "retry"],
    ["one from another number", [{ from: "+15550100005" }], "retry"],
    ["an automatic reply", [{ direction: "outbound-reply" }], "retry"],
    ["a text of the recruit's", [{ direction: "inbound" }], "retry"],
    ["two, one with its words", [{ body: "Other" }, { body: "Hello" }], "confirmed"],
    ["two with its words", [{}, {}], "failed"],
    ["two with other words", [{ body: "Other" }, { body: "Another" }], "failed"],
  ] as [string, Listed[], string][]
) {
  Deno.test(`a send that Twilio lists as ${label} is ${outcome}`, () =>
    withEmptiedDatabase(async (sql) => {
      const send = await beginSend(sql);
      assertEquals((await confirm(sql, send, list)).outcome, outcome);
      const { status, message_sid } = await messageOf(sql, send.id);
      assertEquals(message_sid !== null, outcome === "confirmed");
      assertEquals(status, { confirmed: "sent", failed: "failed", retry: "queued" }[outcome]);
      const [{ status: conversation, escalation_reason }] = await sql`
        select status, escalation_reason from recruiting_conversations where id = ${send.conversationId}`;
      assertEquals(conversation, outcome === "failed" ? "escalated" : "bot");
      if (outcome === "failed") assertMatch(escalation_reason, /does not show/);
    }));
}

Deno.test("a message whose SID a row has already is not another send's", () =>
  withEmptiedDatabase(async (sql) => {
    const phone = newPhone();
    const first = await beginSend(sql, { phone });
    const sid = newSid();
    assertEquals((await confirm(sql, first, [{ sid }])).outcome, "confirmed");
    const second = await beginSend(sql, { phone });
    assertEquals((await confirm(sql, second, [{ sid }])).outcome, "retry");
  }));

Deno.test("a send whose list cannot be read waits, and is a person's after a quarter of an hour", () =>
  withEmptiedDatabase(async (sql) => {
    const send = await beginSend(sql);
    const confirmWithoutList = async (begunAt: string) => {
      const [{ outcome }] = await sql`
        select outcome from recruiting_confirm_send(message_id => ${send.id}, begun_at => ${begunAt},
          our_sender => ${OURS})`;
      return outcome;
    };
    assertEquals(await confirmWithoutList(send.begunAt), "not_found");
    assertEquals((await messageOf(sql, send.id)).status, "queued");
    const [{ begun_at }] = await sql`
      update recruiting_messages set begun_at = begun_at - interval '15 minutes'
      where id = ${send.id} returning begun_at::text`;
    assertEquals(await confirmWithoutList(begun_at), "failed");
    assertEquals((await messageOf(sql, send.id)).error_message, "Twilio's list could not be read");
    const [{ status }] = await sql`
      select status from recruiting_conversations where id = ${send.conversationId}`;
    assertEquals(status, "escalated");
  }));

Deno.test("what a send that could not be told apart has left in the list is not the next one's", () =>
  withEmptiedDatabase(async (sql) => {
    const phone = newPhone();
    const one = await beginSend(sql, { phone, body: "See https://example.com/a/long/way" });
    const two = await beginSend(sql, { phone, body: "And bring your licence" });
    const list = [{ sid: newSid(), body: "Something else" }];
    assertEquals((await confirm(sql, one, list)).outcome, "failed");
    assertEquals((await confirm(sql, two, list)).outcome, "failed");
    assertEquals((await messageOf(sql, two.id)).message_sid, null);
  }));

Deno.test("one look into the list is not enough to say that it was not sent", () =>
  withEmptiedDatabase(async (sql) => {
    const send = await beginSend(sql);
    assertEquals((await confirm(sql, send, [], false)).outcome, "not_found");
    assertEquals((await messageOf(sql, send.id)).begun_at.getTime(), Date.parse(send.begunAt));
  }));

for (
  const [label, lists, outcomes] of [
    [
      "both were sent",
      [{ from: null, body: "To one" }, { from: null, body: "To two" }],
      ["confirmed", "confirmed"],
    ],
    ["only the first was sent", [{ from: null, body: "To one" }], ["confirmed", "retry"]],
    ["only the second was sent", [{ from: null, body: "To two" }], ["retry", "confirmed"]],
    ["neither was sent", [], ["retry", "retry"]],
  ] as [string, Listed[], string[]][]
) {
  Deno.test(`two unconfirmed sends to one recruit from two numbers, when ${label}: each text once`, () =>
    withEmptiedDatabase(async (sql) => {
      const phone = newPhone();
      const list = lists.map((message) => ({ sid: newSid(), ...message }));
      const sends = [
        await beginSend(sql, { phone, body: "To one" }),
        await beginSend(sql, { phone, body: "To two", twilioPhone: "+15550100005" }),
      ];
      for (const [index, send] of sends.entries()) {
        assertEquals((await confirm(sql, send, list)).outcome, outcomes[index]);
        const { message_sid, body } = await messageOf(sql, send.id);
        assertEquals(
          message_sid ?? undefined,
          list.find((message) => message.body === body)?.sid,
        );
      }
    }));
}

Deno.test("two unconfirmed sends with the same words take one each", () =>
  withEmptiedDatabase(async (sql) => {
    const phone = newPhone();
    const list = [{ sid: newSid(), from: null }, { sid: newSid(), from: null }];
    const sends = [
      await beginSend(sql, { phone }),
      await beginSend(sql, { phone, twilioPhone: "+15550100005" }),
    ];
    for (const send of sends) assertEquals((await confirm(sql, send, list)).outcome, "confirmed");
    const sids = await Promise.all(
      sends.map(async ({ id }) => (await messageOf(sql, id)).message_sid),
    );
    assertEquals(sids.sort(), list.map(({ sid }) => sid).sort());
  }));

/** Two sends to one recruit, side by side, and what Twilio lists of them. */
const SIDE_BY_SIDE: {
  label: string;
  bodies: [string, string];
  listed: string[];
  outcomes: [string, string];
  /** Which entry of the list each one has in the end. */
  sids: [number | undefined, number | undefined];
}[] = [
  {
    label: "only the one whose words hold the other's was sent",
    bodies: ["Yes", "Yes, see you Monday"],
    listed: ["Yes, see you Monday"],
    outcomes: ["retry", "confirmed"],
    sids: [undefined, 0],
  },
  {
    label: "both were sent, and one's words hold the other's",
    bodies: ["Yes", "Yes, see you Monday"],
    listed: ["Sent from a trial - Yes, see you Monday", "Sent from a trial - Yes"],
    outcomes: ["confirmed", "confirmed"],
    sids: [1, 0],
  },
  {
    label: "only the one beside a picture without words was sent",
    bodies: ["", "Hello"],
    listed: ["Hello"],
    outcomes: ["retry", "confirmed"],
    sids: [undefined, 0],
  },
  {
    label: "only the picture without words was sent",
    bodies: ["", "Hello"],
    listed: [""],
    outcomes: ["confirmed", "retry"],
    sids: [0, undefined],
  },
  {
    label: "one was sent with another apostrophe, and begins with the other",
    bodies: ["Hi", "Hi, it’s about Monday"],
    listed: ["Hi, it's about Monday"],
    outcomes: ["retry", "confirmed"],
    sids: [undefined, 0],
  },
  {
    label: "one was sent with a short link",
    bodies: ["See https://example.com/a/long/way", ""],
    listed: ["See https://short.example/a"],
    outcomes: ["confirmed", "retry"],
    sids: [0, undefined],
  },
  {
    label: "one was sent in other words",
    bodies: ["See you on Monday", ""],
    listed: ["See you Monday"],
    outcomes: ["failed", "failed"],
    sids: [undefined, undefined],
  },
];

for (const { label, bodies, listed, outcomes, sids } of SIDE_BY_SIDE) {
  Deno.test(`of two unconfirmed sends of one conversation, when ${label}: each has its own or none`, () =>
    withEmptiedDatabase(async (sql) => {
      const phone = newPhone();
      const list = listed.map((body) => ({ sid: newSid(), body }));
      const sends = [];
      for (const body of bodies) sends.push(await beginSend(sql, { phone, body }));
      for (const [index, send] of sends.entries()) {
        const { outcome } = await confirm(sql, send, list);
        const { message_sid } = await messageOf(sql, send.id);
        assertEquals([outcome, message_sid], [
          outcomes[index],
          sids[index] === undefined ? null : list[sids[index]].sid,
        ]);
      }
    }));
}

Deno.test("a reply that was not sent is deleted, and is pending again", () =>
  withEmptiedDatabase(async (sql) => {
    const send = await beginReply(sql);
    const { outcome, reply_due_in_ms } = await confirm(sql, send, []);
    assertEquals([outcome, reply_due_in_ms], ["pending_again", 0]);
    assertEquals(await messageOf(sql, send.id), undefined);
    const [turn] = await sql`
      select * from recruiting_claim_turn(conversation_id => ${send.conversationId},
        turn_token => gen_random_uuid())`;
    assertEquals(turn.is_first_reply, true);
  }));

for (
  const [label, change] of [
    [
      "the conversation is a person's now",
      (sql, { conversationId }) =>
        sql`select recruiting_escalate_conversation(conversation_id => ${conversationId}, reason => 'test')`,
    ],
    [
      "the recruit has opted out",
      (sql, { phone }) =>
        sql`insert into recruiting_opt_outs (recruit_phone, twilio_phone, reason) values (${phone}, ${OURS}, 'test')`,
    ],
    ["the recruit has opted out and in again", async (sql, { phone }) => {
      for (const word of ["STOP", "START"]) {
        await receiveText(sql, { recruit_phone: phone, twilio_phone: OURS }, word);
      }
    }],
    ["an agent has taken the conversation and handed it back", async (sql, { conversationId }) => {
      for (const status of ["escalated", "bot"]) {
        await sql`update recruiting_conversations set status = ${status} where id = ${conversationId}`;
      }
    }],
    ["the conversation was closed and reopened", async (sql, { conversationId }) => {
      for (const status of ["closed", "bot"]) {
        await sql`update recruiting_conversations set status = ${status} where id = ${conversationId}`;
      }
    }],
    ["an agent was assigned", async (sql, { conversationId }) => {
      const agentId = await insertAgent(sql);
      await sql`select recruiting_assign_conversation(conversation_id => ${conversationId},
        agent_id => ${agentId})`;
    }],
  ] as [
    string,
    (sql: postgres.Sql, send: { conversationId: string; phone: string }) => Promise<unknown>,
  ][]
) {
  Deno.test(`a reply that was not sent, when ${label}, is not pending again`, () =>
    withEmptiedDatabase(async (sql) => {
      const send = await beginReply(sql);
      await change(sql, send);
      const { outcome, reply_due_in_ms } = await confirm(sql, send, []);
      assertEquals([outcome, reply_due_in_ms], ["revoked", null]);
      assertEquals(await messageOf(sql, send.id), undefined);
    }));

  Deno.test(`a reply that waits for another try, when ${label}, is not tried again`, () =>
    withEmptiedDatabase(async (sql) => {
      const send = await beginReply(sql);
      await change(sql, send);
      const [{ again }] = await sql`
        select retry_begun_at as again from recruiting_begin_retry(message_id => ${send.id},
          begun_at => ${send.begunAt})`;
      assertEquals([again, await messageOf(sql, send.id)], [null, undefined]);
    }));
}

Deno.test("nothing of the bot's is sent again in a conversation that was closed since", () =>
  withEmptiedDatabase(async (sql) => {
    const send = await beginSend(sql);
    await sql`update recruiting_conversations set status = 'closed' where id = ${send.conversationId}`;
    assertEquals((await confirm(sql, send, [])).outcome, "failed");
    const { status, error_message } = await messageOf(sql, send.id);
    assertEquals([status, error_message], ["failed", "The conversation is closed"]);
  }));

Deno.test("the platform's text that was not sent is not sent to a recruit who has opted out since", () =>
  withEmptiedDatabase(async (sql) => {
    const send = await beginSend(sql);
    await sql`insert into recruiting_opt_outs (recruit_phone, twilio_phone, reason)
      values (${send.phone}, ${OURS}, 'test')`;
    assertEquals((await confirm(sql, send, [])).outcome, "failed");
    const { status, error_message } = await messageOf(sql, send.id);
    assertEquals([status, error_message], ["failed", "The recruit has opted out"]);
    const [conversation] = await sql`
      select status from recruiting_conversations where id = ${send.conversationId}`;
    assertEquals(conversation.status, "bot");
  }));

Deno.test("of 20 workers that confirm one send, one claims it, and one may send it again", () =>
  withEmptiedDatabase(async (sql) => {
    const send = await beginSend(sql);
    await sql`update recruiting_messages set confirm_due_at = now() where id = ${send.id}`;
    const claims = await Promise.all(
      Array.from(
        { length: 20 },
        () =>
          sql`select * from recruiting_claim_send(message_id => ${send.id},
            claim_token => gen_random_uuid())`,
      ),
    );
    assertEquals(claims.map(({ length }) => length).sort().reverse(), [1, ...Array(19).fill(0)]);
    const confirmations = await Promise.all(
      Array.from({ length: 20 }, () => confirm(sql, send, [])),
    );
    const outcomes = confirmations.map(({ outcome }) => outcome);
    assertEquals(outcomes.filter((outcome) => outcome === "retry").length, 1);
    assertEquals(outcomes.filter((outcome) => outcome === "superseded").length, 19);
  }));

Deno.test("what Twilio never takes is sent again for 15 minutes, and is a person's then", () =>
  withEmptiedDatabase(async (sql) => {
    const send = await beginSend(sql);
    const { outcome, retry_begun_at } = await confirm(sql, send, []);
    assertEquals(outcome, "retry");
    await sql`update recruiting_messages set created_at = now() - interval '901 seconds' where id = ${send.id}`;
    send.begunAt = retry_begun_at.toISOString();
    assertEquals((await confirm(sql, send, [])).outcome, "failed");
    const [{ status }] = await sql`
      select status from recruiting_conversations where id = ${send.conversationId}`;
    assertEquals(status, "escalated");
  }));

Deno.test("a refusal that comes late does not fail the try that followed", () =>
  withEmptiedDatabase(async (sql) => {
    const send = await beginSend(sql);
    const { retry_begun_at } = await confirm(sql, send, []);
    assert(retry_begun_at, "No retry was begun");
    await sql`select recruiting_record_send(message_id => ${send.id}, begun_at => ${send.begunAt},
      error_code => '20429')`;
    assertEquals((await messageOf(sql, send.id)).status, "queued");
    const [{ again }] = await sql`
      select retry_begun_at as again from recruiting_begin_retry(message_id => ${send.id},
          begun_at => ${send.begunAt})`;
    assertEquals(again, null);
  }));

Deno.test("an agent sends in their own conversation, and in no other agent's", () =>
  withEmptiedDatabase(async (sql) => {
    const [agent, other] = [await insertAgent(sql), await insertAgent(sql)];
    const conversation = await beginConversation(sql, {
      status: "escalated",
      assigned_agent_id: agent,
    });
    const begin = async (agentId: string | null) => {
      const [{ outcome }] = await sql`
        select outcome from recruiting_begin_message(conversation_id => ${conversation.id},
          message_id => gen_random_uuid(), body => 'Hi', agent_id => ${agentId})`;
      return outcome;
    };
    assertEquals([await begin(other), await begin(null), await begin(agent)], [
      "taken",
      "taken",
      "begun",
    ]);
    await sql`update recruiting_conversations set status = 'closed' where id = ${conversation.id}`;
    assertEquals(await begin(agent), "closed");
  }));

Deno.test("a claim that is repeated with its token, because its answer was lost, is the same claim", () =>
  withEmptiedDatabase(async (sql) => {
    const send = await beginSend(sql);
    await sql`update recruiting_messages set confirm_due_at = now() where id = ${send.id}`;
    const token = crypto.randomUUID();
    const claims = [];
    for (const claimToken of [token, token, crypto.randomUUID()]) {
      claims.push(
        await sql`select * from recruiting_claim_send(message_id => ${send.id},
        claim_token => ${claimToken})`,
      );
    }
    assertEquals(claims.map(({ length }) => length), [1, 1, 0]);
  }));
