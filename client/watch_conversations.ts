/**
 * One call that does what an agent's screen must do over Supabase Realtime.
 *
 * @see https://supabase.com/docs/guides/realtime/broadcast
 * @module
 */
import type { RealtimeChannel, SupabaseClient } from "@supabase/supabase-js";
import { type AgentEvent, agentTopic, parseEvent, UNASSIGNED_TOPIC } from "./events.ts";

/** The server has silent gaps while a channel looks well: so the rows are read again, in ms. */
const REFRESH_EVERY_MS = 30_000;

/** How long to wait before a channel or a socket that was closed is opened again, in ms. */
const REOPEN_AFTER_MS = 1_000;

/** Postgres streams a commit a moment before everybody sees it: a row that is missing is read for again, in ms. */
const READ_AGAIN_AFTER_MS = 1_000;

/** How many broadcasts are remembered, so that none is shown twice. */
const REMEMBERED = 1_000;

/** How long stop() waits for supabase-js to remove the channels, in ms. */
const STOP_WITHIN_MS = 3_000;

/** What a screen does. */
export interface ConversationWatcher {
  /** The signed-in agent. */
  agentId: string;
  /** Reads the rows again: on every (re)connection, every 30 s, and when an event needs it. */
  refresh(): void | Promise<void>;
  /** Whether the screen has read a message; rows are read again for one that it has not. */
  hasMessage?(messageId: string): boolean;
  /** Shows an event, each broadcast once. A conversation that changes hands is told to two topics. */
  onEvent(event: AgentEvent): void;
  /** Takes a conversation off the screen: it is somebody else's now. */
  onLost?(conversationId: string): void;
  /** Shows whether events of both topics come at once; while they do not, the rows are still read every 30 s. */
  onConnection?(state: "connected" | "reconnecting", reason?: string): void;
}

/** A watcher that runs. */
export interface RunningWatcher {
  /**
   * Stops the watcher: from now on it calls no function of the screen. The promise need not be
   * awaited, because the next watcher on the client waits for it.
   *
   * @returns Resolves when the channels are removed, after 3 s at the latest. It never rejects.
   */
  stop(): Promise<void>;
}

/** What a watcher hands to the next watcher on its client. */
interface Handover {
  /** Set by stop(); resolves when nothing is left of this watcher and of those before it. */
  gone?: Promise<void>;
}

/** The handover of each client's newest watcher. One watcher at a time: all share a topic. */
const handovers = new WeakMap<SupabaseClient, Handover>();

/** The channels of all watchers; any other channel belongs to other code. */
const ownChannels = new WeakSet<RealtimeChannel>();

/**
 * Listens to the agent's own topic and that of unassigned conversations until it is stopped.
 *
 * The call may follow an older watcher's `stop()` at once: it waits until the older channels are
 * removed, and then opens its own. A framework does not await the clean-up of an effect.
 *
 * @param supabase A client that is signed in as the agent; it refreshes its token by itself.
 * @param watcher What the screen does.
 * @returns What stops it.
 * @throws {Error} If the client has a watcher that was not stopped, or a channel of other code on
 *   one of the topics: supabase-js has one channel a topic.
 */
