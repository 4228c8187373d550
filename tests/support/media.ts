/**
 * Texts with attachments that a stand-in for Twilio has.
 *
 * @module
 */
import type postgres from "postgres";
import { mediaUrl } from "../../local/stand_ins/twilio/media.ts";
import type { TextParties } from "./receive_text.ts";
import { ACCOUNT_SID, loseText, type StandIn } from "./twilio_stand_in.ts";

/** An attachment: where the phone has it from, or where the webhook says that it is. */
export interface Attachment {
  url: string;
  content_type: string;
}

/** What differs from the webhook of the text. */
export interface MediaOptions {
  /** Whether only the number of attachments comes, as by an event. */
  isWithoutUrls?: boolean;
  /** Changes what the webhook says. */
  change?(media: Attachment[]): Attachment[];
}

/**
 * Sends a text with attachments, and takes it in as sms-inbound does.
 *
 * @returns Its MessageSid.
 */
export async function textWithMedia(
  sql: postgres.Sql,
  standIn: StandIn,
  { recruit_phone, twilio_phone }: TextParties,
  attachments: Attachment[],
  { isWithoutUrls = false, change = (media) => media }: MediaOptions = {},
): Promise<string> {
  const { message_sid } = await loseText(standIn, {
    from: recruit_phone,
    to: twilio_phone,
    body: "Look",
    media: attachments,
  });
  const media = change(attachments.map(({ content_type }, index) => ({
    url: mediaUrl(ACCOUNT_SID, message_sid, index),
    content_type,
  })));
  await sql`select recruiting_receive_message(message_sid => ${message_sid}, channel => 'sms',
    recruit_phone => ${recruit_phone}, twilio_phone => ${twilio_phone}, payload => '{}',
    verdict => 'none', body => 'Look', num_media => ${media.length},
    media => ${JSON.stringify(isWithoutUrls ? [] : media)})`;
  return message_sid;
}
