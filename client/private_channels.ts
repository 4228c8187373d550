/**
 * Private channels that watchers open on a client.
 *
 * supabase-js has one channel for each topic of a client, and `supabase.channel()` returns the
 * existing one. A watcher must not take over a channel that other code has opened.
 *
 * @see https://supabase.com/docs/reference/javascript/subscribe
 * @module
 */
import type { RealtimeChannel, SupabaseClient } from "@supabase/supabase-js";

/** The channels that watchers have opened. Every other channel belongs to other code. */
const watcherChannels = new WeakSet<RealtimeChannel>();

/**
 * Checks that other code has no channel on any of the topics.
 *
 * @throws {Error} That names the first topic in use.
 */
export function assertTopicsAreFree(supabase: SupabaseClient, topics: string[]): void {
  const used = topics.find((topic) =>
    channelsOn(supabase, topic).some((channel) => !watcherChannels.has(channel))
  );
  if (used) throw topicInUseError(used);
}

/**
 * Creates a private channel on a topic.
 *
 * @returns A channel that has not been subscribed yet.
 * @throws {Error} If other code has a channel on the topic.
 */
export function createPrivateChannel(supabase: SupabaseClient, topic: string): RealtimeChannel {
  for (const channel of channelsOn(supabase, topic)) {
    // A stopped watcher may leave its channel behind, when removing it fails or takes too long.
    if (watcherChannels.has(channel)) channel.unsubscribe().catch(console.error);
  }
  if (channelsOn(supabase, topic).length > 0) throw topicInUseError(topic);
  const channel = supabase.channel(topic, { config: { private: true } });
  watcherChannels.add(channel);
  return channel;
}

/** The error for a topic on which the client has a channel. */
export function topicInUseError(topic: string): Error {
  return new Error(
    `This client listens to "${topic}" already. Stop that watcher or channel first, or use another client`,
  );
}

function channelsOn(supabase: SupabaseClient, topic: string): RealtimeChannel[] {
  return supabase.getChannels().filter((channel) => channel.topic === `realtime:${topic}`);
}
