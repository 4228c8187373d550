/**
 * The doctor's subject Twilio: whether each sender exists, and whether what Twilio posts about it arrives here.
 *
 * @module
 */
import { isLoopback } from "../../supabase/functions/_shared/webhook/webhook_signers.ts";
import { shownAddress } from "../project/shown_address.ts";
import type { Check, Examined, Outcome, Sender } from "./check.ts";
import { type Fault, outcomeOf } from "./sender_faults.ts";
import { mapFew } from "./map_few.ts";
import { variableMend } from "./mends.ts";
import { atItsBaseUrl } from "./our_webhooks.ts";
import {
  isShortCode,
  type SenderWebhooks,
  senderWebhooks,
  type Webhooks,
} from "./sender_webhooks.ts";
import { type TwilioAccount, twilioAccount } from "./twilio_account.ts";
import { twilioCheck } from "./twilio_check.ts";
import { describeWrong } from "./wrong_setting.ts";

const CONSOLE_NUMBER = "Twilio's console, Phone numbers, Active numbers, the number, Configure";

/** What the settings that Twilio ignores are to be freed from. */
const IGNORED: Record<string, string> = {
  sms_application: "has an SmsApplicationSid, so Twilio ignores its SmsUrl",
  voice_application: "has a VoiceApplicationSid, so Twilio ignores its VoiceUrl",
  trunk: "has a TrunkSid, so Twilio ignores its VoiceUrl",
};

/** Lists the checks of the senders and their webhooks. */
export function twilioChecks(examined: Examined): Check[] {
  return [
    twilioCheck("twilio.senders", () => checkSenders(examined)),
    twilioCheck("twilio.inbound", () => checkInbound(examined)),
    twilioCheck("twilio.ignored_urls", () => checkIgnored(examined)),
    twilioCheck("twilio.pool", () => checkPool(examined)),
    twilioCheck("twilio.status_callbacks", () => checkStatusCallbacks(examined)),
    twilioCheck("twilio.fallbacks", () => checkFallbacks(examined)),
    twilioCheck("twilio.voice", () => checkVoice(examined)),
  ];
}

/** Checks that the account has each sender. */
async function checkSenders(examined: Examined): Promise<Outcome> {
  const senders = await examined.senders();
  if (senders.length === 0) return noSender();
  const listed = senders.filter(({ channel }) => channel !== "messenger");
  if (listed.length === 0) {
    return { ok: null, detail: "Twilio has no API that lists Messenger pages" };
  }
  const account = twilioAccount(examined);
  const isPresent = await mapFew(listed, (sender) => isAtTwilio(account, sender));
  const missing = listed.filter((_, index) => !isPresent[index]);
  const misspelt = missing.filter(isMisspelt);
  const absent = missing.filter((sender) => !isMisspelt(sender));
  const faults: Fault[] = [];
  if (misspelt.length > 0) {
    faults.push({
      detail: `recruiting_senders has ${shownSenders(misspelt)} in another spelling than Twilio`,
      mend:
        "Correct address in recruiting_senders: E.164, such as +15550100000, or a short code, without spaces and without a channel's prefix",
    });
  }
  if (absent.length > 0) faults.push(absentFault(examined, absent));
  return outcomeOf(faults, `The account has ${shownSenders(listed)}`);
}

function absentFault(examined: Examined, absent: Sender[]): Fault {
  return {
    detail: `The account does not have ${shownSenders(absent)}`,
    mend: isLoopback(examined.project.env.TWILIO_API_BASE_URL ?? "")
      ? "Create it at the stand-in for Twilio by the calls with which it is created at Twilio, or correct its address in recruiting_senders"
      : "Buy or register it at Twilio, correct its address in recruiting_senders, or set TWILIO_ACCOUNT_SID to the account that has it",
  };
}

