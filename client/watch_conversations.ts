/**
 * Keeps an agent's conversations up to date over Supabase Realtime.
 *
 * Copy this folder into your front end, as README.md says: it needs `@supabase/supabase-js` and `zod` alone.
 *
 * @see https://supabase.com/docs/guides/realtime/broadcast
 * @module
 */
import type { SupabaseClient } from "@supabase/supabase-js";
import { createAgentCheck } from "#agent_check";
import { type AgentEvent, agentTopic, parseEvent, UNASSIGNED_TOPIC } from "#events";
import { assertTopicsAreFree, topicInUseError } from "#private_channels";
import { type RowReader, startRowReader } from "#row_reader";
import { SeenBroadcasts } from "#seen_broadcasts";
import { type Broadcast, subscribeToTopics, type TopicConnection } from "#topic_subscriptions";

/** Whether events arrive at once. */
export type Connection =
  | TopicConnection
  /** The user is not, or is no longer, in `recruiting_agents`. The watcher has stopped itself. */
  | { kind: "not_an_agent" };

/** Whose conversations are watched, and the front end's callbacks. Each callback may call stop(). */
export interface WatchOptions {
  /** The signed-in agent's user id. */
  agentId: string;
  /** Reads the agent's rows again: after every (re)connection, every 30 s, and when an event needs it. */
  refresh(): void | Promise<void>;
  /** Whether the front end has loaded a message. An event about a message that is not loaded causes a refresh. */
  hasMessage?(messageId: string): boolean;
  /** Shows an event. Each known broadcast arrives here once, even if both topics carry it. */
  onEvent(event: AgentEvent): void;
  /** Removes a conversation from the screen, because it is assigned to another agent. */
  onReassigned?(conversationId: string): void;
  /**
   * Shows whether events arrive at once. While they do not, the screen may be 30 s behind. After
   * `not_an_agent` no callback is called any more.
   */
  onConnection?(connection: Connection): void;
}

/** A watcher that runs. */
export interface RunningWatcher {
  /**
   * Stops the watcher. From now on it calls no callback. Stop it before the agent signs out: a read without a token is
   * refused.
   *
   * Awaiting is optional: the next watcher on the same Supabase client waits until the channels are removed.
   *
   * @returns Resolves when the channels are removed, after 3 s at the latest. It never rejects.
   */
  stop(): Promise<void>;
}

/** The newest watcher of a client; `removal` is set by its stop(). */
interface ClientWatcher {
  removal?: Promise<void>;
}

/** The newest watcher of each client: one at a time, because all listen to the topic of unassigned conversations. */
const newestWatchers = new WeakMap<SupabaseClient, ClientWatcher>();

/**
 * Listens to the agent's own topic and to that of unassigned conversations, until stopped.
 *
 * A new call may follow stop() at once, for example when React runs an effect twice: it opens its
 * channels after the older ones are removed.
 *
 * @param supabase A client that is signed in as the agent and refreshes its token by itself.
 * @param options The agent and the front end's callbacks.
 * @returns The running watcher.
 * @throws {Error} If the client has a watcher that was not stopped, or other code has a channel on
 *   one of the topics.
 * @example
 * ```ts
 * const watching = watchConversations(supabase, {
 *   agentId: user.id,
 *   refresh: () => readConversationsAndMessages(),
 *   onEvent: (event) => {
 *     if (event.kind === "message_received") show(event.payload.body);
 *   },
 * });
 * ```
 */
export function watchConversations(
  supabase: SupabaseClient,
  options: WatchOptions,
): RunningWatcher {
  const topics = [agentTopic(options.agentId), UNASSIGNED_TOPIC];
  const previous = newestWatchers.get(supabase);
  if (previous && !previous.removal) throw topicInUseError(UNASSIGNED_TOPIC);
  assertTopicsAreFree(supabase, topics);
  const current: ClientWatcher = {};
  newestWatchers.set(supabase, current);

  const agent = createAgentCheck(supabase, options.agentId, () => {
    stop();
    options.onConnection?.({ kind: "not_an_agent" });
  });
  // Also an open connection may be that of a user who is no agent any more: the server looks at the
  // permission again when it gets another token.
  const rows = startRowReader(() => {
    agent.check();
    return options.refresh();
  });
  const subscriptions = subscribeToTopics(supabase, topics, {
    onBroadcast: broadcastHandler(options, rows, () => current.removal !== undefined),
    onJoined: () => rows.read(),
    onRefused: () => agent.check(),
    onConnection: (connection) => options.onConnection?.(connection),
  }, previous?.removal);

  const remove = async () => {
    rows.stop();
    await Promise.all([subscriptions.stop(), agent.stop()]);
    if (newestWatchers.get(supabase) === current) newestWatchers.delete(supabase);
  };
  const stop = () => current.removal ??= remove();
  return { stop };
}

/** Makes the function that passes each new broadcast on to the front end. */
function broadcastHandler(
  options: WatchOptions,
  rows: RowReader,
  isStopped: () => boolean,
): (broadcast: Broadcast) => void {
  const seen = new SeenBroadcasts();
  return ({ event: name, payload, meta }) => {
    if (!seen.add(meta?.id)) return;
    const event = parseEvent(name, payload);
    if (event.kind === "unknown") return rows.readTwice();
    refreshFor(event, options, rows);
    if (isStopped()) return;
    options.onEvent(event);
    if (!isStopped() && isReassigned(event, options.agentId)) {
      options.onReassigned?.(event.payload.conversation_id);
    }
  };
}

/** Reads the rows if an event does not contain all data that the screen shows. */
function refreshFor(event: AgentEvent, options: WatchOptions, rows: RowReader): void {
  if (event.kind === "truncated") return rows.readTwice();
  if (event.kind !== "message_status_changed" && event.kind !== "message_media_stored") return;
  const isLoaded = () => options.hasMessage?.(event.payload.message_id) ?? false;
  if (!isLoaded()) rows.readAgainUnless(isLoaded);
}

/** Whether an event assigns the conversation to another agent. */
function isReassigned(
  event: AgentEvent,
  agentId: string,
): event is Extract<AgentEvent, { kind: "conversation_updated" | "conversation_escalated" }> {
  if (event.kind !== "conversation_updated" && event.kind !== "conversation_escalated") {
    return false;
  }
  const { assigned_agent_id } = event.payload;
  return assigned_agent_id !== null && assigned_agent_id !== agentId;
}
