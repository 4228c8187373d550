/**
 * Doubled: one SID in two rows, two bot replies to the same texts, or one message of an agent twice
 * in Twilio's log.
 *
 * @module
 */
import type { Check, Evidence, Violation } from "../evidence.ts";

/** Finds doubled messages. */
export const doubled: Check = (evidence) => [
  ...doubledSids(evidence),
  ...doubledReplies(evidence),
  ...doubledAgentMessages(evidence),
];

function doubledSids({ messages, unmatched }: Evidence): Violation[] {
  const sids = [...messages, ...unmatched].flatMap(({ message_sid }) => message_sid ?? []);
  return repeated(sids).map((sid) => ({
    what: `${sid} is in two rows`,
    conversation_id: messages.find(({ message_sid }) => message_sid === sid)?.conversation_id,
  }));
}

/** Two replies must not answer the same last text: each needs a newer text than the one before. */
function doubledReplies({ messages }: Evidence): Violation[] {
  return [...Map.groupBy(messages, ({ conversation_id }) => conversation_id)]
    .flatMap(([conversation_id, all]) => {
      const texts = all.filter(({ direction }) => direction === "inbound").map(({ seq }) => seq);
      const lastText = (seen: number) => Math.max(0, ...texts.filter((seq) => seq <= seen));
      const answered = all.flatMap(({ answers_seq, message_sid }) =>
        answers_seq === null || message_sid === null ? [] : [lastText(answers_seq)]
      );
      return repeated(answered)
        .map((seq) => ({ what: `Two replies answer the text with seq ${seq}`, conversation_id }));
    });
}

function doubledAgentMessages({ twilio, performed }: Evidence): Violation[] {
  const bodies = new Set(
    performed.flatMap(({ action }) => action.kind === "agent message" ? [action.body] : []),
  );
  const sent = twilio.filter(({ direction, body }) =>
    direction === "outbound-api" && bodies.has(body)
  );
  return repeated(sent.map(({ body }) => body)).map((body) => ({
    what: `An agent's message is twice in Twilio's log: ${body}`,
    phone: sent.find((message) => message.body === body)?.to,
  }));
}

function repeated<Value>(values: Value[]): Value[] {
  return [...Map.groupBy(values, (value) => value)]
    .flatMap(([value, { length }]) => length > 1 ? [value] : []);
}
