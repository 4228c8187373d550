/**
 * An agent's replies: the drafts in each conversation, and the replies that are being sent.
 *
 * @module
 */
import { type Signal, signal } from "@preact/signals";
import { FunctionsHttpError } from "@supabase/supabase-js";
import type { Supabase } from "./conversations.ts";
import { errorMessage } from "./error_message.ts";
import { discard, type OutgoingFile, uploaded } from "./outgoing_files.ts";

/** Makes a retry safe: sms-send sends a message with the same key once. */
interface Keyed {
  idempotencyKey: string;
}

/** The draft of a text, with pictures. */
interface TextDraft extends Keyed {
  text: string;
  files: OutgoingFile[];
}

/** The template that an agent has chosen. */
interface TemplateDraft extends Keyed {
  sid: string;
  /** What is filled in so far, by the variable's name. */
  values: Record<string, string>;
}

/** A reply that sms-send has not answered yet. */
export interface PendingReply extends TextDraft {
  conversationId: string;
  isTemplate: boolean;
  at: Date;
}

/** Values by conversation. */
type ByConversation<Value> = Signal<Record<string, Value>>;

const EMPTY: Omit<TextDraft, "idempotencyKey"> = { text: "", files: [] };

/** The drafts and pending replies of one agent. */
export class Replies {
  readonly #texts: ByConversation<TextDraft> = signal({});
  readonly #templates: ByConversation<TemplateDraft> = signal({});
  readonly #problems: ByConversation<string> = signal({});
  readonly #pending = signal<PendingReply[]>([]);
  #supabase: Supabase;
  #refresh: () => Promise<void>;

  /** @param refresh Reads the rows again. It is called after each reply. */
  constructor(supabase: Supabase, refresh: () => Promise<void>) {
    this.#supabase = supabase;
    this.#refresh = refresh;
  }

  /** The draft of a text. */
  draft(conversationId: string): Omit<TextDraft, "idempotencyKey"> {
    return this.#texts.value[conversationId] ?? EMPTY;
  }

  /** The chosen template, if there is one. */
  template(conversationId: string): Omit<TemplateDraft, "idempotencyKey"> | undefined {
    return this.#templates.value[conversationId];
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

  /** Changes the draft. A changed draft is another message, so it gets a new key. */
  write(conversationId: string, change: Partial<Omit<TextDraft, "idempotencyKey">>): void {
    const draft = { ...this.draft(conversationId), ...change };
    set(this.#texts, conversationId, { ...draft, idempotencyKey: crypto.randomUUID() });
  }

  /** Chooses a template or fills in its variables; undefined for none. It is another message then. */
  chooseTemplate(
    conversationId: string,
    template: Omit<TemplateDraft, "idempotencyKey"> | undefined,
  ): void {
    set(
      this.#templates,
      conversationId,
      template && { ...template, idempotencyKey: crypto.randomUUID() },
    );
  }

  /** Says why a reply cannot be sent, until the next one. */
  setProblem(conversationId: string, problem: string | undefined): void {
    set(this.#problems, conversationId, problem);
  }

  /** Sends the draft of a text: its pictures are uploaded first. */
  async send(conversationId: string): Promise<void> {
    const draft = this.#texts.value[conversationId];
    if (!draft) return;
    set(this.#texts, conversationId, undefined);
    const problem = await this.#deliver(
      { ...draft, conversationId, isTemplate: false },
      async () => ({
        body: draft.text,
        media_urls: await Promise.all(
          draft.files.map((file) => uploaded(this.#supabase, conversationId, file)),
        ),
      }),
    );
    if (problem === undefined) return draft.files.forEach(discard);
    // The failed draft returns to the box, unless the agent has begun another one.
    if (this.draft(conversationId) === EMPTY) set(this.#texts, conversationId, draft);
    const what = draft.text ? `“${draft.text}”` : "The picture";
    this.setProblem(conversationId, `${what} was not sent. ${problem}`);
  }

  /**
   * Sends the chosen template.
   *
   * @param text The template's text, filled in.
   */
  async sendTemplate(conversationId: string, text: string): Promise<void> {
    const draft = this.#templates.value[conversationId];
    if (!draft) return;
    const { idempotencyKey, sid, values } = draft;
    set(this.#templates, conversationId, undefined);
    const filled = Object.entries(values).filter(([, value]) => value !== "");
    const problem = await this.#deliver(
      { conversationId, idempotencyKey, text, files: [], isTemplate: true },
      () =>
        Promise.resolve({
          content_sid: sid,
          ...filled.length > 0 ? { content_variables: Object.fromEntries(filled) } : {},
        }),
    );
    if (problem === undefined) return;
    if (!this.template(conversationId)) set(this.#templates, conversationId, draft);
    this.setProblem(conversationId, `The template was not sent. ${problem}`);
  }

  /** Shows a reply as pending while sms-send is called. Returns why it was not sent, if that failed. */
  async #deliver(
    reply: Omit<PendingReply, "at">,
    contentOf: () => Promise<Record<string, unknown>>,
  ): Promise<string | undefined> {
    const { conversationId, idempotencyKey } = reply;
    const pending: PendingReply = { ...reply, at: new Date() };
    this.#pending.value = [...this.#pending.value, pending];
    const removePending = () =>
      this.#pending.value = this.#pending.value.filter((other) => other !== pending);
    this.setProblem(conversationId, undefined);
    const problem = await this.#call({
      conversation_id: conversationId,
      idempotency_key: idempotencyKey,
    }, contentOf);
    const refreshed = this.#refresh();
    // The reads fail, too, where the server does not answer, and then take many seconds.
    if (problem === undefined) await refreshed;
    removePending();
    return problem;
  }

  async #call(
    call: Record<string, unknown>,
    contentOf: () => Promise<Record<string, unknown>>,
  ): Promise<string | undefined> {
    try {
      const body = { ...call, ...await contentOf() };
      const { error } = await this.#supabase.functions.invoke("sms-send", { body });
      return error ? await reasonOf(error) : undefined;
    } catch (error) {
      return errorMessage(error);
    }
  }
}

function set<Value>(
  values: ByConversation<Value>,
  conversationId: string,
  value: Value | undefined,
): void {
  const { [conversationId]: _, ...others } = values.peek();
  values.value = value === undefined ? others : { ...others, [conversationId]: value };
}

/** The reason for the agent to read. */
export async function reasonOf(error: unknown): Promise<string> {
  if (!(error instanceof FunctionsHttpError)) return "The server does not answer; try again.";
  const answer: { error?: { message?: string } } = await error.context.json().catch(() => ({}));
  return `${answer.error?.message ?? error.message}.`;
}
