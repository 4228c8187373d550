/**
 * What the one database call of a webhook costs in Postgres, on a direct connection. The calls are those
 * that the functions make, with new MessageSids and phones.
 *
 * @module
 */
import postgres from "postgres";
import { median } from "../table.ts";
import type { Contender } from "./contenders.ts";
import type { DatabaseAddress } from "./databases.ts";
import type { DatabaseCall, Deployed } from "./deployed.ts";
import { type Message, requestOf, type Webhook } from "./requests.ts";
import { openCatalog } from "./rest/catalog.ts";
import { sendTo } from "./rounds.ts";
import type { Cost } from "./statement_costs.ts";
import { percentile } from "./statistics.ts";

/** A kind of call. */
export interface DirectCall {
  webhook: Webhook;
  /** Whether agents are told, because the bot does not answer the conversation. */
  isBroadcast: boolean;
  /** The messages, one for each call. The call of the first one is the model of all others. */
  messages: Message[];
}

/** The cost of a kind of call. */
export interface DirectCost extends Pick<DirectCall, "webhook" | "isBroadcast"> {
  contender: Contender["name"];
  /** The time of the call with its commit and the way to Postgres and back, in ms. */
  callMs: number;
  /** The function alone. Pages and WAL are medians. */
  cost: Cost;
}

/** A call that is prepared for other messages than that which it was made for. */
interface PreparedCall {
  /** Makes the call, and returns its time in ms. */
  time(message: Message): Promise<number>;
  /** Makes the call, and returns its cost in Postgres. */
  explain(message: Message): Promise<Cost>;
}

/** Calls before those that count: plpgsql plans each of the first five with its values. */
const WARM_UP = 10;

/** The percentile that stands for the time of a call: other work of the machine only makes it longer. */
const UNDISTURBED = 0.1;

/** The number of messages that a kind of call needs. */
export function messagesNeeded(count: number): number {
  return 1 + WARM_UP + 2 * count;
}

/** Measures calls. The kinds of call and the contenders take turns. */
export async function measureDirectCalls(
  contenders: Deployed[],
  calls: DirectCall[],
  address: DatabaseAddress,
): Promise<DirectCost[]> {
  const connections = contenders.map(({ contender }) =>
    postgres(address(contender.database, "authenticator"), { max: 1 })
  );
  try {
    const measured: (Omit<DirectCost, "cost" | "callMs"> & {
      call: PreparedCall;
      times: number[];
      costs: Cost[];
    })[] = [];
    for (const [index, deployed] of contenders.entries()) {
      await connections[index]`select set_config('role', 'service_role', false)`;
      for (const { webhook, isBroadcast, messages: [model] } of calls) {
        await sendTo(deployed, webhook, [requestOf(webhook, model)], 1);
        const name = `direct_${measured.length}`;
        const call = await prepare(connections[index], name, await deployed.lastCall(), model);
        const { contender: { name: contender } } = deployed;
        measured.push({ webhook, isBroadcast, contender, call, times: [], costs: [] });
      }
    }
    for (let number = 1; number < calls[0].messages.length; number++) {
      for (const [index, { call, times, costs }] of measured.entries()) {
        const message = calls[index % calls.length].messages[number];
        if (number <= WARM_UP) await call.time(message);
        else if (number % 2 === 0) times.push(await call.time(message));
        else costs.push(await call.explain(message));
      }
    }
    return measured.map(({ webhook, isBroadcast, contender, times, costs }) => {
      const of = (figure: keyof Cost) => costs.map((cost) => cost[figure]);
      const cost = {
        ms: percentile(of("ms"), UNDISTURBED),
        pages: median(of("pages")),
        walBytes: median(of("walBytes")),
      };
      return { webhook, isBroadcast, contender, callMs: percentile(times, UNDISTURBED), cost };
    });
  } finally {
    await Promise.all(connections.map((connection) => connection.end()));
  }
}

/**
 * Prepares a call.
 *
 * @param model The message that the call was made for.
 * @see https://www.postgresql.org/docs/17/sql-explain.html
 */
async function prepare(
  sql: postgres.Sql,
  statement: string,
  { name, args }: DatabaseCall,
  model: Message,
): Promise<PreparedCall> {
  const { types } = await openCatalog(sql).function(name);
  const names = Object.keys(args);
  const list = names.map((arg, index) => `"${arg}" := $${index + 1}::${types.get(arg)}`);
  await sql.unsafe(
    `prepare ${statement} (${
      names.map(() => "text").join()
    }) as select * from public."${name}"(${list})`,
  );
  const execute = (message: Message) => {
    const literals = names.map((arg) => literal(args[arg], model, message));
    return `execute ${statement} (${literals.join()})`;
  };
  return {
    async time(message) {
      const text = execute(message);
      const startedAt = performance.now();
      await sql.unsafe(text);
      return performance.now() - startedAt;
    },
    async explain(message) {
      const [row] = await sql.unsafe(
        `explain (analyze, buffers, wal, format json) ${execute(message)}`,
      );
      const [{ Plan: plan, "Execution Time": ms }] = row["QUERY PLAN"];
      return {
        ms,
        pages: plan["Shared Hit Blocks"] + plan["Shared Read Blocks"],
        walBytes: plan["WAL Bytes"],
      };
    },
  };
}

function literal(value: unknown, model: Message, message: Message): string {
  if (value === null || value === undefined) return "null";
  const text = (typeof value === "string" ? value : JSON.stringify(value))
    .replaceAll(model.messageSid, message.messageSid)
    .replaceAll(model.conversation.recruitPhone, message.conversation.recruitPhone);
  return `'${text.replaceAll("'", "''")}'`;
}
