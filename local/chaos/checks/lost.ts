/**
 * Lost: what Twilio has and no table has; an opt-out that is not kept; a message that an agent was
 * told is on its way, and that has no row.
 *
 * @module
 */
import type { Check, Records } from "../evidence.ts";

/** Two opt-out words so near each other may swap, in ms: Twilio's times are whole seconds. */
const MAY_SWAP_MS = 2_000;

/** Every SID that a row has. */
export function ownedSids({ messages, unmatched }: Pick<Records, "messages" | "unmatched">) {
  return new Set([...messages, ...unmatched].map(({ message_sid }) => message_sid));
}

/** Finds what is lost. */
export const lost: Check = (evidence) => {
  const { twilio, deeds, messages, opt_outs } = evidence;
  const owned = ownedSids(evidence);
  const unowned = twilio
    .filter(({ sid, direction }) => direction !== "outbound-reply" && !owned.has(sid))
    .map(({ sid, direction, from, to }) => ({
      what: `${direction} message ${sid} is in no table`,
      phone: direction === "inbound" ? from : to,
    }));
  const bodies = new Set(messages.map(({ body }) => body));
  const withoutRow = deeds.flatMap(({ action, phone, outcome }) =>
    action.kind === "agent message" && /^20[02]/.test(outcome) && !bodies.has(action.body)
      ? [{ what: `An agent's message was answered ${outcome} and has no row`, phone }]
      : []
  );
  const optedOut = new Set(opt_outs.map(({ recruit_phone }) => recruit_phone));
  const notKept = [...Map.groupBy(keywords(twilio), ({ from }) => from)]
    .filter(([phone, words]) => isStopped(words) && !optedOut.has(phone))
    .map(([phone]) => ({ what: "The last word was STOP, and the phone is not opted out", phone }));
  return [...unowned, ...withoutRow, ...notKept];
};

function keywords(twilio: Records["twilio"]): Records["twilio"] {
  return twilio.filter(({ direction, body }) =>
    direction === "inbound" && (body === "STOP" || body === "START")
  );
}

function isStopped(words: Records["twilio"]): boolean {
  const [last, before] = words.toReversed();
  const apartMs = Date.parse(last.date_created) - Date.parse(before?.date_created ?? 0);
  return last.body === "STOP" && apartMs > MAY_SWAP_MS;
}
