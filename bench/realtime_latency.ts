/**
 * The time from Twilio's post to an agent's screen, by broadcast and by the obvious alternative,
 * which reads the rows every second. Both run at the same time on a temporary stack.
 *
 * @module
 */
import { createClient } from "@supabase/supabase-js";
import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { PUBLISHABLE_KEY, SECRET_KEY } from "../local/settings/keys.ts";
import { apiUrl, type Ports } from "../local/settings/addresses.ts";
import { LOCAL_AGENTS } from "../local/settings/agents.ts";
import { exampleSettings } from "../local/settings/environment.ts";
import { withTemporaryStack } from "../local/stack/temporary_stack.ts";
import { agentTopic } from "../client/events.ts";
import { type Report, reportOf } from "./report.ts";

/** The loads: texts a second, and their number. */
const LOADS = [{ rate: 1, count: 30 }, { rate: 50, count: 1_000 }];
const POLL_EVERY_MS = 1_000;
const RECRUIT = "+15550100090";
const TWILIO = "+15550100000";

/** The time from a text's post to its receipt, in ms, by its body. */
class Latencies {
  #posted = new Map<string, number>();
  #ms = new Map<string, number>();

  posted(body: string): void {
    this.#posted.set(body, performance.now());
  }

  received(body: string): void {
    const at = this.#posted.get(body);
    if (at !== undefined && !this.#ms.has(body)) this.#ms.set(body, performance.now() - at);
  }

  get count(): number {
    return this.#ms.size;
  }

  percentile(share: number): string {
    const sorted = [...this.#ms.values()].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]?.toFixed(0) ??
      "–";
  }
}

/**
 * Measures.
 *
 * @param share The share of the usual load, from 0 to 1.
 */
export async function measureRealtime(share: number): Promise<Report> {
  return await withTemporaryStack(({ ports }) => measure(ports, share));
}

async function measure(ports: Ports, share: number): Promise<Report> {
  const url = apiUrl(ports);
  const { TWILIO_AUTH_TOKEN: token } = await exampleSettings();
  const [{ email, password }] = LOCAL_AGENTS;
  const agent = createClient(url, PUBLISHABLE_KEY, { auth: { persistSession: false } });
  const { data } = await agent.auth.signInWithPassword({ email, password });
  const agentId = data.user?.id ?? "";
  const platform = createClient(url, SECRET_KEY, { auth: { persistSession: false } });
  const { data: conversationId } = await platform.rpc("recruiting_start_conversation", {
    channel: "sms",
    recruit_phone: RECRUIT,
    twilio_phone: TWILIO,
    status: "escalated",
    assigned_agent_id: agentId,
  });

  let broadcast = new Latencies();
  let polling = new Latencies();
  await agent.realtime.setAuth();
  await new Promise((resolve) =>
    agent.channel(agentTopic(agentId), { config: { private: true } })
      .on("broadcast", { event: "message_received" }, ({ payload }) =>
        broadcast.received(payload.body))
      .subscribe((status) =>
        status === "SUBSCRIBED" && resolve(undefined)
      )
  );
  const poll = setInterval(async () => {
    const { data } = await agent.from("recruiting_messages").select("body")
      .eq("conversation_id", conversationId).order("seq", { ascending: false }).limit(100);
    for (const { body } of data ?? []) polling.received(body);
  }, POLL_EVERY_MS);

  const post = async (body: string) => {
    broadcast.posted(body);
    polling.posted(body);
    const webhook = `${url}/functions/v1/sms-inbound`;
    const MessageSid = `SM${crypto.randomUUID().replaceAll("-", "")}`;
    const form = { MessageSid, From: RECRUIT, To: TWILIO, Body: body };
    const response = await fetch(webhook, {
      method: "POST",
      headers: { "X-Twilio-Signature": getExpectedTwilioSignature(token, webhook, form) },
      body: new URLSearchParams(form),
    });
    await response.body?.cancel();
  };

  await post("warm-up");
  const rows: (string | number)[][] = [];
  for (const { rate, count: usual } of LOADS) {
    const count = Math.ceil(usual * share);
    [broadcast, polling] = [new Latencies(), new Latencies()];
    const startedAt = performance.now();
    const posts: Promise<void>[] = [];
    for (let number = 0; number < count; number++) {
      // A random offset, so that the posts are not in step with the reading.
      const due = startedAt + (number + Math.random()) * 1000 / rate;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
      posts.push(post(`${rate} a second, ${number}`));
    }
    await Promise.all(posts);
    const deadline = performance.now() + 10_000;
    while (Math.min(broadcast.count, polling.count) < count && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    for (
      const [way, latencies] of [["broadcast", broadcast], [
        "reading every second",
        polling,
      ]] as const
    ) {
      rows.push([
        rate,
        way,
        latencies.percentile(0.5),
        latencies.percentile(0.99),
        `${latencies.count}/${count}`,
      ]);
    }
  }
  clearInterval(poll);
  await agent.removeAllChannels();
  return reportOf("realtime", ["texts a second", "way", "p50 ms", "p99 ms", "received"], rows);
}
