/**
 * Checks of calls against Twilio's OpenAPI documents.
 *
 * messages_openapi.json and content_openapi.json are from https://github.com/twilio/twilio-oai
 * (spec/json/twilio_api_v2010.json and twilio_content_v1.json, Apache License 2.0), reduced to the
 * calls that the stand-in serves.
 *
 * @module
 */
import { Ajv, type ErrorObject, type Schema, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import contentOpenapi from "./content_openapi.json" with { type: "json" };
import openapi from "./messages_openapi.json" with { type: "json" };
import { TwilioError } from "./errors.ts";
import { readGmt } from "./gmt_time.ts";
import type { PageParameters } from "./paging.ts";

/** The parameters of CreateMessage that the stand-in uses. It accepts and ignores the others. */
export interface CreateParameters {
  To: string;
  From?: string;
  MessagingServiceSid?: string;
  Body?: string;
  MediaUrl?: string | string[];
  ContentSid?: string;
  ContentVariables?: string;
  StatusCallback?: string;
  ScheduleType?: "fixed";
  SendAt?: string;
}

/** The parameters of ListMessage. */
export interface ListParameters extends PageParameters {
  To?: string;
  From?: string;
  DateSent?: string;
  "DateSent<"?: string;
  "DateSent>"?: string;
}

/** The parameters of ListMedia. */
export interface ListMediaParameters extends PageParameters {
  DateCreated?: string;
  "DateCreated<"?: string;
  "DateCreated>"?: string;
}

/** The parameters of UpdateMessage. */
export interface UpdateParameters {
  Body?: string;
  Status?: "canceled";
}

/** Checks a call's parameters, and converts numbers. @throws {TwilioError} If they are invalid. */
export type Check<Parameters> = (parameters: Record<string, unknown>) => Parameters;

const messages = openapi.paths["/2010-04-01/Accounts/{AccountSid}/Messages.json"];
const message = openapi.paths["/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"];
const media = openapi.paths["/2010-04-01/Accounts/{AccountSid}/Messages/{MessageSid}/Media.json"];

// Parameters are text, so types are coerced. Twilio's document has keywords and formats of its own.
const ajv = new Ajv({ strict: false, coerceTypes: true });
addFormats.default(ajv);
ajv.addFormat("phone-number", true);
ajv.addFormat("uri", isWebhookUrl);
ajv.addFormat("date-time", (text: string) => readGmt(text) !== undefined);

/** Checks the form of CreateMessage. */
export const checkCreate = check<CreateParameters>(formSchema(messages.post));

/** Checks the form of UpdateMessage. */
export const checkUpdate = check<UpdateParameters>(formSchema(message.post));

/** Checks the query of ListMessage. */
export const checkList = check<ListParameters>(querySchema(messages.get.parameters));

/** Checks the query of ListMedia. */
export const checkListMedia = check<ListMediaParameters>(querySchema(media.get.parameters));

/** Checks the query of ListContent. */
export const checkListContent = check<PageParameters>(
  querySchema(contentOpenapi.paths["/v1/Content"].get.parameters),
);

function formSchema(
  operation: { requestBody: { content: Record<string, { schema: object }> } },
): object {
  return operation.requestBody.content["application/x-www-form-urlencoded"].schema;
}

function querySchema(parameters: { name: string; in: string; schema: object }[]): object {
  const query = parameters.filter((parameter) => parameter.in === "query");
  return {
    type: "object",
    properties: Object.fromEntries(query.map(({ name, schema }) => [name, schema])),
  };
}

function check<Parameters>(schema: object): Check<Parameters> {
  const validate: ValidateFunction<Parameters> = ajv.compile<Parameters>(
    {
      ...schema,
      // Twilio ignores unknown parameters. The stand-in refuses them, to find misspelt ones.
      additionalProperties: false,
      components: openapi.components,
    } as Schema,
  );
  return (parameters) => {
    if (validate(parameters)) return parameters;
    throw refusalOf(validate.errors?.[0]);
  };
}

/** Twilio's error for a violation of the document. */
function refusalOf(error?: ErrorObject): TwilioError {
  const { missingProperty, additionalProperty } = error?.params ?? {};
  const name = missingProperty ?? additionalProperty ?? error?.instancePath.split("/")[1] ?? "";
  if (missingProperty === "To") {
    return new TwilioError({ code: 21604, message: "A 'To' phone number is required" });
  }
  if (name === "StatusCallback") {
    return new TwilioError({
      code: 21609,
      message: "The StatusCallback URL is no http or https URL with a valid host",
    });
  }
  if (additionalProperty) {
    return new TwilioError({ code: 20001, message: `There is no parameter "${name}" here` });
  }
  return new TwilioError({ code: 20001, message: `Parameter "${name}" ${error?.message}` });
}

/** Twilio accepts http and https, and no host with an underscore. */
function isWebhookUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return /^https?:$/.test(protocol) && !hostname.includes("_");
}
