/**
 * The two local agents, signed in, each with a watcher that reads rows and receives events.
 *
 * @module
 */
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { conversationsOf } from "../../client/events.ts";
import { type RunningWatcher, watchConversations } from "../../client/watch_conversations.ts";
import type { Database } from "../../supabase/functions/_shared/database/database.types.ts";
import { LOCAL_AGENTS } from "../settings/agents.ts";
import { PUBLISHABLE_KEY } from "../settings/keys.ts";
import type { Notes } from "./evidence.ts";
import { fetchWithin } from "./fetch_within.ts";

/** A signed-in agent. */
export interface Agent {
  id: string;
  client: SupabaseClient<Database>;
  watcher: RunningWatcher;
}

/**
 * Signs the local agents in and starts their watchers.
 *
 * @throws {Error} If Auth refuses.
 */
export function signIn(apiUrl: string, notes: Notes): Promise<Agent[]> {
  return Promise.all(LOCAL_AGENTS.map(async ({ email, password }) => {
    const client = createClient<Database>(apiUrl, PUBLISHABLE_KEY, {
      auth: { persistSession: false, storageKey: email },
      global: { fetch: fetchWithin },
    });
    const { data, error } = await client.auth.signInWithPassword({ email, password });
    if (error) throw new Error(`Signing in as ${email} failed: ${error.message}`);
    const { id } = data.user;
    return { id, client, watcher: watch(client, id, notes) };
  }));
}

/** Stops the watchers and closes the connections. */
export async function signOut(agents: Agent[]): Promise<void> {
  for (const { client, watcher } of agents) {
    await watcher.stop();
    await client.realtime.disconnect();
    await client.auth.stopAutoRefresh();
  }
}

function watch(client: SupabaseClient<Database>, id: string, notes: Notes): RunningWatcher {
  const note = (from: string, conversation_ids: string[]) =>
    void notes.reads.push({
      from,
      until: new Date().toISOString(),
      agent_id: id,
      conversation_ids: [...new Set(conversation_ids)],
    });
  return watchConversations(client, {
    agentId: id,
    async refresh() {
      const from = new Date().toISOString();
      const conversations = await client.from("recruiting_conversations").select("id");
      note(from, conversations.data?.map((row) => row.id) ?? []);
      const messages = await client.from("recruiting_messages").select("conversation_id");
      note(from, messages.data?.map((row) => row.conversation_id) ?? []);
    },
    onEvent(event) {
      for (const conversation_id of conversationsOf(event)) {
        notes.received.push({
          at: new Date().toISOString(),
          agent_id: id,
          event: event.kind,
          conversation_id,
        });
      }
    },
  });
}
