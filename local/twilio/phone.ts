/**
 * The recruit's phone, which Twilio has no API for: texting one of our numbers, and the thread
 * that the phone shows.
 *
 * - `POST /phone/texts` {from, to, body?, media?, message_sid?, sent_at?, is_lost?} posts an inbound
 *   text to the webhook, and answers what came back. `sent_at`, a time in the past, is when the log
 *   says that it was sent. `is_lost` keeps it in the log without calling the webhook, as the magic
 *   number does; the answer is {message_sid, is_lost: true} then.
 *   Instead of words and pictures it may be a `reaction` {kind?, quoted}, which on SMS is the text
 *   `Loved “…”`, a `location` {latitude, longitude, label?, address?} or a `button` {text, payload?,
 *   replies_to?}. `profile_name` is the sender's name on WhatsApp; `opt_out_type` is Advanced
 *   Opt-Out's verdict, and makes Twilio act on it.
 * - `GET /phone/messages?phone=ADDRESS` lists the phone's messages, oldest first.
 *
 * @module
 */
import { withoutChannel } from "./address.ts";
import type { TwilioAccount } from "./account.ts";
import type { Delivery } from "./delivery.ts";
import { type Answer, type Call, isJson, parseJson } from "./http.ts";
import { behaviourOf } from "./magic_numbers.ts";
import { type Message, type MessageLog, newSid } from "./message_log.ts";
import { asRfc2822, visibleSender } from "./message_resource.ts";
import type { OptOuts } from "./opt_outs.ts";
import { type CheckedText, PhoneText, type SentText, sentText } from "./phone_text.ts";
import { postToWebhook, type WebhookAnswer } from "./webhook.ts";
import { inboundForm } from "./webhook_forms.ts";

/** What came of a text. */
export type TextDelivery = DeliveredText | LostText;

/** A text that was posted, and the webhook's answer. */
export interface DeliveredText extends WebhookAnswer {
  message_sid: string;
  is_lost: false;
}

/** A text that is in Twilio's log alone. */
export interface LostText {
  message_sid: string;
  is_lost: true;
}

/** A message as the phone shows it. */
export interface PhoneMessage {
  sid: string;
  direction: Message["direction"];
  from: string | null;
  to: string;
  body: string;
  media: Message["media"];
  /** What else the webhook's form held, as the row has it; null for nothing. */
  metadata: Message["fields"] | null;
  status: Message["status"];
  error_code: number | null;
  date_created: string;
}

/** What the phone works on. */
export interface PhoneOptions {
  account: TwilioAccount;
  log: MessageLog;
  optOuts: OptOuts;
  delivery: Delivery;
  /** Where inbound texts are posted. */
  webhookUrl: string;
  /** Ends the waits for the webhook. */
  signal: AbortSignal;
}

/** Answers calls of the phone. */
export class Phone {
  #options: PhoneOptions;
  /** What a repeat of a text must repeat, by MessageSid. */
  #idempotencyTokens = new Map<string, string>();

  constructor(options: PhoneOptions) {
    this.#options = options;
  }

  /** Answers a call. */
  async answer(call: Call): Promise<Answer> {
    const answer = await this.#route(call);
    return { ...answer, headers: { ...corsHeaders(call), ...answer.headers } };
  }

  async #route(call: Call): Promise<Answer> {
    const { method, path, query, body } = call;
    if (method === "OPTIONS") return { status: 204 };
    switch (`${method} ${path}`) {
      case "POST /phone/texts":
        // Pages elsewhere cannot send JSON without asking first, and are told no then.
        if (!isJson(call)) {
          return { status: 415, body: { message: "A text must be sent as application/json" } };
        }
        return await this.#text(body);
      case "GET /phone/messages": {
        const phone = query.get("phone");
        if (!phone) return { status: 400, body: { message: "The query must name a phone" } };
        return { status: 200, body: this.#thread(phone) };
      }
      default:
        return { status: 404, body: { message: `Nothing is served at ${method} ${path}` } };
    }
  }

