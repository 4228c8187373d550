/**
 * The sinks of Event Streams and their subscriptions.
 *
 * @see https://www.twilio.com/docs/events
 * @module
 */
import type { Twilio } from "twilio";
import { z } from "zod/v3";

/** The description of the project's own sink and subscription. */
export const DESCRIPTION = "Recruiting SMS: twilio-events";

/** Within this time of its creation a sink may still be on its way to `active`, in ms. */
const ACTIVATION_MS = 600_000;

/**
 * The members of a webhook sink's configuration. A flag may come as text. A member that is missing, null or of another
 * type counts as not set: another owner's sink must not stop the command.
 */
const Configuration = z.object({
  destination: z.string().catch(""),
  method: z.string().catch(""),
  batch_events: z.union([z.boolean(), z.string()]).catch("").transform(String),
});

/** A webhook sink. */
export interface Sink {
  /** `DG` and 32 hexadecimal digits. */
  sid: string;
  description: string;
  destination: string;
  method: string;
  batchEvents: string;
  /** `initialized`, `validating`, `active` or `failed`. */
  status: string;
  /** Whether it is active, or has just been created. */
  isUsable: boolean;
}

/** A subscription, which sends the events of its types to one sink. */
export interface Subscription {
  /** `DF` and 32 hexadecimal digits. */
  sid: string;
  sinkSid: string;
}

/** Reads the webhook sinks of the account. */
export async function webhookSinks(twilio: Twilio): Promise<Sink[]> {
  const sinks = await twilio.events.v1.sinks.list();
  return sinks.filter(({ sinkType }) => sinkType === "webhook").map((sink) => {
    const configuration = Configuration.parse(sink.sinkConfiguration ?? {});
    const age = Date.now() - (sink.dateCreated?.getTime() ?? 0);
    return {
      sid: sink.sid,
      description: sink.description,
      destination: configuration.destination,
      method: configuration.method,
      batchEvents: configuration.batch_events,
      status: sink.status,
      isUsable: sink.status === "active" || (sink.status !== "failed" && age < ACTIVATION_MS),
    };
  });
}

/** Whether the project has made a sink: only then may it be changed. */
export function isOurs({ description, destination }: Sink): boolean {
  return description === DESCRIPTION && destination.endsWith("/twilio-events");
}

/** Reads the subscriptions of some sinks. */
export async function subscriptionsOf(twilio: Twilio, sinks: Sink[]): Promise<Subscription[]> {
  if (sinks.length === 0) return [];
  const sids = new Set(sinks.map(({ sid }) => sid));
  const subscriptions = await twilio.events.v1.subscriptions.list();
  return subscriptions.filter(({ sinkSid }) => sids.has(sinkSid))
    .map(({ sid, sinkSid }) => ({ sid, sinkSid }));
}

/** Reads the schema version of each type that a subscription has. */
export async function subscribedTypes(
  twilio: Twilio,
  subscriptionSid: string,
): Promise<Map<string, number>> {
  const types = await twilio.events.v1.subscriptions(subscriptionSid).subscribedEvents.list();
  return new Map(types.map(({ type, schemaVersion }) => [type, schemaVersion]));
}
