/**
 * The state of an agent's inbox. `watchConversations` says when its rows must be read again.
 *
 * @module
 */
import { batch, computed, signal } from "@preact/signals";
import type { ConversationFilter } from "../../../../client/conversation_list.ts";
import type { AgentEvent } from "../../../../client/events.ts";
import { type RunningWatcher, watchConversations } from "../../../../client/watch_conversations.ts";
import { type Person, readPerson } from "../person/person.ts";
import { type Attention, readAttention } from "./attention.ts";
import {
  type Conversation,
  type Message,
  PAGE_OF_CONVERSATIONS,
  readAgentNames,
  readConversations,
  readConversationsById,
  readMessages,
  readNewestOfBot,
  type Supabase,
} from "./conversations.ts";
import { errorMessage } from "./error_message.ts";
import { NewEvents } from "./new_events.ts";
import { oneAtATime } from "./one_at_a_time.ts";
import { openReadMarks, type ReadMarks } from "./read_marks.ts";
import { readWaiting, type WaitingConversations } from "./unread.ts";
import { type DueWork, whenDue } from "./when_due.ts";

/**
 * The database broadcasts no messages of conversations that the bot answers, so the newest of them is
 * read at this interval, in ms.
 */
const READ_BOT_ROWS_EVERY_MS = 3_000;

/** The interval at which waiting times are updated, in ms. */
const TICK_EVERY_MS = 15_000;

