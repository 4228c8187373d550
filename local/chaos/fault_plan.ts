/**
 * The plan of a run: its actions and their times. The same seed gives the same plan.
 *
 * @module
 */
import { type Random, seeded } from "./random.ts";
import { RECRUITS, WITHOUT_CONVERSATION } from "./recruits.ts";

/** An agent's update of a conversation. */
export type Update = "take" | "release" | "hand back" | "close" | "reopen";

/** How an address fails: it refuses connections, drops the answer, or never answers. */
export type Outage = "refused" | "cut" | "silent";

/** An action of the load. */
export type LoadAction =
  | { kind: "texts"; recruit: number; bodies: string[] }
  /** A text in Twilio's log whose webhook is never posted. */
  | { kind: "lost text"; recruit: number; body: string }
  | { kind: "keyword"; recruit: number; body: "STOP" | "START"; isLost: boolean }
  /** Posts an earlier text or callback again. `which` chooses it, from 0 (the oldest) to 1. */
  | { kind: "repeat text"; which: number }
  | { kind: "repeat callback"; which: number; status: string }
  | { kind: "begin conversation"; recruit: number }
  | { kind: "agent message"; agent: number; recruit: number; body: string }
  | { kind: "agent update"; agent: number; recruit: number; update: Update };

/** A fault, with its duration in ms. */
export type Fault =
  | { kind: "kill function"; name: string }
  | { kind: "kill Postgres" }
  | { kind: "freeze Postgres"; ms: number }
  | { kind: "outage"; of: "twilio" | "model" | "callbacks"; outage: Outage; ms: number };

/** An action of the plan. `atMs` counts from the start of the load. */
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

/** Whether an action is a fault. */
export function isFault(action: LoadAction | Fault): action is Fault {
  return action.kind === "outage" || /^(kill|freeze) /.test(action.kind);
}

/** Every kind of action, as `--without` names it. */
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

/** The functions to kill. A function with more work stands here more often. */
const FUNCTIONS = ["sms-inbound", "sms-inbound", "sms-reconcile", "sms-status", "sms-send"];

/** The agents' updates. Those that hand back to the bot stand here more often. */
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

/** The shortest time between two keywords of a phone, in ms: Twilio's times are whole seconds. */
const BETWEEN_KEYWORDS_MS = 5_000;

/** The shortest time between two faults of Postgres, in ms, so that it can recover. */
const BETWEEN_POSTGRES_FAULTS_MS = 6_000;

/**
 * The mean time between two actions of a kind, in seconds, and a function that makes the next one.
 */
type Rate = [everySeconds: number, make: (random: Random, words: () => string) => Step["action"]];

const RATES: Rate[] = [
  [0.7, (random, words) => ({ kind: "texts", recruit: anyRecruit(random), bodies: [words()] })],
  [4, (random, words) => ({
    kind: "texts",
    recruit: anyRecruit(random),
    bodies: [words(), words(), words()],
  })],
  [6, (random, words) => ({ kind: "lost text", recruit: anyRecruit(random), body: words() })],
  [2.5, (random) => ({ kind: "repeat text", which: random.number() })],
  [2.5, (random) => ({
    kind: "repeat callback",
    which: random.number(),
    status: random.pick(["queued", "sent", "delivered"]),
  })],
  [10, (random) => ({
    kind: "keyword",
    recruit: anyRecruit(random),
    body: "STOP",
    isLost: random.number() < 0.2,
  })],
  [2, (random, words) => ({
    kind: "agent message",
    agent: random.below(2),
    recruit: anyRecruit(random),
    body: `From an agent: ${words()}`,
  })],
  [0.8, (random) => ({
    kind: "agent update",
    agent: random.below(2),
    recruit: anyRecruit(random),
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
 * Makes a plan.
 *
 * @param seed A whole number from 0 to 2^32 - 1.
 * @param ms The duration of the load, in ms.
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

/** After a STOP an agent writes to the recruit within 3 s, and most recruits opt in later. */
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

function anyRecruit(random: Random): number {
  return random.below(RECRUITS.length);
}

function outage(random: Random, of: "twilio" | "model" | "callbacks"): Fault {
  const how = random.pick<Outage>(["refused", "cut", "silent"]);
  return { kind: "outage", of, outage: how, ms: 1_000 + random.below(4_000) };
}

/**
 * Makes a function that tests whether the previous step of the same name is at least `apartMs`
 * earlier.
 */
function keepApart() {
  const last = new Map<string, number>();
  return (name: string, counts: boolean, atMs: number, apartMs: number): boolean => {
    if (!counts) return true;
    if (atMs - (last.get(name) ?? -Infinity) < apartMs) return false;
    last.set(name, atMs);
    return true;
  };
}
