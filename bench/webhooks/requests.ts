/**
 * The signed requests that every contender gets, and the rows that must exist before.
 *
 * @module
 */
import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import {
  inboundForm,
  type InboundText,
  statusForm,
} from "../../local/stand_ins/twilio/webhook_forms.ts";
import type { PostedRequest } from "../../tests/support/load_function.ts";
import { ACCOUNT_SID, AUTH_TOKEN, WEBHOOK_BASE_URL } from "./settings.ts";

/** A webhook. */
export type Webhook = "sms-inbound" | "sms-status";

/** Both webhooks. */
export const WEBHOOKS: Webhook[] = ["sms-inbound", "sms-status"];

/** A conversation that exists before the first request. */
export interface Conversation {
  id: string;
  recruitPhone: string;
  /** The agent whose conversation it is; null if the bot answers. */
  agentId: string | null;
}

/** A text, or an outbound message that exists as sent before the first request. */
export interface Message {
  messageSid: string;
  conversation: Conversation;
  /** Its number, on which its body depends. */
  index: number;
}

/** The platform's number. */
export const TWILIO_PHONE = "+15550100000";

/** The number of agents, among whom the conversations are shared. */
export const AGENTS = 20;

/** One request in so many repeats an earlier one, as Twilio does when it got no answer. */
const REPEAT_EVERY = 20;

/** One text in so many has a picture. */
const PICTURE_EVERY = 10;

const TEXTS = [
  "Hi, is the warehouse job still open?",
  "Yes, Tuesday at 9 works for me",
  "What should I bring to the interview?",
  "I have a forklift licence and two years of experience in a depot near Denver.",
  "ok thanks!",
  "Can you tell me what the shift times are? I can do days or nights, but not weekends.",
  "My email changed, I will send the new one tonight",
  "Great, see you there 👍",
];

/** The id of an agent. */
export const agentIdOf = (index: number) =>
  `a0000000-0000-4000-8000-${String(index).padStart(12, "0")}`;

/** Makes the conversations: the first half with agents, the second with the bot. */
export function conversationsOf(count: number): Conversation[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `c0000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
    recruitPhone: `+1555${String(1_000_000 + index)}`,
    agentId: index < count / 2 ? agentIdOf(index % AGENTS) : null,
  }));
}

/**
 * Makes messages of conversations.
 *
 * @param series Two letters or digits in their SIDs.
 */
export function messagesOf(conversations: Conversation[], series: string, count: number) {
  return Array.from({ length: count }, (_, index): Message => ({
    messageSid: `SM${series}${index.toString(16).padStart(30, "0")}`,
    // Scattered, so that concurrent requests are rarely about the same conversation.
    conversation: conversations[(index * 7_919) % conversations.length],
    index,
  }));
}

/**
 * Makes the requests of messages, of which one in {@link REPEAT_EVERY} is the one before it.
 *
 * @returns Whole HTTP requests.
 */
export function requestsOf(webhook: Webhook, messages: Message[]): Uint8Array[] {
  const requests: Uint8Array[] = [];
  for (const [index, message] of messages.entries()) {
    const isRepeat = index % REPEAT_EVERY === REPEAT_EVERY - 1;
    requests.push(isRepeat ? requests[index - 1] : requestOf(webhook, message));
  }
  return requests;
}

/** Makes the signed request of a text that arrived, or of a message that was delivered. */
export function postedRequestOf(webhook: Webhook, message: Message): PostedRequest {
  const form = webhook === "sms-inbound"
    ? inboundForm(textOf(message), ACCOUNT_SID)
    : statusForm(deliveryOf(message), ACCOUNT_SID);
  const url = `${WEBHOOK_BASE_URL}/${webhook}`;
  const body = new URLSearchParams(form).toString();
  return {
    // A function sees its own host.
    url: `http://127.0.0.1/${webhook}`,
    headers: [
      ["User-Agent", "TwilioProxy/1.1"],
      ["Accept", "*/*"],
      ["Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"],
      ["Content-Length", String(body.length)],
      ["X-Twilio-Signature", getExpectedTwilioSignature(AUTH_TOKEN, url, form)],
      ["I-Twilio-Idempotency-Token", crypto.randomUUID()],
    ],
    body,
  };
}

/** Makes the same as a whole HTTP request. */
export function requestOf(webhook: Webhook, message: Message): Uint8Array {
  const { headers, body } = postedRequestOf(webhook, message);
  return new TextEncoder().encode([
    `POST /${webhook} HTTP/1.1`,
    "Host: 127.0.0.1",
    ...headers.map(([name, value]) => `${name}: ${value}`),
    "",
    body,
  ].join("\r\n"));
}

/** The text that a message is. */
export function textOf({ messageSid, conversation, index }: Message): InboundText {
  return {
    messageSid,
    from: conversation.recruitPhone,
    to: TWILIO_PHONE,
    body: TEXTS[index % TEXTS.length],
    media: index % PICTURE_EVERY === 3
      ? [{ url: `https://media.example/${index}.jpg`, content_type: "image/jpeg" }]
      : [],
    fields: {
      FromCity: "DENVER",
      FromState: "CO",
      FromZip: "80202",
      ToCity: "AURORA",
      ToState: "CO",
      ToZip: "80010",
    },
  };
}

/** The delivery of a message. */
export function deliveryOf({ messageSid, conversation }: Message) {
  return {
    messageSid,
    status: "delivered",
    from: TWILIO_PHONE,
    to: conversation.recruitPhone,
  } as const;
}
