/**
 * `deno task simulate debugger`: Twilio logs an error, and tells the debugger's webhook.
 *
 * @see https://www.twilio.com/docs/usage/troubleshooting/debugging-event-webhooks
 * @module
 */
import { debuggerForm, loggedError } from "../stand_ins/twilio/debugger.ts";
import { newSid } from "../stand_ins/twilio/message_log.ts";
import { postToWebhook } from "../stand_ins/twilio/webhook.ts";
import { inboundForm } from "../stand_ins/twilio/webhook_forms.ts";
import { deliver } from "./deliver.ts";
import {
  DELIVERY_HELP,
  DELIVERY_OPTIONS,
  localAccountSid,
  oneOf,
  parseOptions,
  repetitions,
  targetOf,
  wholeNumber,
} from "./options.ts";
import { report } from "./report.ts";
import { rowsOfEvents } from "./stored_rows.ts";

const LEVELS = ["ERROR", "WARNING"] as const;

export const DEBUGGER_HELP =
  `Twilio logs an error about a webhook, and tells the debugger's webhook.

Usage: deno task simulate debugger --code 11200

  --code CODE        Twilio's error code (default 11200)
  --level LEVEL      ERROR or WARNING (default ERROR)
  --sid SID          The entry's SID, NO… (default: a new one)
  --failed-url URL   The webhook that failed (default: the function sms-inbound beside --url)
  --http-status N    What it answered (default 502)
  --recruit ADDRESS  The phone whose text it was told of (default +15550100001)
  --number ADDRESS   The platform's number (default +15550100000)
${DELIVERY_HELP}
`;

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns Whether every answer was 200.
 */
export async function debuggerEntry(args: string[]): Promise<boolean> {
  const options = parseOptions(args, {
    ...DELIVERY_OPTIONS,
    code: { type: "string", default: "11200" },
    level: { type: "string", default: "ERROR" },
    sid: { type: "string" },
    "failed-url": { type: "string" },
    "http-status": { type: "string", default: "502" },
    recruit: { type: "string", default: "+15550100001" },
    number: { type: "string", default: "+15550100000" },
  });
  const target = await targetOf("twilio-events", options);
  const accountSid = localAccountSid();
  const messageSid = newSid("SM");
  const status = wholeNumber(options["http-status"], "http-status", 100, 599);
  const entry = loggedError({
    code: wholeNumber(options.code, "code", 10_000, 99_999),
    level: oneOf(options.level, LEVELS, "level"),
    message: `Got HTTP ${status} response`,
    resourceSid: messageSid,
    webhook: {
      url: options["failed-url"] ?? target.url.replace(/twilio-events.*/, "sms-inbound"),
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
    Array.from({ length: repetitions(options.repeat) }, () => delivery),
    options.concurrent,
  );
  const rows = await rowsOfEvents(target.url, "id", sid);
  return report({ url: target.url, deliveries, rows }, options.json);
}
