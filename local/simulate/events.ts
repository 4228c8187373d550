/**
 * `deno task simulate events`: Event Streams tell of messages, in one batch.
 *
 * @see https://www.twilio.com/docs/events
 * @module
 */
import { CHANNELS, onChannel, type TwilioChannel } from "../stand_ins/twilio/address.ts";
import {
  type CloudEvent,
  errorEvent,
  EVENT_STATUSES,
  inboundEvent,
  statusEvent,
  testEvent,
} from "../stand_ins/twilio/cloud_event.ts";
import { loggedError } from "../stand_ins/twilio/debugger.ts";
import { postEvents, SINK_TIMEOUT_MS } from "../stand_ins/twilio/event_post.ts";
import { newSid } from "../stand_ins/twilio/message_log.ts";
import { deliver } from "./deliver.ts";
import {
  COMMON_HELP,
  COMMON_OPTIONS,
  localAccountSid,
  oneOf,
  parseOptions,
  repetitions,
  required,
  targetOf,
  wholeNumber,
} from "./options.ts";
import { report } from "./report.ts";
import { shuffle } from "./shuffle.ts";
import { rowsOfMessage } from "./stored_rows.ts";

/** The names of the events. A status has its own name. */
const EVENT_NAMES = ["received", ...EVENT_STATUSES, "error", "test"] as const;

export const EVENTS_HELP = `Event Streams tell of messages, in one batch.

Usage: deno task simulate events --type received --body "Hi!"
       deno task simulate events --sid SM… --type sent,delivered

  --type NAME        ${EVENT_NAMES.slice(0, 5).join(", ")},
                     ${EVENT_NAMES.slice(5).join(", ")}; several with commas (default received)
  --sid SID          The MessageSid (default: a new one)
  --recruit ADDRESS  The recruit's phone (default +15550100001)
  --number ADDRESS   The platform's number (default +15550100000)
  --body TEXT        The text (default Hello)
  --num-media N      The number of a text's attachments, 0 to 10 (default 0)
  --error-code CODE  Twilio's error code for undelivered, failed and error, such as 30003
  --message ID       The row that the callback's URL names (recruiting_messages.id)
  --count N          The events of N messages, 1 to 1000, of which the first has --sid (default 1)
  --shuffle          Put the events into a random order
${COMMON_HELP}

Twilio posts events again for up to 4 hours after a 429, a 5xx, or 5 s without an answer. It drops
them for good after any other status above 204. Here they are posted once.
`;

/** A message that events tell of. */
interface ToldMessage {
  sid: string;
  recruit: string;
  number: string;
  body: string;
  numMedia: number;
  errorCode: string | undefined;
  /** The URL of its status callbacks. */
  statusCallback: string | undefined;
}

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns Whether every answer was 200.
 */
export async function events(args: string[]): Promise<boolean> {
  const options = parseOptions(args, {
    ...COMMON_OPTIONS,
    type: { type: "string", default: "received" },
    sid: { type: "string" },
    recruit: { type: "string", default: "+15550100001" },
    number: { type: "string", default: "+15550100000" },
    body: { type: "string", default: "Hello" },
    "num-media": { type: "string", default: "0" },
    "error-code": { type: "string" },
    message: { type: "string" },
    count: { type: "string", default: "1" },
    shuffle: { type: "boolean", default: false },
  });
  const channel: TwilioChannel = oneOf(options.channel, CHANNELS, "channel");
  const names = required(options.type, "type").split(",").map((name) =>
    oneOf(name.trim(), EVENT_NAMES, "type")
  );
  const count = wholeNumber(options.count, "count", 1, 1000);
  const target = await targetOf("twilio-events", options);
  const sids = Array.from({ length: count }, () => newSid("SM"));
  sids[0] = options.sid ?? sids[0];
  const batch = sids.flatMap((sid) =>
    names.map((name) =>
      eventOf(name, {
        sid,
        recruit: onChannel(options.recruit, channel),
        number: onChannel(options.number, channel),
        body: options.body,
        numMedia: wholeNumber(options["num-media"], "num-media", 0, 10),
        errorCode: options["error-code"],
        statusCallback: options.message &&
          `${target.url.replace(/twilio-events.*/, "sms-status")}?message=${options.message}`,
      })
    )
  );
  if (options.shuffle) shuffle(batch);

  const body = JSON.stringify(batch);
  const delivery = async () => ({
    message_sid: sids[0],
    events: batch.length,
    ...await postEvents({ ...target, body, timeoutMs: SINK_TIMEOUT_MS }),
  });
  const deliveries = await deliver(
    Array.from({ length: repetitions(options.repeat) }, () => delivery),
    options.concurrent,
  );
  const rows = await rowsOfMessage(target.url, sids[0]);
  return report({ url: target.url, deliveries, rows }, options.json);
}

function eventOf(name: typeof EVENT_NAMES[number], message: ToldMessage): CloudEvent {
  const { sid: messageSid, recruit, number, body, numMedia, errorCode, statusCallback } = message;
  const accountSid = localAccountSid();
  const now = new Date();
  switch (name) {
    case "received": {
      const media = Array.from({ length: numMedia }, () => ({ url: "", content_type: "" }));
      return inboundEvent(
        { messageSid, from: recruit, to: number, body, media },
        accountSid,
        now,
      );
    }
    case "error": {
      const code = Number(errorCode ?? "11200");
      const entry = { code, message: "Got HTTP 502 response", resourceSid: messageSid };
      return errorEvent(loggedError(entry), accountSid, now);
    }
    case "test":
      return testEvent(accountSid, now);
    default:
      return statusEvent(
        { messageSid, status: name, from: number, to: recruit, errorCode, body, statusCallback },
        accountSid,
        now,
      );
  }
}
