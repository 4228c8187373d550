/**
 * A fault at each step of sms-reconcile: the next run does what the broken one has left, once.
 */
import type postgres from "postgres";
import { assertEquals } from "../support/assert.ts";
import type { Seen } from "../support/checkpoint.ts";
import {
  type Fault,
  FAULTS,
  isKill,
  kill,
  type Rig,
  setFault,
  type Side,
  untilReached,
  withRigs,
} from "../support/faults.ts";
import { callAsPlatform } from "../support/function_worker.ts";
import { receiveText } from "../support/receive_text.ts";
import {
  assertEndsWell,
  beginSend,
  callTwilio,
  isWorkLeft,
  letTimePass,
  reconcileAll,
  type Scenario,
  sendAndRecord,
  startScenario,
  untilDelivered,
} from "../support/scenario.ts";
import { TWILIO_URL } from "../support/stack.ts";
import { loseText } from "../support/twilio_stand_in.ts";

/** A part of a run: how it begins, what is there for it to do, and its steps. */
interface Part {
  beginning: string;
  /** How many runs it takes after a fault, at most. */
  runs: number;
  prepare(sql: postgres.Sql, label: string): Promise<Scenario[]>;
  /** Each with the answer of a run in which it fails: what is claimed is another run's then. */
  steps: [words: string, side: Side, httpStatus: number][];
}

const TEXTS: Part = {
  beginning: "recruiting_begin_log_comparison",
  runs: 1,
  async prepare(_, label) {
    const scenario = await startScenario(label, { status: "bot", texts: 1 });
    await loseText({ url: TWILIO_URL }, {
      from: scenario.recruit_phone,
      to: scenario.twilio_phone,
      body: "Here is my licence",
      media: [{ url: "https://example.com/licence.png", content_type: "image/png" }],
    });
    return [scenario];
  },
  steps: [
    ["recruiting_begin_log_comparison", "database", 503],
    ["Messages.json GET?", "twilio", 502],
    ["recruiting_find_missing_texts", "database", 503],
    ["recruiting_receive_message", "database", 503],
    ["recruiting_move_log_cursor", "database", 503],
  ],
};

const STATUSES: Part = {
  beginning: "recruiting_claim_status_checks",
  runs: 1,
  async prepare(sql, label) {
    const scenario = await startScenario(label, { status: "bot", texts: 1 });
    await sendAndRecord(sql, scenario);
    await untilDelivered([scenario]);
    return [scenario];
  },
  steps: [
    ["recruiting_claim_status_checks", "database", 503],
    ["/Messages/", "twilio", 502],
    ["recruiting_record_message_status", "database", 503],
    ["recruiting_finish_status_check", "database", 503],
  ],
};

/** A send that Twilio has, one that it has not, looked for once already, and a stalled turn. */
const DUE_WORK: Part = {
  beginning: "recruiting_claim_due_work",
  runs: 3,
  async prepare(sql, label) {
    const [accepted, unsent, stalled] = await Promise.all(
      ["accepted", "unsent", "stalled"].map((kind) =>
        startScenario(`${label} (${kind})`, { status: "bot", texts: 1 })
      ),
    );
    await beginSend(sql, accepted);
    await callTwilio(accepted);
    const { messageId } = await beginSend(sql, unsent);
    await sql`update recruiting_messages set not_found_at = now() where id = ${messageId}`;
    const { message_sid } = await loseText({ url: TWILIO_URL }, {
      from: stalled.recruit_phone,
      to: stalled.twilio_phone,
      body: "Hello",
    });
    await receiveText(sql, stalled, "Hello", { sid: message_sid });
    return [accepted, unsent, stalled];
  },
  steps: [
    ["recruiting_claim_due_work", "database", 503],
    ["recruiting_claim_send", "database", 200],
    ["Messages.json GET?", "twilio", 502],
    ["recruiting_confirm_send", "database", 200],
    ["Messages.json POST", "twilio", 200],
    ["recruiting_record_send", "database", 200],
    ["recruiting_claim_turn", "database", 200],
  ],
};

/** In the order in which a run does them. */
const PARTS = [TEXTS, STATUSES, DUE_WORK];

/** How many runs do all that is left of every part, at most. */
const MOST_RUNS = Math.max(...PARTS.map(({ runs }) => runs));

/** A worker, and the choice of what its next runs do. */
interface Runner {
  rig: Rig;
  /** In the parts that are not chosen a run finds nothing to do. */
  choose(parts: Part[]): void;
}

function runnerOf(rig: Rig): Runner {
  let chosen: Part[] = [];
  for (const part of PARTS) {
    const isSkipped = ({ line }: Seen) => !chosen.includes(part) && line.includes(part.beginning);
    rig.database.answer(isSkipped, []);
  }
  return { rig, choose: (parts) => chosen = parts };
}

const call = ({ worker }: Rig) => callAsPlatform(worker, "sms-reconcile", { wait: true });

/** Calls sms-reconcile. Returns the HTTP status and, if it has run, what it says of itself. */
async function run(rig: Rig): Promise<{ httpStatus: number; status?: string }> {
  const response = await call(rig);
  return { httpStatus: response.status, status: (await response.json()).status };
}

