/**
 * Event Streams: each event of the account goes to the sinks whose subscription has its type.
 *
 * Twilio's API makes sinks and subscriptions (resources/). There are none at first: like Twilio, the
 * stand-in then posts the forms of webhooks alone. `POST /event-streams` with a JSON object
 * (Subscription) makes a sink at the function twilio-events and a subscription of it, in the place of
 * those that it made before; `DELETE /event-streams` deletes them, and `GET /event-streams` answers with
 * the state. With {"forms": false} texts and statuses are posted as events alone.
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
import type { AccountResources } from "./resources/account_resources.ts";
import { newSink, type Sink } from "./resources/event_sinks.ts";
import { type EventSubscription, newSubscription } from "./resources/event_subscriptions.ts";
import { newestVersionOf } from "./resources/event_types.ts";
import { statusChangeOf } from "./webhook_forms.ts";

/** The most events of one request. */
const MAX_BATCH = 1000;

/** The JSON of `POST /event-streams`. */
export const Subscription = z.object({
  /** The types of events; all by default. */
  types: z.array(z.enum(EVENT_TYPES as [string, ...string[]])).min(1).default(EVENT_TYPES),
  /** The most events of one request. */
  batch: z.number().int().min(1).max(MAX_BATCH).default(MAX_BATCH),
  /** Whether events are repeated and their order is changed. */
  faults: z.boolean().default(true),
  /** Whether texts and statuses are also posted as the forms of webhooks. */
  forms: z.boolean().default(true),
}).strict();

/** A subscription before the checks. */
export type Subscription = z.input<typeof Subscription>;

/** How the events of a subscription are delivered. */
type Manner = Pick<z.output<typeof Subscription>, "batch" | "faults" | "forms">;

/** The sink and the subscription that `POST /event-streams` has made. */
interface OwnSubscription {
  sink: Sink;
  subscription: EventSubscription;
  manner: Manner;
}

/** The JSON of `GET /event-streams`. */
export interface EventStreamsState {
  /** The destination of the newest subscription, or of the next one. */
  url: string | null;
  /** The newest subscription. */
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
  resources: Pick<AccountResources, "sinks" | "subscriptions">;
  /** The destination of `POST /event-streams`, such as …/functions/v1/twilio-events; undefined for none. */
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
  #own: OwnSubscription | undefined;
  /** The deliveries of each subscription, also of deleted ones, by the subscription's SID. */
  #deliveries = new Map<string, EventSink>();
  #dropped: DroppedBatch[] = [];

  constructor(options: EventStreamsOptions) {
    this.#options = options;
  }

  /** Whether texts and statuses are posted as the forms of webhooks. */
  get hasForms(): boolean {
    const { subscriptions } = this.#options.resources;
    // Twilio's API may have deleted the subscription meanwhile.
    const isDeleted = !this.#own || !subscriptions.find(this.#own.subscription.sid);
    return isDeleted || this.#own?.manner.forms !== false;
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
        this.#unsubscribe();
        this.#subscribe(url, subscription.data);
        return { status: 200, body: this.#state };
      }
      case "GET":
        return { status: 200, body: this.#state };
      case "DELETE":
        this.#unsubscribe();
        return { status: 204 };
      default:
        return { status: 405, body: { message: `${call.method} is not allowed here` } };
    }
  }

  /** Posts an outbound message's new status. */
  postStatus(message: Message): void {
    const status = EVENT_STATUSES.find((status) => status === message.status);
    if (!status || isSilent(message.to)) return;
    this.#post(statusEvent(
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

  /** Posts a recruit's text. */
  postText(message: Message): void {
    if (isSilent(message.from)) return;
    const { sid, from, to, body, fields, messagingServiceSid, dateCreated } = message;
    this.#post(inboundEvent(
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

  /** Posts an entry of the error log. */
  postError(error: LoggedError): void {
    this.#post(errorEvent(error, this.#options.account.accountSid, new Date()));
  }

  /** Aborts all deliveries. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#deliveries.values()].map((delivery) => delivery.idle()));
  }

  #post(event: CloudEvent): void {
    const { sinks, subscriptions } = this.#options.resources;
    for (const subscription of subscriptions.all) {
      const type = subscription.types.find(event.type);
      const sink = sinks.find(subscription.sinkSid);
      if (!type || sink?.status !== "active") continue;
      this.#deliveryOf(subscription, sink).add(inVersion(event, type.schemaVersion));
    }
  }

  #subscribe(url: string, { types, ...manner }: z.output<typeof Subscription>): void {
    const { sinks, subscriptions } = this.#options.resources;
    const description = "Made by POST /event-streams";
    const configuration = { destination: url, method: "POST" as const, batch_events: true };
    const sink = sinks.add(newSink(description, configuration));
    const versions = types.map((type): [string, number] => [type, newestVersionOf(type) ?? 1]);
    const subscription = subscriptions.add(newSubscription(description, sink.sid, versions));
    this.#own = { sink, subscription, manner };
    this.#deliveryOf(subscription, sink);
  }

  #unsubscribe(): void {
    const { sinks, subscriptions } = this.#options.resources;
    if (this.#own) {
      subscriptions.remove(this.#own.subscription);
      sinks.remove(this.#own.sink);
    }
    this.#own = undefined;
  }

  #mannerOf(subscription: EventSubscription, { configuration }: Sink): Manner {
    if (this.#own?.subscription === subscription) return this.#own.manner;
    return { batch: configuration.batch_events ? MAX_BATCH : 1, faults: true, forms: true };
  }

  #deliveryOf(subscription: EventSubscription, sink: Sink): EventSink {
    const present = this.#deliveries.get(subscription.sid);
    if (present) return present;
    const { account, pace, timeoutMs } = this.#options;
    const { signal } = this.#stopping;
    const { batch, faults } = this.#mannerOf(subscription, sink);
    const delivery = new EventSink({
      url: sink.configuration.destination,
      token: account.signingToken,
      batchSize: batch,
      hasFaults: faults,
      pause: (ms) => delay(ms * pace, undefined, { ref: false, signal }),
      signal,
      timeoutMs,
      onDrop: (batch) => {
        console.error(JSON.stringify({ level: "error", event: "twilio_events_dropped", ...batch }));
        this.#dropped = [batch, ...this.#dropped].slice(0, MAX_DROPPED);
      },
    });
    this.#deliveries.set(subscription.sid, delivery);
    return delivery;
  }

  get #state(): EventStreamsState {
    const { url, resources: { sinks, subscriptions } } = this.#options;
    const [newest] = subscriptions.all;
    const sink = newest && sinks.find(newest.sinkSid);
    const deliveries = [...this.#deliveries.values()];
    const delivery = newest ? this.#deliveries.get(newest.sid) : deliveries.at(-1);
    return {
      url: sink?.configuration.destination ?? url ?? null,
      subscription: sink
        ? {
          types: newest.types.all.map(({ sid }) => sid).reverse(),
          ...this.#mannerOf(newest, sink),
        }
        : null,
      is_idle: deliveries.every(({ isIdle }) => isIdle),
      ...(delivery?.counts ?? NO_COUNTS),
      dropped_batches: this.#dropped,
    };
  }
}

/** An event with the schema's version of a subscription. */
function inVersion(event: CloudEvent, version: number): CloudEvent {
  return { ...event, dataschema: event.dataschema.replace(/\d+$/, String(version)) };
}

/** Whether the magic number of a recruit loses all that Twilio posts. */
function isSilent(phone: string): boolean {
  return behaviourOf(withoutChannel(phone)).kind === "webhooks_lost";
}
