/**
 * The options of `deno task simulate inbound`, and the text that they describe.
 *
 * @module
 */
import { type Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { repeatable, required } from "../command_line/option_values.ts";
import { UsageError } from "../command_line/usage_error.ts";
import { onChannel, type TwilioChannel } from "../stand_ins/twilio/address.ts";
import { type CheckedText, PhoneText } from "../stand_ins/twilio/phone_text.ts";
import { channelOption, deliveryCommand } from "./options.ts";

/** A shared location. */
interface Location {
  latitude: number;
  longitude: number;
  label: string | undefined;
}

/** The values of the options of the text. */
export interface TextOptions {
  channel: TwilioChannel;
  from?: string;
  to?: string;
  body: string;
  media?: string[];
  react?: string;
  location?: Location;
  button?: string;
  profileName?: string;
  optOutType?: string;
  sid?: string;
}

/** Begins the command that texts as a recruit, with all its options. */
export function textCommand(simulate: Command, name: string, description: string) {
  return deliveryCommand(simulate, name, description)
    .option("--from <address>", "The recruit's phone, E.164 (required)")
    .option("--to <address>", "The platform's number (required)")
    .addOption(channelOption())
    .option("--body <text>", "The text", "")
    .option("--media <url>", "A picture's address; may be repeated", repeatable)
    .option("--react <text>", "Reacts to the platform's message TEXT: Loved “TEXT” (SMS only)")
    .option(
      "--location <place>",
      "Shares a location, LATITUDE,LONGITUDE[,LABEL] (not on SMS)",
      locationOf,
    )
    .option("--button <button>", "Presses a button, TEXT[:PAYLOAD] (not on SMS)")
    .option("--profile-name <name>", "The recruit's profile name (not on SMS)")
    .option("--opt-out-type <type>", "The verdict of Advanced Opt-Out: STOP, START or HELP")
    .option("--sid <sid>", "The MessageSid (default: a new one)");
}

/**
 * Makes a text from the options.
 *
 * @throws {UsageError} If an option is missing or invalid, or excludes another one.
 */
export function textOf(options: TextOptions): CheckedText {
  const { channel, body, media = [], react, location, button } = options;
  const parsed = PhoneText.safeParse({
    from: onChannel(required(options.from, "--from"), channel),
    to: onChannel(required(options.to, "--to"), channel),
    body,
    media: media.map((url) => ({ url, content_type: "image/jpeg" })),
    reaction: react === undefined ? undefined : { quoted: react },
    location,
    button: button === undefined ? undefined : buttonOf(button),
    profile_name: options.profileName,
    opt_out_type: options.optOutType,
    message_sid: options.sid,
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
function locationOf(value: string): Location {
  const [latitude, longitude, ...label] = value.split(",").map((item) => item.trim());
  if (!latitude || !longitude) {
    throw new InvalidArgumentError("It must be LATITUDE,LONGITUDE[,LABEL].");
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
