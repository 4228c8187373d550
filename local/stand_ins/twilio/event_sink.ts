/**
 * A webhook sink of Event Streams: it delivers events in batches, at least once and in no order.
 *
 * | answer                                    | what the sink does                                  |
 * | ----------------------------------------- | --------------------------------------------------- |
 * | 200 to 204                                | the batch is delivered                              |
 * | 429, 5xx, no connection, none within 5 s  | posts the same batch again, after a growing wait    |
 * | anything else                             | drops the batch for good                            |
 *
 * Twilio may repeat events and change their order. Here the last hex digit of the event's id decides:
 * 0 to 3 also puts the event into the next batch, and c to f puts it only there. A batch is sorted by
 * id, which is no order of time.
 *
 * @see https://www.twilio.com/docs/events/webhook-quickstart
 * @module
 */
import { errorMessage } from "../../error_message.ts";
import type { CloudEvent } from "./cloud_event.ts";
import { postEvents, SINK_TIMEOUT_MS } from "./event_post.ts";

/** The wait before the first retry, in ms. Each further wait is twice as long, up to the longest. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15 * 60_000;

/** The waits of one batch, together, after which it is dropped, in ms. */
const RETRY_WITHIN_MS = 4 * 60 * 60_000;

/** The time for which a batch gathers events, in ms. */
const GATHER_MS = 250;

/** A batch that was dropped. */
export interface DroppedBatch {
  /** The number of events. */
  events: number;
  /** The id of the first one. */
  first_id: string;
  /** The reason, in words. */
  reason: string;
}

/** The options of a sink. */
export interface EventSinkOptions {
  url: string;
  /** The auth token that signs. */
  token: string;
  /** The most events of one batch. */
  batchSize: number;
  /** Whether events are repeated and their order is changed. */
  hasFaults: boolean;
  /** Waits. @throws {Error} If the sink stops meanwhile. */
  pause(ms: number): Promise<void>;
  /** Aborts the posts. */
  signal: AbortSignal;
  /** The time in which the sink must answer, in ms; 5000 by default. */
  timeoutMs?: number;
  /** Is called for each dropped batch. */
  onDrop(batch: DroppedBatch): void;
}

/** An event, and the number of batches that leave without it first. */
interface WaitingEvent {
  event: CloudEvent;
  skips: number;
}

/** Delivers events. */
export class EventSink {
  /** What has happened so far: requests, events delivered (each repeat counts), batches dropped. */
  readonly counts = { requests: 0, delivered: 0, dropped: 0 };
  #options: EventSinkOptions;
  #waiting: WaitingEvent[] = [];
  #running = new Set<Promise<void>>();
  #isGathering = false;

  constructor(options: EventSinkOptions) {
    this.#options = options;
  }

  /** Whether no event waits for its delivery. */
  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  /** Adds an event to the next batch. */
  add(event: CloudEvent): void {
    const { isRepeated, isLate } = this.#options.hasFaults
      ? faultsOf(event)
      : { isRepeated: false, isLate: false };
    this.#waiting.push({ event, skips: isLate ? 1 : 0 });
    if (isRepeated) this.#waiting.push({ event, skips: 1 });
    this.#gather();
  }

  /** Waits until every event is delivered or dropped. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    this.#run(
      this.#options.pause(GATHER_MS).then(() => {
        this.#isGathering = false;
        this.#deliverWaiting();
      }),
    );
  }

  #deliverWaiting(): void {
    const { batchSize } = this.#options;
    const due = this.#waiting.filter(({ skips }) => skips === 0).map(({ event }) => event)
      .sort((one, other) => one.id < other.id ? -1 : 1);
    this.#waiting = this.#waiting.filter(({ skips }) => skips > 0)
      .map(({ event, skips }) => ({ event, skips: skips - 1 }));
    for (let start = 0; start < due.length; start += batchSize) {
      this.#run(this.#deliver(due.slice(start, start + batchSize)));
    }
    if (this.#waiting.length > 0) this.#gather();
  }

  async #deliver(batch: CloudEvent[]): Promise<void> {
    const { pause } = this.#options;
    const body = JSON.stringify(batch);
    let [waitedMs, waitMs] = [0, FIRST_WAIT_MS];
    for (;;) {
      const outcome = await this.#post(body);
      if (outcome.kind === "delivered") {
        this.counts.delivered += batch.length;
        return;
      }
      if (outcome.kind === "refused") return this.#drop(batch, outcome.reason);
      if (waitedMs + waitMs > RETRY_WITHIN_MS) {
        return this.#drop(batch, `${outcome.reason}, for 4 hours`);
      }
      await pause(waitMs);
      waitedMs += waitMs;
      waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
    }
  }

  async #post(body: string): Promise<Outcome> {
    const { url, token, signal, timeoutMs = SINK_TIMEOUT_MS } = this.#options;
    this.counts.requests++;
    try {
      const { status } = await postEvents({ url, token, body, timeoutMs, signal });
      return outcomeOf(status);
    } catch (error) {
      signal.throwIfAborted();
      return { kind: "failed", reason: errorMessage(error) };
    }
  }

  #drop(batch: CloudEvent[], reason: string): void {
    this.counts.dropped++;
    this.#options.onDrop({ events: batch.length, first_id: batch[0].id, reason });
  }

  #run(work: Promise<void>): void {
    const done = work.catch((error) => {
      if (!this.#options.signal.aborted) throw error;
    }).finally(() => this.#running.delete(done));
    this.#running.add(done);
  }
}

/** The outcome of one post. */
type Outcome =
  | { kind: "delivered" }
  /** A retry may help. */
  | { kind: "failed"; reason: string }
  /** No retry follows. */
  | { kind: "refused"; reason: string };

function outcomeOf(status: number): Outcome {
  if (status >= 200 && status <= 204) return { kind: "delivered" };
  const reason = `The sink answered ${status}`;
  return { kind: status === 429 || status >= 500 ? "failed" : "refused", reason };
}

/** Whether an event is delivered twice, or in a later batch. */
function faultsOf({ id }: CloudEvent): { isRepeated: boolean; isLate: boolean } {
  const digit = parseInt(id.slice(-1), 16);
  return { isRepeated: digit < 0x4, isLate: digit >= 0xc };
}
