/**
 * `deno task simulate debugger`: Twilio logs an error, and posts it to the debugger's webhook.
 *
 * @see https://www.twilio.com/docs/usage/troubleshooting/debugging-event-webhooks
 * @module
 */
import { type Command, Option } from "@commander-js/extra-typings";
import { wholeNumber } from "../command_line/option_values.ts";
import { examples } from "../command_line/task_command.ts";
import { debuggerForm, loggedError } from "../stand_ins/twilio/debugger.ts";
import { newSid } from "../stand_ins/twilio/message_log.ts";
import { postToWebhook } from "../stand_ins/twilio/webhook.ts";
import { inboundForm } from "../stand_ins/twilio/webhook_forms.ts";
import { deliver } from "./deliver.ts";
import { deliveryCommand, type DeliveryOptions, localAccountSid, targetOf } from "./options.ts";
import { report } from "./report.ts";
import { rowsOfEvents } from "./stored_rows.ts";

const LEVELS = ["ERROR", "WARNING"] as const;

/** The options of the command. */
interface DebuggerOptions extends DeliveryOptions {
  code: number;
  level: typeof LEVELS[number];
  sid?: string;
  failedUrl?: string;
  httpStatus: number;
  recruit: string;
  number: string;
}

/** Adds the command `debugger`. */
export function addDebugger(simulate: Command): void {
  deliveryCommand(
    simulate,
    "debugger",
    "Twilio logs an error about a webhook, and posts it to the debugger's webhook.",
  )
    .option("--code <code>", "Twilio's error code", wholeNumber(10_000, 99_999), 11200)
    .addOption(
      new Option("--level <level>", "The level").choices(LEVELS).default("ERROR" as const),
    )
    .option("--sid <sid>", "The entry's SID, NO… (default: a new one)")
    .option(
      "--failed-url <url>",
      "The webhook that failed (default: the function sms-inbound beside --url)",
    )
    .option("--http-status <n>", "What it answered", wholeNumber(100, 599), 502)
    .option(
      "--recruit <address>",
      "The phone whose text the webhook was called for",
      "+15550100001",
    )
    .option("--number <address>", "The platform's number", "+15550100000")
    .addHelpText("after", examples("simulate debugger --code 12300 --level WARNING"))
    .action(async (options) => {
      Deno.exitCode = await debuggerEntry(options) ? 0 : 1;
    });
}

/** Posts the entry. @returns Whether every answer was 200. */
async function debuggerEntry(options: DebuggerOptions): Promise<boolean> {
  const target = await targetOf("twilio-events", options);
  const accountSid = localAccountSid();
  const messageSid = newSid("SM");
  const { code, level, httpStatus: status } = options;
  const entry = loggedError({
    code,
    level,
    message: `Got HTTP ${status} response`,
    resourceSid: messageSid,
    webhook: {
      url: options.failedUrl ?? target.url.replace(/twilio-events.*/, "sms-inbound"),
      headers: {},
      form: inboundForm(
        { messageSid, from: options.recruit, to: options.number, body: "Hello", media: [] },
        accountSid,
      ),
      answer: { status, content_type: "text/plain", body: "" },
    },
  });
  const sid = options.sid ?? entry.sid;
  const form = debuggerForm({ ...entry, sid }, accountSid, new Date());
  const idempotencyToken = crypto.randomUUID();
  const delivery = async () => ({
    sid,
    ...await postToWebhook({ ...target, form, idempotencyToken }),
  });
  const deliveries = await deliver(
    Array.from({ length: options.repeat }, () => delivery),
    options.concurrent,
  );
  const rows = await rowsOfEvents(target.url, "id", sid);
  return report({ url: target.url, deliveries, rows }, options.json);
}