/** The state of an agent's inbox, as signals. */
export class Inbox {
  /** Which conversations are listed. */
  readonly filter = signal<ConversationFilter>("all");
  /** The list, in the order in which recruits wait; undefined before the filter's first read. */
  readonly conversations = signal<Conversation[] | undefined>(undefined);
  /** Whether there are more conversations than are listed. */
  readonly hasMore = signal(false);
  /** The present time, for waiting times. */
  readonly now = signal(new Date());
  /** The conversations that need attention, the oldest first. */
  readonly attention = signal<Attention[]>([]);
  /** The open conversation's messages, the oldest first; undefined before the first read. */
  readonly messages = signal<Message[] | undefined>(undefined);
  /** The person of the conversation that was open at the last read; undefined if it has no contact. */
  readonly person = signal<Person | undefined>(undefined);
  readonly openId = signal<string | undefined>(undefined);
  readonly connection = signal<"connecting" | "connected" | "reconnecting">("connecting");
  /** The error of the last read, if it failed. */
  readonly problem = signal<string | undefined>(undefined);
  /** The reason why the conversation that was open has closed by itself. */
  readonly notice = signal<string | undefined>(undefined);
  readonly agentNames = signal<Record<string, string>>({});
  readonly marks: ReadMarks;
  /** The number of conversations with unread texts, whatever is listed; undefined for none. */
  readonly unread = computed(() => this.marks.unreadConversations(this.#waiting.value));

  /** Conversations that are not listed, and are open or need attention. */
  readonly #others = signal<Conversation[]>([]);
  readonly #waiting = signal<WaitingConversations>({ rows: [], hasMore: false });
  #listedCount = PAGE_OF_CONVERSATIONS;
  #supabase: Supabase;
  #agentId: string;
  #onNotAnAgent: () => void;
  #stopping = new AbortController();
  #watching: RunningWatcher | undefined;
  #messageCount: number | undefined;
  /** The newest conversation that the bot answers, and its newest message, when that was last asked. */
  #newestOfBot: string | undefined;
  #events = new NewEvents({
    conversation: (id) => this.find(id),
    openMessages: (id) => id === this.openId.value ? this.messages.value ?? [] : undefined,
  }, () => {
    this.#person.setDue();
    this.refresh();
  });

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
    const watching = this.#watching = watchConversations(this.#supabase, {
      agentId: this.#agentId,
      refresh: () => {
        // It is called for each topic that is joined, and the last one is soon to come.
        if (this.connection.value === "connecting") return;
        this.#names.setDue();
        this.#person.setDue();
        return this.refresh();
      },
      // onEvent reads what the page does not show.
      hasMessage: () => true,
      onEvent: (event) => {
        if (this.#concernsPerson(event)) this.#person.setDue();
        this.#events.add(event);
        this.#readDue();
      },
      onReassigned: (id) => this.#removeConversation(id),
      onConnection: ({ kind }) => {
        if (kind === "not_an_agent") this.#leave();
        else this.connection.value = kind;
      },
    });
    const clock = setInterval(() => this.#tick(), TICK_EVERY_MS);
    const timer = setInterval(() => {
      const hasBot = [...this.conversations.value ?? [], ...this.#others.value]
        .some(({ status }) => status === "bot");
      if (hasBot && !document.hidden) this.#refreshBotRows();
    }, READ_BOT_ROWS_EVERY_MS);
    return {
      stop: async () => {
        clearInterval(clock);
        clearInterval(timer);
        if (this.#stopping === stopping) this.stopReading();
        await watching.stop();
      },
    };
  }

  /** Whether an event may change the person. A person shows their other conversations, and not the open one. */
  #concernsPerson({ kind, payload }: AgentEvent): boolean {
    if (kind === "contact_changed" || kind === "truncated") return true;
    return this.person.value !== undefined && payload.conversation_id !== this.openId.value;
  }

  #tick(): void {
    this.now.value = new Date();
  }

  /** A conversation that is listed, open or needs attention. */
  find(id: string | undefined): Conversation | undefined {
    const hasId = (conversation: Conversation) => conversation.id === id;
    return this.conversations.value?.find(hasId) ?? this.#others.value.find(hasId);
  }

  /** Lists other conversations. */
  async show(filter: ConversationFilter): Promise<void> {
    if (this.filter.value === filter) return;
    this.filter.value = filter;
    this.#listedCount = PAGE_OF_CONVERSATIONS;
    batch(() => {
      // The open conversation stays open during the read.
      this.#others.value = [...this.#others.value, ...this.conversations.value ?? []];
      this.conversations.value = undefined;
      this.hasMore.value = false;
    });
    this.#list.setDue();
    await this.#readDue();
  }

  /** Lists one page more. */
  async showMore(): Promise<void> {
    this.#listedCount += PAGE_OF_CONVERSATIONS;
    this.#list.setDue();
    await this.#readDue();
  }

  /** Opens a conversation; undefined closes the open one. */
  async open(id: string | undefined): Promise<void> {
    if (this.openId.value !== id) {
      this.messages.value = undefined;
      this.#messageCount = undefined;
    }
    this.notice.value = undefined;
    this.openId.value = id;
    if (!id) return;
    if (!this.find(id)) this.#list.setDue();
    this.#messages.setDue();
    this.#person.setDue();
    await this.#readDue();
  }

  /** Sets the number of messages that are read of the open conversation. */
  async readBack(count: number): Promise<void> {
    this.#messageCount = count;
    this.#messages.setDue();
    await this.#readDue();
  }

  /** Reads the list, what needs attention and the open conversation's messages again. */
  readonly refresh = (): Promise<void> => {
    this.#list.setDue();
    this.#messages.setDue();
    return this.#readDue();
  };

  readonly #readDue = oneAtATime(() =>
    this.#read(async (signal) => {
      if (this.#events.areMissing()) {
        this.#list.setDue();
        this.#messages.setDue();
      }
      await Promise.all([
        this.#names.run(signal),
        this.#list.run(signal),
        this.#messages.run(signal),
      ]);
      // Its phone is in the list.
      await this.#person.run(signal);
    })
  );

  readonly #names = whenDue(async (signal) => {
    const names = await readAgentNames(this.#supabase, signal);
    this.agentNames.value = names;
    if (!names[this.#agentId]) this.#leave();
  });

  /** Reads the list, and what is open or needs attention and is not listed. */
  readonly #list: DueWork = whenDue(async (signal) => {
    const [filter, open] = [this.filter.value, this.openId.value];
    const { conversations, hasMore } = await readConversations(this.#supabase, signal, {
      agentId: this.#agentId,
      filter,
      count: this.#listedCount,
    });
    // These come after the list, so they show each change that the list shows.
    const [attention, waiting] = await Promise.all([
      readAttention(this.#supabase, signal),
      // A list of all has those who wait.
      filter === "all" && !hasMore
        ? { rows: conversations, hasMore }
        : readWaiting(this.#supabase, signal),
    ]);
    const wanted = new Set(attention.map(({ conversationId }) => conversationId));
    if (open) wanted.add(open);
    for (const { id } of conversations) wanted.delete(id);
    const others = await readConversationsById(this.#supabase, signal, [...wanted]);
    // The agent may have chosen another filter during the read.
    if (this.filter.value !== filter) return;
    batch(() => {
      this.conversations.value = conversations;
      this.hasMore.value = hasMore;
      this.#others.value = others;
      this.attention.value = attention;
      this.#waiting.value = waiting;
      this.#tick();
    });
    const nowOpen = this.openId.value;
    if (!nowOpen || this.find(nowOpen)) return;
    if (nowOpen === open) this.#removeConversation(open);
    // The agent has opened another conversation during the read.
    else this.#list.setDue();
  });

  readonly #messages = whenDue(async (signal) => {
    const id = this.openId.value;
    if (!id) return;
    const messages = await readMessages(this.#supabase, signal, id, this.#messageCount);
    // The agent may have opened another conversation during the read.
    if (this.openId.value === id) this.messages.value = messages;
  });

  readonly #person = whenDue(async (signal) => {
    const open = this.find(this.openId.value);
    if (!open) return;
    const person = await readPerson(this.#supabase, signal, open);
    // The agent may have opened another conversation during the read.
    if (this.openId.value === open.id) this.person.value = person;
  });

  /**
   * Reads the list if the bot has a newer message or conversation, and the open one if it is the bot's. What became of
   * a reply of the bot's shows in the list after 30 s at most.
   */
  readonly #refreshBotRows = oneAtATime(async () => {
    await this.#read(async (signal) => {
      const newest = await readNewestOfBot(this.#supabase, signal, this.#agentId);
      if (newest !== this.#newestOfBot) this.#list.setDue();
      this.#newestOfBot = newest;
    });
    if (this.find(this.openId.value)?.status === "bot") this.#messages.setDue();
    await this.#readDue();
  });

  /** Ends all reading until the next watch(): after signing out, every read would be refused. */
  stopReading(): void {
    this.#events.clear();
    this.#stopping.abort();
    // Its reads, too, would go out without a token after the agent has signed out.
    this.#watching?.stop();
  }

  /** Ends the inbox of a user who is no agent, once. */
  #leave(): void {
    if (this.#stopping.signal.aborted) return;
    this.stopReading();
    this.#onNotAnAgent();
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
      this.problem.value = errorMessage(error);
    }
  }

  #removeConversation(conversationId: string): void {
    const isOther = ({ id }: { id: string }) => id !== conversationId;
    this.conversations.value = this.conversations.value?.filter(isOther);
    this.#others.value = this.#others.value.filter(isOther);
    this.attention.value = this.attention.value.filter((row) =>
      row.conversationId !== conversationId
    );
    if (this.openId.value !== conversationId) return;
    this.openId.value = undefined;
    this.messages.value = undefined;
    this.notice.value = "Another agent has this conversation now.";
  }
}
