/**
 * Lost: a message in Twilio's log and in no table, an opt-out that is not stored, or an agent's
 * message that sms-send accepted and that has no row.
 *
 * @module
 */
import type { Check, Records } from "../evidence.ts";

/** Twilio's times are whole seconds, so two keywords within this time may change places, in ms. */
const MAY_SWAP_MS = 2_000;

/** Every SID that a table holds. */
export function storedSids({ messages, unmatched }: Pick<Records, "messages" | "unmatched">) {
  return new Set([...messages, ...unmatched].map(({ message_sid }) => message_sid));
}

/** Finds lost messages and opt-outs. */
export const lost: Check = (evidence) => {
  const { twilio, performed, messages, opt_outs } = evidence;
  const stored = storedSids(evidence);
  const missing = twilio
    .filter(({ sid, direction }) => direction !== "outbound-reply" && !stored.has(sid))
    .map(({ sid, direction, from, to }) => ({
      what: `${direction} message ${sid} is in no table`,
      phone: direction === "inbound" ? from : to,
    }));
  const bodies = new Set(messages.map(({ body }) => body));
  const withoutRow = performed.flatMap(({ action, phone, outcome }) =>
    action.kind === "agent message" && /^20[02]/.test(outcome) && !bodies.has(action.body)
      ? [{ what: `An agent's message was answered ${outcome} and has no row`, phone }]
      : []
  );
  const optedOut = new Set(opt_outs.map(({ recruit_phone }) => recruit_phone));
  const notOptedOut = [...Map.groupBy(keywords(twilio), ({ from }) => from)]
    .filter(([phone, words]) => endWithStop(words) && !optedOut.has(phone))
    .map(([phone]) => ({
      what: "The last keyword was STOP, and the phone is not opted out",
      phone,
    }));
  return [...missing, ...withoutRow, ...notOptedOut];
};

function keywords(twilio: Records["twilio"]): Records["twilio"] {
  return twilio.filter(({ direction, body }) =>
    direction === "inbound" && (body === "STOP" || body === "START")
  );
}

function endWithStop(words: Records["twilio"]): boolean {
  const [last, before] = words.toReversed();
  const apartMs = Date.parse(last.date_created) - Date.parse(before?.date_created ?? 0);
  return last.body === "STOP" && apartMs > MAY_SWAP_MS;
}
