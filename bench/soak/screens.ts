/**
 * The screens of the two local agents: each receives events about its recruits' texts, and sends
 * messages.
 *
 * @module
 */
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { LOCAL_AGENTS } from "../../local/settings/agents.ts";
import { PUBLISHABLE_KEY } from "../../local/settings/keys.ts";
import { watchConversations } from "../../client/watch_conversations.ts";

/** The number of rows that a screen reads. */
const ROWS = 50;

/** The screen of a signed-in agent. */
export interface Screen {
  agentId: string;
  /** The number of `message_received` events so far. */
  received(): number;
  /** Sends a message. @returns The answer's HTTP status; undefined without an answer. */
  send(conversationId: string, body: string): Promise<number | undefined>;
  stop(): Promise<void>;
}

/** Signs both local agents in, and waits until they are connected. */
export function openScreens(url: string): Promise<Screen[]> {
  return Promise.all(LOCAL_AGENTS.map((agent) => openScreen(url, agent)));
}

async function openScreen(
  url: string,
  { email, password }: { email: string; password: string },
): Promise<Screen> {
  const client: SupabaseClient = createClient(url, PUBLISHABLE_KEY, {
    auth: { persistSession: false },
  });
  const { data, error } = await client.auth.signInWithPassword({ email, password });
  if (error) throw new Error(`Signing in failed: ${error.message}`);
  const agentId = data.user.id;
  let received = 0;
  const connected = Promise.withResolvers<void>();
  const watching = watchConversations(client, {
    agentId,
    async refresh() {
      await client.from("recruiting_messages").select("id, body, status")
        .order("created_at", { ascending: false }).limit(ROWS);
    },
    hasMessage: () => true,
    onEvent: ({ kind }) => {
      if (kind === "message_received") received++;
    },
    onConnection: ({ kind }) => {
      if (kind === "connected") connected.resolve();
    },
  });
  await connected.promise;
  return {
    agentId,
    received: () => received,
    async send(conversationId, body) {
      const { response } = await client.functions.invoke("sms-send", {
        body: {
          conversation_id: conversationId,
          body,
          idempotency_key: crypto.randomUUID(),
        },
      });
      return response?.status;
    },
    async stop() {
      await watching.stop();
      await client.auth.stopAutoRefresh();
      await client.realtime.disconnect();
    },
  };
}