export function watchConversations(
  supabase: SupabaseClient,
  watcher: ConversationWatcher,
): RunningWatcher {
  const seen = new Set<string>();
  const channels = new Map<string, RealtimeChannel>();
  const subscribed = new Set<string>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const openings = new Set<Promise<void>>();
  const removals = new Set<Promise<void>>();
  const topics = [agentTopic(watcher.agentId), UNASSIGNED_TOPIC];
  let stopped = false;

  const previous = handovers.get(supabase);
  const taken = previous && !previous.gone
    ? UNASSIGNED_TOPIC
    : topics.find((topic) => channelsOf(supabase, topic).some((one) => !ownChannels.has(one)));
  if (taken) throw listensAlready(taken);
  const handover: Handover = {};
  handovers.set(supabase, handover);

  // A screen that fails to read is not the end of listening: it reads again in 30 s.
  const refresh = async () => {
    try {
      if (!stopped) await watcher.refresh();
    } catch (error) {
      console.error(error);
    }
  };

  const tellConnection = (state: "connected" | "reconnecting", reason?: string) => {
    if (!stopped) watcher.onConnection?.(state, reason);
  };

  // Any function of the screen may call stop(): check `stopped` after each.
  const later = (ms: number, work: () => void) => {
    if (stopped) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
  };

  const readFor = (isThere: () => boolean | undefined) => {
    refresh();
    later(READ_AGAIN_AFTER_MS, () => {
      if (!isThere()) refresh();
    });
  };

  const hear = (
    { event, payload, meta }: { event: string; payload: unknown; meta?: { id?: string } },
  ) => {
    if (stopped || (meta?.id && seen.has(meta.id))) return;
    if (meta?.id) remember(seen, meta.id);
    const known = parseEvent(event, payload);
    if (!known || known.event === "truncated") readFor(() => false);
    if (!known) return;
    if (known.event === "message_status_changed") {
      const isThere = () => watcher.hasMessage?.(known.payload.message_id);
      if (!isThere()) readFor(isThere);
    }
    if (stopped) return;
    watcher.onEvent(known);
    if (stopped) return;
    if (known.event !== "conversation_updated" && known.event !== "conversation_escalated") return;
    const { conversation_id, assigned_agent_id } = known.payload;
    if (assigned_agent_id !== null && assigned_agent_id !== watcher.agentId) {
      watcher.onLost?.(conversation_id);
    }
  };

  // Other code may disconnect the socket, as after an older watcher's stop(), and supabase-js leaves
  // it closed then. On a socket that is open or is being opened connect() does nothing.
  const connectLater = () => later(REOPEN_AFTER_MS, () => supabase.realtime.connect());

  const listen = (topic: string) => {
    const channel = makeChannel(supabase, topic);
    channels.set(topic, channel);
    connectLater();
    channel.on("broadcast", { event: "*" }, hear).subscribe((status, error) => {
      if (stopped || channels.get(topic) !== channel) return;
      if (status === "SUBSCRIBED") {
        subscribed.add(topic);
        if (subscribed.size === topics.length) tellConnection("connected");
        refresh();
        return;
      }
      subscribed.delete(topic);
      connectLater();
      tellConnection("reconnecting", error?.message);
      // After an expired token or a lost permission the channel is closed for good. On other
      // errors supabase-js joins again by itself.
      if (status === "CLOSED") reopen(topic);
    });
  };

  const open = async (topic: string) => {
    try {
      await previous?.gone;
      // Without it the first join may go out before the client has its token.
      await supabase.realtime.setAuth();
      if (!stopped) listen(topic);
    } catch (error) {
      if (stopped) return;
      console.error(error);
      reopen(topic);
      tellConnection("reconnecting", error instanceof Error ? error.message : String(error));
    }
  };

  const remove = async (channel: RealtimeChannel) => {
    try {
      await supabase.removeChannel(channel);
    } catch (error) {
      // makeChannel() ends this channel when the topic is opened next.
      console.error(error);
    }
  };

  const reopen = (topic: string) => {
    const channel = channels.get(topic);
    channels.delete(topic);
    if (channel && !stopped) keep(removals, remove(channel));
    later(REOPEN_AFTER_MS, () => keep(openings, open(topic)));
  };

  const stop = async () => {
    stopped = true;
    clearInterval(timer);
    for (const waiting of timers) clearTimeout(waiting);
    for (const channel of channels.values()) keep(removals, remove(channel));
    await within(STOP_WITHIN_MS, Promise.allSettled([...openings, ...removals]));
    if (handovers.get(supabase) === handover) handovers.delete(supabase);
  };

  const timer = setInterval(refresh, REFRESH_EVERY_MS);
  for (const topic of topics) keep(openings, open(topic));
  return { stop: () => handover.gone ??= stop() };
}

function channelsOf(supabase: SupabaseClient, topic: string): RealtimeChannel[] {
  return supabase.getChannels().filter((channel) => channel.topic === `realtime:${topic}`);
}

function listensAlready(topic: string): Error {
  return new Error(
    `This client listens to "${topic}" already; stop that first, or use another client`,
  );
}

/**
 * Makes a channel, where `supabase.channel()` would hand out one that is there already.
 *
 * @throws {Error} If the client has a channel of other code on the topic.
 */
function makeChannel(supabase: SupabaseClient, topic: string): RealtimeChannel {
  for (const left of channelsOf(supabase, topic)) {
    // A stopped watcher's channel, whose removal has failed or has not ended in time.
    if (ownChannels.has(left)) left.unsubscribe().catch(console.error);
  }
  if (channelsOf(supabase, topic).length > 0) throw listensAlready(topic);
  const channel = supabase.channel(topic, { config: { private: true } });
  ownChannels.add(channel);
  return channel;
}

/** Keeps a promise in a set until it is settled. */
function keep(promises: Set<Promise<void>>, promise: Promise<void>): void {
  promises.add(promise);
  promise.finally(() => promises.delete(promise));
}

/** Waits for a promise, but no longer than so many ms. */
async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise((resolve) => timer = setTimeout(resolve, ms));
  await Promise.race([promise, limit]);
  clearTimeout(timer);
}

function remember(seen: Set<string>, id: string): void {
  seen.add(id);
  for (const oldest of seen) {
    if (seen.size <= REMEMBERED) return;
    seen.delete(oldest);
  }
}
