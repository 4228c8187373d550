/**
 * The Subscription resource of Twilio's Event Streams: which events a sink gets.
 *
 * @see https://www.twilio.com/docs/events/event-streams/subscription
 * @module
 */
import { z } from "zod/v3";
import { parseJson } from "../../../parse_json.ts";
import type { TwilioAccount } from "../account.ts";
import { notFound, TwilioError } from "../errors.ts";
import openapi from "../events_openapi.json" with { type: "json" };
import { newSid } from "../message_log.ts";
import { checkForm, checkQuery } from "../openapi.ts";
import type { PageParameters } from "../paging.ts";
import { newestVersionOf } from "./event_types.ts";
import type { Sink } from "./event_sinks.ts";
import { get, invalid, noParameters, type Operation, post, remove } from "./operation.ts";
import { asIsoSeconds, createdNow, type Resource, ResourceList } from "./resource_list.ts";

/** A subscription. */
export interface EventSubscription extends Resource {
  description: string;
  sinkSid: string;
  types: ResourceList<SubscribedType>;
}

/** A type of events in a subscription. Its SID is the type. */
export interface SubscribedType extends Resource {
  schemaVersion: number;
}

/** Makes a subscription. @param types The types, with the versions of their schemas. */
export function newSubscription(
  description: string,
  sinkSid: string,
  types: Iterable<[type: string, schemaVersion: number]>,
): EventSubscription {
  const list = new ResourceList<SubscribedType>();
  for (const [sid, schemaVersion] of types) list.add({ sid, ...createdNow(), schemaVersion });
  return { sid: newSid("DF"), ...createdNow(), description, sinkSid, types: list };
}

const TypeToSubscribe = z.object({
  type: z.string(),
  schema_version: z.number().int().optional(),
}).strict();

interface CreateParameters {
  Description: string;
  SinkSid: string;
  /** Each a JSON object. */
  Types: string | string[];
}

interface ListParameters extends PageParameters {
  SinkSid?: string;
}

const ALL = "/v1/Subscriptions";
const ONE = "/v1/Subscriptions/{Sid}";
const TYPES = "/v1/Subscriptions/{SubscriptionSid}/SubscribedEvents";
const TYPE = "/v1/Subscriptions/{SubscriptionSid}/SubscribedEvents/{Type}";

const { paths } = openapi;
const checkList = checkQuery<ListParameters>(openapi, paths[ALL].get);
const checkCreate = checkForm<CreateParameters>(openapi, paths[ALL].post);
const checkUpdate = checkForm<{ Description?: string }>(openapi, paths[ONE].post);
const checkTypes = checkQuery<PageParameters>(openapi, paths[TYPES].get);
const checkAdd = checkForm<{ Type: string; SchemaVersion?: number }>(openapi, paths[TYPES].post);
const checkChange = checkForm<{ SchemaVersion?: number }>(openapi, paths[TYPE].post);

/** The operations of subscriptions and their types. */
export function subscriptionOperations(
  { accountSid }: TwilioAccount,
  subscriptions: ResourceList<EventSubscription>,
  sinks: ResourceList<Sink>,
): Operation[] {
  return [
    get(ALL, checkList, ({ parameters, origin }) =>
      subscriptions.metaPage(
        "subscriptions",
        parameters,
        origin + ALL,
        (subscription) => subscriptionResource(subscription, accountSid, origin),
        ({ sinkSid }) => parameters.SinkSid === undefined || sinkSid === parameters.SinkSid,
      )),
    post(ALL, checkCreate, ({ parameters, origin }) => {
      const { Description: description, SinkSid: sinkSid, Types: types } = parameters;
      requireFreeSink(sinkSid, sinks, subscriptions);
      const subscription = newSubscription(description, sinkSid, [types].flat().map(typeOf));
      return subscriptionResource(subscriptions.add(subscription), accountSid, origin);
    }, 201),
    get(
      ONE,
      noParameters,
      ({ path, call, origin }) =>
        subscriptionResource(subscriptions.get(path.Sid, call.path), accountSid, origin),
    ),
    post(ONE, checkUpdate, ({ path, call, parameters, origin }) => {
      const subscription = subscriptions.get(path.Sid, call.path);
      subscription.description = parameters.Description ?? subscription.description;
      subscription.dateUpdated = new Date();
      return subscriptionResource(subscription, accountSid, origin);
    }),
    remove(ONE, ({ path, call }) => subscriptions.remove(subscriptions.get(path.Sid, call.path))),
    ...subscribedTypeOperations(accountSid, subscriptions),
  ];
}

