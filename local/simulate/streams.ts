/**
 * `deno task simulate streams`: switches Event Streams of the local stand-in for Twilio on and off.
 *
 * @module
 */
import { type Command, Option } from "@commander-js/extra-typings";
import { repeatable, wholeNumber } from "../command_line/option_values.ts";
import { examples } from "../command_line/task_command.ts";
import { readStreams, subscribe, unsubscribe } from "./stand_in.ts";
import type { EventStreamsState } from "../stand_ins/twilio/event_streams.ts";

/** The options of the command. */
interface StreamsOptions {
  on?: boolean;
  off?: boolean;
  type?: string[];
  batch: number;
  faults: boolean;
  forms: boolean;
  json?: boolean;
}

/** Adds the command `streams`. */
export function addStreams(simulate: Command): void {
  simulate.command("streams")
    .description("Event Streams of the local stand-in for Twilio: their state, on and off.")
    .option("--on", "Post every text and status to the function twilio-events from now on")
    .addOption(
      new Option("--off", "End that. What has happened before is still posted").conflicts("on"),
    )
    .option(
      "--type <type>",
      "With --on: this type of events; may be repeated (default: all)",
      repeatable,
    )
    .option(
      "--batch <n>",
      "With --on: the most events of one request, 1 to 1000",
      wholeNumber(1, 1000),
      1000,
    )
    .option("--no-faults", "With --on: repeat no event, and keep their order")
    .option("--no-forms", "With --on: post texts and statuses as events alone")
    .option("--json", "Print one JSON object, for machines")
    .addHelpText("after", examples("simulate streams --on", "simulate streams --off"))
    .action(async (options) => {
      Deno.exitCode = await streams(options) ? 0 : 1;
    });
}

/** Sets and prints the state. @returns Whether no batch was dropped since the last --on. */
async function streams(options: StreamsOptions): Promise<boolean> {
  if (options.off) await unsubscribe();
  if (options.on) {
    const { type, batch, faults, forms } = options;
    await subscribe({ ...(type ? { types: type } : {}), batch, faults, forms });
  }
  const state = await readStreams();
  console.log(options.json ? JSON.stringify(state, null, 2) : inWords(state));
  return state.dropped === 0;
}

function inWords(state: EventStreamsState): string {
  const { url, subscription, requests, delivered, dropped, dropped_batches } = state;
  return [
    `Event Streams to ${url} are ${subscription ? "on" : "off"}`,
    ...(subscription
      ? [
        `  types      ${subscription.types.join("\n             ")}`,
        `  batch      at most ${subscription.batch} events`,
        `  faults     ${subscription.faults ? "events are repeated and reordered" : "none"}`,
        `  forms      ${subscription.forms ? "are posted, too" : "none"}`,
      ]
      : []),
    `${requests} requests, ${delivered} events delivered, ${dropped} batches dropped`,
    ...dropped_batches.map(({ events, first_id, reason }) =>
      `  ${events} events from ${first_id} on: ${reason}`
    ),
  ].join("\n");
}
