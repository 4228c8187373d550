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

/** How long to wait before a channel that was closed is made anew, in ms. */
const REOPEN_AFTER_MS = 1_000;

/** Postgres streams a commit a moment before everybody sees it: a row that is missing is read for again, in ms. */
const READ_AGAIN_AFTER_MS = 1_000;

/** How many broadcasts are remembered, so that none is shown twice. */
const REMEMBERED = 1_000;

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

/**
 * Listens to the agent's own topic and that of unassigned conversations until it is stopped.
 *
 * @param supabase A client that is signed in as the agent; it refreshes its token by itself.
 * @param watcher What the screen does.
 * @returns What stops it.
 * @throws {Error} If the client listens to one of the topics already: it has one channel a topic.
 */
export function watchConversations(
  supabase: SupabaseClient,
  watcher: ConversationWatcher,
): { stop(): Promise<void> } {
  const seen = new Set<string>();
  const channels = new Map<string, RealtimeChannel>();
  const subscribed = new Set<string>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const topics = [agentTopic(watcher.agentId), UNASSIGNED_TOPIC];
  let stopped = false;

  const taken = supabase.getChannels().find(({ topic }) =>
    topics.includes(topic.replace(/^realtime:/, ""))
  );
  if (taken) {
    throw new Error(
      `This client listens to "${taken.topic}" already; stop that first, or use another client`,
    );
  }

  // A screen that fails to read is not the end of listening: it reads again in 30 s.
  const refresh = async () => {
    try {
      if (!stopped) await watcher.refresh();
    } catch (error) {
      console.error(error);
    }
  };

  const later = (ms: number, work: () => void) => {
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
    watcher.onEvent(known);
    if (known.event !== "conversation_updated" && known.event !== "conversation_escalated") return;
    const { conversation_id, assigned_agent_id } = known.payload;
    if (assigned_agent_id !== null && assigned_agent_id !== watcher.agentId) {
      watcher.onLost?.(conversation_id);
    }
  };

  const open = async (topic: string) => {
    // Without it the first join may go out before the client has its token.
    await supabase.realtime.setAuth();
    if (stopped) return;
    const channel = supabase.channel(topic, { config: { private: true } });
    channels.set(topic, channel);
    channel.on("broadcast", { event: "*" }, hear).subscribe((status, error) => {
      if (stopped || channels.get(topic) !== channel) return;
      if (status === "SUBSCRIBED") {
        subscribed.add(topic);
        if (subscribed.size === topics.length) watcher.onConnection?.("connected");
        refresh();
        return;
      }
      subscribed.delete(topic);
      watcher.onConnection?.("reconnecting", error?.message);
      // After an expired token or a lost permission the channel is closed for good. On other
      // errors supabase-js joins again by itself.
      if (status === "CLOSED") reopen(topic, channel);
    });
  };

  const reopen = (topic: string, channel: RealtimeChannel) => {
    channels.delete(topic);
    later(REOPEN_AFTER_MS, async () => {
      await supabase.removeChannel(channel);
      if (!stopped) await open(topic);
    });
  };

  const opening = Promise.all(topics.map(open));
  const timer = setInterval(refresh, REFRESH_EVERY_MS);
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      for (const waiting of timers) clearTimeout(waiting);
      await opening;
      await Promise.all([...channels.values()].map((channel) => supabase.removeChannel(channel)));
    },
  };
}

function remember(seen: Set<string>, id: string): void {
  seen.add(id);
  for (const oldest of seen) {
    if (seen.size <= REMEMBERED) return;
    seen.delete(oldest);
  }
}
