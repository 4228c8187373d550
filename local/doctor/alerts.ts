/**
 * The alerts of Twilio's debugger in the last day.
 *
 * @see https://www.twilio.com/docs/usage/monitor-alert
 * @module
 */
import type { Twilio } from "twilio";
import { dateOf } from "../../supabase/functions/_shared/twilio/twilio_api.ts";
import type { Project } from "../project/project.ts";
import type { WebhookName } from "../project/webhook_urls.ts";
import { ourWebhook } from "./our_webhooks.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** The most alerts that are read, and how many of them one page has. */
export const MAX_ALERTS = 5000;
const PAGE_SIZE = 1000;

/** An alert about one of our webhooks. It leaves out the alert's text, which may quote a message or a phone. */
export interface Alert {
  /** Twilio's error code, such as 11200. */
  code: string;
  webhook: WebhookName;
}

/** The alerts of the last day. */
export interface Alerts {
  ours: Alert[];
  /** Whether there are more than were read. The newest are read first. */
  isPartial: boolean;
}

/**
 * Reads the errors and warnings of the last day that concern the project's webhooks.
 *
 * @throws {Error} If Twilio cannot be asked.
 */
export async function readAlerts(twilio: Twilio, project: Project): Promise<Alerts> {
  const since = new Date(Date.now() - DAY_MS);
  const alerts = await twilio.monitor.v1.alerts.list({
    startDate: since,
    pageSize: PAGE_SIZE,
    limit: MAX_ALERTS,
  });
  const ours = alerts.flatMap(
    ({ errorCode, logLevel, requestUrl, dateGenerated, dateCreated }): Alert[] => {
      const date = dateOf(dateGenerated) ?? dateOf(dateCreated);
      const webhook = ourWebhook(project, requestUrl);
      const isError = logLevel === "error" || logLevel === "warning";
      const code = /^\d{1,6}$/.test(errorCode) ? errorCode : undefined;
      return webhook && code && isError && !(date && date < since) ? [{ code, webhook }] : [];
    },
  );
  return { ours, isPartial: alerts.length >= MAX_ALERTS };
}
