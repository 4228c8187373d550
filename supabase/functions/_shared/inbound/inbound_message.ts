/**
 * Reads the form that Twilio posts when a recruit texts one of our numbers.
 *
 * @see https://www.twilio.com/docs/messaging/guides/webhook-request
 * @module
 */
import { z } from "zod/v3";
import { type Channel, splitAddress } from "../twilio/channel_address.ts";
import { MessageSid } from "../twilio/sid.ts";
import { isBlank } from "./message_words.ts";
import type { TwilioForm } from "../webhook/twilio_form.ts";
import { type Metadata, metadataOf } from "./metadata.ts";

/** One inbound text. */
export interface InboundMessage {
  messageSid: string;
  channel: Channel;
  /** The recruit's address without the channel's prefix. Also on sms it may be no phone, such as a short code. */
  recruitPhone: string;
  /** Our address, without the channel's prefix. */
  twilioPhone: string;
  body: string;
  /** In Twilio's order. */
  media: { url: string; content_type: string }[];
  /** How many attachments the text has. An event has it without their URLs. */
  numMedia: number | undefined;
  numSegments: number | undefined;
  /** Twilio's own verdict, with Advanced Opt-Out: STOP, START or HELP. */
  optOutType: string | undefined;
  /** The label of the button that the recruit pressed. */
  buttonText: string | undefined;
  /** The value of that button. */
  buttonPayload: string | undefined;
  /** The recruit's name on the channel; at most 200 UTF-16 units. */
  profileName: string | undefined;
  /** The fields without a column. */
  metadata: Metadata | undefined;
}

/** The most that is kept of a profile name, in UTF-16 units. */
const MAX_NAME_LENGTH = 200;

/** An optional field. If it is given more than once, the first value counts. */
const Optional = z.union([
  z.string(),
  z.array(z.string()).transform(([first]) => first),
]).optional();

/** An optional count. One that is no whole number from 0 to `max` counts as missing. */
const count = (max: number) =>
  Optional.pipe(z.coerce.number().int().min(0).max(max).optional().catch(undefined));

/** The fields that are read. Others are allowed, because Twilio adds fields without notice. */
const InboundForm = z.object({
  MessageSid,
  From: z.string().min(1),
  To: z.string().min(1),
  Body: Optional,
  OptOutType: Optional,
  ButtonText: Optional,
  ButtonPayload: Optional,
  ProfileName: Optional,
  NumMedia: count(100),
  NumSegments: count(10_000),
});

/**
 * Reads a form.
 *
 * @returns The message; undefined if MessageSid, From or To is missing, empty, given twice or out of bounds.
 */
export function parseInboundMessage(
  form: TwilioForm,
): InboundMessage | undefined {
  const { success, data } = InboundForm.safeParse(form);
  if (!success) return undefined;
  const from = splitAddress(data.From);
  const to = splitAddress(data.To);
  return {
    messageSid: data.MessageSid,
    channel: from.channel,
    recruitPhone: from.address,
    // An address of another channel keeps its prefix, so that it matches no conversation.
    twilioPhone: to.channel === from.channel ? to.address : data.To,
    body: data.Body ?? "",
    media: mediaOf(form),
    numMedia: data.NumMedia,
    numSegments: data.NumSegments,
    optOutType: data.OptOutType || undefined,
    buttonText: data.ButtonText || undefined,
    buttonPayload: data.ButtonPayload || undefined,
    profileName: visibleName(data.ProfileName ?? "") || undefined,
    metadata: metadataOf(form),
  };
}

/**
 * A name without characters that an inbox cannot show: control characters, line ends, and marks that reverse
 * the text's direction. Empty if nothing visible is left.
 */
function visibleName(text: string): string {
  if (isBlank(text)) return "";
  const shown = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, " ").trim();
  // The cut may leave half of an emoji.
  return shown.slice(0, MAX_NAME_LENGTH).replace(/[\ud800-\udbff]$/, "").toWellFormed();
}

/** The pairs MediaUrl0 and MediaContentType0, MediaUrl1 and MediaContentType1 …, in their order. */
function mediaOf(form: TwilioForm): InboundMessage["media"] {
  return Object.keys(form)
    .flatMap((key) => /^MediaUrl(\d{1,3})$/.exec(key)?.[1] ?? [])
    .sort((a, b) => Number(a) - Number(b))
    .map((index) => ({
      url: [form[`MediaUrl${index}`]].flat()[0],
      content_type: [form[`MediaContentType${index}`] ?? ""].flat()[0],
    }));
}
