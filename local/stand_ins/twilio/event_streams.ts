/**
 * Event Streams: the subscription to the account's events, switched on over HTTP.
 *
 * The forms of webhooks are what the stand-in delivers by default, as Twilio does. `POST
 * /event-streams` with a JSON object (Subscription) subscribes the function twilio-events to the
 * account's events from now on, `DELETE /event-streams` ends that, and `GET /event-streams` tells the
 * state. With {"forms": false} texts and statuses are told by events alone.
 *
 * @see https://www.twilio.com/docs/events
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod/v3";
import { parseJson } from "../../parse_json.ts";
import type { TwilioAccount } from "./account.ts";
import { withoutChannel } from "./address.ts";
import {
  type CloudEvent,
  errorEvent,
  EVENT_STATUSES,
  EVENT_TYPES,
  inboundEvent,
  type LoggedError,
  statusEvent,
} from "./cloud_event.ts";
import { type DroppedBatch, EventSink } from "./event_sink.ts";
import { type Answer, type Call, isJson } from "./http.ts";
import { behaviourOf } from "./magic_numbers.ts";
import type { Message } from "./message_log.ts";
import { statusChangeOf } from "./webhook_forms.ts";

/** The JSON of `POST /event-streams`. */
export const Subscription = z.object({
  /** The types of events; all by default. */
  types: z.array(z.enum(EVENT_TYPES as [string, ...string[]])).min(1).default(EVENT_TYPES),
  /** The most events of one request. */
  batch: z.number().int().min(1).max(1000).default(1000),
  /** Whether events are repeated and their order is changed. */
  faults: z.boolean().default(true),
  /** Whether texts and statuses are also told by the forms of webhooks. */
  forms: z.boolean().default(true),
}).strict();

/** A subscription before the checks. */
export type Subscription = z.input<typeof Subscription>;

/** The JSON of `GET /event-streams`. */
export interface EventStreamsState {
  /** The sink's destination. */
  url: string | null;
  subscription: z.output<typeof Subscription> | null;
  /** Whether no event waits for its delivery. */
  is_idle: boolean;
  /** The requests of the newest subscription. */
  requests: number;
  /** Its delivered events. A repeat counts, too. */
  delivered: number;
  /** Its dropped batches. */
  dropped: number;
  /** The newest dropped batches of all subscriptions. */
  dropped_batches: DroppedBatch[];
}

/** The counts before the first subscription. */
const NO_COUNTS: EventSink["counts"] = { requests: 0, delivered: 0, dropped: 0 };

/** The most dropped batches that the state lists. */
const MAX_DROPPED = 20;

/** The options of Event Streams. */
export interface EventStreamsOptions {
  account: TwilioAccount;
  /** The sink's destination, such as …/functions/v1/twilio-events; undefined for none. */
  url: string | undefined;
  /** The factor for all waits. */
  pace: number;
  /** The time in which the sink must answer, in ms; 5000 by default. */
  timeoutMs?: number;
}

/** The account's events. */
export class EventStreams {
  #options: EventStreamsOptions;
  #stopping = new AbortController();
  #subscription: z.infer<typeof Subscription> | undefined;
  /** The sinks of this and of earlier subscriptions, newest first. */
  #sinks: EventSink[] = [];
  #dropped: DroppedBatch[] = [];

  constructor(options: EventStreamsOptions) {
    this.#options = options;
  }

  /** Whether texts and statuses are told by the forms of webhooks. */
  get hasForms(): boolean {
    return this.#subscription?.forms ?? true;
  }

  /** Answers a call of /event-streams. */
  answer(call: Call): Answer {
    switch (call.method) {
      case "POST": {
        if (!isJson(call)) return { status: 415, body: { message: "It must be application/json" } };
        const subscription = Subscription.safeParse(parseJson(call.body));
        if (!subscription.success) {
          const [{ path, message }] = subscription.error.issues;
          return { status: 400, body: { message: `${path.join(".") || "The body"}: ${message}` } };
        }
        const { url } = this.#options;
        if (!url) return { status: 409, body: { message: "There is no URL for events" } };
        this.#subscribe(url, subscription.data);
        return { status: 200, body: this.#state };
      }
      case "GET":
        return { status: 200, body: this.#state };
      case "DELETE":
        this.#subscription = undefined;
        return { status: 204 };
      default:
        return { status: 405, body: { message: `${call.method} is not allowed here` } };
    }
  }

  /** Tells of an outbound message's new status. */
  tellStatus(message: Message): void {
    const status = EVENT_STATUSES.find((status) => status === message.status);
    if (!status || isSilent(message.to)) return;
    this.#tell(statusEvent(
      {
        ...statusChangeOf(message),
        status,
        body: message.body,
        numSegments: message.numSegments,
        statusCallback: message.statusCallback ?? undefined,
      },
      this.#options.account.accountSid,
      message.dateUpdated,
    ));
  }

  /** Tells of a recruit's text. */
  tellText(message: Message): void {
    if (isSilent(message.from)) return;
    const { sid, from, to, body, fields, messagingServiceSid, dateCreated } = message;
    this.#tell(inboundEvent(
      {
        messageSid: sid,
        from,
        to,
        body,
        media: message.media.map(({ url, content_type }) => ({
          url,
          content_type: content_type ?? "",
        })),
        fields,
        messagingServiceSid: messagingServiceSid ?? undefined,
      },
      this.#options.account.accountSid,
      dateCreated,
    ));
  }

  /** Tells of an entry in the error log. */
  tellError(error: LoggedError): void {
    this.#tell(errorEvent(error, this.#options.account.accountSid, new Date()));
  }

  /** Aborts all deliveries. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#sinks.map((sink) => sink.idle()));
  }

  #tell(event: CloudEvent): void {
    if (this.#subscription?.types.includes(event.type)) this.#sinks[0].add(event);
  }

  #subscribe(url: string, subscription: z.infer<typeof Subscription>): void {
    const { account, pace, timeoutMs } = this.#options;
    const { signal } = this.#stopping;
    this.#subscription = subscription;
    const sink = new EventSink({
      url,
      token: account.signingToken,
      batchSize: subscription.batch,
      hasFaults: subscription.faults,
      pause: (ms) => delay(ms * pace, undefined, { ref: false, signal }),
      signal,
      timeoutMs,
      onDrop: (batch) => {
        console.error(JSON.stringify({ level: "error", event: "twilio_events_dropped", ...batch }));
        this.#dropped = [batch, ...this.#dropped].slice(0, MAX_DROPPED);
      },
    });
    this.#sinks.unshift(sink);
  }

  get #state(): EventStreamsState {
    return {
      url: this.#options.url ?? null,
      subscription: this.#subscription ?? null,
      is_idle: this.#sinks.every(({ isIdle }) => isIdle),
      ...(this.#sinks.at(0)?.counts ?? NO_COUNTS),
      dropped_batches: this.#dropped,
    };
  }
}

/** Whether the magic number of a recruit loses all that Twilio tells. */
function isSilent(phone: string): boolean {
  return behaviourOf(withoutChannel(phone)).kind === "webhooks_lost";
}
