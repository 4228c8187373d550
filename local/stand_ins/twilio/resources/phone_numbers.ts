/**
 * The IncomingPhoneNumber resource of Twilio's API: the account's numbers, and where their texts and
 * calls go.
 *
 * @see https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource
 * @module
 */
import type { TwilioAccount } from "../account.ts";
import openapi from "../account_openapi.json" with { type: "json" };
import { notFound, type Refusal, TwilioError } from "../errors.ts";
import { API_VERSION, asRfc2822 } from "../message_resource.ts";
import { newSid } from "../message_log.ts";
import { checkForm, checkQuery, type Violation } from "../openapi.ts";
import type { PageParameters } from "../paging.ts";
import { get, invalid, noParameters, type Operation, post, remove } from "./operation.ts";
import { createdNow, type Resource, type ResourceList } from "./resource_list.ts";
import { change, clearable } from "./settings.ts";

type Method = "GET" | "POST";

/** The settings that the API changes, by their names in the JSON. */
export interface NumberSettings {
  friendly_name: string;
  sms_url: string | null;
  sms_method: Method;
  sms_fallback_url: string | null;
  sms_fallback_method: Method;
  sms_application_sid: string | null;
  voice_url: string | null;
  voice_method: Method;
  voice_fallback_url: string | null;
  voice_fallback_method: Method;
  voice_application_sid: string | null;
  voice_caller_id_lookup: boolean;
  voice_receive_mode: "voice" | "fax";
  /** The status callback of calls. Messages bring their own. */
  status_callback: string | null;
  status_callback_method: Method;
  trunk_sid: string | null;
  address_sid: string | null;
  bundle_sid: string | null;
  identity_sid: string | null;
  emergency_status: "Active" | "Inactive";
  emergency_address_sid: string | null;
}

/** What a number can do. */
export interface Capabilities {
  sms: boolean;
  mms: boolean;
  voice: boolean;
  fax: boolean;
}

/** A number of the account. */
export interface PhoneNumber extends Resource {
  /** E.164. */
  phoneNumber: string;
  capabilities: Capabilities;
  settings: NumberSettings;
}

/** Makes a number that nothing is set of. */
export function newPhoneNumber(phoneNumber: string): PhoneNumber {
  return {
    sid: newSid("PN"),
    ...createdNow(),
    phoneNumber,
    capabilities: { sms: true, mms: true, voice: true, fax: false },
    settings: {
      friendly_name: phoneNumber,
      sms_url: null,
      sms_method: "POST",
      sms_fallback_url: null,
      sms_fallback_method: "POST",
      sms_application_sid: null,
      voice_url: null,
      voice_method: "POST",
      voice_fallback_url: null,
      voice_fallback_method: "POST",
      voice_application_sid: null,
      voice_caller_id_lookup: false,
      voice_receive_mode: "voice",
      status_callback: null,
      status_callback_method: "POST",
      trunk_sid: null,
      address_sid: null,
      bundle_sid: null,
      identity_sid: null,
      emergency_status: "Active",
      emergency_address_sid: null,
    },
  };
}

/** Whether a number is toll-free in North America. */
export function isTollFree(phoneNumber: string): boolean {
  return /^\+18(?:00|33|44|55|66|77|88)\d{7}$/.test(phoneNumber);
}

interface ListParameters extends PageParameters {
  Beta?: boolean;
  FriendlyName?: string;
  PhoneNumber?: string;
  Origin?: string;
}

/** The parameters that need care. The others are named like the settings. */
interface ChangeParameters {
  PhoneNumber?: string;
  AreaCode?: string;
  AccountSid?: string;
  ApiVersion?: string;
  TrunkSid?: string | null;
  VoiceApplicationSid?: string | null;
}

const ALL = `/${API_VERSION}/Accounts/{AccountSid}/IncomingPhoneNumbers.json` as const;
const ONE = `/${API_VERSION}/Accounts/{AccountSid}/IncomingPhoneNumbers/{Sid}.json` as const;

