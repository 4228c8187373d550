/**
 * The recruit's phone over HTTP. Twilio has no such API: it stands for the phone network.
 *
 * `POST /phone/texts` posts a text to the webhook, and answers with the webhook's answer
 * (TextDelivery in inbound_texts.ts). Its JSON is a PhoneText (phone_text.ts).
 *
 * `POST /phone/calls` makes a call, and answers with its course (CallCourse in calls.ts). Its JSON is a
 * PhoneCall (calls.ts).
 *
 * `GET /phone/messages?phone=ADDRESS` lists the phone's messages (PhoneMessage), oldest first.
 *
 * @module
 */
import type { z } from "zod/v3";
import { errorMessage } from "../../error_message.ts";
import { parseJson } from "../../parse_json.ts";
import { type CallCourse, makeCall, PhoneCall } from "./calls.ts";
import { postWithFallback } from "./fallback.ts";
import { type Answer, type Call, isJson } from "./http.ts";
import { InboundTexts, type InboundTextsOptions } from "./inbound_texts.ts";
import { type Message, type MessageLog, newSid } from "./message_log.ts";
import { asRfc2822, visibleFrom } from "./message_resource.ts";
import { PhoneText } from "./phone_text.ts";
import { callRouteOf } from "./resources/webhook_routes.ts";

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

/** The options of the phone. */
export interface PhoneOptions extends InboundTextsOptions {
  /** The webhook of calls to numbers that the account does not have; undefined for none. */
  callsUrl: string | undefined;
}

/** Answers the phone's calls. */
export class Phone {
  #options: PhoneOptions;
  #log: MessageLog;
  #texts: InboundTexts;

  constructor(options: PhoneOptions) {
    this.#options = options;
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
        return await this.#post("text", call, PhoneText, (text) => this.#texts.post(text));
      case "POST /phone/calls":
        return await this.#post("call", call, PhoneCall, (made) => this.#call(made));
      case "GET /phone/messages": {
        const phone = query.get("phone");
        if (!phone) return { status: 400, body: { message: "The query must name a phone" } };
        return { status: 200, body: this.#messagesOf(phone) };
      }
      default:
        return { status: 404, body: { message: `Nothing is served at ${method} ${path}` } };
    }
  }

  async #post<Schema extends z.ZodTypeAny>(
    what: "text" | "call",
    call: Call,
    schema: Schema,
    act: (checked: z.output<Schema>) => Promise<unknown>,
  ): Promise<Answer> {
    // A page of another origin needs a preflight for JSON, and corsHeaders() refuses it.
    if (!isJson(call)) {
      return { status: 415, body: { message: `A ${what} must be sent as application/json` } };
    }
    const checked = schema.safeParse(parseJson(call.body));
    if (!checked.success) {
      const [{ path, message }] = checked.error.issues;
      return { status: 400, body: { message: `${path.join(".") || `The ${what}`}: ${message}` } };
    }
    try {
      return { status: 200, body: await act(checked.data) };
    } catch (error) {
      if (error instanceof NoWebhook) return { status: 409, body: { message: error.message } };
      const message = errorMessage(error);
      return { status: 502, body: { message } };
    }
  }

  #call(call: PhoneCall): Promise<CallCourse> {
    const { account: { accountSid, signingToken: token }, resources, callsUrl, debug, signal } =
      this.#options;
    const route = callRouteOf(resources, call.to, callsUrl);
    if (!route) throw new NoWebhook("There is no URL for calls to this number");
    const callSid = call.call_sid ?? newSid("CA");
    const { voice, statusCallback } = route;
    return makeCall(
      { ...call, callSid },
      accountSid,
      (form, use) => {
        const post = { token, form, idempotencyToken: crypto.randomUUID(), signal };
        return use === "status" && statusCallback
          ? debug.post({ ...post, ...statusCallback }, callSid, use)
          : postWithFallback(debug, voice, post, callSid, use);
      },
      statusCallback !== null,
    );
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

/** No webhook takes a call. */
class NoWebhook extends Error {}

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
