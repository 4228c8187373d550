/**
 * The measurements of one minute.
 *
 * @module
 */
import type postgres from "postgres";
import { functionProcesses } from "../function_memory.ts";
import { median } from "../table.ts";

/** The measured requests: a recruit's text, a callback, an agent's message. */
export const REQUESTS = ["inbound", "status", "send"] as const;

/** A kind of request. */
export type RequestKind = typeof REQUESTS[number];

/** The figures of one minute, by name: latencies in ms, memory in MiB. */
export type Figures = Record<string, number>;

/** The interval at which the processes' memory is read, in ms. */
const SAMPLE_EVERY_MS = 5_000;

/** Collects the figures of one minute. */
export class Minute {
  failed = 0;
  #startedAt = performance.now();
  #latencies: Record<RequestKind, number[]> = { inbound: [], status: [], send: [] };
  #memory = new Map<string, number[]>();
  #timer = setInterval(() => void this.#sample(), SAMPLE_EVERY_MS);

  /** Records the latency of an answer, in ms. */
  record(kind: RequestKind, ms: number): void {
    this.#latencies[kind].push(ms);
  }

  /** Ends the minute, and returns its figures. */
  async end(sql: postgres.Sql): Promise<Figures> {
    clearInterval(this.#timer);
    await this.#sample();
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const { inbound, status } = this.#latencies;
    const count = REQUESTS.reduce((sum, kind) => sum + this.#latencies[kind].length, 0);
    const [{ connections, rows }] = await sql<{ connections: number; rows: number }[]>`
      select (select count(*)::int from pg_stat_activity where datname = current_database()) as connections,
        (select count(*)::int from recruiting_messages)
          + (select count(*)::int from recruiting_message_events) as rows`;
    return {
      "requests/s": count / seconds,
      ...percentiles("inbound", inbound),
      ...percentiles("status", status),
      ...Object.fromEntries(
        [...this.#memory].map(([name, mib]) => [`RSS ${name}`, median(mib)]),
      ),
      connections,
      rows,
      failed: this.failed,
    };
  }

  async #sample(): Promise<void> {
    for (const { name, rssMib } of await functionProcesses()) {
      this.#memory.set(name, [...this.#memory.get(name) ?? [], rssMib]);
    }
  }
}

function percentiles(kind: RequestKind, ms: number[]): Figures {
  const sorted = [...ms].sort((a, b) => a - b);
  return Object.fromEntries([50, 95, 99].map((percent) => {
    const index = Math.min(sorted.length - 1, Math.floor(sorted.length * percent / 100));
    return [`${kind} p${percent}`, sorted[index] ?? NaN];
  }));
}
