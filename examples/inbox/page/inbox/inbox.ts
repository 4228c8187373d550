/**
 * What an agent's inbox knows, and how it stays true: by rows that are read again whenever
 * `watchConversations` says so.
 *
 * @module
 */
import { signal } from "@preact/signals";
import { watchConversations } from "../../../../client/watch_conversations.ts";
import { type Attention, readAttention } from "./attention.ts";
import {
  type Conversation,
  type Message,
  newestFirst,
  readAgentNames,
  readConversations,
  readConversationsById,
  readMessages,
  type Supabase,
} from "./conversations.ts";
import { inTurn } from "./in_turn.ts";
import { openReadMarks, type ReadMarks } from "./read_marks.ts";

/**
 * While the bot has a conversation nothing is broadcast about its messages: no agent has to do
 * anything. Whoever looks on sees the rows as of so many ms ago.
 */
const LOOK_AT_BOT_EVERY_MS = 3_000;

/** How long after an event the rows are read once more, in ms. */
const READ_AGAIN_AFTER_MS = 1_000;

/** What an agent's inbox knows. */
export class Inbox {
  /** The newest first; nothing before they are read. */
  readonly conversations = signal<Conversation[] | undefined>(undefined);
  /** What needs attention, the oldest first. */
  readonly attention = signal<Attention[]>([]);
  /** The open conversation's, oldest first; nothing before they are read. */
  readonly messages = signal<Message[] | undefined>(undefined);
  readonly openId = signal<string | undefined>(undefined);
  readonly connection = signal<"connecting" | "connected" | "reconnecting">("connecting");
  /** What went wrong with reading. */
  readonly problem = signal<string | undefined>(undefined);
  /** What happened to the open conversation, so that it is not open any more. */
  readonly notice = signal<string | undefined>(undefined);
  readonly agentNames = signal<Record<string, string>>({});
  readonly marks: ReadMarks;

  #supabase: Supabase;
  #agentId: string;
  #onStranger: () => void;
  #ending = new AbortController();
  #messageCount: number | undefined;
  #late: ReturnType<typeof setTimeout> | undefined;

  /** @param onStranger Called when whoever is signed in is not among the agents. */
  constructor(supabase: Supabase, agentId: string, onStranger: () => void) {
    this.#supabase = supabase;
    this.#agentId = agentId;
    this.#onStranger = onStranger;
    this.marks = openReadMarks(agentId);
  }

  /**
   * Keeps everything true until it is stopped. Watching may begin again at once after `stop()`, as
   * when a framework runs an effect again.
   */
  watch(): { stop(): Promise<void> } {
    const ending = this.#ending = new AbortController();
    this.connection.value = "connecting";
    // At once, too: to whoever is no agent Realtime never says that it is there.
    this.refresh();
    const watching = watchConversations(this.#supabase, {
      agentId: this.#agentId,
      refresh: () => this.refresh(),
      hasMessage: (id) => this.#hasMessage(id),
      onEvent: () => this.#refreshSoon(),
      onLost: (id) => this.#lose(id),
      onConnection: (state) => void (this.connection.value = state),
    });
    const timer = setInterval(() => {
      const hasBot = this.conversations.value?.some(({ status }) => status === "bot");
      if (hasBot && !document.hidden) this.#refreshBots();
    }, LOOK_AT_BOT_EVERY_MS);
    return {
      stop: async () => {
        clearInterval(timer);
        if (this.#ending === ending) this.end();
        await watching.stop();
      },
    };
  }

  /** A row may be seen a moment after its event was streamed. */
  #refreshSoon(): void {
    this.refresh();
    this.#late ??= setTimeout(() => {
      this.#late = undefined;
      this.refresh();
    }, READ_AGAIN_AFTER_MS);
  }

  /** Opens a conversation, or none. */
  async open(id: string | undefined): Promise<void> {
    if (this.openId.value !== id) {
      this.messages.value = undefined;
      this.#messageCount = undefined;
    }
    this.notice.value = undefined;
    this.openId.value = id;
    if (id) await this.refresh();
  }

  /** Reads so many messages of the open conversation from now on. */
  async readBack(count: number): Promise<void> {
    this.#messageCount = count;
    await this.refresh();
  }

  /** Reads everything again. */
  readonly refresh = inTurn(() =>
    this.#reading(async (signal) => {
      this.agentNames.value = await readAgentNames(this.#supabase, signal);
      if (!this.agentNames.value[this.#agentId]) {
        this.end();
        return this.#onStranger();
      }
      const listed = await this.#readList(signal);
      const open = this.openId.value;
      if (open && !listed.some(({ id }) => id === open)) this.#lose(open);
      await this.#readOpen(signal);
    })
  );

  /** The list also holds what needs attention and what is open, however old they are. */
  async #readList(signal: AbortSignal): Promise<Conversation[]> {
    const [newest, attention] = await Promise.all([
      readConversations(this.#supabase, signal, this.#agentId),
      readAttention(this.#supabase, signal),
    ]);
    const wanted = new Set(attention.map(({ conversationId }) => conversationId));
    if (this.openId.value) wanted.add(this.openId.value);
    for (const { id } of newest) wanted.delete(id);
    const others = await readConversationsById(this.#supabase, signal, [...wanted]);
    const listed = [...newest, ...others].sort(newestFirst);
    this.conversations.value = listed;
    this.attention.value = attention;
    return listed;
  }

  /** Reads again what the bot has; the others are told of. */
  readonly #refreshBots = inTurn(() =>
    this.#reading(async (signal) => {
      const bots = await readConversations(this.#supabase, signal, this.#agentId, "bot");
      const others = (this.conversations.value ?? [])
        .filter(({ id }) => !bots.some((bot) => bot.id === id));
      this.conversations.value = [...bots, ...others]
        .sort(newestFirst);
      if (bots.some(({ id }) => id === this.openId.value)) await this.#readOpen(signal);
    })
  );

  /** Reads nothing until watch() is called again: without a session a read would be refused. */
  end(): void {
    clearTimeout(this.#late);
    this.#late = undefined;
    this.#ending.abort();
  }

  async #reading(read: (signal: AbortSignal) => Promise<void>): Promise<void> {
    // Watching may begin again during a read, with another signal.
    const { signal } = this.#ending;
    if (signal.aborted) return;
    try {
      await read(signal);
      this.problem.value = undefined;
    } catch (error) {
      if (signal.aborted) return;
      this.problem.value = error instanceof Error ? error.message : String(error);
    }
  }

  async #readOpen(signal: AbortSignal): Promise<void> {
    const id = this.openId.value;
    if (!id) return;
    const messages = await readMessages(this.#supabase, signal, id, this.#messageCount);
    // Another one may have been opened meanwhile.
    if (this.openId.value === id) this.messages.value = messages;
  }

  #hasMessage(messageId: string): boolean {
    return [
      ...this.messages.value ?? [],
      ...(this.conversations.value ?? []).flatMap(({ recruiting_messages }) => recruiting_messages),
    ].some(({ id }) => id === messageId);
  }

  #lose(conversationId: string): void {
    this.conversations.value = this.conversations.value?.filter(({ id }) => id !== conversationId);
    this.attention.value = this.attention.value.filter((row) =>
      row.conversationId !== conversationId
    );
    if (this.openId.value !== conversationId) return;
    this.openId.value = undefined;
    this.messages.value = undefined;
    this.notice.value = "Another agent has this conversation now.";
  }
}
