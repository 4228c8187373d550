/**
 * The steady load: recruits text the bot, agents and closed conversations, messages are delivered,
 * and agents answer.
 *
 * @module
 */
import type postgres from "postgres";
import { exampleSettings } from "../../local/settings/environment.ts";
import { apiUrl, type Ports } from "../../local/settings/addresses.ts";
import { accountOf } from "../../local/stand_ins/twilio/account.ts";
import { inboundForm, statusForm } from "../../local/stand_ins/twilio/webhook_forms.ts";
import { postToWebhook } from "../../local/stand_ins/twilio/webhook.ts";
import type { RequestKind } from "./minute.ts";
import { atRate } from "./pace.ts";
import type { Screen } from "./screens.ts";

/**
 * The requests a second. The stand-in's callbacks for messages of the bot and the agents come on
 * top.
 */
const RATES = { texts: 10, callbacks: 10, sends: 1 };

/** The status of the conversations that get the texts, in turn. */
const TEXTS_TO = ["bot", "escalated", "bot", "escalated", "closed"] as const;

/** The number of conversations of each status. */
const CONVERSATIONS = 20;

/** The number of texts of a recruit to the bot, after which another recruit follows. */
const TEXTS_TO_BOT = 4;

/** The number of messages in delivery before the oldest one is delivered. */
const DELIVERED_AFTER = 20;

const OUR_NUMBER = "+15550100000";
const QUESTIONS = [
  "Hi, is the job still open?",
  "What does it pay?",
  "Where is it? I have no car.",
  "I could start on Monday \u{1F44D}",
];

/** A conversation. */
interface Conversation {
  id: string;
  phone: string;
  /** The agent's index among the screens. */
  agent: number;
}

/** The options of the load. */
export interface LoadOptions {
  ports: Ports;
  sql: postgres.Sql;
  screens: Screen[];
  /**
   * Called for each answer, with the time since the request was due, in ms, and the problem, if
   * any.
   */
  onAnswer(kind: RequestKind, ms: number, problem?: string): void;
}

/** A running load. */
export interface Load {
  /** The number of texts for which an agent should have received an event. */
  texts(agent: number): number;
  stop(): Promise<void>;
}

/** Starts the load. */
export async function startLoad({ ports, sql, screens, onAnswer }: LoadOptions): Promise<Load> {
  const { accountSid, signingToken: token } = accountOf(await exampleSettings());
  let recruits = 0;
  const begin = async (status: string, agent: number): Promise<Conversation> => {
    const phone = `+1555017${String(++recruits).padStart(7, "0")}`;
    const agentId = status === "bot" ? null : screens[agent].agentId;
    const [{ id }] = await sql<{ id: string }[]>`
      select recruiting_start_conversation(
        channel => 'sms', recruit_phone => ${phone}, twilio_phone => ${OUR_NUMBER},
        status => ${status}, assigned_agent_id => ${agentId}
      ) as id`;
    return { id, phone, agent };
  };
  const beginMany = (status: string) =>
    Promise.all(
      Array.from({ length: CONVERSATIONS }, (_, index) => begin(status, index % screens.length)),
    );
  const conversations = {
    bot: await beginMany("bot"),
    escalated: await beginMany("escalated"),
    closed: await beginMany("closed"),
  };
  const announced = screens.map(() => 0);

  const deliver = async (
    kind: "inbound" | "status",
    form: Record<string, string>,
    dueAt: number,
  ): Promise<boolean> => {
    const url = `${apiUrl(ports)}/functions/v1/sms-${kind}`;
    const problem = await postToWebhook({ url, token, form, idempotencyToken: crypto.randomUUID() })
      .then(({ status }) => status === 200 ? undefined : `sms-${kind} answered ${status}`)
      .catch(() => `sms-${kind} did not answer`);
    onAnswer(kind, performance.now() - dueAt, problem);
    return problem === undefined;
  };

  let texts = 0;
  const text = async (dueAt: number) => {
    const number = texts++;
    const to = TEXTS_TO[number % TEXTS_TO.length];
    const round = Math.floor(number / TEXTS_TO.length);
    const index = round % CONVERSATIONS;
    const { phone, agent } = conversations[to][index];
    const question = Math.floor(round / CONVERSATIONS) % QUESTIONS.length;
    const form = inboundForm({
      messageSid: newSid(),
      from: phone,
      to: OUR_NUMBER,
      body: QUESTIONS[question],
      media: [],
    }, accountSid);
    const isAccepted = await deliver("inbound", form, dueAt);
    if (isAccepted && to !== "bot") announced[agent]++;
  };

  const inDelivery: string[] = [];
  let callbacks = 0;
  const callback = async (dueAt: number) => {
    const isDelivery = ++callbacks % 2 === 0 && inDelivery.length > DELIVERED_AFTER;
    const messageSid = isDelivery ? inDelivery.shift() ?? "" : newSid();
    const { id, phone } = conversations.escalated[callbacks % CONVERSATIONS];
    if (!isDelivery) {
      await sql`
        insert into recruiting_messages
          (conversation_id, direction, sender_type, body, status, message_sid, begun_at)
        values (${id}, 'outbound', 'agent', 'Hi', 'queued', ${messageSid}, now())`;
      inDelivery.push(messageSid);
    }
    const form = statusForm({
      messageSid,
      status: isDelivery ? "delivered" : "sent",
      from: OUR_NUMBER,
      to: phone,
    }, accountSid);
    await deliver("status", form, isDelivery ? dueAt : performance.now());
  };

  let sends = 0;
  const send = async (dueAt: number) => {
    const { id, agent } = conversations.escalated[sends++ % CONVERSATIONS];
    const status = await screens[agent].send(id, "When can you start?").catch(() => undefined);
    const isGood = status === 200 || status === 202;
    const problem = isGood ? undefined : `sms-send answered ${status ?? "nothing"}`;
    onAnswer("send", performance.now() - dueAt, problem);
  };

  /** Replaces a recruit who has sent enough texts to the bot. */
  let replaced = 0;
  const replace = async () => {
    conversations.bot[replaced++ % CONVERSATIONS] = await begin("bot", 0);
  };

  const toBot = TEXTS_TO.filter((status) => status === "bot").length / TEXTS_TO.length;
  const paces = [
    atRate(RATES.texts, text),
    atRate(RATES.callbacks, callback),
    atRate(RATES.sends, send),
    atRate(RATES.texts * toBot / TEXTS_TO_BOT, replace),
  ];
  return {
    texts: (agent) => announced[agent],
    async stop() {
      await Promise.all(paces.map((pace) => pace.stop()));
    },
  };
}

function newSid(): string {
  return `SM${crypto.randomUUID().replaceAll("-", "")}`;
}
