/**
 * `deno task simulate status`: the status of an outbound message changes.
 *
 * @see https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { namesFrom, required } from "../command_line/option_values.ts";
import { examples } from "../command_line/task_command.ts";
import { UsageError } from "../command_line/usage_error.ts";
import { onChannel, type TwilioChannel } from "../stand_ins/twilio/address.ts";
import { MESSAGE_STATUSES, type MessageStatus } from "../stand_ins/twilio/message_statuses.ts";
import { statusForm } from "../stand_ins/twilio/webhook_forms.ts";
import { deliver, post } from "./deliver.ts";
import {
  channelOption,
  deliveryCommand,
  type DeliveryOptions,
  localAccountSid,
  targetOf,
} from "./options.ts";
import { shuffle } from "./shuffle.ts";
import { report } from "./report.ts";
import { rowsOfMessage } from "./stored_rows.ts";

/** The options of the command. */
interface StatusOptions extends DeliveryOptions {
  sid?: string;
  status?: MessageStatus[];
  errorCode?: string;
  message?: string;
  from: string;
  to: string;
  channel: TwilioChannel;
  shuffle?: boolean;
}

/** Adds the command `status`. */
export function addStatus(simulate: Command): void {
  deliveryCommand(simulate, "status", "The status of an outbound message changes.")
    .option("--sid <sid>", "The message's MessageSid (required)")
    .option(
      "--status <statuses>",
      `The statuses, separated by commas (required): ${MESSAGE_STATUSES.join(", ")}`,
      namesFrom(MESSAGE_STATUSES),
    )
    .option("--error-code <code>", "Twilio's error code for undelivered and failed, such as 30003")
    .option("--message <id>", "The row that the callback's URL names (recruiting_messages.id)")
    .option("--from <address>", "The platform's number", "+15550100000")
    .option("--to <address>", "The recruit's phone", "+15550100001")
    .addOption(channelOption())
    .option("--shuffle", "Deliver in a random order")
    .addHelpText(
      "after",
      examples("simulate status --sid SM0000 --status queued,sent,delivered --shuffle"),
    )
    .action(async (options) => {
      Deno.exitCode = await status(options) ? 0 : 1;
    });
}

/** Posts the callbacks. @returns Whether every answer was 200. */
async function status(options: StatusOptions): Promise<boolean> {
  const messageSid = required(options.sid, "--sid");
  const { status: statuses, channel } = options;
  if (!statuses) throw new UsageError("--status is missing");

  const target = await targetOf("sms-status", options);
  if (options.message) {
    target.url += `${target.url.includes("?") ? "&" : "?"}message=${options.message}`;
  }
  const deliveries = Array.from({ length: options.repeat }, () => statuses).flat()
    .map((twilioStatus) => {
      const form = statusForm({
        messageSid,
        status: twilioStatus,
        from: onChannel(options.from, channel),
        to: onChannel(options.to, channel),
        errorCode: options.errorCode,
      }, localAccountSid());
      return () => post(target, form, crypto.randomUUID());
    });
  if (options.shuffle) shuffle(deliveries);
  const answers = await deliver(deliveries, options.concurrent);
  const rows = await rowsOfMessage(target.url, messageSid);
  return report({ url: target.url, deliveries: answers, rows }, options.json);
}
