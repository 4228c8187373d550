/**
 * What Twilio decides about an account and its API cannot set, over HTTP.
 *
 * `POST /account-state` takes a JSON object (AccountState) and changes what it names. A number or a
 * sender that the account does not have is 404: create it by Twilio's API.
 *
 * @module
 */
import { z } from "zod/v3";
import { parseJson } from "../../../parse_json.ts";
import { type Answer, type Call, isJson } from "../http.ts";
import { newSid } from "../message_log.ts";
import { PERMISSIONS } from "./account.ts";
import type { AccountResources } from "./account_resources.ts";
import { LOG_LEVELS } from "./alerts.ts";
import { CAMPAIGN_STATUSES, newCampaign } from "./campaigns.ts";
import { SENDER_STATUSES } from "./channel_senders.ts";
import { SINK_STATUSES } from "./event_sinks.ts";

const Capabilities = z.object({
  sms: z.boolean(),
  mms: z.boolean(),
  voice: z.boolean(),
  fax: z.boolean(),
}).partial().strict();

/** The JSON of `POST /account-state`. */
export const AccountState = z.object({
  account: z.object({
    status: z.enum(["active", "suspended", "closed"]),
    type: z.enum(["Full", "Trial"]),
  }).partial().strict(),
  /** What the account's API key may do; a standard key by default. */
  api_key: z.union([
    z.object({ type: z.enum(["main", "standard"]) }).strict(),
    z.object({ type: z.literal("restricted"), permissions: z.array(z.enum(PERMISSIONS)) }).strict(),
  ]),
  numbers: z.array(z.object({ phone_number: z.string(), capabilities: Capabilities }).strict()),
  /** The campaign of a service: replaces the one that it has. Null removes it. */
  campaigns: z.array(
    z.object({
      messaging_service_sid: z.string(),
      campaign_status: z.enum(CAMPAIGN_STATUSES).nullable(),
      errors: z.array(
        z.object({
          error_code: z.number().int(),
          fields: z.array(z.string()),
          description: z.string(),
        }).strict(),
      ).optional(),
    }).strict(),
  ),
  senders: z.array(
    z.object({
      /** Such as `whatsapp:+15550100009`. */
      sender_id: z.string(),
      status: z.enum(SENDER_STATUSES),
      offline_reasons: z.array(
        z.object({ code: z.string(), message: z.string(), more_info: z.string() }).strict(),
      ).default([]),
    }).strict(),
  ),
  /** Entries to add to the error log. */
  alerts: z.array(
    z.object({
      error_code: z.string().regex(/^\d{5}$/),
      log_level: z.enum(LOG_LEVELS).default("error"),
      alert_text: z.string().default(""),
      /** The URL of a webhook that failed. */
      request_url: z.string().nullable().default(null),
      resource_sid: z.string().nullable().default(null),
      /** Now by default. */
      date_created: z.string().datetime().optional(),
    }).strict(),
  ),
  sinks: z.array(z.object({ sid: z.string(), status: z.enum(SINK_STATUSES) }).strict()),
}).partial().strict();

/** A change of the account's state. */
export type AccountState = z.input<typeof AccountState>;

/** Answers a call of /account-state. */
export function answerAccountState(resources: AccountResources, call: Call): Answer {
  if (call.method !== "POST") {
    return { status: 405, body: { message: `${call.method} is not allowed here` } };
  }
  if (!isJson(call)) return { status: 415, body: { message: "It must be application/json" } };
  const state = AccountState.safeParse(parseJson(call.body));
  if (!state.success) {
    const [{ path, message }] = state.error.issues;
    return { status: 400, body: { message: `${path.join(".") || "The body"}: ${message}` } };
  }
  const missing = apply(resources, state.data);
  if (missing) return { status: 404, body: { message: `The account has no ${missing}` } };
  return { status: 204 };
}

/** Changes the state. @returns What the account does not have; undefined if it has everything. */
function apply(
  { standing, numbers, services, senders, sinks, alerts }: AccountResources,
  state: z.output<typeof AccountState>,
): string | undefined {
  Object.assign(standing, state.account);
  if (state.api_key) standing.apiKey = state.api_key;
  for (const { phone_number, capabilities } of state.numbers ?? []) {
    const number = numbers.all.find(({ phoneNumber }) => phoneNumber === phone_number);
    if (!number) return "such number";
    Object.assign(number.capabilities, capabilities);
  }
  for (const { messaging_service_sid, campaign_status, errors } of state.campaigns ?? []) {
    const service = services.find(messaging_service_sid);
    if (!service) return "such service";
    for (const campaign of service.campaigns.all) service.campaigns.remove(campaign);
    if (campaign_status) service.campaigns.add(newCampaign(campaign_status, errors));
  }
  for (const { sender_id, status, offline_reasons } of state.senders ?? []) {
    const sender = senders.all.find(({ senderId }) => senderId === sender_id);
    if (!sender) return "such sender";
    sender.status = status;
    sender.offlineReasons = offline_reasons;
  }
  for (const given of state.alerts ?? []) {
    const at = given.date_created === undefined ? new Date() : new Date(given.date_created);
    alerts.add({
      sid: newSid("NO"),
      dateCreated: at,
      dateUpdated: at,
      errorCode: given.error_code,
      level: given.log_level,
      text: given.alert_text,
      resourceSid: given.resource_sid,
      webhook: given.request_url === null
        ? null
        : { url: given.request_url, method: "POST", headers: {}, form: {}, answer: null },
    });
  }
  for (const { sid, status } of state.sinks ?? []) {
    const sink = sinks.find(sid);
    if (!sink) return "such sink";
    sink.status = status;
  }
}
