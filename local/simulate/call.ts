/**
 * `deno task simulate call`: a recruit calls one of the platform's numbers.
 *
 * @see https://www.twilio.com/docs/voice/twiml
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { examples } from "../command_line/task_command.ts";
import { type CallCourse, makeCall } from "../stand_ins/twilio/calls.ts";
import { newSid } from "../stand_ins/twilio/message_log.ts";
import { postToWebhook } from "../stand_ins/twilio/webhook.ts";
import { type Delivery } from "./deliver.ts";
import { type DeliveryOptions, localAccountSid, targetOf, withDeliveryOptions } from "./options.ts";
import { callFromPhone } from "./stand_in.ts";
import { report } from "./report.ts";
import { rowsOfEvents } from "./stored_rows.ts";

/** The options of the command. */
interface CallOptions extends DeliveryOptions {
  from: string;
  to: string;
  sid?: string;
}

/** Adds the command `call`. */
export function addCall(simulate: Command): void {
  const command = simulate.command("call")
    .description("A recruit calls one of the platform's numbers.")
    .option("--from <phone>", "The recruit's phone, E.164", "+15550100001")
    .option("--to <phone>", "The platform's number, E.164", "+15550100000")
    .option("--sid <sid>", "The CallSid (default: a new one)");
  withDeliveryOptions(command)
    .addHelpText(
      "after",
      `
The answer is read as strictly as by Twilio. Then the status callback tells how the call ended:
completed, busy or no-answer. The caller hears the number's voice_text, if it has one.
` + examples("simulate call"),
    )
    .action(async (options) => {
      Deno.exitCode = await call(options) ? 0 : 1;
    });
}

/** Makes the calls. @returns Whether every answer was 200, and every call's TwiML valid. */
async function call(options: CallOptions): Promise<boolean> {
  const { from, to } = options;
  const callSid = options.sid ?? newSid("CA");
  const target = await targetOf("twilio-events", options);
  const isThroughStandIn = options.url === undefined && options.token === undefined;
  const make = isThroughStandIn
    ? () => callFromPhone({ from, to, call_sid: callSid })
    : () =>
      makeCall({ from, to, callSid }, localAccountSid(), (form) =>
        postToWebhook({ ...target, form, idempotencyToken: crypto.randomUUID() }));

  const courses: CallCourse[] = [];
  const { repeat, concurrent } = options;
  if (concurrent) courses.push(...await Promise.all(Array.from({ length: repeat }, make)));
  else while (courses.length < repeat) courses.push(await make());

  const deliveries = courses.flatMap(deliveriesOf);
  const rows = await rowsOfEvents(target.url, "resource_sid", callSid);
  const isAccepted = report({ url: target.url, deliveries, rows }, options.json);
  const failed = courses.find(({ error }) => error)?.error;
  if (failed) console.error(`error: Twilio refuses the answer: ${failed.code} ${failed.message}`);
  return isAccepted && !failed;
}

/** The posts of a call: two, or one where the number has no status callback. */
function deliveriesOf({ call_sid, call_status, answer, callback }: CallCourse): Delivery[] {
  return [
    { call_sid, call_status: "ringing", ...answer },
    ...(callback ? [{ call_sid, call_status, ...callback }] : []),
  ];
}