function subscribedTypeOperations(
  accountSid: string,
  subscriptions: ResourceList<EventSubscription>,
): Operation[] {
  return [
    get(TYPES, checkTypes, ({ path, call, parameters, origin }) => {
      const subscription = subscriptions.get(path.SubscriptionSid, call.path);
      return subscription.types.metaPage(
        "types",
        parameters,
        origin + call.path,
        (type) => typeResource(type, subscription, accountSid, origin),
      );
    }),
    post(TYPES, checkAdd, ({ path, call, parameters, origin }) => {
      const subscription = subscriptions.get(path.SubscriptionSid, call.path);
      const { Type: sid, SchemaVersion: version } = parameters;
      if (subscription.types.find(sid)) throw invalid(`${sid} is in the subscription already`);
      const schemaVersion = versionOf(sid, version);
      const type = subscription.types.add({ sid, ...createdNow(), schemaVersion });
      return typeResource(type, subscription, accountSid, origin);
    }, 201),
    get(TYPE, noParameters, ({ path, call, origin }) => {
      const subscription = subscriptions.get(path.SubscriptionSid, call.path);
      const type = subscription.types.get(path.Type, call.path);
      return typeResource(type, subscription, accountSid, origin);
    }),
    post(TYPE, checkChange, ({ path, call, parameters, origin }) => {
      const subscription = subscriptions.get(path.SubscriptionSid, call.path);
      const type = subscription.types.get(path.Type, call.path);
      type.schemaVersion = versionOf(type.sid, parameters.SchemaVersion);
      type.dateUpdated = new Date();
      return typeResource(type, subscription, accountSid, origin);
    }),
    remove(TYPE, ({ path, call }) => {
      const { types } = subscriptions.get(path.SubscriptionSid, call.path);
      types.remove(types.get(path.Type, call.path));
    }),
  ];
}

/** A sink has one subscription, and must be active. @throws {TwilioError} 20404 or 91100. */
function requireFreeSink(
  sid: string,
  sinks: ResourceList<Sink>,
  subscriptions: ResourceList<EventSubscription>,
): void {
  const sink = sinks.find(sid);
  if (!sink) throw notFound(`/v1/Sinks/${sid}`);
  const isTaken = subscriptions.all.some(({ sinkSid }) => sinkSid === sid);
  if (sink.status !== "active" || isTaken) {
    throw new TwilioError({
      code: 91100,
      message: `Subscription could not be created: the sink ${
        isTaken ? "has one" : "is not active"
      }`,
    });
  }
}

/** Reads one value of Types: a JSON object. */
function typeOf(json: string): [type: string, schemaVersion: number] {
  const type = TypeToSubscribe.safeParse(parseJson(json));
  if (!type.success) {
    throw invalid("Types must be given once for each type, as a JSON object with its type");
  }
  return [type.data.type, versionOf(type.data.type, type.data.schema_version)];
}

/** The version of a type's schema, which is the newest one by default. */
function versionOf(type: string, version: number | undefined): number {
  const newest = newestVersionOf(type);
  if (newest === undefined) throw invalid(`There is no type of events "${type}"`);
  if (version !== undefined && (version < 1 || version > newest)) {
    throw invalid(`The schema of ${type} has no version ${version}`);
  }
  return version ?? newest;
}

function subscriptionResource(
  { sid, description, sinkSid, dateCreated, dateUpdated }: EventSubscription,
  accountSid: string,
  origin: string,
) {
  const url = `${origin}${ALL}/${sid}`;
  return {
    account_sid: accountSid,
    sid,
    date_created: asIsoSeconds(dateCreated),
    date_updated: asIsoSeconds(dateUpdated),
    description,
    sink_sid: sinkSid,
    url,
    links: { subscribed_events: `${url}/SubscribedEvents` },
  };
}

function typeResource(
  { sid: type, schemaVersion }: SubscribedType,
  subscription: EventSubscription,
  accountSid: string,
  origin: string,
) {
  return {
    account_sid: accountSid,
    type,
    schema_version: schemaVersion,
    subscription_sid: subscription.sid,
    url: `${origin}${ALL}/${subscription.sid}/SubscribedEvents/${type}`,
  };
}
