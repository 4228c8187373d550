/**
 * The Alert resource of Twilio's Monitor API: the account's error log.
 *
 * @see https://www.twilio.com/docs/usage/monitor-alert
 * @module
 */
import type { TwilioAccount } from "../account.ts";
import { readGmt } from "../gmt_time.ts";
import { API_VERSION } from "../message_resource.ts";
import openapi from "../monitor_openapi.json" with { type: "json" };
import { checkQuery } from "../openapi.ts";
import type { PageParameters } from "../paging.ts";
import type { WebhookMethod } from "../webhook.ts";
import { get, invalid, noParameters, type Operation } from "./operation.ts";
import { asIsoSeconds, type Resource, type ResourceList } from "./resource_list.ts";

/** The levels of alerts. */
export const LOG_LEVELS = ["error", "warning", "notice", "debug"] as const;

/** An entry of the error log. */
export interface Alert extends Resource {
  /** Twilio's code, such as 11200. */
  errorCode: string;
  level: typeof LOG_LEVELS[number];
  /** The facts of the alert, as a query string. */
  text: string;
  /** The message or call; null if the alert is about none. */
  resourceSid: string | null;
  /** The webhook that failed; null if the alert is about none. */
  webhook: FailedRequest | null;
}

/** A request that failed, and its answer. */
export interface FailedRequest {
  /** Without the fragment. */
  url: string;
  method: WebhookMethod;
  headers: Record<string, string>;
  form: Record<string, string>;
  /** Null if there was none. */
  answer: { headers: Record<string, string>; body: string } | null;
}

interface ListParameters extends PageParameters {
  LogLevel?: string;
  StartDate?: string;
  EndDate?: string;
}

const ALL = "/v1/Alerts";
const ONE = "/v1/Alerts/{Sid}";

const checkList = checkQuery<ListParameters>(openapi, openapi.paths[ALL].get);

/** The operations of alerts. The list is newest first, its dates are inclusive. */
export function alertOperations(
  { accountSid }: TwilioAccount,
  alerts: ResourceList<Alert>,
): Operation[] {
  return [
    get(ALL, checkList, ({ parameters, origin }) => {
      const { LogLevel: level, StartDate: start, EndDate: end } = parameters;
      if (level !== undefined && !LOG_LEVELS.some((known) => known === level)) {
        throw invalid(`LogLevel must be one of ${LOG_LEVELS.join(", ")}`);
      }
      const from = start === undefined ? -Infinity : readGmt(start)?.from ?? -Infinity;
      const until = end === undefined ? Infinity : readGmt(end)?.until ?? Infinity;
      return alerts.metaPage(
        "alerts",
        parameters,
        origin + ALL,
        (alert) => alertResource(alert, accountSid, origin),
        (alert) =>
          (level === undefined || alert.level === level) &&
          alert.dateCreated.getTime() >= from && alert.dateCreated.getTime() < until,
      );
    }),
    get(ONE, noParameters, ({ path, call, origin }) => {
      const alert = alerts.get(path.Sid, call.path);
      const { webhook } = alert;
      return {
        ...alertResource(alert, accountSid, origin),
        request_variables: webhook && new URLSearchParams(webhook.form).toString(),
        request_headers: webhook && new URLSearchParams(webhook.headers).toString(),
        response_body: webhook?.answer?.body ?? null,
        response_headers: webhook?.answer
          ? new URLSearchParams(webhook.answer.headers).toString()
          : null,
      };
    }),
  ];
}

function alertResource(alert: Alert, accountSid: string, origin: string) {
  const { sid, errorCode, level, text, resourceSid, webhook, dateCreated } = alert;
  return {
    account_sid: accountSid,
    alert_text: text,
    api_version: API_VERSION,
    date_created: asIsoSeconds(dateCreated),
    date_generated: asIsoSeconds(dateCreated),
    date_updated: asIsoSeconds(alert.dateUpdated),
    error_code: errorCode,
    log_level: level,
    more_info: `https://www.twilio.com/docs/errors/${errorCode}`,
    // Twilio's document has no PUT here.
    request_method: webhook && webhook.method !== "PUT" ? webhook.method : null,
    request_url: webhook && webhook.url,
    resource_sid: resourceSid,
    sid,
    url: `${origin}${ALL}/${sid}`,
    service_sid: null,
  };
}
