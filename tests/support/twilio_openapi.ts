/**
 * Twilio's own description of its answers.
 *
 * @module
 */
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import contentOpenapi from "../../local/stand_ins/twilio/content_openapi.json" with {
  type: "json",
};
import openapi from "../../local/stand_ins/twilio/messages_openapi.json" with { type: "json" };
import { assertEquals } from "./assert.ts";

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
for (const format of ["phone-number", "currency", "uri-map"]) ajv.addFormat(format, true);
// The Messages API's pages name each other by paths, the Content API's by whole URLs.
ajv.addFormat("uri", /^(http:\/\/[\w.:]+\/v1|\/2010-04-01)\/\S+$/);
ajv.addFormat(
  "date-time-rfc-2822",
  /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/,
);

const { paths } = openapi;
const components = {
  schemas: { ...openapi.components.schemas, ...contentOpenapi.components.schemas },
};
const list = paths["/2010-04-01/Accounts/{AccountSid}/Messages.json"].get.responses["200"].content;
const mediaList = paths["/2010-04-01/Accounts/{AccountSid}/Messages/{MessageSid}/Media.json"].get
  .responses["200"].content;
const schemas = {
  message: components.schemas["api.v2010.account.message"],
  list: list["application/json"].schema,
  media: components.schemas["api.v2010.account.message.media"],
  mediaList: mediaList["application/json"].schema,
  content: components.schemas["content.v1.content"],
  contentList:
    contentOpenapi.paths["/v1/Content"].get.responses["200"].content["application/json"].schema,
};

/** Checks an answer: every field that the document has, each as it says, and no other. */
export function assertAnswer(kind: keyof typeof schemas, json: Record<string, unknown>): void {
  const schema = schemas[kind];
  const validate = ajv.compile({ ...schema, components });
  validate(json);
  assertEquals(validate.errors ?? [], []);
  assertEquals(Object.keys(json).sort(), Object.keys(schema.properties).sort());
}
