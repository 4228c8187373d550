/**
 * What a webhook costs: the product beside the obvious alternative and the floor, in one run. All three
 * are served, called and given the same rows and requests in the same way, and must store the same.
 *
 * @module
 */
import { withSql } from "../../local/postgres/with_sql.ts";
import type { Report } from "../report.ts";
import { CONTENDERS } from "./contenders.ts";
import { type DatabaseAddress, withDatabases } from "./databases.ts";
import { withDeployed } from "./deployed.ts";
import { type DirectCall, measureDirectCalls, messagesNeeded } from "./direct_calls.ts";
import {
  type Conversation,
  conversationsOf,
  type Message,
  messagesOf,
  requestsOf,
  type Webhook,
} from "./requests.ts";
import { requestsNeeded, type RoundSizes, runRounds } from "./rounds.ts";
import { compareRows } from "./stored_rows.ts";
import { webhooksReport } from "./webhooks_report.ts";

const CONVERSATIONS = 4_000;

/** Rounds, and their requests by the concurrency. */
const ROUNDS = 20;
const SIZES: RoundSizes = { 1: 60, 8: 160, 32: 200 };

/** Below this share of the load the rounds are not only fewer, but also shorter. */
const SHORTER_BELOW = 0.1;

const WARM_UP = 400;
const DIRECT_CALLS = 200;

/**
 * Measures.
 *
 * @param share The share of the usual number of rounds, from 0 to 1.
 * @throws {Error} If the contenders have not stored the same.
 */
export async function measureWebhooks(share: number): Promise<Report> {
  const rounds = Math.max(1, Math.round(ROUNDS * share));
  const scale = Math.min(1, share / SHORTER_BELOW);
  const sizes = scaled(SIZES, scale);
  const warmUp = Math.ceil(WARM_UP * Math.sqrt(share));
  const conversations = conversationsOf(Math.ceil(CONVERSATIONS * scale));
  const count = warmUp + requestsNeeded(rounds, sizes);
  const messages: Record<Webhook, Message[]> = {
    "sms-inbound": messagesOf(answeredBy("agents", conversations), "10", count),
    "sms-status": messagesOf(conversations, "20", count),
  };
  const directCalls = directCallsOf(conversations, Math.ceil(DIRECT_CALLS * share));
  const requests: Record<Webhook, Uint8Array[]> = {
    "sms-inbound": requestsOf("sms-inbound", messages["sms-inbound"]),
    "sms-status": requestsOf("sms-status", messages["sms-status"]),
  };
  /** Removes the next requests of both webhooks. */
  const next = (count: number): Record<Webhook, Uint8Array[]> => ({
    "sms-inbound": requests["sms-inbound"].splice(0, count),
    "sms-status": requests["sms-status"].splice(0, count),
  });

  return await withDatabases(["quickstart", "floor"], async (address) => {
    const outbound = [
      ...messages["sms-status"],
      ...directCalls.filter(({ webhook }) => webhook === "sms-status")
        .flatMap(({ messages }) => messages),
    ];
    await seed(conversations, outbound, address);
    return await withDeployed(CONTENDERS, address, async (deployed) => {
      await runRounds(deployed, next(warmUp), 1, { 8: warmUp });
      const samples = await runRounds(deployed, next(requestsNeeded(rounds, sizes)), rounds, sizes);
      const rows = await compareRows(CONTENDERS, address);
      // The quickstart makes several calls.
      const single = deployed.filter(({ contender }) => contender.name !== "quickstart");
      const directCosts = await measureDirectCalls(single, directCalls, address);
      await compareRows(single.map(({ contender }) => contender), address);
      return webhooksReport({ samples, directCosts, rows });
    });
  });
}

function scaled(sizes: RoundSizes, scale: number): RoundSizes {
  return Object.fromEntries(
    Object.entries(sizes).map(([concurrency, size]) => [concurrency, Math.ceil(size * scale)]),
  );
}

function answeredBy(who: "agents" | "bot", conversations: Conversation[]): Conversation[] {
  return conversations.filter(({ agentId }) => (agentId !== null) === (who === "agents"));
}

function directCallsOf(conversations: Conversation[], count: number): DirectCall[] {
  return (["sms-inbound", "sms-status"] as const).flatMap((webhook, index) =>
    (["bot", "agents"] as const).map((who): DirectCall => ({
      webhook,
      isBroadcast: who === "agents",
      messages: messagesOf(
        answeredBy(who, conversations),
        `${3 + index}${who === "agents" ? 1 : 0}`,
        messagesNeeded(count),
      ),
    }))
  );
}

async function seed(
  conversations: Conversation[],
  outbound: Message[],
  address: DatabaseAddress,
): Promise<void> {
  for (const { database, seed } of CONTENDERS) {
    await withSql(address(database), (sql) => seed(sql, conversations, outbound));
    await withSql(address(database, "supabase_admin"), (sql) => sql`vacuum analyze`);
  }
}
