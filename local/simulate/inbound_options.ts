/**
 * The options of `deno task simulate inbound`, and the text that they describe.
 *
 * @module
 */
import type { ParseArgsOptionsConfig } from "node:util";
import { CHANNELS, onChannel } from "../twilio/address.ts";
import { type CheckedText, PhoneText } from "../twilio/phone_text.ts";
import { oneOf, required, UsageError } from "./options.ts";

/** Options of the text, for `parseArgs`. */
export const TEXT_OPTIONS = {
  from: { type: "string" },
  to: { type: "string" },
  body: { type: "string", default: "" },
  media: { type: "string", multiple: true, default: [] as string[] },
  react: { type: "string" },
  location: { type: "string" },
  button: { type: "string" },
  "profile-name": { type: "string" },
  "opt-out-type": { type: "string" },
  sid: { type: "string" },
} satisfies ParseArgsOptionsConfig;

/** How they are explained. */
export const TEXT_HELP = `  --from ADDRESS     Who texts, E.164 (required)
  --to ADDRESS       Which of our numbers (required)
  --body TEXT        What the text says (default empty)
  --media URL        A picture's address; may be given several times
  --react TEXT       Reacts to our message with this text: Loved “TEXT” (SMS only)
  --location PLACE   Shares a location, LATITUDE,LONGITUDE[,LABEL] (not on SMS)
  --button BUTTON    Presses a button, TEXT[:PAYLOAD] (not on SMS)
  --profile-name N   What the sender is called there (not on SMS)
  --opt-out-type T   What Advanced Opt-Out says of it: STOP, START or HELP
  --sid SID          The MessageSid (default: a new one)`;

/** The values, as they are given. */
interface TextValues {
  channel: string;
  from?: string;
  to?: string;
  body: string;
  media: string[];
  react?: string;
  location?: string;
  button?: string;
  "profile-name"?: string;
  "opt-out-type"?: string;
  sid?: string;
}

/**
 * Makes a text of the options.
 *
 * @throws {UsageError} If one is missing, or they do not go together.
 */
export function textOf(values: TextValues): CheckedText {
  const channel = oneOf(values.channel, CHANNELS, "channel");
  const { body, react, location, button } = values;
  const parsed = PhoneText.safeParse({
    from: onChannel(required(values.from, "from"), channel),
    to: onChannel(required(values.to, "to"), channel),
    body,
    media: values.media.map((url) => ({ url, content_type: "image/jpeg" })),
    reaction: react === undefined ? undefined : { quoted: react },
    location: location === undefined ? undefined : locationOf(location),
    button: button === undefined ? undefined : buttonOf(button),
    profile_name: values["profile-name"],
    opt_out_type: values["opt-out-type"],
    message_sid: values.sid,
  });
  if (parsed.success) return parsed.data;
  const [{ path: [field], message }] = parsed.error.issues;
  throw new UsageError(`${OPTION_OF[String(field)] ?? "The text"}: ${message}`);
}

/** Which option a field of the text comes from. */
const OPTION_OF: Record<string, string> = {
  media: "--media",
  reaction: "--react",
  location: "--location",
  button: "--button",
  profile_name: "--profile-name",
  opt_out_type: "--opt-out-type",
  message_sid: "--sid",
};

/** LATITUDE,LONGITUDE[,LABEL]; the label may have commas. */
function locationOf(value: string) {
  const [latitude, longitude, ...label] = value.split(",").map((part) => part.trim());
  if (!latitude || !longitude) {
    throw new UsageError(`--location must be LATITUDE,LONGITUDE[,LABEL], not "${value}"`);
  }
  return {
    latitude: Number(latitude),
    longitude: Number(longitude),
    label: label.join(", ") || undefined,
  };
}

/** TEXT[:PAYLOAD]; the payload may have colons. */
function buttonOf(value: string) {
  const colon = value.indexOf(":");
  if (colon < 0) return { text: value };
  return { text: value.slice(0, colon), payload: value.slice(colon + 1) };
}
