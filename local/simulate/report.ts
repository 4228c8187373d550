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

/** Says that a function does not run, or that its fallback URL has answered; undefined for its own answer. */
export function noteOnFailure({ body, failure }: Delivery): string | undefined {
  if (!failure) return noteOnWorker(body);
  const failed = noteOnWorker(failure.body) ?? `${failure.url} fails: ${failure.message}`;
  return `${failed}. The answer is its fallback URL's`;
}

/**
 * Says that the function of a webhook does not run; undefined for an answer of the function itself.
 *
 * The local stack answers then as Supabase does: a 5xx whose JSON has the code WORKER_ERROR.
 */
function noteOnWorker(body: string): string | undefined {
  const { code, message } = Object(parseJson(body));
  if (code !== "WORKER_ERROR") return undefined;
  // What follows the colon tells of the same terminal, without its command.
  const [what] = String(message).split(":");
  return `${what}. The terminal of \`${taskCommand("start")}\` shows its error`;
}

/**
 * Prints deliveries and rows, and the URL without its password.
 *
 * @param json Whether to print one JSON object.
 * @returns Whether every answer was 200, and none came from a fallback URL.
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
    for (const { status, content_type: _, body, duration_ms, failure: __, ...told } of deliveries) {
      const cells = [...Object.values(told), status, body, `${duration_ms} ms`];
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
  return deliveries.every(({ status, failure }) => status === 200 && !failure);
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
