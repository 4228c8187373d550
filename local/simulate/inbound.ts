/**
 * `deno task simulate inbound`: a recruit texts one of our numbers.
 *
 * @see https://www.twilio.com/docs/messaging/guides/webhook-request
 * @module
 */
import {
  type Channel,
  CHANNELS,
  joinAddress,
} from "../../supabase/functions/_shared/channel_address.ts";
import { deliver, newSid } from "./deliver.ts";
import {
  COMMON_HELP,
  COMMON_OPTIONS,
  oneOf,
  parseOptions,
  repetitions,
  required,
  targetOf,
} from "./options.ts";
import { report } from "./report.ts";

export const INBOUND_HELP = `A recruit texts one of our numbers.

Usage: deno task simulate inbound --from +15550100001 --to +15550100000 --body "Hi!"

  --from ADDRESS     Who texts, E.164 (required)
  --to ADDRESS       Which of our numbers (required)
  --body TEXT        What the text says (default empty)
  --media URL        A picture's address; may be given several times
  --sid SID          The MessageSid (default: a new one)
${COMMON_HELP}
`;

/**
 * Runs the command.
 *
 * @param args Its command line.
 * @returns Whether every answer was 200.
 */
export async function inbound(args: string[]): Promise<boolean> {
  const options = parseOptions(args, {
    ...COMMON_OPTIONS,
    from: { type: "string" },
    to: { type: "string" },
    body: { type: "string", default: "" },
    media: { type: "string", multiple: true, default: [] as string[] },
    sid: { type: "string" },
  });
  const channel = oneOf(options.channel, CHANNELS, "channel");
  const form = inboundForm({
    messageSid: options.sid ?? newSid(options.media.length > 0 ? "MM" : "SM"),
    from: onChannel(required(options.from, "from"), channel),
    to: onChannel(required(options.to, "to"), channel),
    body: options.body,
    media: options.media,
  });
  const post = { form, idempotencyToken: crypto.randomUUID() };
  const posts = Array.from({ length: repetitions(options.repeat) }, () => post);
  const target = await targetOf("sms-inbound", options);
  return await report(
    target.url,
    await deliver(target, posts, options.concurrent),
    options.json,
  );
}

function inboundForm({ messageSid, from, to, body, media }: {
  messageSid: string;
  from: string;
  to: string;
  body: string;
  media: string[];
}): Record<string, string> {
  return {
    ToCountry: "US",
    FromCountry: "US",
    SmsMessageSid: messageSid,
    SmsSid: messageSid,
    MessageSid: messageSid,
    AccountSid: Deno.env.get("TWILIO_ACCOUNT_SID") || `AC${"0".repeat(32)}`,
    SmsStatus: "received",
    NumSegments: "1",
    NumMedia: String(media.length),
    ...Object.fromEntries(media.flatMap((url, index) => [
      [`MediaUrl${index}`, url],
      [`MediaContentType${index}`, "image/jpeg"],
    ])),
    From: from,
    To: to,
    Body: body,
    ApiVersion: "2010-04-01",
  };
}

/** Adds the channel's prefix, unless it is there. */
export function onChannel(address: string, channel: Channel): string {
  return address.startsWith(`${channel}:`) ? address : joinAddress({ channel, address });
}
