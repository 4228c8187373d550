/**
 * What a turn of the bot costs without the model's time: from the recruit's text to the call of Twilio's
 * API, in a function that has loaded its packages, and in one that has not.
 *
 * @module
 */
import { startModel } from "../local/stand_ins/model/model.ts";
import { MODEL_NAME } from "../local/stand_ins/model/model_name.ts";
import { withSql } from "../local/postgres/with_sql.ts";
import { type Report, reportOf } from "./report.ts";
import { median } from "./table.ts";
import { CONTENDERS } from "./webhooks/contenders.ts";
import { type DatabaseAddress, PRODUCT_DATABASE, withDatabases } from "./webhooks/databases.ts";
import { HttpConnection } from "./webhooks/http_connection.ts";
import { conversationsOf, messagesOf, requestOf, TWILIO_PHONE } from "./webhooks/requests.ts";
import { startEndpoint } from "./webhooks/rest/endpoint.ts";
import { type ServerProcess, startFunctionProcess } from "./webhooks/server_process.ts";
import { contenderEnvironment } from "./webhooks/settings.ts";

const TURNS = 60;

/** The longest time for one turn, in ms. */
const TURN_WITHIN_MS = 20_000;

/** What one turn has cost. */
interface Turn {
  /** From the text's post to the call of Twilio's API, in ms. */
  totalMs: number;
  /** Of that, from the model's request to its answer. */
  modelMs: number;
  /** The calls of the database, the text's own among them. */
  roundTrips: number;
  /** The CPU time of the function, in ms. */
  cpuMs: number;
}

/**
 * Measures.
 *
 * @param share The share of the usual number of turns, from 0 to 1.
 */
export async function measureBotTurn(share: number): Promise<Report> {
  const count = Math.max(3, Math.round(TURNS * share));
  const [first, ...others] = await withDatabases([], (address) => measure(address, count));
  const of = (figure: keyof Turn) => median(others.map((turn) => turn[figure]));
  const row = (label: string, { totalMs, modelMs, roundTrips, cpuMs }: Turn) => [
    label,
    (totalMs - modelMs).toFixed(0),
    roundTrips,
    cpuMs.toFixed(0),
  ];
  const report = reportOf(
    "bot-turn",
    ["a turn of the bot, without the model's time", "ms", "database calls", "CPU ms"],
    [
      row("the first of a process, with loading the packages", first),
      row("a later one", {
        totalMs: median(others.map(({ totalMs, modelMs }) => totalMs - modelMs)),
        modelMs: 0,
        roundTrips: of("roundTrips"),
        cpuMs: others.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / others.length,
      }),
    ],
  );
  return { ...report, figures: { first, others } };
}

async function measure(address: DatabaseAddress, count: number): Promise<Turn[]> {
  const conversations = conversationsOf(2 * count).filter(({ agentId }) => agentId === null);
  const product = CONTENDERS.find(({ name }) => name === "product")!;
  await withSql(address(PRODUCT_DATABASE), async (sql) => {
    await product.seed(sql, conversations, []);
    await sql`insert into recruiting_senders (address, bot_instructions)
      values (${TWILIO_PHONE}, 'The job is in a warehouse.')`;
  });

  const model = await startModel({ port: 0 });
  let modelMs = 0;
  const timedModel = serve(async (request, path) => {
    const startedAt = performance.now();
    const { method, headers } = request;
    const answer = await fetch(new URL(path, model.url), {
      method,
      headers,
      body: await request.text(),
    });
    const body = await answer.text();
    modelMs += performance.now() - startedAt;
    return new Response(body, { headers: { "Content-Type": "application/json" } });
  });
  let onSend = (_at: number) => {};
  const twilio = serve(async (request) => {
    onSend(performance.now());
    const form = new URLSearchParams(await request.text());
    return Response.json(createdMessage(form), { status: 201 });
  });
  const servers: ServerProcess[] = [];
  try {
    const endpoint = await startEndpoint(PRODUCT_DATABASE, address);
    servers.push(endpoint);
    const supabaseUrl = `http://127.0.0.1:${endpoint.port}`;
    const server = await startFunctionProcess({
      args: [`--config=${product.config}`],
      entry: product.entry("sms-inbound"),
      env: {
        ...contenderEnvironment(supabaseUrl),
        TWILIO_API_BASE_URL: twilio.url,
        LLM_BASE_URL: `${timedModel.url}/v1`,
        LLM_MODEL: MODEL_NAME,
        TURN_WAIT_SECONDS: "0",
      },
    });
    servers.push(server);
    const roundTrips = async () => Number(await (await fetch(`${supabaseUrl}/count`)).json());
    const connection = await HttpConnection.open(server.port);
    const turns: Turn[] = [];
    for (const message of messagesOf(conversations, "40", count)) {
      const sent = new Promise<number>((resolve) => onSend = resolve);
      const before = { roundTrips: await roundTrips(), cpuMs: await server.cpuMs() };
      modelMs = 0;
      const startedAt = performance.now();
      await connection.send(requestOf("sms-inbound", message));
      const totalMs = await within(sent, () => server.errors) - startedAt;
      await untilStored(address, message.conversation.id);
      turns.push({
        totalMs,
        modelMs,
        roundTrips: await roundTrips() - before.roundTrips,
        cpuMs: await server.cpuMs() - before.cpuMs,
      });
    }
    connection.close();
    return turns;
  } finally {
    for (const server of servers) await server.stop();
    await Promise.all([model.stop(), timedModel.stop(), twilio.stop()]);
  }
}

/** Serves on a free port of 127.0.0.1. */
function serve(handle: (request: Request, path: string) => Promise<Response>) {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => handle(request, new URL(request.url).pathname),
  );
  return { url: `http://127.0.0.1:${server.addr.port}`, stop: () => server.shutdown() };
}

/** @see https://www.twilio.com/docs/messaging/api/message-resource */
function createdMessage(form: URLSearchParams) {
  return {
    sid: `SM${crypto.randomUUID().replaceAll("-", "")}`,
    status: "queued",
    to: form.get("To"),
    from: form.get("From"),
    body: form.get("Body"),
    num_segments: "1",
    num_media: "0",
    direction: "outbound-api",
    date_created: new Date().toUTCString(),
    error_code: null,
    error_message: null,
  };
}

async function within(sent: Promise<number>, errors: () => string): Promise<number> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) =>
    timer = setTimeout(
      () => reject(new Error(`The bot has sent no reply:\n${errors()}`)),
      TURN_WITHIN_MS,
    )
  );
  try {
    return await Promise.race([sent, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits until the reply has its SID. */
function untilStored(address: DatabaseAddress, conversationId: string): Promise<void> {
  return withSql(address(PRODUCT_DATABASE), async (sql) => {
    const deadline = performance.now() + TURN_WITHIN_MS;
    while (performance.now() < deadline) {
      const stored = await sql`select from recruiting_messages
        where conversation_id = ${conversationId} and direction = 'outbound' and message_sid is not null`;
      if (stored.length > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error("The reply's SID was not stored");
  });
}
