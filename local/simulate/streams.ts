/**
 * `deno task simulate streams`: switches Event Streams of the local stand-in for Twilio on and off.
 *
 * @module
 */
import { DELIVERY_OPTIONS, parseOptions, UsageError, wholeNumber } from "./options.ts";
import { readStreams, subscribe, unsubscribe } from "./stand_in.ts";
import type { EventStreamsState } from "../stand_ins/twilio/event_streams.ts";

export const STREAMS_HELP =
  `Event Streams of the local stand-in for Twilio: their state, on and off.

Usage: deno task simulate streams [--on | --off]

  --on               Tell the function twilio-events of every text and status from now on
  --off              End that. What was to be told is still told
  --type TYPE        With --on: this type of events; may be given several times (default: all)
  --batch N          With --on: the most events of one request, 1 to 1000 (default 1000)
  --no-faults        With --on: repeat no event, and keep their order
  --no-forms         With --on: tell of texts and statuses by events alone
  --json             Print one JSON object, for machines
  --help             This text
`;

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns Whether no batch was dropped since the last --on.
 */
export async function streams(args: string[]): Promise<boolean> {
  const options = parseOptions(args, {
    on: { type: "boolean", default: false },
    off: { type: "boolean", default: false },
    type: { type: "string", multiple: true },
    batch: { type: "string", default: "1000" },
    "no-faults": { type: "boolean", default: false },
    "no-forms": { type: "boolean", default: false },
    json: DELIVERY_OPTIONS.json,
  });
  if (options.on && options.off) throw new UsageError("Give either --on or --off");
  const batch = wholeNumber(options.batch, "batch", 1, 1000);
  if (options.off) await unsubscribe();
  if (options.on) {
    await subscribe({
      ...(options.type ? { types: options.type } : {}),
      batch,
      faults: !options["no-faults"],
      forms: !options["no-forms"],
    });
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
