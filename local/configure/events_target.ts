/**
 * The sink of Event Streams at `twilio-events`, with its subscription.
 *
 * A sink's destination and status cannot be changed. So a sink that is not right is replaced: the new one and
 * its subscription are made first, so that no event is missed meanwhile.
 *
 * @see https://www.twilio.com/docs/events
 * @module
 */
import type { Twilio } from "twilio";
import { sinkUrl } from "../project/webhook_urls.ts";
import {
  DESCRIPTION,
  isOurs,
  type Sink,
  subscribedTypes,
  type Subscription,
  subscriptionsOf,
  webhookSinks,
} from "./event_resources.ts";
import { EVENT_TYPES } from "./event_types.ts";
import {
  type Setting,
  setting,
  type Step,
  type Target,
  targetOf,
  type Warning,
} from "./settings.ts";

/** What the account has of the project's own. */
interface Found {
  /** The sink that stays, and its subscription. */
  sink: Sink | undefined;
  subscription: Subscription | undefined;
  /** The schema version by type. */
  types: Map<string, number>;
  /** What is deleted: sinks that are not right or doubled, and every other subscription. */
  oldSinks: Sink[];
  oldSubscriptions: Subscription[];
}

/**
 * Reads the project's sink and subscription. They are known by their description and by a destination that
 * ends in `/twilio-events`; sinks of other owners are left alone.
 *
 * @param functionsUrl The functions' public base URL, without a slash at the end.
 */
export async function eventsTarget(twilio: Twilio, functionsUrl: string): Promise<Target> {
  const destination = sinkUrl(functionsUrl);
  const sinks = await webhookSinks(twilio);
  const found = await findOurs(twilio, sinks.filter(isOurs), destination);
  return targetOf({
    kind: "events",
    label: "Event Streams",
    settings: settingsOf(found, destination),
    warnings: foreignSinks(sinks, destination),
    steps: stepsOf(twilio, found, destination),
  });
}

async function findOurs(twilio: Twilio, ours: Sink[], destination: string): Promise<Found> {
  const subscriptions = await subscriptionsOf(twilio, ours);
  const hasSubscription = (sink: Sink) => subscriptions.some(({ sinkSid }) => sinkSid === sink.sid);
  const right = ours.filter((sink) =>
    sink.destination === destination && sink.method === "POST" && sink.batchEvents === "true" &&
    sink.isUsable
  );
  const sink = right.find(hasSubscription) ?? right[0];
  const subscription = subscriptions.find(({ sinkSid }) => sinkSid === sink?.sid);
  return {
    sink,
    subscription,
    types: subscription ? await subscribedTypes(twilio, subscription.sid) : new Map(),
    oldSinks: ours.filter((other) => other !== sink),
    oldSubscriptions: subscriptions.filter((other) => other !== subscription),
  };
}

function settingsOf(found: Found, destination: string): Setting[] {
  const { sink, subscription, types } = found;
  // Of a sink that is replaced the table shows what is wrong with it.
  const before = sink ?? found.oldSinks[0];
  return [
    setting("destination", before?.destination, destination),
    setting("method", before?.method, "POST"),
    setting("batch_events", before?.batchEvents, "true"),
    setting("status", before?.isUsable ? "active" : before?.status, "active"),
    setting("subscription", subscription?.sid, subscription?.sid ?? "a new one"),
    ...Object.entries(EVENT_TYPES).map(([type, version]) =>
      setting(
        type.replace(/^com\.twilio\.(messaging\.)?/, ""),
        shownVersion(types.get(type)),
        shownVersion(version),
      )
    ),
    ...found.oldSubscriptions.map(({ sid }) => setting("old subscription", sid, "deleted")),
    ...found.oldSinks.map(({ sid }) => setting("old sink", sid, "deleted")),
  ];
}

function shownVersion(version: number): string;
function shownVersion(version: number | undefined): string | null;
function shownVersion(version: number | undefined): string | null {
  return version === undefined ? null : `version ${version}`;
}

function foreignSinks(sinks: Sink[], destination: string): Warning[] {
  return sinks.filter((sink) => sink.destination === destination && !isOurs(sink)).map((
    { sid },
  ) => ({
    kind: "foreign_sink",
    message:
      `The sink ${sid} has the same destination and another description, so another owner made it: each of its events comes twice. Delete it if it is not needed.`,
  }));
}

function stepsOf(twilio: Twilio, found: Found, destination: string): Step[] {
  const { sinks, subscriptions } = twilio.events.v1;
  let sinkSid = found.sink?.sid ?? "";
  const steps: Step[] = [];
  if (!found.sink) {
    steps.push({
      label: "create the sink",
      async apply() {
        const created = await sinks.create({
          description: DESCRIPTION,
          sinkConfiguration: { destination, method: "POST", batch_events: true },
          sinkType: "webhook",
        });
        sinkSid = created.sid;
      },
    });
  }
  if (found.subscription) {
    steps.push(...typeSteps(twilio, found.subscription.sid, found.types));
  } else {
    steps.push({
      label: "create the subscription",
      async apply() {
        await subscriptions.create({
          description: DESCRIPTION,
          sinkSid,
          types: Object.entries(EVENT_TYPES).map(([type, schema_version]) => ({
            type,
            schema_version,
          })),
        });
      },
    });
  }
  for (const { sid } of found.oldSubscriptions) {
    steps.push({
      label: `delete the subscription ${sid}`,
      apply: () => deleted(subscriptions(sid).remove()),
    });
  }
  for (const { sid } of found.oldSinks) {
    steps.push({ label: `delete the sink ${sid}`, apply: () => deleted(sinks(sid).remove()) });
  }
  return steps;
}

function typeSteps(twilio: Twilio, subscriptionSid: string, types: Map<string, number>): Step[] {
  const { subscribedEvents } = twilio.events.v1.subscriptions(subscriptionSid);
  return Object.entries(EVENT_TYPES).filter(([type, version]) => types.get(type) !== version)
    .map(([type, schemaVersion]) => ({
      label: `subscribe ${type}`,
      async apply() {
        if (types.has(type)) await subscribedEvents(type).update({ schemaVersion });
        else await subscribedEvents.create({ type, schemaVersion });
      },
    }));
}

/** Waits for a deletion. A resource that is gone is as good as deleted, so that repeating is safe. */
async function deleted(removal: Promise<boolean>): Promise<void> {
  await removal.catch((error) => {
    if (error?.status !== 404) throw error;
  });
}
