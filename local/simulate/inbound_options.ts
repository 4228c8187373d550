/**
 * The options of `deno task simulate inbound`, and the text that they describe.
 *
 * @module
 */
import type { ParseArgsOptionsConfig } from "node:util";
import { CHANNELS, onChannel } from "../stand_ins/twilio/address.ts";
import { type CheckedText, PhoneText } from "../stand_ins/twilio/phone_text.ts";
import { oneOf, required, UsageError } from "./options.ts";

/** The options of the text, for `parseArgs`. */
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

/** The help on these options. */
export const TEXT_HELP = `  --from ADDRESS     The recruit's phone, E.164 (required)
  --to ADDRESS       The platform's number (required)
  --body TEXT        The text (default empty)
  --media URL        A picture's address; may be given several times
  --react TEXT       Reacts to the platform's message TEXT: Loved “TEXT” (SMS only)
  --location PLACE   Shares a location, LATITUDE,LONGITUDE[,LABEL] (not on SMS)
  --button BUTTON    Presses a button, TEXT[:PAYLOAD] (not on SMS)
  --profile-name N   The recruit's profile name (not on SMS)
  --opt-out-type T   The verdict of Advanced Opt-Out: STOP, START or HELP
  --sid SID          The MessageSid (default: a new one)`;

/** The parsed values of these options. */
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
 * Makes a text from the options.
 *
 * @throws {UsageError} If an option is missing or invalid, or excludes another one.
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

/** The option of each field of the text, for error messages. */
const OPTION_OF: Record<string, string> = {
  media: "--media",
  reaction: "--react",
  location: "--location",
  button: "--button",
  profile_name: "--profile-name",
  opt_out_type: "--opt-out-type",
  message_sid: "--sid",
};

/** Parses LATITUDE,LONGITUDE[,LABEL]. The label may have commas. */
function locationOf(value: string) {
  const [latitude, longitude, ...label] = value.split(",").map((item) => item.trim());
  if (!latitude || !longitude) {
    throw new UsageError(`--location must be LATITUDE,LONGITUDE[,LABEL], not "${value}"`);
  }
  return {
    latitude: Number(latitude),
    longitude: Number(longitude),
    label: label.join(", ") || undefined,
  };
}

/** Parses TEXT[:PAYLOAD]. The payload may have colons. */
function buttonOf(value: string) {
  const colon = value.indexOf(":");
  if (colon < 0) return { text: value };
  return { text: value.slice(0, colon), payload: value.slice(colon + 1) };
}
