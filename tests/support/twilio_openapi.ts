/**
 * Twilio's own description of its answers.
 *
 * @module
 */
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import account from "../../local/stand_ins/twilio/account_openapi.json" with { type: "json" };
import senders from "../../local/stand_ins/twilio/channel_senders_openapi.json" with {
  type: "json",
};
import content from "../../local/stand_ins/twilio/content_openapi.json" with { type: "json" };
import events from "../../local/stand_ins/twilio/events_openapi.json" with { type: "json" };
import messages from "../../local/stand_ins/twilio/messages_openapi.json" with { type: "json" };
import services from "../../local/stand_ins/twilio/messaging_services_openapi.json" with {
  type: "json",
};
import monitor from "../../local/stand_ins/twilio/monitor_openapi.json" with { type: "json" };
import { assertEquals } from "./assert.ts";

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
for (
  const format of [
    "phone-number",
    "phone-number-capabilities",
    "currency",
    "uri-map",
    "http-method",
  ]
) ajv.addFormat(format, true);
// The pages of the API of 2010 name each other by paths, those of the other products by whole URLs.
ajv.addFormat("uri", /^(https?:\/\/[\w.:-]+\/|\/2010-04-01\/)\S+$/);
ajv.addFormat(
  "date-time-rfc-2822",
  /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/,
);

/** A schema and the document to whose components it refers. */
interface Description {
  document: { components: object };
  schema: object;
}

/** An operation whose answer the document describes. */
interface Answered {
  responses: { 200: { content: { "application/json": { schema: object } } } };
}

const API = "/2010-04-01/Accounts";

const descriptions = {
  message: component(messages, messages.components.schemas["api.v2010.account.message"]),
  list: answer(messages, messages.paths[`${API}/{AccountSid}/Messages.json`].get),
  media: component(messages, messages.components.schemas["api.v2010.account.message.media"]),
  mediaList: answer(
    messages,
    messages.paths[`${API}/{AccountSid}/Messages/{MessageSid}/Media.json`].get,
  ),
  content: component(content, content.components.schemas["content.v1.content"]),
  contentList: answer(content, content.paths["/v1/Content"].get),
  account: component(account, account.components.schemas["api.v2010.account"]),
  number: component(
    account,
    account.components.schemas["api.v2010.account.incoming_phone_number"],
  ),
  numberList: answer(account, account.paths[`${API}/{AccountSid}/IncomingPhoneNumbers.json`].get),
  service: component(services, services.components.schemas["messaging.v1.service"]),
  serviceList: answer(services, services.paths["/v1/Services"].get),
  poolEntry: component(services, services.components.schemas["messaging.v1.service.phone_number"]),
  pool: answer(services, services.paths["/v1/Services/{ServiceSid}/PhoneNumbers"].get),
  campaign: component(
    services,
    services.components.schemas["messaging.v1.service.us_app_to_person"],
  ),
  campaignList: answer(
    services,
    services.paths["/v1/Services/{MessagingServiceSid}/Compliance/Usa2p"].get,
  ),
  sender: component(senders, senders.components.schemas["messaging.v2.channels_sender_response"]),
  senderList: answer(senders, senders.paths["/v2/Channels/Senders"].get),
  sink: component(events, events.components.schemas["events.v1.sink"]),
  sinkList: answer(events, events.paths["/v1/Sinks"].get),
  subscription: component(events, events.components.schemas["events.v1.subscription"]),
  subscriptionList: answer(events, events.paths["/v1/Subscriptions"].get),
  subscribedEvent: component(
    events,
    events.components.schemas["events.v1.subscription.subscribed_event"],
  ),
  subscribedEventList: answer(
    events,
    events.paths["/v1/Subscriptions/{SubscriptionSid}/SubscribedEvents"].get,
  ),
  eventType: component(events, events.components.schemas["events.v1.event_type"]),
  eventTypeList: answer(events, events.paths["/v1/Types"].get),
  schema: component(events, events.components.schemas["events.v1.schema"]),
  schemaVersionList: answer(events, events.paths["/v1/Schemas/{Id}/Versions"].get),
  alert: component(monitor, monitor.components.schemas["monitor.v1.alert-instance"]),
  alertList: answer(monitor, monitor.paths["/v1/Alerts"].get),
} satisfies Record<string, Description>;

/** The kinds of answers. */
export type AnswerKind = keyof typeof descriptions;

/** Checks an answer: every field that the document has, each as it says, and no other. */
export function assertAnswer(kind: AnswerKind, json: Record<string, unknown>): void {
  const { schema } = descriptions[kind];
  const validate = validatorOf(kind);
  validate(json);
  assertEquals(validate.errors ?? [], []);
  const { properties = {} } = schema as { properties?: object };
  assertEquals(Object.keys(json).sort(), Object.keys(properties).sort());
}

const validators = new Map<AnswerKind, ValidateFunction>();

/** The compiled schema of a kind of answers. Compiling takes far longer than checking an answer. */
function validatorOf(kind: AnswerKind): ValidateFunction {
  let validate = validators.get(kind);
  if (!validate) {
    const { document, schema } = descriptions[kind];
    validate = ajv.compile({ ...schema, components: document.components });
    validators.set(kind, validate);
  }
  return validate;
}

function component(document: Description["document"], schema: object): Description {
  return { document, schema };
}

function answer(document: Description["document"], { responses }: Answered): Description {
  return { document, schema: responses[200].content["application/json"].schema };
}
