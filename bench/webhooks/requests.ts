/**
 * The signed requests that every contender gets, and the rows that must exist before.
 *
 * @module
 */
import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { inboundForm, statusForm } from "../../local/twilio/webhook_forms.ts";
import { ACCOUNT_SID, AUTH_TOKEN, WEBHOOK_BASE_URL } from "./settings.ts";

/** A webhook. */
export type Webhook = "sms-inbound" | "sms-status";

/** A conversation that exists before the first request. */
export interface SeededConversation {
  id: string;
  recruitPhone: string;
  /** The agent whose conversation it is; null if the bot answers. */
  agentId: string | null;
}

/** An outbound message that exists before the first request, as sent. */
export interface SeededMessage {
  messageSid: string;
  conversation: SeededConversation;
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

const hex = (text: string, index: number) => text + index.toString(16).padStart(30, "0");

/** The id of an agent. */
export const agentIdOf = (index: number) =>
  `a0000000-0000-4000-8000-${String(index).padStart(12, "0")}`;

/** Makes the conversations: the first half with agents, the second with the bot. */
export function seededConversations(count: number): SeededConversation[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `c0000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
    recruitPhone: `+1555${String(1_000_000 + index)}`,
    agentId: index < count / 2 ? agentIdOf(index % AGENTS) : null,
  }));
}

/** Makes the outbound messages, one for each status callback. */
export function seededMessages(conversations: SeededConversation[], count: number) {
  return Array.from({ length: count }, (_, index): SeededMessage => ({
    messageSid: hex("SM50", index),
    conversation: conversations[scattered(index, conversations.length)],
  }));
}

/**
 * Makes texts to the conversations of agents, each with a MessageSid of its own but for the repeats.
 *
 * @returns Whole HTTP requests.
 */
export function inboundRequests(conversations: SeededConversation[], count: number): Uint8Array[] {
  const answeredByAgents = conversations.filter(({ agentId }) => agentId !== null);
  return withRepeats(count, (index) => {
    const { recruitPhone } = answeredByAgents[scattered(index, answeredByAgents.length)];
    const media = index % PICTURE_EVERY === 0
      ? [{ url: `https://media.example/${index}.jpg`, content_type: "image/jpeg" }]
      : [];
    return signedRequest(
      "sms-inbound",
      inboundForm({
        messageSid: hex(media.length > 0 ? "MM10" : "SM10", index),
        from: recruitPhone,
        to: TWILIO_PHONE,
        body: TEXTS[index % TEXTS.length],
        media,
        fields: {
          FromCity: "DENVER",
          FromState: "CO",
          FromZip: "80202",
          ToCity: "AURORA",
          ToState: "CO",
          ToZip: "80010",
        },
      }, ACCOUNT_SID),
    );
  });
}

/**
 * Makes status callbacks: each message is delivered, but for the repeats.
 *
 * @returns Whole HTTP requests.
 */
export function statusRequests(messages: SeededMessage[]): Uint8Array[] {
  return withRepeats(messages.length, (index) => {
    const { messageSid, conversation } = messages[index];
    return signedRequest(
      "sms-status",
      statusForm({
        messageSid,
        status: "delivered",
        from: TWILIO_PHONE,
        to: conversation.recruitPhone,
      }, ACCOUNT_SID),
    );
  });
}

/** Scatters an index, so that concurrent requests are rarely about the same conversation. */
function scattered(index: number, count: number): number {
  return (index * 7_919) % count;
}

/** Makes requests, of which one in {@link REPEAT_EVERY} is the one before it. */
function withRepeats(count: number, make: (index: number) => Uint8Array): Uint8Array[] {
  const requests: Uint8Array[] = [];
  for (let index = 0; index < count; index++) {
    const isRepeat = index % REPEAT_EVERY === REPEAT_EVERY - 1;
    requests.push(isRepeat ? requests[index - 1] : make(index));
  }
  return requests;
}

function signedRequest(webhook: Webhook, form: Record<string, string>): Uint8Array {
  const url = `${WEBHOOK_BASE_URL}/${webhook}`;
  const body = new URLSearchParams(form).toString();
  return new TextEncoder().encode([
    `POST /${webhook} HTTP/1.1`,
    "Host: 127.0.0.1",
    "User-Agent: TwilioProxy/1.1",
    "Accept: */*",
    "Content-Type: application/x-www-form-urlencoded; charset=UTF-8",
    `Content-Length: ${body.length}`,
    `X-Twilio-Signature: ${getExpectedTwilioSignature(AUTH_TOKEN, url, form)}`,
    `I-Twilio-Idempotency-Token: ${crypto.randomUUID()}`,
    "",
    body,
  ].join("\r\n"));
}
