/**
 * Real supabase-js clients that listen.
 *
 * @module
 */
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { PUBLISHABLE_KEY } from "../../local/settings/keys.ts";
import { PAYLOADS, Truncated } from "../../client/events.ts";
import { assertEquals } from "./assert.ts";
import { API_URL } from "./stack.ts";
import { until } from "./wait.ts";

/** A broadcast as supabase-js hands it over. */
export interface Heard {
  event: string;
  payload: Record<string, unknown>;
  meta: { id: string };
}

/** A subscription and what it has heard. */
export interface Listener {
  heard: Heard[];
  /** Every status that subscribe() told, with the error's words. */
  statuses: string[];
  /** Waits until it has heard so many events, and returns their names. */
  events(count: number): Promise<string[]>;
  stop(): Promise<void>;
}

/** Subscribes to a private topic, and waits for the first answer. */
export async function listen(client: SupabaseClient, topic: string): Promise<Listener> {
  await client.realtime.setAuth();
  const heard: Heard[] = [];
  const statuses: string[] = [];
  const channel = client.channel(topic, { config: { private: true } });
  channel.on("broadcast", { event: "*" }, (message) => {
    heard.push(message as unknown as Heard);
  }).subscribe((status, error) => {
    statuses.push(error ? `${status} ${error.message}` : status);
  });
  await until(() => statuses.length > 0, `an answer about ${topic}`);
  return {
    heard,
    statuses,
    async events(count) {
      await until(() => heard.length >= count, `${count} events on ${topic}`);
      return heard.map(({ event }) => event);
    },
    async stop() {
      await client.removeChannel(channel);
      await client.realtime.disconnect();
    },
  };
}

/** Checks what was sent against the schema that screens use: nothing missing, nothing more. */
export function assertPayload({ event, payload, meta }: Heard): void {
  const { id, ...fields } = payload;
  assertEquals(id, meta.id);
  const schema = "truncated" in fields ? Truncated : PAYLOADS[event as keyof typeof PAYLOADS];
  assertEquals(schema.strict().parse(fields), fields);
}

/** A client whose tokens come from the caller. */
export function clientWithToken(accessToken: () => Promise<string>, url = API_URL): SupabaseClient {
  return createClient(url, PUBLISHABLE_KEY, { accessToken });
}
