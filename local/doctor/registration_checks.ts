/**
 * The doctor's subject registration: whether carriers and WhatsApp take what the senders send.
 *
 * @module
 */
import type { UsAppToPersonInstance } from "twilio/lib/rest/messaging/v1/service/usAppToPerson.js";
import { dateOf } from "../../supabase/functions/_shared/twilio/twilio_api.ts";
import { shownAddress } from "../project/shown_address.ts";
import type { Check, Examined, Outcome } from "./check.ts";
import { type Fault, outcomeOf } from "./sender_faults.ts";
import { mapFew } from "./map_few.ts";
import { twilioAccount } from "./twilio_account.ts";
import { twilioCheck } from "./twilio_check.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** The most messages of a toll-free number that are read, newest first. */
const MAX_MESSAGES = 1000;

/** A phone number of the countries with +1, and a toll-free one among them. */
const NORTH_AMERICAN = /^\+1\d{10}$/;
const TOLL_FREE = /^\+1(800|833|844|855|866|877|888)\d{7}$/;

/** Twilio's error of a toll-free number that is not verified. */
const NOT_VERIFIED = "30032";

/** The console's pages. */
const A2P_PAGE = "Twilio's console, Messaging, Regulatory compliance, A2P 10DLC";
const TOLL_FREE_PAGE =
  "Twilio's console, Phone numbers, the number, Regulatory information, toll-free verification";
const WHATSAPP_PAGE = "Twilio's console, Messaging, Senders, WhatsApp senders";

/** What to do about the status of a campaign. */
const CAMPAIGN_MENDS: Record<string, string> = {
  PENDING: "wait for the review, which takes days; until then US carriers refuse texts with 30034",
  IN_PROGRESS:
    "wait for the review, which takes days; until then US carriers refuse texts with 30034",
  FAILED: `read why it was rejected, correct the campaign, and submit it again: ${A2P_PAGE}`,
  SUSPENDED: `ask Twilio's support why, and correct the campaign: ${A2P_PAGE}`,
  EXPIRED: `register the campaign again: ${A2P_PAGE}`,
};

/** Lists the checks of the registration. */
export function registrationChecks(examined: Examined): Check[] {
  return [
    twilioCheck("registration.us_campaign", () => checkCampaigns(examined)),
    twilioCheck("registration.toll_free", () => checkTollFree(examined)),
    twilioCheck("registration.whatsapp", () => checkWhatsApp(examined)),
  ];
}

/**
 * Checks that each US long code is in a Messaging Service whose campaign is verified.
 *
 * @see https://www.twilio.com/docs/messaging/compliance/a2p-10dlc
 */
async function checkCampaigns(examined: Examined): Promise<Outcome> {
  const longCodes = (await smsAddresses(examined))
    .filter((address) => NORTH_AMERICAN.test(address) && !TOLL_FREE.test(address));
  if (longCodes.length === 0) {
    return { ok: null, detail: "Does not apply: no sender is a US long code" };
  }
  const account = twilioAccount(examined);
  const faults: Fault[] = [];
  const present: string[] = [];
  for (const address of longCodes) {
    const shown = shownAddress(address);
    // twilio.senders says that it does not exist.
    if (await account.number(address) === undefined) continue;
    present.push(shown);
    const service = await account.serviceOf(address);
    if (service === undefined) {
      faults.push({
        detail: `${shown} is in no Messaging Service, so it has no campaign`,
        mend: `Add the number to the Messaging Service of your campaign: ${A2P_PAGE}`,
      });
      continue;
    }
    const campaigns = await account.campaigns(service.sid);
    const statuses = campaigns.map(({ campaignStatus }) => campaignStatus);
    if (statuses.includes("VERIFIED")) continue;
    const [campaign] = campaigns;
    faults.push(
      campaign === undefined
        ? {
          detail: `The Messaging Service of ${shown} has no campaign`,
          mend: `Register a brand and a campaign: ${A2P_PAGE}`,
        }
        : {
          detail: `The campaign of ${shown} is ${campaign.campaignStatus}${codesOf(campaign)}`,
          mend: `${campaign.campaignStatus}: ${
            CAMPAIGN_MENDS[campaign.campaignStatus] ?? `see ${A2P_PAGE}`
          }`,
        },
    );
  }
  if (present.length === 0) {
    return { ok: null, detail: "Twilio has none of the US long codes: see twilio.senders" };
  }
  return outcomeOf(faults, `The campaign of ${present.join(", ")} is VERIFIED`);
}

