/**
 * Subscriptions to private topics that are opened again whenever they close.
 *
 * @see https://supabase.com/docs/guides/realtime/authorization
 * @module
 */
import type { RealtimeChannel, SupabaseClient } from "@supabase/supabase-js";
import { createPrivateChannel } from "#private_channels";

/** The delay before a closed channel or socket is opened again, in ms. */
const REOPEN_AFTER_MS = 1_000;

/** The longest time that stop() waits for supabase-js to remove the channels, in ms. */
const REMOVE_WITHIN_MS = 3_000;

/** A broadcast as supabase-js delivers it. */
export interface Broadcast {
  event: string;
  payload: unknown;
  /** Set by the database; other senders may leave it out. */
  meta?: { id?: string };
}

/** Whether events of every topic arrive at once. */
export type TopicConnection =
  | { kind: "connected" }
  /** `reason` is the error of supabase-js, where it has given one. */
  | { kind: "reconnecting"; reason?: string | undefined };

/** What the subscriptions report. Nothing is reported after stop(). */
export interface SubscriptionListener {
  onBroadcast(broadcast: Broadcast): void;
  /** A topic was joined. What was broadcast before that is missed. */
  onJoined(): void;
  /** Realtime refused a topic, or closed a channel that it had allowed: maybe the user is no agent. */
  onRefused(): void;
  onConnection(connection: TopicConnection): void;
}

/** Running subscriptions. */
export interface TopicSubscriptions {
  /**
   * Removes the channels.
   *
   * @returns Resolves when they are removed, after 3 s at the latest. It never rejects.
   */
  stop(): Promise<void>;
}

/**
 * Subscribes to topics until stopped.
 *
 * @param supabase A signed-in client.
 * @param topics The topics without the prefix `realtime:`.
 * @param earliest The channels are opened after this promise, if there is one. It must not reject.
 */
export function subscribeToTopics(
  supabase: SupabaseClient,
  topics: string[],
  listener: SubscriptionListener,
  earliest?: Promise<void>,
): TopicSubscriptions {
  const channels = new Map<string, RealtimeChannel>();
  const joined = new Set<string>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const unfinished = new Set<Promise<void>>();
  let isStopped = false;

  const finish = (work: Promise<void>) => {
    unfinished.add(work);
    work.finally(() => unfinished.delete(work));
  };

  // The listener may call stop() in any of its functions, so `isStopped` is checked after each.
  const later = (work: () => void) => {
    if (isStopped) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, REOPEN_AFTER_MS);
    timers.add(timer);
  };

  const reportReconnecting = (reason: string | undefined) => {
    if (!isStopped) listener.onConnection({ kind: "reconnecting", reason });
  };

  // supabase-js leaves the socket closed after another part of the page has called disconnect().
  // connect() does nothing on a socket that is open or opening.
  const connectSocketLater = () => later(() => supabase.realtime.connect());

  const join = (topic: string) => {
    const channel = createPrivateChannel(supabase, topic);
    channels.set(topic, channel);
    connectSocketLater();
    channel.on("broadcast", { event: "*" }, (broadcast: Broadcast) => {
      if (!isStopped) listener.onBroadcast(broadcast);
    });
    channel.subscribe((status, error) => {
      if (isStopped || channels.get(topic) !== channel) return;
      if (status === "SUBSCRIBED") {
        joined.add(topic);
        if (joined.size === topics.length) listener.onConnection({ kind: "connected" });
        if (!isStopped) listener.onJoined();
        return;
      }
      joined.delete(topic);
      connectSocketLater();
      reportReconnecting(error?.message);
      // supabase-js retries after an error, and gives up on a channel whose token has expired or
      // has lost its permission: that channel is CLOSED.
      if (status === "CLOSED") reopen(topic);
      const isRefused = status === "CLOSED" || error?.message.includes("Unauthorized");
      if (isRefused && !isStopped) listener.onRefused();
    });
  };

  const open = async (topic: string) => {
    try {
      await earliest;
      // Without this call the first join may be sent before the client has its token.
      await supabase.realtime.setAuth();
      if (!isStopped) join(topic);
    } catch (error) {
      if (isStopped) return;
      console.error(error);
      reopen(topic);
      reportReconnecting(error instanceof Error ? error.message : String(error));
    }
  };

  const remove = async (channel: RealtimeChannel) => {
    try {
      await supabase.removeChannel(channel);
    } catch (error) {
      // The next createPrivateChannel() on the topic unsubscribes this channel.
      console.error(error);
    }
  };

  const reopen = (topic: string) => {
    const channel = channels.get(topic);
    channels.delete(topic);
    if (channel && !isStopped) finish(remove(channel));
    later(() => finish(open(topic)));
  };

  for (const topic of topics) finish(open(topic));
  return {
    async stop() {
      isStopped = true;
      for (const timer of timers) clearTimeout(timer);
      for (const channel of channels.values()) finish(remove(channel));
      await within(REMOVE_WITHIN_MS, Promise.allSettled(unfinished));
    },
  };
}

/** Waits for a promise, at most `ms` milliseconds. */
async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise((resolve) => timer = setTimeout(resolve, ms));
  await Promise.race([promise, limit]);
  clearTimeout(timer);
}
