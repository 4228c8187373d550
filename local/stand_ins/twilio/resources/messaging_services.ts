/**
 * The Service resource of Twilio's Messaging API: a pool of numbers with common webhooks.
 *
 * @see https://www.twilio.com/docs/messaging/api/service-resource
 * @module
 */
import type { TwilioAccount } from "../account.ts";
import { newSid } from "../message_log.ts";
import openapi from "../messaging_services_openapi.json" with { type: "json" };
import { checkForm, checkQuery } from "../openapi.ts";
import type { PageParameters } from "../paging.ts";
import type { Campaign } from "./campaigns.ts";
import { get, noParameters, type Operation, post, remove } from "./operation.ts";
import type { PhoneNumber } from "./phone_numbers.ts";
import { asIsoSeconds, createdNow, type Resource, ResourceList } from "./resource_list.ts";
import { change, clearable } from "./settings.ts";

type Method = "GET" | "POST";

/** The settings that the API changes, by their names in the JSON. */
export interface ServiceSettings {
  friendly_name: string;
  inbound_request_url: string | null;
  inbound_method: Method;
  fallback_url: string | null;
  fallback_method: Method;
  status_callback: string | null;
  sticky_sender: boolean;
  mms_converter: boolean;
  smart_encoding: boolean;
  scan_message_content: "inherit" | "enable" | "disable";
  fallback_to_long_code: boolean;
  area_code_geomatch: boolean;
  synchronous_validation: boolean;
  /** Seconds for which a message may wait. */
  validity_period: number;
  usecase: string;
  /** Whether texts go to the webhook of their number, and not to the service's. */
  use_inbound_webhook_on_number: boolean;
}

/** A Messaging Service. */
export interface MessagingService extends Resource {
  settings: ServiceSettings;
  /** The numbers of the pool. */
  pool: ResourceList<PoolEntry>;
  campaigns: ResourceList<Campaign>;
}

/** A number in the pool of a service. Its SID is the number's. */
export interface PoolEntry extends Resource {
  number: PhoneNumber;
}

/** Makes a service that nothing is set of. */
export function newMessagingService(friendlyName: string): MessagingService {
  return {
    sid: newSid("MG"),
    ...createdNow(),
    pool: new ResourceList<PoolEntry>(),
    campaigns: new ResourceList<Campaign>(),
    settings: {
      friendly_name: friendlyName,
      inbound_request_url: null,
      inbound_method: "POST",
      fallback_url: null,
      fallback_method: "POST",
      status_callback: null,
      sticky_sender: true,
      mms_converter: true,
      smart_encoding: true,
      scan_message_content: "inherit",
      fallback_to_long_code: true,
      area_code_geomatch: true,
      synchronous_validation: false,
      validity_period: 36_000,
      usecase: "undeclared",
      use_inbound_webhook_on_number: false,
    },
  };
}

interface CreateParameters {
  FriendlyName: string;
}

const ALL = "/v1/Services";
const ONE = "/v1/Services/{Sid}";

const checkList = checkQuery<PageParameters>(openapi, openapi.paths[ALL].get);
const checkCreate = clearable(checkForm<CreateParameters>(openapi, openapi.paths[ALL].post));
const checkUpdate = clearable(checkForm<object>(openapi, openapi.paths[ONE].post));

/** The operations of the account's services. */
export function serviceOperations(
  { accountSid }: TwilioAccount,
  services: ResourceList<MessagingService>,
): Operation[] {
  return [
    get(ALL, checkList, ({ parameters, origin }) =>
      services.metaPage(
        "services",
        parameters,
        origin + ALL,
        (service) => serviceResource(service, accountSid, origin),
      )),
    post(ALL, checkCreate, ({ parameters, origin }) => {
      const service = newMessagingService(parameters.FriendlyName);
      change(service.settings, parameters);
      return serviceResource(services.add(service), accountSid, origin);
    }, 201),
    get(
      ONE,
      noParameters,
      ({ path, call, origin }) =>
        serviceResource(services.get(path.Sid, call.path), accountSid, origin),
    ),
    post(ONE, checkUpdate, ({ path, call, parameters, origin }) => {
      const service = services.get(path.Sid, call.path);
      change(service.settings, parameters);
      service.dateUpdated = new Date();
      return serviceResource(service, accountSid, origin);
    }),
    remove(ONE, ({ path, call }) => services.remove(services.get(path.Sid, call.path))),
  ];
}

function serviceResource(service: MessagingService, accountSid: string, origin: string) {
  const url = `${origin}/v1/Services/${service.sid}`;
  return {
    sid: service.sid,
    account_sid: accountSid,
    ...service.settings,
    date_created: asIsoSeconds(service.dateCreated),
    date_updated: asIsoSeconds(service.dateUpdated),
    url,
    links: {
      phone_numbers: `${url}/PhoneNumbers`,
      short_codes: `${url}/ShortCodes`,
      alpha_senders: `${url}/AlphaSenders`,
      messages: `${url}/Messages`,
      us_app_to_person: `${url}/Compliance/Usa2p`,
      us_app_to_person_usecases: `${url}/Compliance/Usa2p/Usecases`,
    },
    us_app_to_person_registered: service.campaigns.all.some(({ status }) => status === "VERIFIED"),
  };
}
