/**
 * `deno task chaos`: injects faults into a temporary stack under load, and checks that no message
 * is lost, doubled, leaked to another agent, or sent after an opt-out.
 *
 * @module
 */
import { withChaosStack } from "./chaos/chaos_stack.ts";
import type { Notes } from "./chaos/evidence.ts";
import { KINDS, makePlan } from "./chaos/fault_plan.ts";
import { history, judge, summary } from "./chaos/report.ts";
import { run } from "./chaos/run.ts";
import { namesFrom, numberUpTo, wholeNumber } from "./command_line/option_values.ts";
import { type Progress, withProgress } from "./command_line/progress.ts";
import { runTask, task } from "./command_line/task.ts";
import { examples } from "./command_line/task_command.ts";
import { untilAskedToStop } from "./stack/lifetime.ts";

const chaos = task(
  "chaos",
  "Inject faults into a temporary stack while recruits and agents use it, then compare its tables with the " +
    "message log of Twilio's stand-in.",
)
  .option(
    "--minutes <n>",
    "How long the load lasts, up to 1440. The remaining work takes about one more",
    numberUpTo(1440),
    5,
  )
  .option(
    "--seed <n>",
    "Repeats the plan of a run: its seed (default: a random one)",
    wholeNumber(0, 2 ** 32 - 1),
  )
  .option(
    "--without <kinds>",
    `Kinds of actions to leave out, separated by commas: ${KINDS.join(", ")}`,
    namesFrom(KINDS),
  )
  .addHelpText(
    "after",
    `
Exit code 1: a message is lost, doubled, unanswered, leaked to another agent or begun after an opt-out,
or a status went backwards. The first violation is printed.
` + examples("chaos --minutes 1", "chaos --seed 7 --without outage"),
  )
  .action(async ({ minutes, seed, without = [] }) => {
    Deno.exitCode = await injectFaults({ minutes, seed: seed ?? randomSeed(), without }) ? 0 : 1;
  });

/** The options of a run. */
interface ChaosOptions {
  minutes: number;
  seed: number;
  without: string[];
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0];
}

/** Runs the faults and the load, and prints the findings. @returns Whether there is no violation. */
async function injectFaults({ minutes, seed, without }: ChaosOptions): Promise<boolean> {
  console.log(`Seed ${seed}, ${minutes} min`);
  const plan = makePlan(seed, minutes * 60_000)
    .filter(({ action }) => !without.includes(action.kind));
  const notes: Notes = { performed: [], received: [], reads: [], logs: [] };
  const interrupted = untilAskedToStop().then((reason) => {
    throw new Error(`Interrupted (${reason})`);
  });
  // Until the race below begins, no code handles the rejection.
  interrupted.catch(() => {});
  try {
    const { result, stop } = await withProgress("Starting a stack", (progress) => {
      const show = phaseLine(notes, progress);
      return withChaosStack(
        (stack) => Promise.race([run(plan, stack, notes, show), interrupted]),
        (line) => void notes.logs.push({ at: new Date().toISOString(), line }),
      );
    });
    const findings = judge(result, stop);
    console.log(`\n${summary(result, findings)}`);
    const found = findings.find(({ violations }) => violations.length > 0);
    if (found) console.error(`\n${history(found, result.evidence)}\n\nSeed ${seed}`);
    return !found;
  } catch (error) {
    // The stack of an unexpected error is what an engineer needs.
    console.error(error);
    return false;
  }
}

/** Shows the phase: on a terminal in one line, elsewhere as a line at most every 3 s. */
function phaseLine({ performed, received }: Notes, progress: Progress): (phase: string) => void {
  const startedAt = performance.now();
  const isTerminal = Deno.stderr.isTerminal();
  let printedAt = -Infinity;
  return (phase) => {
    const now = performance.now();
    const seconds = Math.round((now - startedAt) / 1000);
    const line =
      `${seconds} s  ${phase}  ${performed.length} actions  ${received.length} events received`;
    if (isTerminal) return progress.show(line);
    if (now - printedAt < 3_000) return;
    printedAt = now;
    console.error(line);
  };
}

if (import.meta.main) await runTask(chaos);

export default chaos;
