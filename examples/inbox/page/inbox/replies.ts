/**
 * An agent's replies: the draft in each conversation, and the replies that are being sent.
 *
 * @module
 */
import { signal } from "@preact/signals";
import { FunctionsHttpError } from "@supabase/supabase-js";
import type { Supabase } from "./conversations.ts";

/** The draft of a reply. */
interface Draft {
  text: string;
  /** Makes a retry safe: sms-send sends a message with the same key once. */
  idempotencyKey: string;
}

/** A reply that sms-send has not answered yet. */
export interface PendingReply extends Draft {
  conversationId: string;
  at: Date;
}

/** The drafts and pending replies of one agent. */
export class Replies {
  readonly #drafts = signal<Record<string, Draft>>({});
  readonly #pending = signal<PendingReply[]>([]);
  readonly #problems = signal<Record<string, string>>({});
  #supabase: Supabase;
  #refresh: () => Promise<void>;

  /** @param refresh Reads the rows again. It is called after each reply. */
  constructor(supabase: Supabase, refresh: () => Promise<void>) {
    this.#supabase = supabase;
    this.#refresh = refresh;
  }

  /** The text of the draft. */
  text(conversationId: string): string {
    return this.#drafts.value[conversationId]?.text ?? "";
  }

  /** The reason why the last reply was not sent, if it failed. */
  problem(conversationId: string): string | undefined {
    return this.#problems.value[conversationId];
  }

  /** The replies without a row among the messages yet. */
  pending(
    conversationId: string,
    messages: { idempotency_key: string | null }[],
  ): PendingReply[] {
    return this.#pending.value.filter((reply) =>
      reply.conversationId === conversationId &&
      !messages.some(({ idempotency_key }) => idempotency_key === reply.idempotencyKey)
    );
  }

  /** Sets the draft's text. A changed text is another message, so it gets a new key. */
  write(conversationId: string, text: string): void {
    this.#setDraft(conversationId, { text, idempotencyKey: crypto.randomUUID() });
  }

  /** Sends the draft. */
  async send(conversationId: string): Promise<void> {
    const draft = this.#drafts.value[conversationId];
    if (!draft) return;
    const reply: PendingReply = { ...draft, conversationId, at: new Date() };
    this.#pending.value = [...this.#pending.value, reply];
    this.#setDraft(conversationId, undefined);
    this.#setProblem(conversationId, undefined);

    const { error } = await this.#supabase.functions.invoke("sms-send", {
      body: {
        conversation_id: conversationId,
        body: draft.text,
        idempotency_key: draft.idempotencyKey,
      },
    });
    const removePending = () =>
      this.#pending.value = this.#pending.value.filter((other) => other !== reply);
    if (error) {
      removePending();
      this.#setProblem(conversationId, `“${draft.text}” was not sent. ${await reasonOf(error)}`);
      // The failed text returns to the box, unless the agent has begun another one.
      if (!this.text(conversationId)) this.#setDraft(conversationId, draft);
    }
    await this.#refresh();
    removePending();
  }

  #setDraft(conversationId: string, draft: Draft | undefined): void {
    const { [conversationId]: _, ...others } = this.#drafts.value;
    this.#drafts.value = draft ? { ...others, [conversationId]: draft } : others;
  }

  #setProblem(conversationId: string, problem: string | undefined): void {
    const { [conversationId]: _, ...others } = this.#problems.value;
    this.#problems.value = problem ? { ...others, [conversationId]: problem } : others;
  }
}

/** The reason for the agent to read. */
export async function reasonOf(error: unknown): Promise<string> {
  if (!(error instanceof FunctionsHttpError)) return "The server does not answer; try again.";
  const answer: { error?: { message?: string } } = await error.context.json().catch(() => ({}));
  return `${answer.error?.message ?? error.message}.`;
}