/** Names the codes of a campaign's errors. Their texts may quote what was submitted. */
function codesOf({ errors }: UsAppToPersonInstance): string {
  const codes = (errors ?? [])
    .map(({ error_code: code }) => String(code))
    .filter((code) => /^\d{1,6}$/.test(code));
  return codes.length === 0 ? "" : ` (${[...new Set(codes)].join(", ")})`;
}

/**
 * Checks that no text of a toll-free number was refused in the last day because the number is not verified. No
 * resource says it beforehand without the right to read trust products.
 *
 * @see https://www.twilio.com/docs/api/errors/30032
 */
async function checkTollFree(examined: Examined): Promise<Outcome> {
  const tollFree = (await smsAddresses(examined)).filter((address) => TOLL_FREE.test(address));
  if (tollFree.length === 0) {
    return { ok: null, detail: "Does not apply: no sender is a toll-free number" };
  }
  const mend = `Verify the number: ${TOLL_FREE_PAGE}`;
  const counts = await mapFew(tollFree, (address) => countRefused(examined, address));
  const faults = tollFree.flatMap((address, index): Fault[] =>
    counts[index] === 0 ? [] : [{
      detail: `${shownAddress(address)} is not verified: error 30032 × ${counts[index]} ` +
        "in the last day",
      mend,
    }]
  );
  const alerts = faults.length > 0 ? 0 : await countAlerts(examined);
  if (alerts > 0) {
    faults.push({
      detail: `A toll-free number is not verified: error 30032 × ${alerts} in the last day`,
      mend,
    });
  }
  return outcomeOf(
    faults,
    `No text of ${tollFree.map(shownAddress).join(", ")} was refused with 30032 in the last day`,
  );
}

/**
 * Counts the texts of the last day that were refused with 30032. The list is filtered by `From` alone: a
 * message that has not gone out has no `DateSent`.
 */
async function countRefused(examined: Examined, address: string): Promise<number> {
  const since = new Date(Date.now() - DAY_MS);
  const messages = await examined.twilio().messages.list({
    from: address,
    pageSize: MAX_MESSAGES,
    limit: MAX_MESSAGES,
  });
  return messages.filter(({ errorCode, dateCreated }) =>
    String(errorCode) === NOT_VERIFIED && (dateOf(dateCreated) ?? since) >= since
  ).length;
}

/** Counts the alerts of the last day with 30032. The messages are enough where the alerts cannot be read. */
async function countAlerts(examined: Examined): Promise<number> {
  const alerts = await twilioAccount(examined).alerts().catch(() => undefined);
  return alerts?.ours.filter(({ code }) => code === NOT_VERIFIED).length ?? 0;
}

/**
 * Checks that each WhatsApp sender is online.
 *
 * @see https://www.twilio.com/docs/whatsapp/api/senders
 */
async function checkWhatsApp(examined: Examined): Promise<Outcome> {
  const addresses = (await examined.senders())
    .filter(({ channel }) => channel === "whatsapp")
    .map(({ address }) => address);
  if (addresses.length === 0) {
    return { ok: null, detail: "Does not apply: there is no WhatsApp sender" };
  }
  const account = twilioAccount(examined);
  const faults: Fault[] = [];
  const online: string[] = [];
  for (const address of addresses) {
    const sender = await account.channelSender("whatsapp", address);
    // twilio.senders says that it does not exist.
    if (sender === undefined) continue;
    if (/^ONLINE(:|$)/.test(sender.status)) {
      online.push(shownAddress(address));
      continue;
    }
    const { status, offlineReasons } = await account.wholeSender(sender.sid);
    const reasons = (offlineReasons ?? []).map(({ code, message }) =>
      [code, message && withoutNumbers(message)].filter(Boolean).join(" ")
    );
    faults.push({
      detail: `WhatsApp sender ${shownAddress(address)} is ${status}${
        reasons.length === 0 ? "" : `: ${reasons.join(", ")}`
      }`,
      mend: status === "OFFLINE"
        ? `Clear the reasons: ${WHATSAPP_PAGE}`
        : `Finish the sender's registration: ${WHATSAPP_PAGE}`,
    });
  }
  if (faults.length === 0 && online.length === 0) {
    return { ok: null, detail: "Twilio does not have the WhatsApp sender: see twilio.senders" };
  }
  return outcomeOf(faults, `WhatsApp sender ${online.join(", ")} is ONLINE`);
}

/** Shortens what may be a phone number or an id in a text of Meta's. */
function withoutNumbers(text: string): string {
  return text.replace(/\+?\d[\d ()-]{5,}\d/g, (number) => shownAddress(number));
}

async function smsAddresses({ senders }: Examined): Promise<string[]> {
  return (await senders())
    .filter(({ channel }) => channel === "sms")
    .map(({ address }) => address);
}
