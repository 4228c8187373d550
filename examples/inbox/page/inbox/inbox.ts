/**
 * The state of an agent's inbox. `watchConversations` says when its rows must be read again.
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
import { oneAtATime } from "./one_at_a_time.ts";
import { openReadMarks, type ReadMarks } from "./read_marks.ts";

/**
 * The database broadcasts no messages of conversations that the bot answers, so their rows are read
 * at this interval, in ms.
 */
const READ_BOT_ROWS_EVERY_MS = 3_000;

/** The delay of the second read after an event, in ms. */
const SECOND_READ_AFTER_MS = 1_000;

/** The state of an agent's inbox, as signals. */
export class Inbox {
  /** The list, the newest first; undefined before the first read. */
  readonly conversations = signal<Conversation[] | undefined>(undefined);
  /** The conversations that need attention, the oldest first. */
  readonly attention = signal<Attention[]>([]);
  /** The open conversation's messages, the oldest first; undefined before the first read. */
  readonly messages = signal<Message[] | undefined>(undefined);
  readonly openId = signal<string | undefined>(undefined);
  readonly connection = signal<"connecting" | "connected" | "reconnecting">("connecting");
  /** The error of the last read, if it failed. */
  readonly problem = signal<string | undefined>(undefined);
  /** The reason why the conversation that was open has closed by itself. */
  readonly notice = signal<string | undefined>(undefined);
  readonly agentNames = signal<Record<string, string>>({});
  readonly marks: ReadMarks;

  #supabase: Supabase;
  #agentId: string;
  #onNotAnAgent: () => void;
  #stopping = new AbortController();
  #messageCount: number | undefined;
  #secondRead: ReturnType<typeof setTimeout> | undefined;

  /** @param onNotAnAgent Called when the signed-in user is not in recruiting_agents. */
  constructor(supabase: Supabase, agentId: string, onNotAnAgent: () => void) {
    this.#supabase = supabase;
    this.#agentId = agentId;
    this.#onNotAnAgent = onNotAnAgent;
    this.marks = openReadMarks(agentId);
  }

  /**
   * Keeps the rows up to date until stopped. A new call may follow `stop()` at once, as when a
   * framework runs an effect again.
   */
  watch(): { stop(): Promise<void> } {
    const stopping = this.#stopping = new AbortController();
    this.connection.value = "connecting";
    // Realtime never connects for a user who is not an agent, so the first read does not wait for
    // it.
    this.refresh();
    const watching = watchConversations(this.#supabase, {
      agentId: this.#agentId,
      refresh: () => this.refresh(),
      hasMessage: (id) => this.#hasMessage(id),
      onEvent: () => this.#refreshTwice(),
      onReassigned: (id) => this.#removeConversation(id),
      onConnection: ({ kind }) => void (this.connection.value = kind),
    });
    const timer = setInterval(() => {
      const hasBot = this.conversations.value?.some(({ status }) => status === "bot");
      if (hasBot && !document.hidden) this.#refreshBotRows();
    }, READ_BOT_ROWS_EVERY_MS);
    return {
      stop: async () => {
        clearInterval(timer);
        if (this.#stopping === stopping) this.stopReading();
        await watching.stop();
      },
    };
  }

  /** Reads now and 1 s later: a row may become visible just after its event was streamed. */
  #refreshTwice(): void {
    this.refresh();
    this.#secondRead ??= setTimeout(() => {
      this.#secondRead = undefined;
      this.refresh();
    }, SECOND_READ_AFTER_MS);
  }

  /** Opens a conversation; undefined closes the open one. */
  async open(id: string | undefined): Promise<void> {
    if (this.openId.value !== id) {
      this.messages.value = undefined;
      this.#messageCount = undefined;
    }
    this.notice.value = undefined;
    this.openId.value = id;
    if (id) await this.refresh();
  }

  /** Sets the number of messages that are read of the open conversation. */
  async readBack(count: number): Promise<void> {
    this.#messageCount = count;
    await this.refresh();
  }

  /** Reads all rows again. */
  readonly refresh = oneAtATime(() =>
    this.#read(async (signal) => {
      this.agentNames.value = await readAgentNames(this.#supabase, signal);
      if (!this.agentNames.value[this.#agentId]) {
        this.stopReading();
        return this.#onNotAnAgent();
      }
      const listed = await this.#readList(signal);
      const open = this.openId.value;
      if (open && !listed.some(({ id }) => id === open)) this.#removeConversation(open);
      await this.#readOpenConversation(signal);
    })
  );

  /** The list includes conversations that need attention and the open one, whatever their age. */
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

  /** Reads the conversations that the bot answers again. */
  readonly #refreshBotRows = oneAtATime(() =>
    this.#read(async (signal) => {
      const bots = await readConversations(this.#supabase, signal, this.#agentId, "bot");
      const others = (this.conversations.value ?? [])
        .filter(({ id }) => !bots.some((bot) => bot.id === id));
      this.conversations.value = [...bots, ...others].sort(newestFirst);
      if (bots.some(({ id }) => id === this.openId.value)) await this.#readOpenConversation(signal);
    })
  );

  /** Ends all reading until the next watch(): after signing out, every read would be refused. */
  stopReading(): void {
    clearTimeout(this.#secondRead);
    this.#secondRead = undefined;
    this.#stopping.abort();
  }

  async #read(read: (signal: AbortSignal) => Promise<void>): Promise<void> {
    // watch() may be called again during a read, and sets another signal.
    const { signal } = this.#stopping;
    if (signal.aborted) return;
    try {
      await read(signal);
      this.problem.value = undefined;
    } catch (error) {
      if (signal.aborted) return;
      this.problem.value = error instanceof Error ? error.message : String(error);
    }
  }

  async #readOpenConversation(signal: AbortSignal): Promise<void> {
    const id = this.openId.value;
    if (!id) return;
    const messages = await readMessages(this.#supabase, signal, id, this.#messageCount);
    // The agent may have opened another conversation during the read.
    if (this.openId.value === id) this.messages.value = messages;
  }

  #hasMessage(messageId: string): boolean {
    return [
      ...this.messages.value ?? [],
      ...(this.conversations.value ?? []).flatMap(({ recruiting_messages }) => recruiting_messages),
    ].some(({ id }) => id === messageId);
  }

  #removeConversation(conversationId: string): void {
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