  async #text(json: string): Promise<Answer> {
    const parsed = PhoneText.safeParse(parseJson(json));
    if (!parsed.success) {
      const [{ path, message }] = parsed.error.issues;
      return { status: 400, body: { message: `${path.join(".") || "The text"}: ${message}` } };
    }
    const { account, optOuts, webhookUrl: url, signal } = this.#options;
    const { message_sid, sent_at, is_lost } = parsed.data;
    const text = this.#sent(parsed.data);
    const sid = message_sid ?? newSid(text.media.length > 0 ? "MM" : "SM");
    const idempotencyToken = this.#keepOnce(sid, text, sent_at);
    if (is_lost || behaviourOf(withoutChannel(text.from)).losesWebhooks) {
      const lost: LostText = { message_sid: sid, is_lost: true };
      return { status: 200, body: lost };
    }
    const form = inboundForm(
      { messageSid: sid, messagingServiceSid: optOuts.serviceOf(text.to), ...text },
      account.accountSid,
    );
    try {
      const answer = await postToWebhook({
        url,
        token: account.signingToken,
        form,
        idempotencyToken,
        signal,
      });
      const delivery: DeliveredText = { message_sid: sid, is_lost: false, ...answer };
      return { status: 200, body: delivery };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { status: 502, body: { message } };
    }
  }

  /** Names the message of ours that a button belongs to; a repeat names the same one. */
  #sent(text: CheckedText): SentText {
    const { from, to, button, message_sid = "" } = text;
    if (!button || button.replies_to) return sentText(text);
    const { log } = this.#options;
    const known = log.find(message_sid);
    const [newest] = log.byCreation.newestFirst({
      where: (message) => message.from === to && message.to === from,
    });
    const replies_to = known ? known.fields.OriginalRepliedMessageSid : newest?.sid;
    return sentText({ ...text, button: { ...button, replies_to } });
  }

  /** Keeps a text in the log, unless it is there, and lets Twilio hear it. */
  #keepOnce(
    sid: string,
    text: SentText,
    sentAt: Date | undefined,
  ): string {
    const { log, optOuts } = this.#options;
    const known = this.#idempotencyTokens.get(sid);
    if (known) return known;
    const token = crypto.randomUUID();
    this.#idempotencyTokens.set(sid, token);
    // The log may be older than the process.
    if (log.find(sid)) return token;
    const { dateCreated } = log.add({
      sid,
      direction: "inbound",
      status: "received",
      messagingServiceSid: optOuts.serviceOf(text.to) ?? null,
      sentAt,
      ...text,
    });
    const reply = optOuts.hear(text, dateCreated);
    if (reply !== undefined) this.#reply({ from: text.to, to: text.from, body: reply, sentAt });
    return token;
  }

  /** Answers a keyword as Twilio does by itself; what it answered in the past has been delivered. */
  #reply(reply: Pick<Message, "from" | "to" | "body"> & { sentAt: Date | undefined }): void {
    const { log, delivery } = this.#options;
    const status = reply.sentAt ? "delivered" : "queued";
    const message = log.add({ direction: "outbound-reply", status, ...reply });
    if (!reply.sentAt) delivery.begin(message);
  }

  #thread(phone: string): PhoneMessage[] {
    const messages = this.#options.log.byCreation.oldestFirst({
      where: ({ from, to }) => from === phone || to === phone,
    });
    return [...messages].map((message) => ({
      sid: message.sid,
      direction: message.direction,
      from: visibleSender(message),
      to: message.to,
      body: message.body,
      media: message.media,
      metadata: Object.keys(message.fields).length > 0 ? message.fields : null,
      status: message.status,
      error_code: message.failure?.code ?? null,
      date_created: asRfc2822(message.dateCreated),
    }));
  }
}

/** Pages on this machine may use the phone, no others. */
function corsHeaders({ headers: { origin } }: Call): Record<string, string> {
  const isLocal = origin && /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(origin);
  return {
    "Vary": "Origin",
    ...(isLocal
      ? {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "Content-Type",
      }
      : {}),
  };
}
