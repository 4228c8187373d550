/**
 * A text that a recruit sends from the phone, and the fields of Twilio's form for it.
 *
 * A text is words and pictures, or a reaction on SMS, or a location or a pressed button on another
 * channel.
 *
 * @see https://www.twilio.com/docs/messaging/guides/webhook-request
 * @module
 */
import { z } from "zod/v3";
import { channelOf } from "./address.ts";
import type { Message } from "./message_log.ts";

/** A MessageSid: a prefix of two letters, such as SM or MM, and 1 to 32 letters or digits. */
const messageSid = z.string().regex(/^[A-Z]{2}[0-9A-Za-z]{1,32}$/);

/** The reactions of an iPhone, by the words that it sends. */
export const REACTIONS = [
  "Loved",
  "Liked",
  "Disliked",
  "Laughed at",
  "Emphasized",
  "Questioned",
] as const;

/** A reaction to a message, whose words the text quotes: `Loved “…”`. */
const Reaction = z.object({
  kind: z.enum(REACTIONS).default("Loved"),
  quoted: z.string().min(1),
}).strict();

const Location = z.object({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  label: z.string().min(1).optional(),
  address: z.string().min(1).optional(),
}).strict();

/**
 * A pressed button. `replies_to` is the MessageSid of its message; by default the thread's newest.
 */
const Button = z.object({
  text: z.string().min(1),
  payload: z.string().min(1).optional(),
  replies_to: messageSid.optional(),
}).strict();

/** The JSON of `POST /phone/texts`. */
export const PhoneText = z.object({
  from: z.string().min(1),
  to: z.string().min(1),
  body: z.string().default(""),
  media: z.array(z.object({ url: z.string().url(), content_type: z.string().min(1) })).default([]),
  reaction: Reaction.optional(),
  location: Location.optional(),
  button: Button.optional(),
  /** The recruit's profile name, on WhatsApp and other channels except SMS. */
  profile_name: z.string().min(1).optional(),
  /** The verdict of Advanced Opt-Out. Twilio acts on it. */
  opt_out_type: z.enum(["STOP", "START", "HELP"]).optional(),
  message_sid: messageSid.optional(),
  /** The time of sending in the log, in the past; now by default. */
  sent_at: z.string().datetime({ offset: true })
    .refine((time) => Date.parse(time) <= Date.now(), "Must not be in the future")
    .transform((time) => new Date(time))
    .optional(),
  /** Keeps the text in the log, and does not call the webhook. */
  is_lost: z.boolean().default(false),
}).strict().superRefine((text, context) => {
  const { body, media, reaction, location, button } = text;
  const contents = [body || media.length > 0, reaction, location, button].filter(Boolean);
  if (contents.length > 1) {
    const message = "Only one of these can be sent: words or pictures, reaction, location, button";
    context.addIssue({ code: "custom", message });
  }
  for (const name of CHANNEL_FIELDS) {
    const isSms = channelOf(text.from) === "sms";
    if (text[name] === undefined || isSms === (name === "reaction")) continue;
    const message = isSms
      ? "SMS does not have it: send it on another channel"
      : "Twilio delivers reactions on SMS only, where they are texts";
    context.addIssue({ code: "custom", path: [name], message });
  }
});

/** The fields that SMS alone has (reaction), or that SMS does not have (the others). */
const CHANNEL_FIELDS = ["reaction", "location", "button", "profile_name"] as const;

/** A text before the checks. */
export type PhoneText = z.input<typeof PhoneText>;

/** A checked text, with its defaults. */
export type CheckedText = z.output<typeof PhoneText>;

/** A text as Twilio receives it. */
export interface SentText extends Pick<Message, "from" | "to" | "body" | "fields"> {
  media: CheckedText["media"];
}

/** Converts a checked text to the form in which Twilio receives it. */
export function sentText(text: CheckedText): SentText {
  const { from, to, body, media, reaction, location, button } = text;
  return {
    from,
    to,
    body: reaction ? `${reaction.kind} “${reaction.quoted}”` : button?.text ?? body,
    media,
    fields: withoutAbsent({
      ...(channelOf(from) === "whatsapp" ? whatsappFields(text) : {}),
      ProfileName: text.profile_name,
      Latitude: location && String(location.latitude),
      Longitude: location && String(location.longitude),
      Label: location?.label,
      Address: location?.address,
      ButtonText: button?.text,
      ButtonPayload: button && (button.payload ?? button.text),
      OriginalRepliedMessageSid: button?.replies_to,
      OriginalRepliedMessageSender: button?.replies_to && to,
      OptOutType: text.opt_out_type,
    }),
  };
}

/** The fields that Twilio adds to every text on WhatsApp. */
function whatsappFields({ from, media, location, button, profile_name }: CheckedText) {
  const kind = media.at(0)?.content_type.split("/")[0] ?? "text";
  const WaId = /^whatsapp:\+(\d+)$/.exec(from)?.[1];
  return {
    MessageType: location
      ? "location"
      : button
      ? "button"
      : kind === "application"
      ? "document"
      : kind,
    WaId,
    ReferralNumMedia: "0",
    ChannelMetadata: JSON.stringify({
      type: "whatsapp",
      data: { context: { ProfileName: profile_name, WaId } },
    }),
  };
}

function withoutAbsent(fields: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