/** The operations of the account's numbers. @param onRemove Is called for a number that is released. */
export function phoneNumberOperations(
  account: TwilioAccount,
  numbers: ResourceList<PhoneNumber>,
  onRemove: (number: PhoneNumber) => void,
): Operation[] {
  const { accountSid } = account;
  const find = ({ path, call }: { path: Record<string, string>; call: { path: string } }) => {
    if (path.AccountSid !== accountSid) throw notFound(call.path);
    return numbers.get(path.Sid, call.path);
  };
  const list = checkQuery<ListParameters>(openapi, openapi.paths[ALL].get);
  const create = clearable(
    checkForm<ChangeParameters>(openapi, openapi.paths[ALL].post, refusalOf),
  );
  const update = clearable(
    checkForm<ChangeParameters>(openapi, openapi.paths[ONE].post, refusalOf),
  );
  return [
    get(ALL, list, ({ path, call, parameters }) => {
      if (path.AccountSid !== accountSid) throw notFound(call.path);
      const { paging, items } = numbers.page(parameters, call.path, isAskedFor(parameters));
      return {
        ...paging,
        incoming_phone_numbers: items.map((number) => numberResource(number, accountSid)),
      };
    }),
    post(ALL, create, ({ path, call, parameters }) => {
      if (path.AccountSid !== accountSid) throw notFound(call.path);
      const number = newPhoneNumber(availableNumber(parameters, numbers));
      changeNumber(number, parameters);
      return numberResource(numbers.add(number), accountSid);
    }, 201),
    get(ONE, noParameters, (request) => numberResource(find(request), accountSid)),
    post(ONE, update, (request) => {
      const number = find(request);
      changeNumber(number, request.parameters);
      number.dateUpdated = new Date();
      return numberResource(number, accountSid);
    }),
    remove(ONE, (request) => {
      const number = find(request);
      numbers.remove(number);
      onRemove(number);
    }),
  ];
}

/** Twilio looks for a part of a number, in which * stands for any digit. */
function isAskedFor(
  { Beta: beta = false, FriendlyName: name, PhoneNumber: phone, Origin: origin = "twilio" }:
    ListParameters,
): (number: PhoneNumber) => boolean {
  const digits = phone?.replace(/[^\d*]/g, "").replaceAll("*", ".");
  const pattern = digits === undefined ? undefined : new RegExp(digits);
  return ({ phoneNumber, settings }) =>
    !beta && origin === "twilio" && (name === undefined || settings.friendly_name === name) &&
    (pattern?.test(phoneNumber) ?? true);
}

function availableNumber(
  { PhoneNumber: phone }: ChangeParameters,
  numbers: ResourceList<PhoneNumber>,
): string {
  if (phone === undefined) throw invalid("The stand-in has no numbers to choose from: name one");
  if (!/^\+[1-9]\d{6,14}$/.test(phone)) {
    throw new TwilioError({ code: 21421, message: `PhoneNumber "${phone}" is invalid` });
  }
  if (numbers.all.some(({ phoneNumber }) => phoneNumber === phone)) {
    throw new TwilioError({ code: 21422, message: `${phone} is not available` });
  }
  return phone;
}

/** A trunk and a voice application exclude each other: the new one removes the old one. */
function changeNumber({ settings }: PhoneNumber, parameters: ChangeParameters): void {
  if (parameters.AccountSid) {
    throw invalid("The stand-in has one account: AccountSid cannot change");
  }
  change(settings, parameters);
  if (parameters.TrunkSid) settings.voice_application_sid = null;
  else if (parameters.VoiceApplicationSid) settings.trunk_sid = null;
}

function refusalOf({ name }: Violation): Refusal | undefined {
  if (name === "StatusCallback") return { code: 21502, message: "Invalid StatusCallback URL" };
  if (/Url$/.test(name)) return { code: 21402, message: `${name} is not a valid URL` };
}

function numberResource(number: PhoneNumber, accountSid: string) {
  const { sid, phoneNumber, capabilities, settings } = number;
  return {
    sid,
    account_sid: accountSid,
    phone_number: phoneNumber,
    ...settings,
    capabilities: { ...capabilities },
    address_requirements: "none",
    api_version: API_VERSION,
    beta: false,
    date_created: asRfc2822(number.dateCreated),
    date_updated: asRfc2822(number.dateUpdated),
    emergency_address_status: "unregistered",
    origin: "twilio",
    status: "in-use",
    type: isTollFree(phoneNumber) ? "toll-free" : "local",
    uri: `/${API_VERSION}/Accounts/${accountSid}/IncomingPhoneNumbers/${sid}.json`,
  };
}
