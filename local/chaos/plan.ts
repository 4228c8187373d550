/**
 * What a run does, and when: the same for the same seed.
 *
 * @module
 */
import { type Random, seeded } from "./random.ts";
import { RECRUITS, WITHOUT_CONVERSATION } from "./recruits.ts";

/** What an agent does to a conversation. */
export type Update = "take" | "release" | "hand back" | "close" | "reopen";

/** How an address cannot be reached: no connection, a call without its answer, or silence. */
export type Outage = "refused" | "cut" | "silent";

/** What the load does. */
export type LoadAction =
  | { kind: "texts"; recruit: number; bodies: string[] }
  /** Is in Twilio's log, and its webhook never comes. */
  | { kind: "lost text"; recruit: number; body: string }
  | { kind: "keyword"; recruit: number; body: "STOP" | "START"; isLost: boolean }
  /** Posts a text or a callback that was there before again; `which` from 0 (the oldest) to 1. */
  | { kind: "repeat text"; which: number }
  | { kind: "repeat callback"; which: number; status: string }
  | { kind: "begin conversation"; recruit: number }
  | { kind: "agent message"; agent: number; recruit: number; body: string }
  | { kind: "agent update"; agent: number; recruit: number; update: Update };

/** What is broken. */
export type Fault =
  | { kind: "kill function"; name: string }
  | { kind: "kill Postgres" }
  | { kind: "freeze Postgres"; ms: number }
  | { kind: "outage"; of: "twilio" | "model" | "callbacks"; outage: Outage; ms: number };

/** An action of the plan; `atMs` counts from the beginning of the load. */
export interface Step {
  atMs: number;
  action: LoadAction | Fault;
}

const ORDINARY = [
  "Hi",
  "What is the pay",
  "Which shifts are there",
  "Where is the site",
  "I can begin on Monday",
  "I have a licence for forklifts",
];
const UNUSUAL = ["Can I talk to a person", "model: fail", "model: nonsense", "Are you a bot"];

/** Whether an action breaks something. */
export function isFault(action: LoadAction | Fault): action is Fault {
  return action.kind === "outage" || /^(kill|freeze) /.test(action.kind);
}

/** Every kind, as `--without` names it. */
export const KINDS: readonly Step["action"]["kind"][] = [
  "texts",
  "lost text",
  "keyword",
  "repeat text",
  "repeat callback",
  "begin conversation",
  "agent message",
  "agent update",
  "kill function",
  "kill Postgres",
  "freeze Postgres",
  "outage",
];

/** Which functions are killed: those that do more are killed more often. */
const FUNCTIONS = ["sms-inbound", "sms-inbound", "sms-reconcile", "sms-status", "sms-send"];

/** What agents do most is what lets the bot go on. */
const UPDATES: Update[] = [
  "take",
  "release",
  "hand back",
  "hand back",
  "hand back",
  "reopen",
  "reopen",
  "close",
];

/** Two opt-out words of a phone are so far apart, in ms: Twilio's times are whole seconds. */
const BETWEEN_KEYWORDS_MS = 5_000;

/** Postgres gets so long to come back before it is hurt again, in ms. */
const BETWEEN_POSTGRES_FAULTS_MS = 6_000;

/** The mean time between two actions of a kind, in seconds, and what the next one is. */
type Rate = [everySeconds: number, make: (random: Random, words: () => string) => Step["action"]];

const RATES: Rate[] = [
  [0.7, (random, words) => ({ kind: "texts", recruit: someone(random), bodies: [words()] })],
  [4, (random, words) => ({
    kind: "texts",
    recruit: someone(random),
    bodies: [words(), words(), words()],
  })],
  [6, (random, words) => ({ kind: "lost text", recruit: someone(random), body: words() })],
  [2.5, (random) => ({ kind: "repeat text", which: random.number() })],
  [2.5, (random) => ({
    kind: "repeat callback",
    which: random.number(),
    status: random.pick(["queued", "sent", "delivered"]),
  })],
  [10, (random) => ({
    kind: "keyword",
    recruit: someone(random),
    body: "STOP",
    isLost: random.number() < 0.2,
  })],
  [2, (random, words) => ({
    kind: "agent message",
    agent: random.below(2),
    recruit: someone(random),
    body: `From an agent: ${words()}`,
  })],
  [0.8, (random) => ({
    kind: "agent update",
    agent: random.below(2),
    recruit: someone(random),
    update: random.pick(UPDATES),
  })],
  [2.5, (random) => ({ kind: "kill function", name: random.pick(FUNCTIONS) })],
  [15, () => ({ kind: "kill Postgres" })],
  [15, (random) => ({ kind: "freeze Postgres", ms: 500 + random.below(4_000) })],
  [12, (random) => outage(random, "twilio")],
  [15, (random) => outage(random, "model")],
  [20, (random) => outage(random, "callbacks")],
];

/**
 * Plans a run.
 *
 * @param seed Repeats the plan.
 * @param ms How long the load lasts.
 * @returns The steps in the order of their times.
 */
export function makePlan(seed: number, ms: number): Step[] {
  const random = seeded(seed);
  let count = 0;
  const words = () =>
    `${random.pick(random.number() < 0.94 ? ORDINARY : UNUSUAL)} (${++count} of seed ${seed})`;
  const steps: Step[] = [];
  for (const [everySeconds, make] of RATES) {
    const gap = () => everySeconds * 1000 * (0.3 + 1.4 * random.number());
    for (let atMs = gap(); atMs < ms; atMs += gap()) {
      const action = make(random, words);
      steps.push({ atMs, action });
      if (action.kind === "keyword") steps.push(...afterStop(random, atMs, action, words()));
    }
  }
  for (let recruit = 0; recruit < WITHOUT_CONVERSATION; recruit++) {
    steps.push({ atMs: random.below(ms), action: { kind: "begin conversation", recruit } });
  }
  steps.sort((one, other) => one.atMs - other.atMs);
  const keep = keepApart();
  return steps.filter(({ atMs, action }) =>
    atMs < ms &&
    keep("Postgres", action.kind.endsWith("Postgres"), atMs, BETWEEN_POSTGRES_FAULTS_MS) &&
    (action.kind !== "keyword" ||
      keep(`recruit ${action.recruit}`, true, atMs, BETWEEN_KEYWORDS_MS))
  );
}

/** An agent writes to the recruit at once, and most recruits opt in again. */
function afterStop(
  random: Random,
  atMs: number,
  stop: LoadAction & { kind: "keyword" },
  words: string,
): Step[] {
  const { recruit } = stop;
  const body = `From an agent: ${words}`;
  const message: Step = {
    atMs: atMs + random.below(3_000),
    action: { kind: "agent message", agent: random.below(2), recruit, body },
  };
  const start: Step = {
    atMs: atMs + BETWEEN_KEYWORDS_MS + random.below(15_000),
    action: { ...stop, body: "START", isLost: false },
  };
  return random.number() < 0.7 ? [message, start] : [message];
}

function someone(random: Random): number {
  return random.below(RECRUITS.length);
}

function outage(random: Random, of: "twilio" | "model" | "callbacks"): Fault {
  const how = random.pick<Outage>(["refused", "cut", "silent"]);
  return { kind: "outage", of, outage: how, ms: 1_000 + random.below(4_000) };
}

/** Tells of each step whether the one before it of the same name is long enough ago. */
function keepApart() {
  const last = new Map<string, number>();
  return (name: string, counts: boolean, atMs: number, apartMs: number): boolean => {
    if (!counts) return true;
    if (atMs - (last.get(name) ?? -Infinity) < apartMs) return false;
    last.set(name, atMs);
    return true;
  };
}
