/**
 * The Sink resource of Twilio's Event Streams: where events go.
 *
 * @see https://www.twilio.com/docs/events/event-streams/sink-resource
 * @module
 */
import { z } from "zod/v3";
import { parseJson } from "../../../parse_json.ts";
import { TwilioError } from "../errors.ts";
import openapi from "../events_openapi.json" with { type: "json" };
import { newSid } from "../message_log.ts";
import { checkForm, checkQuery, isWebhookUrl } from "../openapi.ts";
import type { PageParameters } from "../paging.ts";
import type { EventSubscription } from "./event_subscriptions.ts";
import { get, invalid, noParameters, type Operation, post, remove } from "./operation.ts";
import { asIsoSeconds, createdNow, type Resource, type ResourceList } from "./resource_list.ts";

/** The states of a sink. */
export const SINK_STATUSES = ["initialized", "validating", "active", "failed"] as const;

/** A sink that is a webhook. */
export interface Sink extends Resource {
  description: string;
  configuration: z.infer<typeof Configuration>;
  status: typeof SINK_STATUSES[number];
}

const Configuration = z.object({
  destination: z.string().refine(isDestination, "must be an https URL"),
  method: z.enum(["GET", "POST"]).default("POST"),
  batch_events: z.boolean().default(false),
}).strict();

/** Makes a sink. A webhook is active without a validation. */
export function newSink(description: string, configuration: Sink["configuration"]): Sink {
  return { sid: newSid("DG"), ...createdNow(), description, configuration, status: "active" };
}

interface CreateParameters {
  Description: string;
  /** JSON. */
  SinkConfiguration: string;
  SinkType: "webhook" | "kinesis" | "segment" | "email";
}

interface ListParameters extends PageParameters {
  InUse?: boolean;
  Status?: string;
}

const ALL = "/v1/Sinks";
const ONE = "/v1/Sinks/{Sid}";

const checkList = checkQuery<ListParameters>(openapi, openapi.paths[ALL].get);
const checkCreate = checkForm<CreateParameters>(openapi, openapi.paths[ALL].post);
const checkUpdate = checkForm<{ Description: string }>(openapi, openapi.paths[ONE].post);

/** The operations of sinks. Of a sink the description alone can change. */
export function sinkOperations(
  sinks: ResourceList<Sink>,
  subscriptions: ResourceList<EventSubscription>,
): Operation[] {
  const isInUse = ({ sid }: Sink) => subscriptions.all.some(({ sinkSid }) => sinkSid === sid);
  return [
    get(ALL, checkList, ({ parameters, origin }) => {
      const { InUse: inUse, Status: status } = parameters;
      return sinks.metaPage(
        "sinks",
        parameters,
        origin + ALL,
        (sink) => sinkResource(sink, origin),
        (sink) =>
          (inUse === undefined || isInUse(sink) === inUse) &&
          (status === undefined || sink.status === status),
      );
    }),
    post(ALL, checkCreate, ({ parameters, origin }) => {
      const { Description: description, SinkType: type, SinkConfiguration: json } = parameters;
      if (type !== "webhook") throw invalid("The stand-in has sinks of the type webhook alone");
      const configuration = Configuration.safeParse(parseJson(json));
      if (!configuration.success) {
        const [{ path, message }] = configuration.error.issues;
        throw invalid(`SinkConfiguration: ${path.join(".")} ${message}`);
      }
      return sinkResource(sinks.add(newSink(description, configuration.data)), origin);
    }, 201),
    get(
      ONE,
      noParameters,
      ({ path, call, origin }) => sinkResource(sinks.get(path.Sid, call.path), origin),
    ),
    post(ONE, checkUpdate, ({ path, call, parameters, origin }) => {
      const sink = sinks.get(path.Sid, call.path);
      sink.description = parameters.Description;
      sink.dateUpdated = new Date();
      return sinkResource(sink, origin);
    }),
    remove(ONE, ({ path, call }) => {
      const sink = sinks.get(path.Sid, call.path);
      if (isInUse(sink)) {
        throw new TwilioError({
          code: 91007,
          message: "Sink cannot be deleted because it is still in use",
        });
      }
      sinks.remove(sink);
    }),
  ];
}

/** The hosts to which the stand-in also posts without https: functions on this machine. */
const THIS_MACHINE = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Twilio posts events to https alone. */
function isDestination(url: string): boolean {
  if (!isWebhookUrl(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || THIS_MACHINE.test(hostname);
}

function sinkResource(
  { sid, description, configuration, status, dateCreated, dateUpdated }: Sink,
  origin: string,
) {
  const url = `${origin}${ALL}/${sid}`;
  return {
    date_created: asIsoSeconds(dateCreated),
    date_updated: asIsoSeconds(dateUpdated),
    description,
    sid,
    sink_configuration: { ...configuration },
    sink_type: "webhook",
    status,
    url,
    links: { sink_test: `${url}/Test`, sink_validate: `${url}/Validate` },
  };
}
