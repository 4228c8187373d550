/**
 * CreateMessage: the checks by which Twilio accepts or refuses a message.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
 * @module
 */
import { channelOf, onChannel, withoutChannel } from "./address.ts";
import { TwilioError } from "./errors.ts";
import { readGmt } from "./gmt_time.ts";
import { refusalOfFrom } from "./magic_numbers.ts";
import type { MessageLog, NewMessage } from "./message_log.ts";
import type { CreateParameters } from "./messages_parameters.ts";
import type { OptOuts } from "./opt_outs.ts";
import { fillInTemplate } from "./send_template.ts";

/** The longest body, in UTF-16 units. */
const MAX_BODY_LENGTH = 1600;

const MAX_MEDIA = 10;

/** The shortest and longest time until a scheduled message is sent, in ms. */
const SCHEDULE_MS = { min: 15 * 60_000, max: 35 * 24 * 60 * 60_000 };

/** The number of a Messaging Service for a recipient without earlier messages. */
const DEFAULT_NUMBER = "+15550100000";

/** An accepted message. */
export interface AcceptedMessage {
  message: NewMessage;
  /** The time to send it; absent for now. */
  sendAt?: Date;
}

/**
 * Checks the rules that Twilio's OpenAPI document does not contain.
 *
 * @param parameters The call's parameters, checked against the document.
 * @throws {TwilioError} If Twilio would refuse the message.
 */
export function acceptMessage(
  parameters: CreateParameters,
  { log, optOuts }: { log: MessageLog; optOuts: OptOuts },
): AcceptedMessage {
  const { To: to, MessagingServiceSid: service = null } = parameters;
  if (to === "") refuse(21604, "A 'To' phone number is required");
  if (!parameters.From && !service) {
    refuse(21603, "A 'From' number or a MessagingServiceSid is required");
  }
  const { body, mediaUrls } = contentOf(parameters);
  if (body.length > MAX_BODY_LENGTH) {
    refuse(21617, `The message body exceeds ${MAX_BODY_LENGTH} characters`);
  }
  if (mediaUrls.length > MAX_MEDIA) refuse(21623, `There are more than ${MAX_MEDIA} media`);

  const from = parameters.From || numberFor(to, log);
  checkAddresses(from, to);
  if (service) optOuts.noteService(from, service);
  if (optOuts.isOptedOut(to, from)) {
    refuse(21610, "Attempt to send to a recipient who has unsubscribed");
  }

  // Twilio ignores a schedule without a Messaging Service.
  const sendAt = service && parameters.ScheduleType ? scheduledTime(parameters.SendAt) : undefined;
  return {
    message: {
      direction: "outbound-api",
      from,
      to,
      body,
      messagingServiceSid: service,
      media: mediaUrls.map((url) => ({ url, content_type: null })),
      statusCallback: parameters.StatusCallback ?? null,
      status: sendAt ? "scheduled" : service ? "accepted" : "queued",
    },
    sendAt,
  };
}

/** What is sent: the template, if there is one, else the call's own body and media. */
function contentOf(parameters: CreateParameters): { body: string; mediaUrls: string[] } {
  const { Body: body = "", ContentSid: contentSid, ContentVariables: variables } = parameters;
  if (contentSid) return fillInTemplate(contentSid, variables);
  if (variables !== undefined) refuse(21654, "ContentSid Required");
  const mediaUrls = [parameters.MediaUrl ?? []].flat();
  if (body === "" && mediaUrls.length === 0) {
    refuse(21602, "A message body, media or ContentSid is required");
  }
  return { body, mediaUrls };
}

/** A Messaging Service sends from the number of the recipient's latest message. */
function numberFor(to: string, log: MessageLog): string {
  const [last] = log.byCreation.newestFirst({
    where: (message) => message.from === to || message.to === to,
  });
  if (last) return last.from === to ? last.to : last.from;
  return onChannel(DEFAULT_NUMBER, channelOf(to));
}

function checkAddresses(from: string, to: string): void {
  const refusal = refusalOfFrom(withoutChannel(from));
  if (refusal) throw new TwilioError(refusal);
  if (!isValidFrom(from)) {
    refuse(21212, `The 'From' number ${from} is not a valid phone number, short code or sender ID`);
  }
  if (!isValidTo(to)) refuse(21211, `The 'To' number ${to} is not a valid phone number`);
  if (channelOf(from) !== channelOf(to)) {
    refuse(21910, `'From' and 'To' must be of the same channel, not ${from} and ${to}`);
  }
  if (from === to) refuse(21266, "'To' and 'From' number cannot be the same");
}

function isValidFrom(from: string): boolean {
  const channel = channelOf(from);
  const address = withoutChannel(from);
  if (channel === "rcs" || channel === "messenger") return address !== "";
  return isPhone(address) || (channel === "sms" && isShortCodeOrName(address));
}

function isValidTo(to: string): boolean {
  const address = withoutChannel(to);
  return channelOf(to) === "messenger" ? address !== "" : isPhone(address);
}

/** Whether an address is a phone in E.164. */
function isPhone(address: string): boolean {
  return /^\+[1-9]\d{6,14}$/.test(address);
}

/** Whether an address is a short code, or an alphanumeric sender ID of up to 11 characters. */
function isShortCodeOrName(address: string): boolean {
  return /^\d{3,8}$/.test(address) || /^(?=.*[A-Za-z])[A-Za-z0-9 &_+-]{1,11}$/.test(address);
}

function scheduledTime(sendAt: string | undefined): Date {
  const time = sendAt === undefined ? NaN : readGmt(sendAt)?.from ?? NaN;
  const ahead = time - Date.now();
  if (!(ahead >= SCHEDULE_MS.min && ahead <= SCHEDULE_MS.max)) {
    refuse(35114, "SendAt must be between 15 minutes and 35 days ahead");
  }
  return new Date(time);
}

function refuse(code: number, message: string): never {
  throw new TwilioError({ code, message });
}