/** Whether an address cannot be a sender's: no number has spaces, a prefix, or no plus sign. */
function isMisspelt({ channel, address }: Sender): boolean {
  return channel !== "rcs" && !isShortCode(address) && !/^\+[1-9]\d{6,14}$/.test(address);
}

async function isAtTwilio(account: TwilioAccount, { channel, address }: Sender): Promise<boolean> {
  if (channel === "whatsapp" || channel === "rcs") {
    return await account.channelSender(channel, address) !== undefined;
  }
  const found = isShortCode(address) ? account.shortCode(address) : account.number(address);
  return await found !== undefined;
}

/**
 * Checks that recruits' texts come here. Without an InboundRequestUrl a service that does not defer drops them
 * before Twilio logs them, so reconciliation cannot find them either.
 *
 * @see https://www.twilio.com/docs/messaging/services#inbound-settings
 */
function checkInbound(examined: Examined): Promise<Outcome> {
  return checkWebhooks(examined, {
    right: "Texts come here, with POST and retries",
    webhooksOf: ({ inbound }) => inbound,
    addition: ({ settings }) =>
      settings.some(({ name, before }) => name === "InboundRequestUrl" && before === null)
        ? " and the service does not defer to its numbers: Twilio drops the texts, and does not even log them"
        : "",
  });
}

/**
 * Checks the callbacks of messages that name none. Every message of these functions names its own.
 *
 * @see https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
 */
function checkStatusCallbacks(examined: Examined): Promise<Outcome> {
  return checkWebhooks(examined, {
    right: "Statuses come here also of messages that name no callback",
    notApplicable: "Does not apply: every message names its callback, and no sender has one to set",
    webhooksOf: ({ status }) => status,
    addition: () =>
      ": messages of these functions name their own, but the statuses of what another program sends with this sender do not come here",
  });
}

/** Checks where texts go when their webhook fails. */
function checkFallbacks(examined: Examined): Promise<Outcome> {
  return checkWebhooks(examined, {
    right: "A text whose webhook fails comes to twilio-events",
    webhooksOf: ({ fallback }) => fallback,
  });
}

/** Checks where calls go. */
function checkVoice(examined: Examined): Promise<Outcome> {
  return checkWebhooks(examined, {
    right: "Calls come to twilio-events",
    notApplicable: "Does not apply: no sender has voice",
    webhooksOf: ({ voice }) => voice,
  });
}

/** A check of some settings of each sender. */
interface WebhookCheck {
  /** What to say if all are right. */
  right: string;
  /** What to say if no sender has such settings. */
  notApplicable?: string;
  webhooksOf(webhooks: SenderWebhooks): Webhooks | undefined;
  /** What follows from wrong settings. */
  addition?(webhooks: Webhooks): string;
}

async function checkWebhooks(
  examined: Examined,
  { right, notApplicable, webhooksOf, addition = () => "" }: WebhookCheck,
): Promise<Outcome> {
  const found = await foundWebhooks(examined);
  if ("ok" in found) return found;
  const concerned = found.flatMap(({ sender, webhooks }) => {
    const settings = webhooksOf(webhooks);
    return settings ? [{ sender, settings }] : [];
  });
  if (concerned.length === 0) return { ok: null, detail: notApplicable ?? "Does not apply" };
  const faults = concerned.flatMap(({ settings }): Fault[] => {
    const wrong = describeWrong(atItsBaseUrl(settings.settings, examined.project));
    if (wrong === undefined) return [];
    const detail = `${settings.owner}: ${wrong}${addition(settings)}`;
    return [{ detail, mend: settings.mend }];
  });
  return outcomeOf(
    faults,
    `${right}: ${shownSenders(concerned.map(({ sender }) => sender))}`,
  );
}

/**
 * Checks that no application and no trunk takes the place of a number's URLs.
 *
 * @see https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
 */
