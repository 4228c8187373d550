/**
 * Texts from recruits' phones: each is added to the message log, and posted to the webhook.
 *
 * @see https://www.twilio.com/docs/messaging/guides/webhook-request
 * @module
 */
import type { TwilioAccount } from "./account.ts";
import { withoutChannel } from "./address.ts";
import type { Delivery } from "./delivery.ts";
import type { Debugger } from "./debugger.ts";
import type { EventStreams } from "./event_streams.ts";
import { type AnswerWithFallback, postWithFallback } from "./fallback.ts";
import { behaviourOf } from "./magic_numbers.ts";
import { mediaUrl } from "./media.ts";
import { type Message, type MessageLog, newSid } from "./message_log.ts";
import type { OptOuts } from "./opt_outs.ts";
import { type CheckedText, type SentText, sentText } from "./phone_text.ts";
import type { AccountResources } from "./resources/account_resources.ts";
import { textRouteOf } from "./resources/webhook_routes.ts";
import { inboundForm } from "./webhook_forms.ts";

/** The result of a text. */
export type TextDelivery = DeliveredText | LostText;

/** A text that was posted to the webhook, and the answer. */
export interface DeliveredText extends AnswerWithFallback {
  message_sid: string;
  is_lost: false;
}

/** A text that was not posted to the webhook. It is in the log, unless no webhook was to get it. */
export interface LostText {
  message_sid: string;
  is_lost: true;
}

/** The options of InboundTexts. */
export interface InboundTextsOptions {
  account: TwilioAccount;
  log: MessageLog;
  optOuts: OptOuts;
  delivery: Delivery;
  debug: Debugger;
  events: EventStreams;
  resources: AccountResources;
  /** The webhook of senders that the account does not have. */
  webhookUrl: string;
  /** Aborts the waits for the webhook. */
  signal: AbortSignal;
}

/** Accepts texts from phones. */
export class InboundTexts {
  #options: InboundTextsOptions;
  /** The idempotency token of each text, by MessageSid. A repeat carries the same token. */
  #idempotencyTokens = new Map<string, string>();

  constructor(options: InboundTextsOptions) {
    this.#options = options;
  }

  /**
   * Adds a text to the log, and posts it to the webhook. A repeat, with the SID of an earlier text,
   * is posted alone.
   *
   * @throws {Error} If the webhook does not answer.
   */
  async post(given: CheckedText): Promise<TextDelivery> {
    const { account, optOuts, debug, events, resources, webhookUrl, signal } = this.#options;
    const text = this.#withRepliedMessage(given);
    const message_sid = given.message_sid ?? newSid(text.media.length > 0 ? "MM" : "SM");
    const route = textRouteOf(resources, text.to, webhookUrl);
    if (route.kind === "nowhere") return { message_sid, is_lost: true };
    const idempotencyToken = this.#logOnce(message_sid, text, given);
    const losesWebhooks = behaviourOf(withoutChannel(text.from)).kind === "webhooks_lost";
    if (given.is_lost || losesWebhooks || !events.hasForms || route.kind === "log") {
      return { message_sid, is_lost: true };
    }
    const form = inboundForm(
      {
        ...text,
        messageSid: message_sid,
        messagingServiceSid: optOuts.serviceOf(text.to),
        // The attachments are at Twilio, wherever the recruit's phone had them from.
        media: text.media.map(({ content_type }, index) => ({
          url: mediaUrl(account.accountSid, message_sid, index),
          content_type,
        })),
      },
      account.accountSid,
    );
    const answer = await postWithFallback(
      debug,
      route.urls,
      { token: account.signingToken, form, idempotencyToken, signal },
      message_sid,
      "messaging",
    );
    return { message_sid, is_lost: false, ...answer };
  }

  /** Adds to a pressed button the newest message of the thread. A repeat keeps its message. */
  #withRepliedMessage(text: CheckedText): SentText {
    const { from, to, button, message_sid = "" } = text;
    if (!button || button.replies_to) return sentText(text);
    const { log } = this.#options;
    const earlier = log.find(message_sid);
    const [newest] = log.byCreation.newestFirst({
      where: (message) => message.from === to && message.to === from,
    });
    const replies_to = earlier ? earlier.fields.OriginalRepliedMessageSid : newest?.sid;
    return sentText({ ...text, button: { ...button, replies_to } });
  }

  /**
   * Adds a text to the log unless it is there, and lets Twilio act on its keyword.
   *
   * @returns The text's idempotency token.
   */
  #logOnce(
    sid: string,
    text: SentText,
    { sent_at: sentAt, is_lost }: Pick<CheckedText, "sent_at" | "is_lost">,
  ): string {
    const { log, optOuts, events } = this.#options;
    const earlier = this.#idempotencyTokens.get(sid);
    if (earlier) return earlier;
    const token = crypto.randomUUID();
    this.#idempotencyTokens.set(sid, token);
    // The log may outlive the process, and the tokens do not.
    if (log.find(sid)) return token;
    const message = log.add({
      sid,
      direction: "inbound",
      status: "received",
      messagingServiceSid: optOuts.serviceOf(text.to) ?? null,
      sentAt,
      ...text,
    });
    if (!is_lost) events.postText(message);
    const reply = optOuts.receive(text, message.dateCreated);
    if (reply !== undefined) this.#reply({ from: text.to, to: text.from, body: reply, sentAt });
    return token;
  }

  /** Adds Twilio's own reply to a keyword. The reply to a text from the past has been delivered. */
  #reply(reply: Pick<Message, "from" | "to" | "body"> & { sentAt: Date | undefined }): void {
    const { log, delivery } = this.#options;
    const status = reply.sentAt ? "delivered" : "queued";
    const message = log.add({ direction: "outbound-reply", status, ...reply });
    if (!reply.sentAt) delivery.begin(message);
  }
}
