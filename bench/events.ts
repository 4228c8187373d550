/**
 * What a batch of Event Streams costs, beside the obvious alternative: the same messages posted by the
 * forms of webhooks, one after the other.
 *
 * @module
 */
import { getExpectedBodyHash, getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import {
  type CloudEvent,
  inboundEvent,
  statusEvent,
} from "../local/stand_ins/twilio/cloud_event.ts";
import { withSql } from "../local/postgres/with_sql.ts";
import { type Report, reportOf } from "./report.ts";
import { median } from "./table.ts";
import { type Contender, CONTENDERS } from "./webhooks/contenders.ts";
import { type DatabaseAddress, PRODUCT_DATABASE, withDatabases } from "./webhooks/databases.ts";
import { HttpConnection } from "./webhooks/http_connection.ts";
import {
  conversationsOf,
  deliveryOf,
  type Message,
  messagesOf,
  requestOf,
  textOf,
  TWILIO_PHONE,
  type Webhook,
} from "./webhooks/requests.ts";
import { startEndpoint } from "./webhooks/rest/endpoint.ts";
import { type ServerProcess, startFunctionProcess } from "./webhooks/server_process.ts";
import {
  ACCOUNT_SID,
  AUTH_TOKEN,
  contenderEnvironment,
  WEBHOOK_BASE_URL,
} from "./webhooks/settings.ts";

/** The messages of one batch. */
const MESSAGES = 1000;

const ROUNDS = 5;

/** The conversations of a batch, at most one for each message. */
const CONVERSATIONS = 400;

/** The most posts of one request. */
const MAX_ATTEMPTS = 10;

/** The way in which the messages are posted. */
interface Way {
  label: string;
  webhook: Webhook;
  /** The function that is called. */
  name: Webhook | "twilio-events";
}

const WAYS: Way[] = (["sms-inbound", "sms-status"] as const).flatMap((webhook): Way[] => {
  const what = webhook === "sms-inbound" ? "texts" : "deliveries";
  return [
    { label: `${what}, as events in one request`, webhook, name: "twilio-events" },
    { label: `${what}, as forms one by one`, webhook, name: webhook },
  ];
});

/** What posting all messages has cost. */
interface Cost {
  ms: number;
  /** The calls of the database. */
  calls: number;
  /** The CPU time of the function, in ms. */
  cpuMs: number;
}

/**
 * Measures.
 *
 * @param share The share of the usual number of messages and rounds, from 0 to 1.
 */
export async function measureEvents(share: number): Promise<Report> {
  const count = Math.max(60, Math.round(MESSAGES * share));
  const rounds = Math.max(1, Math.round(ROUNDS * share));
  const costs = await withDatabases([], (address) => measure(address, count, rounds));
  const rows = WAYS.map(({ label }, index) => {
    const of = (figure: keyof Cost) => median(costs.map((round) => round[index][figure]));
    return [`${count} ${label}`, of("ms").toFixed(0), of("calls"), of("cpuMs").toFixed(0)];
  });
  const report = reportOf("events", ["posted", "ms", "database calls", "CPU ms"], rows);
  return { ...report, figures: costs };
}

async function measure(
  address: DatabaseAddress,
  count: number,
  rounds: number,
): Promise<Cost[][]> {
  const conversations = conversationsOf(Math.min(CONVERSATIONS, count));
  // Every round and way has messages of its own. The first round loads the code, and does not count.
  const messages = Array.from(
    { length: rounds + 1 },
    (_, round) =>
      WAYS.map((_, way) => messagesOf(conversations, `${way}${round.toString(16)}`, count)),
  );
  const product = CONTENDERS.find(({ name }) => name === "product")!;
  await withSql(address(PRODUCT_DATABASE), async (sql) => {
    const outbound = messages.flatMap((round) =>
      round.filter((_, way) => WAYS[way].webhook === "sms-status").flat()
    );
    await product.seed(sql, conversations, outbound);
    await sql`insert into recruiting_senders (address) values (${TWILIO_PHONE})`;
  });

  const endpoint = await startEndpoint(PRODUCT_DATABASE, address);
  const servers = new Map<Way["name"], ServerProcess>();
  try {
    for (const { name } of WAYS) {
      if (!servers.has(name)) servers.set(name, await startFunction(product, name, endpoint.port));
    }
    const costs: Cost[][] = [];
    for (const round of messages) {
      const ofRound: Cost[] = [];
      for (const [index, way] of WAYS.entries()) {
        ofRound.push(await costOf(way, round[index], servers.get(way.name)!, endpoint.port));
      }
      costs.push(ofRound);
    }
    return costs.slice(1);
  } finally {
    for (const server of [...servers.values(), endpoint]) await server.stop();
  }
}

/** A function of the product, which does no work after its answers. */
function startFunction(product: Contender, name: Way["name"], port: number) {
  return startFunctionProcess({
    args: [`--config=${product.config}`],
    entry: new URL(`../supabase/functions/${name}/index.ts`, import.meta.url).pathname,
    env: { ...contenderEnvironment(`http://127.0.0.1:${port}`), TURN_WAIT_SECONDS: "3600" },
  });
}

async function costOf(
  { name, webhook }: Way,
  messages: Message[],
  server: ServerProcess,
  restPort: number,
): Promise<Cost> {
  const requests = name === "twilio-events"
    ? [batchOf(webhook, messages)]
    : messages.map((message) => requestOf(webhook, message));
  const callsSoFar = async () =>
    Number(await (await fetch(`http://127.0.0.1:${restPort}/count`)).json());
  const before = { calls: await callsSoFar(), cpuMs: await server.cpuMs() };
  const connection = await HttpConnection.open(server.port);
  const startedAt = performance.now();
  for (const request of requests) await untilTaken(connection, request, server);
  const ms = performance.now() - startedAt;
  connection.close();
  return {
    ms,
    calls: await callsSoFar() - before.calls,
    cpuMs: await server.cpuMs() - before.cpuMs,
  };
}

/** Posts a request again, as Twilio does, while the function answers 503: a slow machine needs that. */
async function untilTaken(
  connection: HttpConnection,
  request: Uint8Array,
  server: ServerProcess,
): Promise<void> {
  for (let attempt = 1;; attempt++) {
    const status = await connection.send(request);
    if (status === 200) return;
    if (status !== 503 || attempt === MAX_ATTEMPTS) {
      throw new Error(`A request was answered ${status}:\n${server.errors}`);
    }
  }
}

/** Makes the signed request of a batch of events. */
function batchOf(webhook: Webhook, messages: Message[]): Uint8Array {
  const at = new Date();
  const events = messages.map((message): CloudEvent =>
    webhook === "sms-inbound"
      ? inboundEvent(textOf(message), ACCOUNT_SID, at)
      : statusEvent(deliveryOf(message), ACCOUNT_SID, at)
  );
  const body = JSON.stringify(events);
  const query = `?bodySHA256=${getExpectedBodyHash(body)}`;
  const url = `${WEBHOOK_BASE_URL}/twilio-events${query}`;
  return new TextEncoder().encode([
    `POST /twilio-events${query} HTTP/1.1`,
    "Host: 127.0.0.1",
    "User-Agent: TwilioProxy/1.1",
    "Content-Type: application/json",
    `Content-Length: ${new TextEncoder().encode(body).length}`,
    `X-Twilio-Signature: ${getExpectedTwilioSignature(AUTH_TOKEN, url, {})}`,
    "",
    body,
  ].join("\r\n"));
}
