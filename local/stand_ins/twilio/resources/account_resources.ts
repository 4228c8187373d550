/**
 * Everything that the account has but its messages: the state of the resources, and their operations.
 *
 * A Webhook Rule is not among them. Twilio documents an API for it in public beta
 * (https://www.twilio.com/docs/usage/webhooks/webhook-rules, on a host of its own), whose OpenAPI
 * document is not published, and which the SDK does not know.
 *
 * @module
 */
import type { TwilioAccount } from "../account.ts";
import type { Answer, Call } from "../http.ts";
import { API_VERSION } from "../message_resource.ts";
import { accountOperations, newStanding, type Permission } from "./account.ts";
import { type Alert, alertOperations } from "./alerts.ts";
import { campaignOperations } from "./campaigns.ts";
import { type ChannelSender, senderOperations } from "./channel_senders.ts";
import { type Sink, sinkOperations } from "./event_sinks.ts";
import { type EventSubscription, subscriptionOperations } from "./event_subscriptions.ts";
import { eventTypeOperations } from "./event_types.ts";
import { type MessagingService, serviceOperations } from "./messaging_services.ts";
import { answerOperation, type Operation } from "./operation.ts";
import { type PhoneNumber, phoneNumberOperations } from "./phone_numbers.ts";
import { ResourceList } from "./resource_list.ts";
import { poolOperations } from "./service_phone_numbers.ts";

/** The most alerts that are kept. */
const MAX_ALERTS = 1000;

/** The resources of an account. */
export class AccountResources {
  readonly standing = newStanding();
  readonly numbers = new ResourceList<PhoneNumber>();
  readonly services = new ResourceList<MessagingService>();
  readonly senders = new ResourceList<ChannelSender>();
  readonly sinks = new ResourceList<Sink>();
  readonly subscriptions = new ResourceList<EventSubscription>();
  readonly alerts = new ResourceList<Alert>(MAX_ALERTS);
  #operations: Operation[];

  constructor(account: TwilioAccount) {
    const { standing, numbers, services, senders, sinks, subscriptions, alerts } = this;
    const leavePools = (number: PhoneNumber) => {
      for (const { pool } of services.all) {
        const entry = pool.find(number.sid);
        if (entry) pool.remove(entry);
      }
    };
    this.#operations = [
      ...accountOperations(account, standing),
      ...phoneNumberOperations(account, numbers, leavePools),
      ...serviceOperations(account, services),
      ...poolOperations(account, services, numbers),
      ...campaignOperations(account, services),
      ...senderOperations(senders),
      ...sinkOperations(sinks, subscriptions),
      ...subscriptionOperations(account, subscriptions, sinks),
      ...eventTypeOperations(),
      ...alertOperations(account, alerts),
    ];
  }

  /**
   * Answers a call of the API.
   *
   * @returns Undefined for a path of none of these resources.
   * @throws {TwilioError} If Twilio would refuse the call.
   */
  answer(call: Call): Answer | undefined {
    return answerOperation(this.#operations, call);
  }
}

/** The permission that a path needs; null for the account's own resource. */
export function permissionFor(path: string): Permission | null {
  const groups: [RegExp, Permission | null][] = [
    [/^\/v1\/Content\b/, "content"],
    [/^\/v1\/Services\b/, "messaging_services"],
    [/^\/v2\/Channels\b/, "channel_senders"],
    [/^\/v1\/(?:Sinks|Subscriptions|Types|Schemas)\b/, "events"],
    [/^\/v1\/Alerts\b/, "alerts"],
    [new RegExp(`^/${API_VERSION}/Accounts/[^/]+/IncomingPhoneNumbers\\b`), "phone_numbers"],
    [new RegExp(`^/${API_VERSION}/Accounts/[^/]+\\.json$`), null],
  ];
  const group = groups.find(([pattern]) => pattern.test(path));
  return group ? group[1] : "messages";
}
