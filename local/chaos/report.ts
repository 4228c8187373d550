/**
 * The report of a run.
 *
 * @module
 */
import type { Stop } from "./chaos_stack.ts";
import { CHECKS } from "./checks/checks.ts";
import type { Evidence, PerformedAction, Violation } from "./evidence.ts";
import type { Change } from "./observer.ts";
import { isFault } from "./fault_plan.ts";
import type { Result } from "./run.ts";

/** The result of a check. */
export interface Finding {
  check: string;
  violations: Violation[];
}

/** The longest time that the stack may take to stop, in ms. */
const STOP_WITHIN_MS = 10_000;

/** Runs every check. */
export function judge({ evidence, remaining }: Result, { ms, remainingPids }: Stop): Finding[] {
  const slow = ms > STOP_WITHIN_MS ? [`The stack stopped after ${Math.round(ms / 1000)} s`] : [];
  const running = remainingPids.map((pid) => `Process ${pid} of the stack still runs`);
  return [
    ...Object.entries(CHECKS).map(([check, find]) => ({ check, violations: find(evidence) })),
    { check: "still due at the end", violations: remaining.map((what) => ({ what })) },
    { check: "not stopped in 10 s", violations: [...slow, ...running].map((what) => ({ what })) },
  ];
}

/** Counts the actions, messages and violations, as a table of text. */
export function summary({ evidence }: Result, findings: Finding[]): string {
  const { twilio, messages, events, performed, received } = evidence;
  const rows: [string, number][] = [
    ["texts", twilio.filter(({ direction }) => direction === "inbound").length],
    ["bot replies", messages.filter(isSent("bot")).length],
    ["agents' messages", messages.filter(isSent("agent")).length],
    ["callbacks stored", events.length],
    ["events received", received.length],
    ...[...Map.groupBy(performed.filter(isDisturbance), nameOf)].sort()
      .map(([name, { length }]): [string, number] => [name, length]),
  ];
  const counts = findings.map((
    { check, violations },
  ): [string, number] => [check, violations.length]);
  const line = ([name, count]: [string, number]) =>
    `${name.padEnd(28)}${String(count).padStart(6)}`;
  return [...rows.map(line), "", ...counts.map(line)].join("\n");
}

/** The first violation with the history of its conversation, in the order of time. */
export function history({ check, violations: [violation] }: Finding, evidence: Evidence): string {
  const conversation = evidence.conversations.find(({ id, recruit_phone }) =>
    id === violation.conversation_id || recruit_phone === violation.phone
  );
  const id = violation.conversation_id ?? conversation?.id;
  const phone = violation.phone ?? conversation?.recruit_phone;
  const logged = evidence.twilio.filter(({ from, to }) => from === phone || to === phone);
  const sids = new Set(logged.map(({ sid }) => sid));
  const entries: [at: string, what: string, record: unknown][] = [
    ...evidence.performed
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
    ...evidence.received.filter(({ conversation_id }) => conversation_id === id)
      .map((received): [string, string, unknown] => [received.at, "received", received]),
    ...evidence.logs.filter(({ line }) => id !== undefined && line.includes(id))
      .map(({ at, line }): [string, string, unknown] => [at, "log", line]),
  ];
  entries.sort(([one], [other]) => Date.parse(one) - Date.parse(other));
  return [
    `${check}: ${violation.what} (conversation ${id}, phone ${phone})`,
    ...entries.map(([at, what, record]) =>
      `${new Date(at).toISOString()} ${what} ${
        typeof record === "string" ? record : JSON.stringify(record)
      }`
    ),
  ].join("\n");
}

/** The changes as entries. An update shows the changed columns alone. */
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

function isDisturbance({ action }: PerformedAction): boolean {
  return isFault(action) || /^(repeat|lost) /.test(action.kind);
}

function nameOf({ action }: PerformedAction): string {
  switch (action.kind) {
    case "kill function":
      return `kill ${action.name}`;
    case "outage":
      return `${action.of} ${action.outage}`;
    default:
      return action.kind;
  }
}
