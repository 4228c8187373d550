/**
 * Checks of calls against Twilio's OpenAPI documents.
 *
 * The documents beside this file are from https://github.com/twilio/twilio-oai (spec/json, Apache
 * License 2.0), reduced to the calls that the stand-in serves.
 *
 * @module
 */
import { Ajv, type ErrorObject, type Schema, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { type Refusal, TwilioError } from "./errors.ts";
import { readGmt } from "./gmt_time.ts";

/** Checks a call's parameters, and converts numbers. @throws {TwilioError} If they are invalid. */
export type Check<Parameters> = (parameters: Record<string, unknown>) => Parameters;

/** The components of a document, to which its schemas refer. */
export interface OpenApi {
  components: object;
}

/** The parameters of an operation in its path and query. */
export interface QueryOperation {
  parameters?: { name: string; in: string; required?: boolean; schema: object }[];
}

/** The body of an operation, by its content type. */
export interface BodyOperation {
  requestBody: { content: Record<string, { schema: object }> };
}

/** A violation of the document. */
export interface Violation {
  /** The parameter's name. */
  name: string;
  isMissing: boolean;
}

/** Twilio's own refusal of a violation; undefined for the general one. */
export type Refuse = (violation: Violation) => Refusal | undefined;

// Parameters are text, so types are coerced. Twilio's document has keywords and formats of its own.
const ajv = new Ajv({ strict: false, coerceTypes: true });
addFormats.default(ajv);
for (const format of ["phone-number", "http-method"]) ajv.addFormat(format, true);
ajv.addFormat("uri", isWebhookUrl);
ajv.addFormat("date-time", (text: string) => readGmt(text) !== undefined);

/** Makes the check of an operation's form. */
export function checkForm<Parameters>(
  document: OpenApi,
  operation: BodyOperation,
  refuse?: Refuse,
): Check<Parameters> {
  const { schema } = operation.requestBody.content["application/x-www-form-urlencoded"];
  return check(document, schema, refuse);
}

/** Makes the check of an operation's query. */
export function checkQuery<Parameters>(
  document: OpenApi,
  { parameters = [] }: QueryOperation,
  refuse?: Refuse,
): Check<Parameters> {
  const query = parameters.filter((parameter) => parameter.in === "query");
  const schema = {
    type: "object",
    properties: Object.fromEntries(query.map(({ name, schema }) => [name, schema])),
    required: query.filter(({ required }) => required).map(({ name }) => name),
  };
  return check(document, schema, refuse);
}

/** Makes the check of an object by one schema of a document. */
export function check<Parameters>(
  { components }: OpenApi,
  schema: object,
  refuse: Refuse = () => undefined,
): Check<Parameters> {
  // Compiled at the first call: a process that never gets one does not pay for it.
  let validate: ValidateFunction<Parameters> | undefined;
  return (parameters) => {
    validate ??= ajv.compile<Parameters>(
      {
        ...schema,
        // Twilio ignores unknown parameters. The stand-in refuses them, to find misspelt ones.
        additionalProperties: false,
        components,
      } as Schema,
    );
    if (validate(parameters)) return parameters;
    throw refusalOf(validate.errors?.[0], refuse);
  };
}

/** Twilio's error for a violation of the document. */
function refusalOf(error: ErrorObject | undefined, refuse: Refuse): TwilioError {
  const { missingProperty, additionalProperty } = error?.params ?? {};
  const name = missingProperty ?? additionalProperty ?? error?.instancePath.split("/")[1] ?? "";
  if (additionalProperty) {
    return new TwilioError({ code: 20001, message: `There is no parameter "${name}" here` });
  }
  return new TwilioError(
    refuse({ name, isMissing: missingProperty !== undefined }) ??
      { code: 20001, message: `Parameter "${name}" ${error?.message}` },
  );
}

/** Twilio accepts http and https, and no host with an underscore. */
export function isWebhookUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return /^https?:$/.test(protocol) && !hostname.includes("_");
}
