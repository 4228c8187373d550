/**
 * The types of events to which an account can subscribe, and the schemas of their payloads.
 *
 * @see https://www.twilio.com/docs/events/event-types
 * @module
 */
import { ERROR_TYPE, EVENT_STATUSES, INBOUND_TYPE, statusType } from "../cloud_event.ts";
import { notFound } from "../errors.ts";
import openapi from "../events_openapi.json" with { type: "json" };
import { checkQuery } from "../openapi.ts";
import { fixedSource, metaOf, pageOf, type PageParameters } from "../paging.ts";
import { get, noParameters, type Operation } from "./operation.ts";

/** The newest version of each schema. */
const SCHEMAS: Record<string, number> = {
  "Messaging.MessageStatus": 8,
  "Messaging.InboundMessageV1": 6,
  "ErrorLogs.Error": 2,
  "Voice.WebhookEvent": 2,
};

/** The types, with their schemas. Of calls the stand-in has no events. */
const TYPES: Record<string, string> = {
  ...Object.fromEntries(
    EVENT_STATUSES.map((status) => [statusType(status), "Messaging.MessageStatus"]),
  ),
  [INBOUND_TYPE]: "Messaging.InboundMessageV1",
  [ERROR_TYPE]: "ErrorLogs.Error",
  ...Object.fromEntries(
    ["initiated", "ringing", "answered", "completed"].map((state) => [
      `com.twilio.voice.status-callback.call.${state}`,
      "Voice.WebhookEvent",
    ]),
  ),
};

/** When the types and schemas were created. */
const CREATED = "2026-11-01T09:00:00Z";

/** The newest version of a type's schema; undefined for an unknown type. */
export function newestVersionOf(type: string): number | undefined {
  return Object.hasOwn(TYPES, type) ? SCHEMAS[TYPES[type]] : undefined;
}

interface ListTypesParameters extends PageParameters {
  SchemaId?: string;
}

const ALL_TYPES = "/v1/Types";
const ONE_TYPE = "/v1/Types/{Type}";
const ONE_SCHEMA = "/v1/Schemas/{Id}";
const VERSIONS = "/v1/Schemas/{Id}/Versions";

const checkTypes = checkQuery<ListTypesParameters>(openapi, openapi.paths[ALL_TYPES].get);
const checkVersions = checkQuery<PageParameters>(openapi, openapi.paths[VERSIONS].get);

/** The operations of types and schemas. */
export function eventTypeOperations(): Operation[] {
  return [
    get(ALL_TYPES, checkTypes, ({ parameters, origin }) => {
      const { SchemaId: schema } = parameters;
      const types = Object.keys(TYPES).filter((type) => !schema || TYPES[type] === schema);
      return page(
        "types",
        types,
        parameters,
        origin + ALL_TYPES,
        (type) => typeResource(type, origin),
      );
    }),
    get(ONE_TYPE, noParameters, ({ path: { Type: type }, call, origin }) => {
      if (newestVersionOf(type) === undefined) throw notFound(call.path);
      return typeResource(type, origin);
    }),
    get(ONE_SCHEMA, noParameters, ({ path: { Id: id }, call, origin }) => {
      if (!Object.hasOwn(SCHEMAS, id)) throw notFound(call.path);
      const url = schemaUrl(id, origin);
      return {
        id,
        url,
        links: { versions: `${url}/Versions` },
        latest_version_date_created: CREATED,
        latest_version: SCHEMAS[id],
      };
    }),
    get(VERSIONS, checkVersions, ({ path: { Id: id }, call, parameters, origin }) => {
      if (!Object.hasOwn(SCHEMAS, id)) throw notFound(call.path);
      const versions = Array.from({ length: SCHEMAS[id] }, (_, index) => index + 1);
      const url = `${schemaUrl(id, origin)}/Versions`;
      return page("schema_versions", versions, parameters, url, (version) => ({
        id,
        schema_version: version,
        date_created: CREATED,
        url: `${url}/${version}`,
        raw: `https://events-schemas.twilio.com/${id}/${version}`,
      }));
    }),
  ];
}

function typeResource(type: string, origin: string) {
  return {
    type,
    schema_id: TYPES[type],
    date_created: CREATED,
    date_updated: CREATED,
    description: `An event of the type ${type}`,
    status: "available",
    documentation_url: "https://www.twilio.com/docs/events/event-types",
    url: `${origin}/v1/Types/${type}`,
    links: { schema: schemaUrl(TYPES[type], origin) },
  };
}

function schemaUrl(id: string, origin: string): string {
  return `${origin}/v1/Schemas/${id}`;
}

function page<Item>(
  key: string,
  items: Item[],
  parameters: PageParameters,
  url: string,
  show: (item: Item) => object,
): object {
  const shown = pageOf(fixedSource(items), parameters, url);
  return { [key]: shown.items.map(show), meta: metaOf(shown.paging, key) };
}
