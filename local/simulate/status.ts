/**
 * `deno task simulate status`: the status of an outbound message changes.
 *
 * @see https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
 * @module
 */
import { CHANNELS, onChannel } from "../stand_ins/twilio/address.ts";
import { statusForm } from "../stand_ins/twilio/webhook_forms.ts";
import { deliver, post } from "./deliver.ts";
import {
  COMMON_HELP,
  COMMON_OPTIONS,
  localAccountSid,
  oneOf,
  parseOptions,
  repetitions,
  required,
  targetOf,
  UsageError,
} from "./options.ts";
import { shuffle } from "./shuffle.ts";
import { report } from "./report.ts";
import { rowsOfMessage } from "./stored_rows.ts";

export const STATUS_HELP = `The status of an outbound message changes.

Usage: deno task simulate status --sid SM… --status sent,delivered

  --sid SID          The message's MessageSid (required)
  --status STATUS    queued, sent, delivered, undelivered, failed, read …; several with commas (required)
  --error-code CODE  Twilio's error code for undelivered and failed, such as 30003
  --message ID       The row that the callback's URL names (recruiting_messages.id)
  --from ADDRESS     The platform's number (default +15550100000)
  --to ADDRESS       The recruit's phone (default +15550100001)
  --shuffle          Deliver in a random order
${COMMON_HELP}
`;

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns Whether every answer was 200.
 */
export async function status(args: string[]): Promise<boolean> {
  const options = parseOptions(args, {
    ...COMMON_OPTIONS,
    sid: { type: "string" },
    status: { type: "string" },
    "error-code": { type: "string" },
    message: { type: "string" },
    from: { type: "string", default: "+15550100000" },
    to: { type: "string", default: "+15550100001" },
    shuffle: { type: "boolean", default: false },
  });
  const channel = oneOf(options.channel, CHANNELS, "channel");
  const messageSid = required(options.sid, "sid");
  const statuses = required(options.status, "status").split(",").map((entry) => entry.trim())
    .filter(Boolean);
  if (statuses.length === 0) throw new UsageError("--status is missing");

  const target = await targetOf("sms-status", options);
  if (options.message) {
    target.url += `${target.url.includes("?") ? "&" : "?"}message=${options.message}`;
  }
  const deliveries = Array.from(
    { length: repetitions(options.repeat) },
    () => statuses,
  ).flat().map((twilioStatus) => {
    const form = statusForm({
      messageSid,
      status: twilioStatus,
      from: onChannel(options.from, channel),
      to: onChannel(options.to, channel),
      errorCode: options["error-code"],
    }, localAccountSid());
    return () => post(target, form, crypto.randomUUID());
  });
  if (options.shuffle) shuffle(deliveries);
  const answers = await deliver(deliveries, options.concurrent);
  const rows = await rowsOfMessage(target.url, messageSid);
  return report({ url: target.url, deliveries: answers, rows }, options.json);
}
