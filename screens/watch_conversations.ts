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
  /** Shows an event, each one once. */
  onEvent(event: AgentEvent): void;
  /** Takes a conversation off the screen: it is somebody else's now. */
  onLost?(conversationId: string): void;
  /** Shows whether events come at once; while they do not, the rows are still read every 30 s. */
  onConnection?(state: "connected" | "reconnecting", reason?: string): void;
}

/**
 * Listens to the agent's own topic and that of unassigned conversations until it is stopped.
 *
 * @param supabase A client that is signed in as the agent; it refreshes its token by itself.
 * @param watcher What the screen does.
 * @returns What stops it.
 */
export function watchConversations(
  supabase: SupabaseClient,
  watcher: ConversationWatcher,
): { stop(): Promise<void> } {
  const seen = new Set<string>();
  const channels = new Map<string, RealtimeChannel>();
  const reopening = new Set<ReturnType<typeof setTimeout>>();
  let stopped = false;

  const hear = (
    { event, payload, meta }: { event: string; payload: unknown; meta?: { id?: string } },
  ) => {
    if (stopped || (meta?.id && seen.has(meta.id))) return;
    if (meta?.id) remember(seen, meta.id);
    const known = parseEvent(event, payload);
    if (!known || known.event === "truncated") watcher.refresh();
    if (!known) return;
    if (
      known.event === "message_status_changed" && !watcher.hasMessage?.(known.payload.message_id)
    ) {
      watcher.refresh();
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
        watcher.onConnection?.("connected");
        watcher.refresh();
        return;
      }
      watcher.onConnection?.("reconnecting", error?.message);
      // After an expired token or a lost permission the channel is closed for good. On other
      // errors supabase-js joins again by itself.
      if (status === "CLOSED") reopen(topic, channel);
    });
  };

  const reopen = (topic: string, channel: RealtimeChannel) => {
    channels.delete(topic);
    const timer = setTimeout(async () => {
      reopening.delete(timer);
      await supabase.removeChannel(channel);
      if (!stopped) await open(topic);
    }, REOPEN_AFTER_MS);
    reopening.add(timer);
  };

  const topics = [agentTopic(watcher.agentId), UNASSIGNED_TOPIC];
  const opening = Promise.all(topics.map(open));
  const timer = setInterval(() => watcher.refresh(), REFRESH_EVERY_MS);
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      for (const waiting of reopening) clearTimeout(waiting);
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
