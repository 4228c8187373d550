import { backwards } from "../../local/chaos/checks/backwards.ts";
import { doubled } from "../../local/chaos/checks/doubled.ts";
import { forbidden } from "../../local/chaos/checks/forbidden.ts";
import { leaked } from "../../local/chaos/checks/leaked.ts";
import { lost } from "../../local/chaos/checks/lost.ts";
import { unanswered } from "../../local/chaos/checks/unanswered.ts";
import type { Check, Evidence, LoggedMessage } from "../../local/chaos/evidence.ts";
import type { Change, Conversation, MessageRow } from "../../local/chaos/observer.ts";
import { makePlan } from "../../local/chaos/fault_plan.ts";
import { assert, assertEquals } from "../support/assert.ts";

const AT = "2026-11-26T10:00:00Z";
const PHONE = "+15550200001";
const ALEX = "00000000-0000-0000-0000-00000000000a";
const ROBIN = "00000000-0000-0000-0000-00000000000b";

const conversation = (fields: Partial<Conversation> = {}) =>
  ({
    id: "c1",
    recruit_phone: PHONE,
    status: "bot",
    assigned_agent_id: null,
    opted_out_at: null,
    reply_due_at: null,
    ...fields,
  }) as Conversation;

const text = (fields: Partial<MessageRow> = {}) =>
  ({
    id: "m1",
    conversation_id: "c1",
    seq: 1,
    direction: "inbound",
    sender_type: "recruit",
    status: "received",
    body: "Hi",
    message_sid: "SM1",
    answers_seq: null,
    begun_at: null,
    error_code: null,
    ...fields,
  }) as MessageRow;

const reply = (fields: Partial<MessageRow> = {}) =>
  text({
    id: "m2",
    seq: 2,
    direction: "outbound",
    sender_type: "bot",
    status: "delivered",
    body: "Hello",
    message_sid: "SM2",
    answers_seq: 1,
    begun_at: AT,
    ...fields,
  });

const logged = (fields: Partial<LoggedMessage> = {}): LoggedMessage => ({
  sid: "SM1",
  direction: "inbound",
  from: PHONE,
  to: "+15550100000",
  body: "Hi",
  status: "received",
  error_code: null,
  date_created: AT,
  ...fields,
});

const sent = (fields: Partial<LoggedMessage> = {}) =>
  logged({ sid: "SM2", direction: "outbound-api", to: PHONE, status: "delivered", ...fields });

type Recorded = Partial<Change> & { kind: Change["kind"]; record: unknown };
const change = (fields: Recorded) =>
  ({ at: AT, op: "INSERT", conversation_id: "c1", ...fields }) as Change;
const state = (fields: Partial<Conversation> = {}) =>
  change({ kind: "conversation", record: conversation(fields) });
const written = (record: MessageRow, op: Change["op"] = "INSERT") =>
  change({ kind: "message", record, op });
const told = (topic: string) =>
  change({ kind: "broadcast", record: { id: "b1", topic, event: "conversation_updated" } });

/** A conversation of one text and its reply. */
const sound = (fields: Partial<Evidence> = {}): Evidence => ({
  conversations: [conversation()],
  messages: [text(), reply()],
  unmatched: [],
  events: [],
  opt_outs: [],
  twilio: [logged(), sent()],
  changes: [state(), written(text()), written(reply())],
  performed: [],
  received: [],
  reads: [],
  logs: [],
  ...fields,
});

const ofAlex = (outcome: string) => ({
  at: AT,
  action: { kind: "agent message" as const, agent: 0, recruit: 1, body: "From Alex" },
  phone: PHONE,
  outcome,
});

