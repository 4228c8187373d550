/**
 * Failed messages that the agent sends again with one click.
 *
 * @module
 */
import { signal } from "@preact/signals";
import {
  newestFailure,
  type OutboundMessage,
  sendAgainRequest,
} from "../../../../client/send_again.ts";
import { sendObstacle } from "../../../../client/send_obstacle.ts";
import { type Conversation, lastTextAt, type Supabase } from "./conversations.ts";
import type { Inbox } from "./inbox.ts";
import { reasonOf } from "./replies.ts";

/** Sends failed messages again. */
export class SendAgain {
  /** The failed messages whose sms-send has not answered, by id. */
  readonly #sending = signal<Record<string, true>>({});
  readonly #problems = signal<Record<string, string>>({});
  #supabase: Supabase;
  #inbox: Inbox;

  constructor(supabase: Supabase, inbox: Inbox) {
    this.#supabase = supabase;
    this.#inbox = inbox;
  }

  /** Whether a failed message may be sent again: a button that must fail is not offered. */
  isOffered(conversation: Conversation, message: OutboundMessage): boolean {
    const obstacle = sendObstacle(conversation, lastTextAt(conversation), this.#inbox.now.value);
    const isAllowed = !obstacle || (obstacle === "outside_window" && message.content_sid !== null);
    return isAllowed && newestFailure(conversation.recruiting_messages)?.id === message.id;
  }

  /** Whether sms-send has not answered yet. */
  isSending(messageId: string): boolean {
    return this.#sending.value[messageId] ?? false;
  }

  /** The reason why the message was not sent again, if that failed. */
  problem(messageId: string): string | undefined {
    return this.#problems.value[messageId];
  }

  /** Sends a failed message again. A second call during the first one does nothing. */
  async send(message: OutboundMessage): Promise<void> {
    const { id } = message;
    if (this.isSending(id)) return;
    this.#sending.value = { ...this.#sending.value, [id]: true };
    const { [id]: _problem, ...problems } = this.#problems.value;
    this.#problems.value = problems;
    const { error } = await this.#supabase.functions.invoke("sms-send", {
      body: sendAgainRequest(message),
    });
    if (error) {
      this.#problems.value = {
        ...this.#problems.value,
        [id]: `Not sent again. ${await reasonOf(error)}`,
      };
    }
    await this.#inbox.refresh();
    const { [id]: _sending, ...sending } = this.#sending.value;
    this.#sending.value = sending;
  }
}
