/**
 * The recruit's phone over HTTP. Twilio has no such API: it stands for the phone network.
 *
 * `POST /phone/texts` posts a text to the webhook, and answers with the webhook's answer
 * (TextDelivery in inbound_texts.ts). Its JSON is a PhoneText (phone_text.ts).
 *
 * `GET /phone/messages?phone=ADDRESS` lists the phone's messages (PhoneMessage), oldest first.
 *
 * @module
 */
import { parseJson } from "../parse_json.ts";
import { type Answer, type Call, isJson } from "./http.ts";
import { InboundTexts, type InboundTextsOptions } from "./inbound_texts.ts";
import type { Message, MessageLog } from "./message_log.ts";
import { asRfc2822, visibleFrom } from "./message_resource.ts";
import { PhoneText } from "./phone_text.ts";

/** A message as the phone shows it. */
export interface PhoneMessage {
  sid: string;
  direction: Message["direction"];
  from: string | null;
  to: string;
  body: string;
  media: Message["media"];
  /** The further fields of the webhook's form, as in the row's metadata; null for none. */
  metadata: Message["fields"] | null;
  status: Message["status"];
  error_code: number | null;
  date_created: string;
}

/** Answers the phone's calls. */
export class Phone {
  #log: MessageLog;
  #texts: InboundTexts;

  constructor(options: InboundTextsOptions) {
    this.#log = options.log;
    this.#texts = new InboundTexts(options);
  }

  /** Answers a call below /phone/. */
  async answer(call: Call): Promise<Answer> {
    const answer = await this.#route(call);
    return { ...answer, headers: { ...corsHeaders(call), ...answer.headers } };
  }

  async #route(call: Call): Promise<Answer> {
    const { method, path, query } = call;
    if (method === "OPTIONS") return { status: 204 };
    switch (`${method} ${path}`) {
      case "POST /phone/texts":
        return await this.#post(call);
      case "GET /phone/messages": {
        const phone = query.get("phone");
        if (!phone) return { status: 400, body: { message: "The query must name a phone" } };
        return { status: 200, body: this.#messagesOf(phone) };
      }
      default:
        return { status: 404, body: { message: `Nothing is served at ${method} ${path}` } };
    }
  }

  async #post(call: Call): Promise<Answer> {
    // A page of another origin needs a preflight for JSON, and corsHeaders() refuses it.
    if (!isJson(call)) {
      return { status: 415, body: { message: "A text must be sent as application/json" } };
    }
    const text = PhoneText.safeParse(parseJson(call.body));
    if (!text.success) {
      const [{ path, message }] = text.error.issues;
      return { status: 400, body: { message: `${path.join(".") || "The text"}: ${message}` } };
    }
    try {
      return { status: 200, body: await this.#texts.post(text.data) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { status: 502, body: { message } };
    }
  }

  #messagesOf(phone: string): PhoneMessage[] {
    const messages = this.#log.byCreation.oldestFirst({
      where: ({ from, to }) => from === phone || to === phone,
    });
    return [...messages].map((message) => ({
      sid: message.sid,
      direction: message.direction,
      from: visibleFrom(message),
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

/** The CORS headers: pages on this machine may call the phone, and no others. */
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
