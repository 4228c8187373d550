/**
 * `deno task simulate events`: Event Streams post messages, in one batch.
 *
 * @see https://www.twilio.com/docs/events
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { namesFrom, wholeNumber } from "../command_line/option_values.ts";
import { examples } from "../command_line/task_command.ts";
import { onChannel, type TwilioChannel } from "../stand_ins/twilio/address.ts";
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
  channelOption,
  deliveryCommand,
  type DeliveryOptions,
  localAccountSid,
  targetOf,
} from "./options.ts";
import { report } from "./report.ts";
import { shuffle } from "./shuffle.ts";
import { rowsOfMessage } from "./stored_rows.ts";

/** The names of the events. A status has its own name. */
const EVENT_NAMES = ["received", ...EVENT_STATUSES, "error", "test"] as const;

/** The name of an event. */
type EventName = typeof EVENT_NAMES[number];

/** The options of the command. */
interface EventsOptions extends DeliveryOptions {
  type: EventName[];
  sid?: string;
  recruit: string;
  number: string;
  channel: TwilioChannel;
  body: string;
  numMedia: number;
  errorCode?: string;
  message?: string;
  count: number;
  shuffle?: boolean;
}

/** Adds the command `events`. */
export function addEvents(simulate: Command): void {
  deliveryCommand(simulate, "events", "Event Streams post messages, in one batch.")
    .option(
      "--type <names>",
      `The events, separated by commas: ${EVENT_NAMES.join(", ")} (default: received)`,
      namesFrom(EVENT_NAMES),
    )
    .option("--sid <sid>", "The MessageSid (default: a new one)")
    .option("--recruit <address>", "The recruit's phone", "+15550100001")
    .option("--number <address>", "The platform's number", "+15550100000")
    .addOption(channelOption())
    .option("--body <text>", "The text", "Hello")
    .option("--num-media <n>", "The number of a text's attachments, 0 to 10", wholeNumber(0, 10), 0)
    .option(
      "--error-code <code>",
      "Twilio's error code for undelivered, failed and error, such as 30003",
    )
    .option("--message <id>", "The row that the callback's URL names (recruiting_messages.id)")
    .option(
      "--count <n>",
      "The events of N messages, 1 to 1000, of which the first has --sid",
      wholeNumber(1, 1000),
      1,
    )
    .option("--shuffle", "Put the events into a random order")
    .addHelpText(
      "after",
      `
Twilio posts events again for up to 4 hours after a 429, a 5xx, or 5 s without an answer. It drops
them for good after any other status above 204. Here they are posted once.
` + examples(
        'simulate events --type received --body "Hi!"',
        "simulate events --sid SM0001 --type sent,delivered",
      ),
    )
    .action(async ({ type = ["received"], ...options }) => {
      Deno.exitCode = await events({ ...options, type }) ? 0 : 1;
    });
}

/** A message whose events are posted. */
interface StreamedMessage {
  sid: string;
  recruit: string;
  number: string;
  body: string;
  numMedia: number;
  errorCode: string | undefined;
  /** The URL of its status callbacks. */
  statusCallback: string | undefined;
}

/** Posts the batch. @returns Whether every answer was 200. */
async function events(options: EventsOptions): Promise<boolean> {
  const { type: names, channel, count } = options;
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
        numMedia: options.numMedia,
        errorCode: options.errorCode,
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
    Array.from({ length: options.repeat }, () => delivery),
    options.concurrent,
  );
  const rows = await rowsOfMessage(target.url, sids[0]);
  return report({ url: target.url, deliveries, rows }, options.json);
}

function eventOf(name: EventName, message: StreamedMessage): CloudEvent {
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