async function checkIgnored(examined: Examined): Promise<Outcome> {
  const found = await foundWebhooks(examined);
  if ("ok" in found) return found;
  const faults = found.flatMap(({ sender: { address }, webhooks }) =>
    webhooks.ignored.map(({ kind, message }): Fault => ({
      detail: `${shownAddress(address)} ${IGNORED[kind] ?? message}`,
      mend: `Clear it, so that the number's webhooks count: ${CONSOLE_NUMBER}`,
    }))
  );
  return outcomeOf(faults, "No application and no trunk takes the place of a sender's URLs");
}

/**
 * Checks that the service that sends has each sender in its pool, else Twilio refuses every message.
 *
 * @see https://www.twilio.com/docs/messaging/services#sender-pool
 */
async function checkPool(examined: Examined): Promise<Outcome> {
  const sid = examined.project.env.TWILIO_MESSAGING_SERVICE_SID?.trim();
  if (!sid) return { ok: null, detail: "Does not apply: TWILIO_MESSAGING_SERVICE_SID is not set" };
  const senders = await examined.senders();
  if (senders.length === 0) return noSender();
  const account = twilioAccount(examined);
  if (await account.service(sid) === undefined) {
    return {
      ok: false,
      detail: `The account does not have the service ${sid}`,
      mend: variableMend(examined.project, "Correct TWILIO_MESSAGING_SERVICE_SID or clear it"),
    };
  }
  const listed = senders.filter(({ channel }) => channel !== "messenger");
  const isPooled = await mapFew(listed, (sender) => isInPool(account, sid, sender));
  const missing = listed.filter((_, index) => isPooled[index] === false);
  const pooled = listed.filter((_, index) => isPooled[index] === true);
  if (missing.length + pooled.length === 0) {
    return { ok: null, detail: `Twilio lists none of the senders of ${sid}` };
  }
  if (missing.length === 0) {
    return { ok: true, detail: `The pool of ${sid} has ${shownSenders(pooled)}` };
  }
  return {
    ok: false,
    detail: `The pool of ${sid} does not have ${
      shownSenders(missing)
    }: Twilio refuses the messages`,
    mend: `Add it: Twilio's console, Messaging, Services, ${sid}, Sender pool`,
  };
}

/** Tests whether a pool has a sender. Undefined if Twilio does not list this kind of senders. */
async function isInPool(
  account: TwilioAccount,
  serviceSid: string,
  { channel, address }: Sender,
): Promise<boolean | undefined> {
  if (channel !== "sms") {
    return (await account.pooledSenders(serviceSid))?.includes(`${channel}:${address}`);
  }
  if (isShortCode(address)) return (await account.pooledShortCodes(serviceSid))?.includes(address);
  return (await account.serviceOf(address))?.sid === serviceSid;
}

/** Reads the webhooks of the senders that Twilio has, or says why there is nothing to check. */
async function foundWebhooks(
  examined: Examined,
): Promise<{ sender: Sender; webhooks: SenderWebhooks }[] | Outcome> {
  const senders = await examined.senders();
  if (senders.length === 0) return noSender();
  const account = twilioAccount(examined);
  const read = await mapFew(senders, async (sender) => {
    const webhooks = await senderWebhooks(account, examined.project, sender);
    return webhooks ? [{ sender, webhooks }] : [];
  });
  const found = read.flat();
  if (found.length > 0) return found;
  return { ok: null, detail: "Twilio has none of the senders: see twilio.senders" };
}

function noSender(): Outcome {
  return {
    ok: null,
    detail: "recruiting_senders is empty",
    mend: 'Add your number: docs/go-live.md, "9. Your number\'s row"',
  };
}

/** The senders that a line names at most. */
const MAX_NAMED = 20;

function shownSenders(senders: Sender[]): string {
  const named = senders.slice(0, MAX_NAMED).map(shownSender).join(", ");
  return senders.length > MAX_NAMED ? `${named} and ${senders.length - MAX_NAMED} others` : named;
}

function shownSender({ channel, address }: Sender): string {
  return channel === "sms" ? shownAddress(address) : `${shownAddress(address)} (${channel})`;
}
