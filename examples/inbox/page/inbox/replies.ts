/**
 * Replies: what an agent writes in each conversation, and what is on its way.
 *
 * @module
 */
import { signal } from "@preact/signals";
import { FunctionsHttpError } from "@supabase/supabase-js";
import type { Supabase } from "./conversations.ts";

/** What is being written in a conversation. */
interface Draft {
  text: string;
  /** Names this very message: sent again after a failure, it is not sent twice. */
  idempotencyKey: string;
}

/** A reply that sms-send has not answered yet. */
export interface PendingReply extends Draft {
  conversationId: string;
  at: Date;
}

/** The replies of one agent. */
export class Replies {
  readonly #drafts = signal<Record<string, Draft>>({});
  readonly #pending = signal<PendingReply[]>([]);
  readonly #problems = signal<Record<string, string>>({});
  #supabase: Supabase;
  #refresh: () => Promise<void>;

  /** @param refresh Reads the rows again, after each reply. */
  constructor(supabase: Supabase, refresh: () => Promise<void>) {
    this.#supabase = supabase;
    this.#refresh = refresh;
  }

  /** What is being written. */
  text(conversationId: string): string {
    return this.#drafts.value[conversationId]?.text ?? "";
  }

  /** Why the last reply was not sent. */
  problem(conversationId: string): string | undefined {
    return this.#problems.value[conversationId];
  }

  /** What is on its way, and is not among the messages yet. */
  pending(
    conversationId: string,
    messages: { idempotency_key: string | null }[],
  ): PendingReply[] {
    return this.#pending.value.filter((reply) =>
      reply.conversationId === conversationId &&
      !messages.some(({ idempotency_key }) => idempotency_key === reply.idempotencyKey)
    );
  }

  /** Notes what is being written; another text is another message. */
  write(conversationId: string, text: string): void {
    this.#setDraft(conversationId, { text, idempotencyKey: crypto.randomUUID() });
  }

  /** Sends what is written. */
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
    const forget = () =>
      this.#pending.value = this.#pending.value.filter((other) => other !== reply);
    if (error) {
      forget();
      this.#setProblem(conversationId, `“${draft.text}” was not sent. ${await wordsOf(error)}`);
      // Whoever writes on meanwhile loses nothing.
      if (!this.text(conversationId)) this.#setDraft(conversationId, draft);
    }
    await this.#refresh();
    forget();
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

/** What sms-send has answered, or that it has not. */
async function wordsOf(error: unknown): Promise<string> {
  if (!(error instanceof FunctionsHttpError)) return "The server does not answer; try again.";
  const answer: { error?: { message?: string } } = await error.context.json().catch(() => ({}));
  return `${answer.error?.message ?? error.message}.`;
}
