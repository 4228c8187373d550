/**
 * The recruit's phone, which Twilio has no API for: texting one of our numbers, and the thread
 * that the phone shows.
 *
 * - `POST /phone/texts` {from, to, body, media?, message_sid?} posts an inbound text to the
 *   webhook, and answers what came back.
 * - `GET /phone/messages?phone=ADDRESS` lists the phone's messages, oldest first.
 *
 * @module
 */
import { z } from "zod/v3";
import { MessageSid } from "../../supabase/functions/_shared/message_sid.ts";
import type { TwilioAccount } from "./account.ts";
import type { Delivery } from "./delivery.ts";
import type { Answer, Call } from "./http.ts";
import { type Message, type MessageLog, newSid } from "./message_log.ts";
import { asRfc2822, visibleSender } from "./message_resource.ts";
import type { OptOuts } from "./opt_outs.ts";
import { postToWebhook, type WebhookAnswer } from "./webhook.ts";
import { inboundForm } from "./webhook_forms.ts";

/** A text as the phone sends it. */
const Text = z.object({
  from: z.string().min(1),
  to: z.string().min(1),
  body: z.string(),
  media: z.array(z.object({ url: z.string().url(), content_type: z.string().min(1) })).default([]),
  message_sid: MessageSid.optional(),
}).strict();

/** A text as it is given to the phone. */
export type PhoneText = z.input<typeof Text>;

/** What came of a text: the webhook's answer. */
export interface TextDelivery extends WebhookAnswer {
  message_sid: string;
}

/** A message as the phone shows it. */
export interface PhoneMessage {
  sid: string;
  direction: Message["direction"];
  from: string | null;
  to: string;
  body: string;
  media: Message["media"];
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

  async #route({ method, path, query, headers, body }: Call): Promise<Answer> {
    if (method === "OPTIONS") return { status: 204 };
    switch (`${method} ${path}`) {
      case "POST /phone/texts":
        // Pages elsewhere cannot send JSON without asking first, and are told no then.
        if (!headers["content-type"]?.startsWith("application/json")) {
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
    const parsed = Text.safeParse(parseJson(json));
    if (!parsed.success) {
      const [{ path, message }] = parsed.error.issues;
      return { status: 400, body: { message: `${path.join(".") || "The text"}: ${message}` } };
    }
    const { account, webhookUrl: url, signal } = this.#options;
    const { message_sid, media, ...text } = parsed.data;
    const sid = message_sid ?? newSid(media.length > 0 ? "MM" : "SM");
    const idempotencyToken = this.#keepOnce(sid, { ...text, media });
    const form = inboundForm({ messageSid: sid, media, ...text }, account.accountSid);
    try {
      const answer = await postToWebhook({
        url,
        token: account.signingToken,
        form,
        idempotencyToken,
        signal,
      });
      const delivery: TextDelivery = { message_sid: sid, ...answer };
      return { status: 200, body: delivery };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { status: 502, body: { message } };
    }
  }

  /** Keeps a text in the log, unless it is there, and lets Twilio hear it. */
  #keepOnce(sid: string, text: Pick<Message, "from" | "to" | "body" | "media">): string {
    const { log, optOuts, delivery } = this.#options;
    const known = this.#idempotencyTokens.get(sid);
    if (known) return known;
    const token = crypto.randomUUID();
    this.#idempotencyTokens.set(sid, token);
    log.add({ sid, direction: "inbound", status: "received", ...text });
    const reply = optOuts.hear(text);
    if (reply !== undefined) {
      delivery.begin(log.add({
        direction: "outbound-reply",
        status: "queued",
        from: text.to,
        to: text.from,
        body: reply,
      }));
    }
    return token;
  }

  #thread(phone: string): PhoneMessage[] {
    const messages = this.#options.log.filter(({ from, to }) => from === phone || to === phone);
    return messages.map((message) => ({
      sid: message.sid,
      direction: message.direction,
      from: visibleSender(message),
      to: message.to,
      body: message.body,
      media: message.media,
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