/** A run goes on after it: one run has it at every step of the database. */
const LOST_ONCE: Fault = "is done, but its first answer is lost";

/**
 * A database call whose every answer is lost takes the worker 3 s, reads like one that fails, and
 * has done what one has done whose worker is killed.
 */
function isCovered([, side]: Part["steps"][number], fault: Fault): boolean {
  return side === "database" &&
    (fault === "is done, but its answer is lost" || fault === LOST_ONCE);
}

/** Breaks a run at one step, and lets the next ones do what it has left. The worker lives. */
async function breakRun(
  sql: postgres.Sql,
  { rig }: Runner,
  part: Part,
  [words, side, brokenStatus]: Part["steps"][number],
  fault: Fault,
): Promise<Scenario[]> {
  const scenarios = await part.prepare(sql, `${words} ${fault}`);
  await letTimePass(sql, scenarios);
  const set = setFault(rig[side], words, fault);
  const running = run(rig);
  await untilReached(set, scenarios[0]);
  // The database's answer to a send is waited for longest; it comes when the database is back.
  if (words === "recruiting_record_send") set.lift();
  const { httpStatus } = await running;
  set.lift();
  assertEquals(httpStatus, brokenStatus);
  await runUntilDone(sql, rig, scenarios, part.runs);
  return scenarios;
}

/**
 * Loses the first answer of every database step of a part in one run, which goes on after another attempt of each.
 */
async function loseFirstAnswers(
  sql: postgres.Sql,
  { rig }: Runner,
  part: Part,
): Promise<Scenario[]> {
  const steps = part.steps.filter(([, side]) => side === "database");
  const scenarios = await part.prepare(sql, `${part.beginning} and later, ${LOST_ONCE}`);
  await letTimePass(sql, scenarios);
  const faults = steps.map(([words, side]) => setFault(rig[side], words, LOST_ONCE));
  const running = run(rig);
  for (const fault of faults) await untilReached(fault, scenarios[0]);
  assertEquals((await running).httpStatus, 200);
  await runUntilDone(sql, rig, scenarios, part.runs);
  return scenarios;
}

/**
 * Kills a worker that is at a step in each part, each in a run of its own, and lets the next runs do what
 * they have left. One kill for all parts, because a worker takes longer to start than a run.
 *
 * @param index The step's place in each part that has so many.
 */
async function killRuns(
  sql: postgres.Sql,
  { rig, choose }: Runner,
  index: number,
  fault: Fault,
): Promise<Scenario[]> {
  const prepared = await Promise.all(
    PARTS.filter(({ steps }) => index < steps.length).map(async (part) => {
      const [words, side] = part.steps[index];
      const scenarios = await part.prepare(sql, `${words} ${fault}`);
      return { part, words, side, scenarios };
    }),
  );
  const scenarios = prepared.flatMap(({ scenarios }) => scenarios);
  await letTimePass(sql, scenarios);
  const broken = [];
  for (const { part, words, side, scenarios } of prepared) {
    choose([part]);
    const set = setFault(rig[side], words, fault);
    broken.push({ set, running: run(rig) });
    await untilReached(set, scenarios[0]);
  }
  await kill(rig);
  for (const { set } of broken) set.lift();
  const answers = await Promise.all(broken.map(({ running }) => running));
  assertEquals(answers.map(({ httpStatus }) => httpStatus), broken.map(() => 500));
  choose(PARTS);
  await runUntilDone(sql, rig, scenarios, MOST_RUNS);
  return scenarios;
}

async function runUntilDone(
  sql: postgres.Sql,
  rig: Rig,
  scenarios: Scenario[],
  mostRuns: number,
): Promise<void> {
  for (let ran = 0; ran < mostRuns && (ran === 0 || await isWorkLeft(sql, scenarios)); ran++) {
    await letTimePass(sql, scenarios);
    assertEquals(await run(rig), { httpStatus: 200, status: "done" });
  }
}

Deno.test("a run of sms-reconcile that breaks at any step is made good by the next", (t) =>
  withRigs("sms-reconcile", PARTS.length, async (rigs, sql) => {
    const runners = rigs.map(runnerOf);
    const broken = await Promise.all(PARTS.map(async (part, index) => {
      const runner = runners[index];
      runner.choose([part]);
      const done = await loseFirstAnswers(sql, runner, part);
      for (const step of part.steps) {
        for (const fault of FAULTS) {
          if (isKill(fault) || isCovered(step, fault)) continue;
          done.push(...await breakRun(sql, runner, part, step, fault));
        }
      }
      return done;
    }));
    const scenarios = broken.flat();
    const [runner] = runners;
    const mostSteps = Math.max(...PARTS.map(({ steps }) => steps.length));
    for (let index = 0; index < mostSteps; index++) {
      for (const fault of FAULTS.filter(isKill)) {
        scenarios.push(...await killRuns(sql, runner, index, fault));
      }
    }
    await reconcileAll(
      sql,
      { reconcile: async () => await (await call(runner.rig)).json() },
      scenarios,
    );
    for (const scenario of scenarios) {
      await t.step(scenario.label, () => assertEndsWell(sql, scenario));
    }
  }));
