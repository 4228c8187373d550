/**
 * The report of a simulation: the webhooks' answers, and the stored rows of a local stack.
 *
 * @module
 */
import { taskCommand } from "../command_line/task_command.ts";
import { parseJson } from "../parse_json.ts";
import type { Delivery } from "./deliver.ts";
import type { Row, StoredRows } from "./stored_rows.ts";

/** A simulation's result. */
export interface Simulation {
  /** The webhook's URL. */
  url: string;
  /** The answers, in the order of the posts. */
  deliveries: Delivery[];
  /** The rows; undefined where they cannot be read. */
  rows: StoredRows | undefined;
}

/**
 * Says that a function does not run or has thrown an error, or that its fallback URL has answered; undefined for an
 * answer of its own.
 */
export function noteOnFailure(delivery: Delivery): string | undefined {
  const { failure } = delivery;
  if (!failure) return noteOnWorker(delivery);
  const failed = noteOnWorker(failure) ?? `${failure.url} fails: ${failure.message}`;
  return `${failed}. The answer is its fallback URL's`;
}

/**
 * Says that the function of a webhook does not run, or has thrown an error; undefined for an answer of its own.
 *
 * Where it does not run, the local stack answers as Supabase does: a 5xx whose JSON has the code WORKER_ERROR. An error
 * that a webhook catches is answered `deferred`, with 200.
 */
function noteOnWorker(
  { body, has_thrown }: Pick<Delivery, "body" | "has_thrown">,
): string | undefined {
  const shows = `The terminal of \`${taskCommand("start")}\` shows`;
  if (has_thrown) return `The function has thrown an error. ${shows} it, once until your next edit`;
  const { code, message, status } = Object(parseJson(body));
  if (status === "deferred") {
    return "The answer is deferred: nothing is stored, because the database was not reached in time, or the function " +
      "has thrown an error. Its log says which";
  }
  if (code !== "WORKER_ERROR") return undefined;
  // What follows the colon is for the same terminal, without its command.
  const [what] = String(message).split(":");
  return `${what}. ${shows} its error`;
}

/**
 * Prints deliveries and rows, and the URL without its password.
 *
 * @param json Whether to print one JSON object.
 * @returns Whether every answer was 200, no function has thrown an error, and no fallback URL has answered.
 */
export function report(
  { url: calledUrl, deliveries, rows }: Simulation,
  json = false,
): boolean {
  // A password may hold @: the last one ends it.
  const url = calledUrl.replace(/\/\/[^/?#]*@/, "//");
  if (json) {
    console.log(JSON.stringify({ url, deliveries, rows }, null, 2));
  } else {
    console.log(`POST ${url}\n`);
    for (const delivery of deliveries) {
      const {
        status,
        content_type: _,
        body,
        duration_ms,
        failure: __,
        has_thrown: ___,
        ...posted
      } = delivery;
      const cells = [...Object.values(posted), status, body, `${duration_ms} ms`];
      console.log(cells.filter((cell) => cell !== "" && cell !== undefined).join("  "));
    }
    for (const [table, entries] of Object.entries(rows ?? {})) {
      printTable(table, entries);
    }
    if (!rows) {
      console.log("\nThe rows are shown for a stack on this machine only.");
    }
  }
  const failed = deliveries.map(noteOnFailure).find((note) => note !== undefined);
  if (failed) console.error(`\nerror: ${failed}`);
  return !failed && deliveries.every(({ status, failure }) => status === 200 && !failure);
}

function printTable(table: string, entries: Row[]): void {
  console.log(
    `\n${table}: ${entries.length} ${entries.length === 1 ? "row" : "rows"}`,
  );
  for (const entry of entries) {
    const columns = Object.entries(entry).filter(([, value]) => value !== null && value !== "");
    const width = Math.max(...columns.map(([name]) => name.length));
    for (const [name, value] of columns) {
      console.log(
        `  ${name.padEnd(width)}  ${typeof value === "object" ? JSON.stringify(value) : value}`,
      );
    }
  }
}
