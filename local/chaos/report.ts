/**
 * What a run prints.
 *
 * @module
 */
import type { Stop } from "./chaos_stack.ts";
import { CHECKS } from "./checks/checks.ts";
import type { Deed, Evidence, Offence } from "./evidence.ts";
import type { Change } from "./observer.ts";
import { isFault } from "./plan.ts";
import type { Result } from "./run.ts";

/** What a check has found. */
export interface Finding {
  check: string;
  offences: Offence[];
}

/** How long the stack may take to stop, in ms. */
const STOP_WITHIN_MS = 10_000;

/** Judges a run. */
export function judge({ evidence, open }: Result, { ms, left }: Stop): Finding[] {
  const slow = ms > STOP_WITHIN_MS ? [`The stack stopped after ${Math.round(ms / 1000)} s`] : [];
  const remaining = left.map((pid) => `Process ${pid} of the stack is left`);
  return [
    ...Object.entries(CHECKS).map(([check, find]) => ({ check, offences: find(evidence) })),
    { check: "still due at the end", offences: open.map((what) => ({ what })) },
    { check: "not stopped in 10 s", offences: [...slow, ...remaining].map((what) => ({ what })) },
  ];
}

/** Counts what happened, and what each check has found, as a table of text. */
export function summary({ evidence }: Result, findings: Finding[]): string {
  const { twilio, messages, events, deeds, heard } = evidence;
  const rows: [string, number][] = [
    ["texts", twilio.filter(({ direction }) => direction === "inbound").length],
    ["bot replies", messages.filter(isSent("bot")).length],
    ["agents' messages", messages.filter(isSent("agent")).length],
    ["callbacks stored", events.length],
    ["events on screens", heard.length],
    ...[...Map.groupBy(deeds.filter(isHarm), nameOf)].sort()
      .map(([name, { length }]): [string, number] => [name, length]),
  ];
  const counts = findings.map(({ check, offences }): [string, number] => [check, offences.length]);
  const line = ([name, count]: [string, number]) =>
    `${name.padEnd(28)}${String(count).padStart(6)}`;
  return [...rows.map(line), "", ...counts.map(line)].join("\n");
}

/** The first offender with all that is known of its conversation, in the order of time. */
export function history({ check, offences: [offence] }: Finding, evidence: Evidence): string {
  const conversation = evidence.conversations.find(({ id, recruit_phone }) =>
    id === offence.conversation_id || recruit_phone === offence.phone
  );
  const id = offence.conversation_id ?? conversation?.id;
  const phone = offence.phone ?? conversation?.recruit_phone;
  const logged = evidence.twilio.filter(({ from, to }) => from === phone || to === phone);
  const sids = new Set(logged.map(({ sid }) => sid));
  const entries: [at: string, what: string, record: unknown][] = [
    ...evidence.deeds
      .filter((deed) =>
        deed.phone === phone || isFault(deed.action) || sids.has(deed.outcome.split(" ")[0])
      )
      .map((
        { at, action, outcome },
      ): [string, string, unknown] => [at, "run", { action, outcome }]),
    ...differences(evidence.changes.filter(({ conversation_id }) => conversation_id === id)),
    ...evidence.events.filter(({ message_sid }) => sids.has(message_sid))
      .map((event): [string, string, unknown] => [event.received_at, "callback", event]),
    ...logged
      .map((message): [string, string, unknown] => [message.date_created, "Twilio", message]),
    ...evidence.unmatched.filter(({ recruit_phone }) => recruit_phone === phone)
      .map((text): [string, string, unknown] => [text.received_at, "unmatched", text]),
    ...evidence.heard.filter(({ conversation_id }) => conversation_id === id)
      .map((heard): [string, string, unknown] => [heard.at, "heard", heard]),
    ...evidence.logs.filter(({ line }) => id !== undefined && line.includes(id))
      .map(({ at, line }): [string, string, unknown] => [at, "log", line]),
  ];
  entries.sort(([one], [other]) => Date.parse(one) - Date.parse(other));
  return [
    `${check}: ${offence.what} (conversation ${id}, phone ${phone})`,
    ...entries.map(([at, what, record]) =>
      `${new Date(at).toISOString()} ${what} ${
        typeof record === "string" ? record : JSON.stringify(record)
      }`
    ),
  ].join("\n");
}

/** Of an update only what has changed. */
function differences(changes: Change[]): [at: string, what: string, record: unknown][] {
  const before = new Map<string, Record<string, unknown>>();
  return changes.map(({ at, op, kind, record }) => {
    const { id } = record;
    const previous = op === "UPDATE" ? before.get(id) : undefined;
    before.set(id, record);
    const shown = Object.entries(record).filter(([name, value]) =>
      !previous || JSON.stringify(previous[name]) !== JSON.stringify(value)
    );
    return [at, `${op} ${kind} ${id}`, Object.fromEntries(shown)];
  });
}

function isSent(sender: string) {
  return (message: Evidence["messages"][number]) =>
    message.sender_type === sender && message.message_sid !== null;
}

function isHarm({ action }: Deed): boolean {
  return isFault(action) || /^(repeat|lost) /.test(action.kind);
}

function nameOf({ action }: Deed): string {
  switch (action.kind) {
    case "kill function":
      return `kill ${action.name}`;
    case "outage":
      return `${action.of} ${action.outage}`;
    default:
      return action.kind;
  }
}
