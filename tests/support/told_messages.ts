/**
 * Messages of one account, and what Twilio tells of them: by the forms of webhooks, and by Event
 * Streams.
 *
 * @module
 */
import { seeded } from "../../local/chaos/random.ts";
import { onChannel, type TwilioChannel } from "../../local/stand_ins/twilio/address.ts";
import {
  type CloudEvent,
  EVENT_STATUSES,
  inboundEvent,
  statusEvent,
} from "../../local/stand_ins/twilio/cloud_event.ts";
import {
  type PhoneText,
  PhoneText as PhoneTextSchema,
  sentText,
} from "../../local/stand_ins/twilio/phone_text.ts";
import { inboundForm, statusForm } from "../../local/stand_ins/twilio/webhook_forms.ts";
import { ACCOUNT_SID } from "./twilio.ts";

/** One thing that Twilio tells, by a form or an event. */
export interface Telling {
  /** The message. */
  sid: string;
  functionName: "sms-inbound" | "sms-status";
  /** The query of the form's URL. */
  query: string;
  form: Record<string, string>;
  /** Makes the event; absent for a status that Event Streams does not know. */
  event?: (at: Date) => CloudEvent;
  /** The kinds of what is told, each one of `KINDS`. */
  kinds: string[];
}

/** A recruit's thread with one of our addresses. */
export interface Thread {
  channel: TwilioChannel;
  /** The addresses, without the channel's prefix. */
  recruit: string;
  ours: string;
  /** The status of its conversation; undefined if it has none. */
  status: "bot" | "escalated" | "closed" | undefined;
}

/** An outbound message, and the row that it has before Twilio tells of it. */
export interface Outbound {
  sid: string;
  /** The row's id. */
  id: string;
  thread: Thread;
  /** The row: with its SID, without it yet, or none. */
  row: "confirmed" | "unconfirmed" | "none";
}

/** What an account has to do with, and what Twilio tells. */
export interface Account {
  /** Our address on each channel. */
  senders: { channel: TwilioChannel; address: string; strangers: "keep" | "escalate" }[];
  threads: Thread[];
  outbound: Outbound[];
  tellings: Telling[];
  /** The SIDs of another product's messages. */
  foreignSids: Set<string>;
}

const CHANNELS = ["sms", "sms", "sms", "whatsapp", "whatsapp", "rcs", "messenger"] as const;
const STATUSES = ["bot", "bot", "escalated", "closed", undefined] as const;

const BODIES = [
  "Hi, is the job still open?",
  "Yes",
  "STOP",
  "stop ",
  "START",
  "unstop",
  "HELP",
  "Please don't text me again",
  "no me escriban más",
  "Wrong number",
  "Can I talk to a person?",
  "👍",
  "Liked “Days or nights?”",
  "",
  "é".repeat(200),
  "A".repeat(1600),
];

/** The ways that a message goes at Twilio. */
const JOURNEYS = [
  ["accepted", "queued", "sending", "sent", "delivered"],
  ["queued", "sent", "delivered"],
  ["sent", "delivered", "read"],
  ["queued", "sent", "undelivered"],
  ["queued", "failed"],
  ["delivered"],
];

const ERROR_CODES = ["30003", "30007", "21610", "63016", "30034"];
const OPT_OUT_TYPES = ["STOP", "START", "HELP"] as const;
const ROWS = ["confirmed", "unconfirmed", "none"] as const;

/** The kinds of a text or a status by its thread. */
const threadKind = (
  what: "text" | "status",
  { channel, status }: Omit<Thread, "recruit" | "ours">,
) => `a ${what} on ${channel} with ${status ?? "no"} conversation`;
const foreignKind = (what: "text" | "status") => `a ${what} of another product`;
const bodyKind = (body: string) => `the body "${body}"`;
const optOutKind = (type: string) => `the OptOutType ${type}`;
const mediaKind = (count: number) => `${count} media`;
const statusKind = (status: string, row: Outbound["row"]) => `the status ${status}, row ${row}`;
const errorKind = (code: string) => `the error ${code}`;

/** Every kind of what an account is told. */
export const KINDS: string[] = [
  ...(["text", "status"] as const).flatMap((what) => [
    foreignKind(what),
    ...CHANNELS.flatMap((channel) =>
      STATUSES.map((status) => threadKind(what, { channel, status }))
    ),
  ]),
  ...BODIES.map(bodyKind),
  ...OPT_OUT_TYPES.map(optOutKind),
  ...[0, 1, 2, 3].map(mediaKind),
  ...["a location", "a button", "a profile name"],
  ...JOURNEYS.flat().flatMap((status) => ROWS.map((row) => statusKind(status, row))),
  ...ERROR_CODES.map(errorKind),
];

/**
 * Makes an account.
 *
 * @param seed The same seed makes the same messages.
 * @param tag Seven digits, part of every phone and SID: accounts with other tags share no row.
 * @param count The number of messages.
 */
