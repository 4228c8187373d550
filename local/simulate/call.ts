/**
 * `deno task simulate call`: a recruit calls one of the platform's numbers.
 *
 * @see https://www.twilio.com/docs/voice/twiml
 * @module
 */
import { type CallCourse, makeCall } from "../stand_ins/twilio/calls.ts";
import { newSid } from "../stand_ins/twilio/message_log.ts";
import { postToWebhook } from "../stand_ins/twilio/webhook.ts";
import { type Delivery } from "./deliver.ts";
import {
  DELIVERY_HELP,
  DELIVERY_OPTIONS,
  localAccountSid,
  parseOptions,
  repetitions,
  targetOf,
} from "./options.ts";
import { callFromPhone } from "./stand_in.ts";
import { report } from "./report.ts";
import { rowsOfEvents } from "./stored_rows.ts";

export const CALL_HELP = `A recruit calls one of the platform's numbers.

Usage: deno task simulate call

  --from PHONE       The recruit's phone, E.164 (default +15550100001)
  --to PHONE         The platform's number, E.164 (default +15550100000)
  --sid SID          The CallSid (default: a new one)
${DELIVERY_HELP}

The answer is read as strictly as by Twilio. Then the status callback tells how the call ended:
completed, busy or no-answer. The caller hears the number's voice_text, if it has one.
`;

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns Whether every answer was 200, and every call's TwiML valid.
 */
export async function call(args: string[]): Promise<boolean> {
  const options = parseOptions(args, {
    ...DELIVERY_OPTIONS,
    from: { type: "string", default: "+15550100001" },
    to: { type: "string", default: "+15550100000" },
    sid: { type: "string" },
  });
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
  const count = repetitions(options.repeat);
  if (options.concurrent) courses.push(...await Promise.all(Array.from({ length: count }, make)));
  else while (courses.length < count) courses.push(await make());

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
