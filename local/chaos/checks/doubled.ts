/**
 * Doubled: one SID in two rows, two bot replies to the same texts, an agent's message twice at Twilio.
 *
 * @module
 */
import type { Check, Evidence, Offence } from "../evidence.ts";

/** Finds what is doubled. */
export const doubled: Check = (evidence) => [
  ...doubledSids(evidence),
  ...doubledReplies(evidence),
  ...doubledAgentMessages(evidence),
];

function doubledSids({ messages, unmatched }: Evidence): Offence[] {
  const sids = [...messages, ...unmatched].flatMap(({ message_sid }) => message_sid ?? []);
  return repeated(sids).map((sid) => ({
    what: `${sid} is in two rows`,
    conversation_id: messages.find(({ message_sid }) => message_sid === sid)?.conversation_id,
  }));
}

/** Between the last texts that two replies have seen there must be another text. */
function doubledReplies({ messages }: Evidence): Offence[] {
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

function doubledAgentMessages({ twilio, deeds }: Evidence): Offence[] {
  const bodies = new Set(
    deeds.flatMap(({ action }) => action.kind === "agent message" ? [action.body] : []),
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