export function makeAccount(seed: number, tag: string, count: number): Account {
  const random = seeded(seed);
  const senders: Account["senders"] = [
    { channel: "sms", address: `+1555${tag}000`, strangers: "keep" },
    { channel: "whatsapp", address: `+1555${tag}000`, strangers: "keep" },
    { channel: "rcs", address: `agent_${tag}`, strangers: "escalate" },
    { channel: "messenger", address: `page_${tag}`, strangers: "keep" },
  ];
  const senderOf = (channel: TwilioChannel) =>
    senders.find((sender) => sender.channel === channel)?.address ?? "";
  const pairs = CHANNELS.flatMap((channel) => STATUSES.map((status) => ({ channel, status })));
  const threads = pairs.map(({ channel, status }, index): Thread => {
    const recruit = `+1555${tag}${String(index + 100)}`;
    return {
      channel,
      recruit: channel === "messenger" ? `user_${tag}_${index}` : recruit,
      ours: senderOf(channel),
      status,
    };
  });
  const foreign: Thread = {
    channel: "sms",
    recruit: `+1555${tag}098`,
    ours: `+1555${tag}099`,
    status: undefined,
  };
  const account: Account = { senders, threads, outbound: [], tellings: [], foreignSids: new Set() };
  for (let number = 0; number < count; number++) {
    const isForeign = random.below(25) === 0;
    const thread = isForeign ? foreign : random.pick(threads);
    const digits = `${tag}${String(number).padStart(25, "0")}`;
    const sid = `${random.below(3) === 0 ? "MM" : "SM"}${digits}`;
    if (isForeign) account.foreignSids.add(sid);
    const kindIn = (what: "text" | "status") =>
      isForeign ? foreignKind(what) : threadKind(what, thread);
    if (random.below(2) === 0) {
      const telling = textTelling(sid, phoneText(thread, random));
      telling.kinds.push(kindIn("text"));
      account.tellings.push(telling);
      continue;
    }
    const hasRow = thread.status !== undefined;
    const row = hasRow
      ? random.pick(["confirmed", "confirmed", "unconfirmed", "none"] as const)
      : "none";
    const id = `00000000-0000-4000-8000-${tag}${String(number).padStart(5, "0")}`;
    account.outbound.push({ sid, id, thread, row });
    const errorCode = random.pick(ERROR_CODES);
    for (const status of random.pick(JOURNEYS)) {
      const telling = statusTelling({ sid, id, thread, row }, status, errorCode);
      telling.kinds.push(kindIn("status"));
      account.tellings.push(telling);
    }
  }
  return account;
}

function phoneText(
  { channel, recruit, ours }: Thread,
  random: ReturnType<typeof seeded>,
): PhoneText {
  const [from, to] = [onChannel(recruit, channel), onChannel(ours, channel)];
  const profile_name = channel !== "sms" && random.below(2) === 0 ? "Dee Example" : undefined;
  const other = channel === "sms" ? 9 : random.below(10);
  if (other === 0) {
    return { from, to, profile_name, location: { latitude: 39.7, longitude: -104.9 } };
  }
  if (other === 1) {
    return { from, to, profile_name, button: { text: "Days", payload: "shift:days" } };
  }
  const media = Array.from({ length: Math.max(0, random.below(6) - 2) }, (_, index) => ({
    url: `https://api.twilio.com/2010-04-01/Accounts/${ACCOUNT_SID}/Messages/MM/Media/ME${index}`,
    content_type: random.pick(["image/jpeg", "application/pdf", "audio/ogg"]),
  }));
  const opt_out_type = random.pick([...OPT_OUT_TYPES, ...Array(9).fill(undefined)]);
  return { from, to, profile_name, body: random.pick(BODIES), media, opt_out_type };
}

function textTelling(messageSid: string, text: PhoneText): Telling {
  const sent = sentText(PhoneTextSchema.parse(text));
  return {
    sid: messageSid,
    kinds: textKinds(text),
    functionName: "sms-inbound",
    query: "",
    form: inboundForm({ messageSid, ...sent }, ACCOUNT_SID),
    event: (at) => inboundEvent({ messageSid, ...sent }, ACCOUNT_SID, at),
  };
}

function textKinds({ body, media = [], opt_out_type, ...text }: PhoneText): string[] {
  return [
    ...(body === undefined ? [] : [bodyKind(body), mediaKind(media.length)]),
    ...(opt_out_type ? [optOutKind(opt_out_type)] : []),
    ...(text.location ? ["a location"] : []),
    ...(text.button ? ["a button"] : []),
    ...(text.profile_name ? ["a profile name"] : []),
  ];
}

function statusTelling(
  { sid, id, thread: { channel, recruit, ours }, row }: Outbound,
  status: string,
  errorCode: string,
): Telling {
  const change = {
    messageSid: sid,
    status,
    from: onChannel(ours, channel),
    to: onChannel(recruit, channel),
    ...(status === "failed" || status === "undelivered" ? { errorCode } : {}),
  };
  const query = row === "unconfirmed" ? `?message=${id}` : "";
  const known = EVENT_STATUSES.find((known) => known === status);
  return {
    sid,
    kinds: [statusKind(status, row), ...(change.errorCode ? [errorKind(errorCode)] : [])],
    functionName: "sms-status",
    query,
    form: {
      ...statusForm(change, ACCOUNT_SID),
      ...(change.errorCode ? { ErrorMessage: "The message was not delivered" } : {}),
    },
    event: known && ((at) => {
      const statusCallback = query &&
        `https://project.example/functions/v1/sms-status${query}#rc=3`;
      return statusEvent({ ...change, status: known, body: "Hi", statusCallback }, ACCOUNT_SID, at);
    }),
  };
}
