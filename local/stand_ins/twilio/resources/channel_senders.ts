/**
 * The Senders resource of Twilio's Messaging API: the account's senders on WhatsApp and RCS.
 *
 * @see https://www.twilio.com/docs/whatsapp/api/senders
 * @module
 */
import { parseJson } from "../../../parse_json.ts";
import openapi from "../channel_senders_openapi.json" with { type: "json" };
import { type Call, isJson } from "../http.ts";
import { newSid } from "../message_log.ts";
import { check, checkQuery, isWebhookUrl } from "../openapi.ts";
import type { PageParameters } from "../paging.ts";
import { get, invalid, noParameters, type Operation, operation } from "./operation.ts";
import { createdNow, type Resource, type ResourceList } from "./resource_list.ts";

/** The states of a sender that the stand-in has. */
export const SENDER_STATUSES = [
  "CREATING",
  "ONLINE",
  "OFFLINE",
  "PENDING_VERIFICATION",
  "VERIFYING",
  "TWILIO_REVIEW",
] as const;

/** A reason for which a sender is not online. */
export interface OfflineReason {
  code: string;
  message: string;
  more_info: string;
}

/** Where Twilio posts a sender's texts and statuses. */
export interface SenderWebhook {
  callback_url: string | null;
  callback_method: "POST" | "PUT";
  fallback_url: string | null;
  fallback_method: "POST" | "PUT";
  status_callback_url: string | null;
  status_callback_method: string;
}

/** A sender. */
export interface ChannelSender extends Resource {
  /** The address with the channel's prefix, such as `whatsapp:+15550100009`. */
  senderId: string;
  status: typeof SENDER_STATUSES[number];
  offlineReasons: OfflineReason[];
  webhook: SenderWebhook;
  profile: Record<string, unknown>;
  configuration: Record<string, unknown>;
}

/** Makes a sender that nothing is set of. */
export function newChannelSender(senderId: string, status: ChannelSender["status"]): ChannelSender {
  return {
    sid: newSid("XE"),
    ...createdNow(),
    senderId,
    status,
    offlineReasons: [],
    webhook: {
      callback_url: null,
      callback_method: "POST",
      fallback_url: null,
      fallback_method: "POST",
      status_callback_url: null,
      status_callback_method: "POST",
    },
    profile: { name: "Northwind Recruiting" },
    configuration: {},
  };
}

interface ListParameters extends PageParameters {
  Channel: string;
}

/** The JSON of an update, and of a new sender with its sender_id. */
interface SenderParameters {
  webhook?: Partial<SenderWebhook> | null;
  profile?: Record<string, unknown> | null;
  configuration?: Record<string, unknown> | null;
}

const ALL = "/v2/Channels/Senders";
const ONE = "/v2/Channels/Senders/{Sid}";

const { schemas } = openapi.components;
const checkList = checkQuery<ListParameters>(openapi, openapi.paths[ALL].get);
const checkCreate = check<SenderParameters & { sender_id: string }>(
  openapi,
  schemas["messaging.v2.channels_sender.requests.create"],
);
const checkUpdate = check<SenderParameters>(
  openapi,
  schemas["messaging.v2.channels_sender.requests.update"],
);
const checkWebhook = check<Partial<SenderWebhook>>(
  openapi,
  schemas["messaging.v2.channels_sender.webhook"],
);

/** The operations of the account's senders. */
export function senderOperations(senders: ResourceList<ChannelSender>): Operation[] {
  return [
    get(ALL, checkList, ({ parameters, origin }) =>
      senders.metaPage(
        "senders",
        parameters,
        origin + ALL,
        (sender) => senderResource(sender, origin),
        ({ senderId }) => senderId.startsWith(`${parameters.Channel}:`),
      )),
    operation("POST", ALL, jsonBy(checkCreate), ({ parameters, origin }) => {
      const { sender_id: senderId } = parameters;
      if (!/^(?:whatsapp|rcs):\S+$/.test(senderId)) {
        throw invalid("sender_id must have the prefix of its channel, such as whatsapp:");
      }
      if (senders.all.some((sender) => sender.senderId === senderId)) {
        throw invalid("There is a sender with this sender_id");
      }
      const sender = newChannelSender(senderId, "CREATING");
      changeSender(sender, parameters);
      return { status: 202, body: senderResource(senders.add(sender), origin) };
    }),
    get(
      ONE,
      noParameters,
      ({ path, call, origin }) => senderResource(senders.get(path.Sid, call.path), origin),
    ),
    operation("POST", ONE, jsonBy(checkUpdate), ({ path, call, parameters, origin }) => {
      const sender = senders.get(path.Sid, call.path);
      changeSender(sender, parameters);
      sender.dateUpdated = new Date();
      const resource = senderResource(sender, origin);
      // The answer says that the update is under way. A later call says the sender's own status.
      const status = sender.status === "ONLINE" ? "ONLINE:UPDATING" : sender.status;
      return { status: 202, body: { ...resource, status } };
    }),
  ];
}

function jsonBy<Parameters>(checkBody: (body: Record<string, unknown>) => Parameters) {
  return (call: Call): Parameters => {
    const body = isJson(call) ? parseJson(call.body) : undefined;
    if (typeof body !== "object" || body === null || Array.isArray(body)) {
      throw invalid("The body must be a JSON object, and application/json");
    }
    return checkBody({ ...body });
  };
}

function changeSender(
  sender: ChannelSender,
  { webhook, profile, configuration }: SenderParameters,
): void {
  if (webhook) {
    const changes = checkWebhook({ ...webhook });
    for (const name of ["callback_url", "fallback_url", "status_callback_url"] as const) {
      const url = changes[name];
      if (url && !isWebhookUrl(url)) throw invalid(`webhook.${name} is not a valid URL`);
    }
    Object.assign(sender.webhook, changes);
  }
  Object.assign(sender.profile, profile);
  Object.assign(sender.configuration, configuration);
}

function senderResource(sender: ChannelSender, origin: string) {
  return {
    sid: sender.sid,
    status: sender.status,
    sender_id: sender.senderId,
    configuration: sender.configuration,
    webhook: { ...sender.webhook },
    profile: sender.profile,
    properties: { quality_rating: "HIGH", messaging_limit: "10K Customers/24hr" },
    offline_reasons: sender.offlineReasons.length > 0 ? sender.offlineReasons : null,
    compliance: null,
    url: `${origin}/v2/Channels/Senders/${sender.sid}`,
  };
}
