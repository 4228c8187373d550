/**
 * `deno task twilio configure`: points Twilio's resources at the functions.
 *
 * @module
 */
import type { Twilio } from "twilio";
import { noAnswer } from "../command_line/no_answer.ts";
import { inShell, taskCommand } from "../command_line/task_command.ts";
import type { Progress } from "../command_line/progress.ts";
import type { Project } from "../project/project.ts";
import { shownText } from "../project/shown_text.ts";
import { accountNotes } from "./account_notes.ts";
import { type Applied, applyTargets } from "./apply_targets.ts";
import { standInUrl } from "./local_account.ts";
import { calledUrl, type ConfigureOptions, namedBy } from "./options.ts";
import { type Output, styled } from "./output.ts";
import { count, printConsoleSettings, printPlan, printTable } from "./print_plan.ts";
import { readAll, type Reader, readersOf } from "./read_targets.ts";
import { printReport, type Report } from "./report.ts";
import { MissingResource, type Setting, type Target, wrongSettings } from "./settings.ts";
import { isNoAnswer, twilioError } from "./twilio_error.ts";

/** What the command works with. */
export interface Surroundings {
  project: Project;
  twilio: Twilio;
  output: Output;
  /** Shows a line while Twilio is asked. */
  withProgress<Result>(
    text: string,
    work: (progress: Pick<Progress, "show">) => Promise<Result>,
  ): Promise<Result>;
}

/** 0: nothing is wrong, or done. 1: something is wrong, failed or was declined. 2: wrong options. */
export type ExitCode = 0 | 1 | 2;

/**
 * Reads the resources, prints what differs, asks, changes it, and reads it again. It changes nothing that is right, so
 * it is safe to repeat.
 *
 * @returns The exit code.
 * @throws {UsageError} If the options are wrong. Nothing was changed.
 * @throws {MissingResource} If the account lacks a resource. Nothing was changed.
 */
export async function configure(
  options: ConfigureOptions,
  { project, twilio, output, withProgress }: Surroundings,
): Promise<ExitCode> {
  const named = namedBy(options);
  const functionsUrl = calledUrl(project, options);
  const readers = readersOf(twilio, named, functionsUrl);
  const [targets, notes] = await withProgress("Reading Twilio's settings", async () =>
    [
      await reading(readAll(readers), project),
      await accountNotes(twilio, project, functionsUrl),
    ] as const);
  const report: Report = { functionsUrl, targets, notes, result: "right" };
  const standIn = standInUrl(project);
  if (!options.json && standIn) output.print(`At the stand-in for Twilio, ${standIn}\n`);
  if (!options.json) printPlan(targets, { notes, functionsUrl }, output);

  const end = (result: Report["result"], code: ExitCode, rest: Partial<Report> = {}) => {
    if (options.json) printReport({ ...report, ...rest, result }, output);
    else printConsoleSettings(functionsUrl, output);
    return code;
  };
  const say = (line: string) => {
    if (!options.json) output.print(`${line}\n`);
  };

  const changes = targets.flatMap(({ settings }) => wrongSettings(settings)).length;
  if (changes === 0) {
    say("Nothing to change: every setting is right.");
    return end("right", 0);
  }
  if (options.dryRun) {
    say(`Nothing was changed (--dry-run). ${count(changes, "setting")} would be.`);
    return end("planned", 0);
  }
  if (!options.yes && !output.ask) {
    output.printError(
      `error: There is no terminal to ask on, so nothing was changed. Add --yes to change ${
        count(changes, "setting")
      }.`,
    );
    return 2;
  }
  if (!options.yes && !output.ask?.(`Change ${count(changes, "setting")} at Twilio?`)) {
    output.print("Nothing was changed.");
    return 1;
  }

  const applied = await withProgress("Changing", ({ show }) => applyTargets(targets, show));
  if (applied.notDone.length > 0) {
    printFailure(applied, output);
    if (options.json) printReport({ ...report, ...applied, result: "failed" }, output);
    return 1;
  }
  const differing = await withProgress("Reading again", () => differingSettings(targets, readers))
    .catch((error) => {
      throw new Error(
        `Every change was made, but it cannot be read again. ${twilioError(error)}`,
        { cause: error },
      );
    });
  if (differing.length > 0) {
    printDiffering(differing, functionsUrl, output);
    if (options.json) printReport({ ...report, ...applied, differing, result: "differs" }, output);
    return 1;
  }
  say(styled("green", `${count(changes, "setting")} changed, and read again.`));
  if (!options.json) printNextCommand(options, output);
  return end("changed", 0, applied);
}

/** Replaces an error of Twilio's client, whose message may hold a number, by one in words. */
async function reading<Result>(work: Promise<Result>, project: Project): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof MissingResource) throw error;
    const { TWILIO_API_BASE_URL: address } = project.env;
    const reason = address && isNoAnswer(error) ? noAnswer(address) : twilioError(error);
    throw new Error(`Twilio's settings cannot be read. ${reason}`, { cause: error });
  }
}

/** Reads the targets that were changed. */
async function differingSettings(targets: Target[], readers: Reader[]): Promise<Setting[]> {
  const changed = readers.filter((_, index) => targets[index].steps.length > 0);
  const again = await readAll(changed);
  return again.flatMap(({ label, settings }) =>
    wrongSettings(settings).map((setting) => ({ ...setting, name: `${label}: ${setting.name}` }))
  );
}

function printDiffering(differing: Setting[], functionsUrl: string, output: Output): void {
  output.printError("error: Twilio has other values than those that were set:");
  printTable(differing, { columns: output.columns, functionsUrl }, false, {
    ...output,
    print: output.printError,
  });
  output.printError("If it ran twice at once, run the same command again: it goes on from there.");
}

function printFailure({ done, notDone, error }: Applied, output: Output): void {
  const [failed, ...others] = notDone;
  output.printError(`error: Failed to ${failed}. ${twilioError(error)}`);
  for (const label of done) output.printError(`  ✓ done: ${label}`);
  output.printError(`  ✗ failed: ${failed}`);
  for (const label of others) output.printError(`  – not done: ${label}`);
  output.printError("Run the same command again: it goes on from there.");
}

function printNextCommand({ envFile, url }: ConfigureOptions, output: Output): void {
  const options = [
    envFile && ` --env-file ${inShell(envFile)}`,
    url && ` --url ${inShell(shownText(url))}`,
  ];
  output.print("To check everything else:");
  output.print(`  ${taskCommand(`doctor${options.filter(Boolean).join("")}`)}\n`);
}
