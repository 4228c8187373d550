/**
 * The PhoneNumber resource of a Messaging Service: its pool.
 *
 * @see https://www.twilio.com/docs/messaging/api/phonenumber-resource
 * @module
 */
import type { TwilioAccount } from "../account.ts";
import { TwilioError } from "../errors.ts";
import openapi from "../messaging_services_openapi.json" with { type: "json" };
import { checkForm, checkQuery } from "../openapi.ts";
import type { PageParameters } from "../paging.ts";
import type { MessagingService, PoolEntry } from "./messaging_services.ts";
import { get, noParameters, type Operation, post, remove } from "./operation.ts";
import type { Capabilities, PhoneNumber } from "./phone_numbers.ts";
import { asIsoSeconds, createdNow, type ResourceList } from "./resource_list.ts";

interface CreateParameters {
  PhoneNumberSid: string;
}

const ALL = "/v1/Services/{ServiceSid}/PhoneNumbers";
const ONE = "/v1/Services/{ServiceSid}/PhoneNumbers/{Sid}";

const checkList = checkQuery<PageParameters>(openapi, openapi.paths[ALL].get);
const checkCreate = checkForm<CreateParameters>(openapi, openapi.paths[ALL].post);

/** The names of the capabilities that a service shows. */
const CAPABILITIES: [keyof Capabilities, string][] = [
  ["voice", "Voice"],
  ["sms", "SMS"],
  ["mms", "MMS"],
  ["fax", "Fax"],
];

/** The operations of the pools. */
export function poolOperations(
  { accountSid }: TwilioAccount,
  services: ResourceList<MessagingService>,
  numbers: ResourceList<PhoneNumber>,
): Operation[] {
  return [
    get(ALL, checkList, ({ path, call, parameters, origin }) => {
      const service = services.get(path.ServiceSid, call.path);
      return service.pool.metaPage(
        "phone_numbers",
        parameters,
        origin + call.path,
        (entry) => entryResource(entry, service, accountSid, origin),
      );
    }),
    post(ALL, checkCreate, ({ path, call, parameters, origin }) => {
      const service = services.get(path.ServiceSid, call.path);
      const number = numbers.find(parameters.PhoneNumberSid);
      if (!number) throw new TwilioError({ code: 21421, message: "PhoneNumberSid is invalid" });
      const entry = addToPool(service, number, services);
      return entryResource(entry, service, accountSid, origin);
    }, 201),
    get(ONE, noParameters, ({ path, call, origin }) => {
      const service = services.get(path.ServiceSid, call.path);
      return entryResource(service.pool.get(path.Sid, call.path), service, accountSid, origin);
    }),
    remove(ONE, ({ path, call }) => {
      const { pool } = services.get(path.ServiceSid, call.path);
      pool.remove(pool.get(path.Sid, call.path));
    }),
  ];
}

/** Adds a number to a service. @throws {TwilioError} If it is in a service already. */
export function addToPool(
  service: MessagingService,
  number: PhoneNumber,
  services: ResourceList<MessagingService>,
): PoolEntry {
  const present = serviceOf(number, services);
  if (present) {
    throw new TwilioError({
      code: present === service ? 21710 : 21712,
      status: 409,
      message: `The number is already in the service ${present.sid}`,
    });
  }
  return service.pool.add({ sid: number.sid, ...createdNow(), number });
}

/** The service in whose pool a number is; undefined for none. */
export function serviceOf(
  number: PhoneNumber,
  services: ResourceList<MessagingService>,
): MessagingService | undefined {
  return services.all.find(({ pool }) => pool.find(number.sid));
}

function entryResource(
  entry: PoolEntry,
  service: MessagingService,
  accountSid: string,
  origin: string,
) {
  const { phoneNumber, capabilities } = entry.number;
  return {
    sid: entry.sid,
    account_sid: accountSid,
    service_sid: service.sid,
    date_created: asIsoSeconds(entry.dateCreated),
    date_updated: asIsoSeconds(entry.dateUpdated),
    phone_number: phoneNumber,
    country_code: phoneNumber.startsWith("+1") ? "US" : null,
    capabilities: CAPABILITIES.filter(([name]) => capabilities[name]).map(([, shown]) => shown),
    url: `${origin}/v1/Services/${service.sid}/PhoneNumbers/${entry.sid}`,
  };
}
