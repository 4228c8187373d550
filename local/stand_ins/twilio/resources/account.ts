/**
 * The Account resource of Twilio's API, and what its state means for calls.
 *
 * @see https://www.twilio.com/docs/iam/api/account
 * @module
 */
import { isAuthorized, type TwilioAccount } from "../account.ts";
import openapi from "../account_openapi.json" with { type: "json" };
import { notFound, TwilioError } from "../errors.ts";
import type { Call } from "../http.ts";
import { API_VERSION, asRfc2822 } from "../message_resource.ts";
import { checkQuery } from "../openapi.ts";
import { get, type Operation } from "./operation.ts";

/** The groups of resources to which a restricted API key can have a permission. */
export const PERMISSIONS = [
  "messages",
  "content",
  "phone_numbers",
  "messaging_services",
  "channel_senders",
  "events",
  "alerts",
] as const;

/** A group of resources. */
export type Permission = typeof PERMISSIONS[number];

/** The kind of the account's API key. A standard key has everything but the account itself. */
export type ApiKeyAccess =
  | { type: "main" }
  | { type: "standard" }
  | { type: "restricted"; permissions: Permission[] };

/** What Twilio, and not its API, sets of an account. */
export interface AccountStanding {
  status: "active" | "suspended" | "closed";
  type: "Full" | "Trial";
  apiKey: ApiKeyAccess;
}

/** The standing of a paying account. */
export function newStanding(): AccountStanding {
  return { status: "active", type: "Full", apiKey: { type: "standard" } };
}

const PATH = `/${API_VERSION}/Accounts/{Sid}.json` as const;

/** When the account was created. */
const CREATED = new Date("2026-11-01T09:00:00Z");

const SUBRESOURCES = ["incoming_phone_numbers", "messages"] as const;

/** The operations of the account. */
export function accountOperations(account: TwilioAccount, standing: AccountStanding): Operation[] {
  return [
    get(PATH, checkQuery(openapi, openapi.paths[PATH].get), ({ path: { Sid: sid }, call }) => {
      if (sid !== account.accountSid) throw notFound(call.path);
      const uri = `/${API_VERSION}/Accounts/${sid}`;
      return {
        auth_token: account.authToken,
        date_created: asRfc2822(CREATED),
        date_updated: asRfc2822(CREATED),
        friendly_name: "Northwind Recruiting",
        owner_account_sid: sid,
        sid,
        status: standing.status,
        subresource_uris: Object.fromEntries(
          SUBRESOURCES.map((name) => [name, `${uri}/${titleCase(name)}.json`]),
        ),
        type: standing.type,
        uri: `${uri}.json`,
      };
    }),
  ];
}

/**
 * Refuses a caller who may not make a call.
 *
 * | refusal    | when                                                                           |
 * | ---------- | ------------------------------------------------------------------------------ |
 * | 20003, 401 | wrong credentials, or the account's own resource with another key than a main  |
 * |            | one                                                                            |
 * | 70051, 401 | a restricted API key without the permission                                    |
 * | 20005, 403 | the account is not active; its own resource can still be read                  |
 *
 * The codes are documented; their HTTP statuses, but the first, are not.
 *
 * @param permission The permission that the call needs; null for the account's own resource.
 * @throws {TwilioError} As the table says.
 * @see https://www.twilio.com/docs/api/errors/20003
 * @see https://www.twilio.com/docs/api/errors/20005
 * @see https://www.twilio.com/docs/api/errors/70051
 */
export function requireAccess(
  account: TwilioAccount,
  { status, apiKey }: AccountStanding,
  { headers }: Call,
  permission: Permission | null,
): void {
  if (!isAuthorized(account, headers.authorization)) throw unauthorized();
  if (usesApiKey(account, headers.authorization)) {
    if (permission === null && apiKey.type !== "main") throw unauthorized();
    if (permission && apiKey.type === "restricted" && !apiKey.permissions.includes(permission)) {
      throw new TwilioError({ code: 70051, status: 401, message: "Authorization Failed" });
    }
  }
  if (permission !== null && status !== "active") {
    throw new TwilioError({ code: 20005, status: 403, message: "Account not active" });
  }
}

function unauthorized(): TwilioError {
  return new TwilioError({
    code: 20003,
    status: 401,
    message: "Authenticate",
    headers: { "WWW-Authenticate": 'Basic realm="Twilio API"' },
  });
}

/** Whether an accepted caller used the API key, and not the auth token. */
function usesApiKey(account: TwilioAccount, authorization: string | undefined): boolean {
  return !isAuthorized({ ...account, apiKey: undefined }, authorization);
}

function titleCase(name: string): string {
  return name.split("_").map((word) => word[0].toUpperCase() + word.slice(1)).join("");
}