const OFFENDERS: [check: Check, what: string, evidence: Evidence][] = [
  [lost, "a text of Twilio's log in no table", sound({ messages: [reply()] })],
  [lost, "a message of ours in Twilio's log without a row", sound({ messages: [text()] })],
  [
    lost,
    "an agent's message that was answered 200 and has no row",
    sound({ performed: [ofAlex("200")] }),
  ],
  [
    lost,
    "a last STOP that no opt-out keeps",
    sound({
      messages: [text({ body: "STOP" }), reply()],
      twilio: [logged({ body: "STOP" })],
    }),
  ],
  [
    doubled,
    "a SID in two rows",
    sound({ messages: [text(), text({ id: "m3", seq: 3 }), reply()] }),
  ],
  [
    doubled,
    "two replies to the same text",
    sound({
      messages: [text(), reply(), reply({ id: "m3", seq: 3, message_sid: "SM3", answers_seq: 2 })],
    }),
  ],
  [
    doubled,
    "an agent's message twice at Twilio",
    sound({
      performed: [ofAlex("200")],
      twilio: [sent({ body: "From Alex" }), sent({ sid: "SM3", body: "From Alex" })],
    }),
  ],
  [
    backwards,
    "a status that goes back",
    sound({
      changes: [written(reply()), written(reply({ status: "sent" }), "UPDATE")],
    }),
  ],
  [
    backwards,
    "a final status that changes",
    sound({
      changes: [written(reply()), written(reply({ status: "failed" }), "UPDATE")],
    }),
  ],
  [
    backwards,
    "a status that is not Twilio's",
    sound({ messages: [text(), reply({ status: "sent" })] }),
  ],
  [
    unanswered,
    "a text without a reply",
    sound({
      messages: [text()],
      changes: [state(), written(text())],
    }),
  ],
  [
    unanswered,
    "a reply that never reached Twilio",
    sound({
      messages: [text(), reply({ message_sid: null })],
    }),
  ],
  [
    unanswered,
    "a reply that is pending",
    sound({ conversations: [conversation({ reply_due_at: AT })] }),
  ],
  [
    leaked,
    "a broadcast to another agent",
    sound({
      changes: [state({ assigned_agent_id: ALEX }), told(`agent:${ROBIN}`)],
    }),
  ],
  [
    leaked,
    "an event that was not sent to the agent who received it",
    sound({
      changes: [state({ assigned_agent_id: ALEX }), told(`agent:${ALEX}`)],
      received: [{ at: AT, agent_id: ROBIN, event: "conversation_updated", conversation_id: "c1" }],
    }),
  ],
  [
    leaked,
    "an agent who reads another agent's conversation",
    sound({
      changes: [state({ assigned_agent_id: ALEX })],
      reads: [{ from: AT, until: AT, agent_id: ROBIN, conversation_ids: ["c1"] }],
    }),
  ],
  [
    forbidden,
    "a reply begun after an opt-out",
    sound({
      changes: [state(), state({ opted_out_at: AT }), written(reply())],
    }),
  ],
  [
    forbidden,
    "a message begun again after an opt-out",
    sound({
      changes: [
        state(),
        written(reply()),
        state({ opted_out_at: AT }),
        written(reply({ begun_at: "2026-11-26T10:01:00Z" }), "UPDATE"),
      ],
    }),
  ],
  [
    forbidden,
    "a reply begun after an escalation",
    sound({
      changes: [state({ status: "escalated" }), written(reply())],
    }),
  ],
  [
    forbidden,
    "a message begun after closing",
    sound({
      changes: [state({ status: "closed" }), written(reply({ answers_seq: null }))],
    }),
  ],
  [
    forbidden,
    "an agent's message in another agent's conversation",
    sound({
      changes: [
        state({ status: "escalated", assigned_agent_id: ALEX }),
        written(reply({ sender_type: "agent", agent_id: ROBIN, answers_seq: null })),
      ],
    }),
  ],
];

for (const [check, what, evidence] of OFFENDERS) {
  Deno.test(`chaos finds ${what}`, () => assertEquals(check(evidence).length, 1));
}

/** What looks alike, and is as it should be. */
const INNOCENT: [check: Check, what: string, evidence: Evidence][] = [
  [
    unanswered,
    "a text whose reply a hand-over has revoked",
    sound({
      messages: [text()],
      changes: [
        state(),
        written(text()),
        state({ status: "escalated", assigned_agent_id: ALEX }),
        state(),
      ],
    }),
  ],
  [
    backwards,
    "a failure of ours that gives way to Twilio's word",
    sound({
      changes: [
        written(reply({ status: "failed", message_sid: null })),
        written(reply({ status: "sent" }), "UPDATE"),
      ],
    }),
  ],
  [
    leaked,
    "a change of hands that is told to both agents",
    sound({
      changes: [
        state({ assigned_agent_id: ALEX }),
        state({ assigned_agent_id: ROBIN }),
        told(`agent:${ALEX}`),
        told(`agent:${ROBIN}`),
      ],
    }),
  ],
  [
    forbidden,
    "a hand-off text",
    sound({
      changes: [state({ status: "escalated" }), written(reply({ answers_seq: null }))],
    }),
  ],
  [
    lost,
    "STOP and START within two seconds of each other",
    sound({
      messages: [text({ body: "STOP" }), text({ body: "START", message_sid: "SM3" }), reply()],
      twilio: [logged({ sid: "SM3", body: "START" }), logged({ body: "STOP" })],
    }),
  ],
];

for (const [check, what, evidence] of INNOCENT) {
  Deno.test(`chaos lets pass ${what}`, () => assertEquals(check(evidence), []));
}

Deno.test("chaos finds nothing in a sound conversation", () => {
  for (const check of [lost, doubled, backwards, unanswered, leaked, forbidden]) {
    assertEquals(check(sound()), []);
  }
});

Deno.test("a seed repeats the plan of chaos, and another one makes another plan", () => {
  const plan = makePlan(1, 60_000);
  assertEquals(makePlan(1, 60_000), plan);
  assert(
    JSON.stringify(makePlan(2, 60_000)) !== JSON.stringify(plan),
    "the seeds 1 and 2 make the same plan",
  );
  const times = plan.map(({ atMs }) => atMs);
  assertEquals(times, times.toSorted((a, b) => a - b));
});

for (
  const [label, sentAt, count] of [
    ["from before STOP", "2026-11-26T09:00:00Z", 0],
    ["from between STOP and START", "2026-11-26T10:30:00Z", 0],
    ["from after START", "2026-11-26T11:30:00Z", 1],
  ] as const
) {
  Deno.test(`a text ${label} that is brought in late needs ${count ? "a" : "no"} reply`, () => {
    const late = text({ id: "m4", seq: 3, message_sid: "SM4", created_at: sentAt });
    const evidence = sound({
      messages: [
        text({ id: "m2", body: "STOP", message_sid: "SM2", created_at: "2026-11-26T10:00:00Z" }),
        text({ id: "m3", body: "START", message_sid: "SM3", created_at: "2026-11-26T11:00:00Z" }),
        late,
      ],
      changes: [state(), written(late)],
    });
    assertEquals(unanswered(evidence).length, count);
  });
}
