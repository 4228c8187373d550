/**
 * What a recruit may send from the phone, and what Twilio's form holds of it: words and pictures, and
 * beside them a reaction on SMS, a location or a pressed button on the other channels.
 *
 * @see https://www.twilio.com/docs/messaging/guides/webhook-request
 * @module
 */
import { z } from "zod/v3";
import { channelOf } from "./address.ts";
import type { Message } from "./message_log.ts";

/** SMS and MMS have prefixes of their own; the other channels share them. */
const messageSid = z.string().regex(/^[A-Z]{2}[0-9A-Za-z]{1,32}$/);

/** The reactions that an iPhone has, by the words that it sends for them. */
export const REACTIONS = [
  "Loved",
  "Liked",
  "Disliked",
  "Laughed at",
  "Emphasized",
  "Questioned",
] as const;

/** A reaction to a message of ours, whose words the text quotes. */
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

/** A button of a message of ours; `replies_to` is our newest message, unless it is given. */
const Button = z.object({
  text: z.string().min(1),
  payload: z.string().min(1).optional(),
  replies_to: messageSid.optional(),
}).strict();

/** A text as it is given to the phone. */
export const PhoneText = z.object({
  from: z.string().min(1),
  to: z.string().min(1),
  body: z.string().default(""),
  media: z.array(z.object({ url: z.string().url(), content_type: z.string().min(1) })).default([]),
  reaction: Reaction.optional(),
  location: Location.optional(),
  button: Button.optional(),
  profile_name: z.string().min(1).optional(),
  opt_out_type: z.enum(["STOP", "START", "HELP"]).optional(),
  message_sid: messageSid.optional(),
  sent_at: z.string().datetime({ offset: true })
    .refine((time) => Date.parse(time) <= Date.now(), "Must not be in the future")
    .transform((time) => new Date(time))
    .optional(),
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

/** What SMS has and the other channels do not, or the other way round. */
const CHANNEL_FIELDS = ["reaction", "location", "button", "profile_name"] as const;

/** A text as it is given to the phone. */
export type PhoneText = z.input<typeof PhoneText>;

/** A text that has been checked. */
export type CheckedText = z.output<typeof PhoneText>;

/** What Twilio takes from the phone. */
export interface SentText extends Pick<Message, "from" | "to" | "body" | "fields"> {
  media: CheckedText["media"];
}

/** Makes of a text what Twilio takes from the phone. */
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

/** What Twilio adds to every text on WhatsApp. */
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
