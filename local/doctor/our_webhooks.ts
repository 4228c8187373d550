/**
 * Which URLs are those of this project's functions.
 *
 * @module
 */
import { entriesOf } from "../../supabase/functions/_shared/configuration/environment.ts";
import { type Setting, setting } from "../configure/settings.ts";
import type { Project } from "../project/project.ts";
import { baseUrlsIn, type WebhookName } from "../project/webhook_urls.ts";

const WEBHOOKS: readonly WebhookName[] = ["sms-inbound", "sms-status", "twilio-events"];

/**
 * Finds the function of this project that a URL calls. User name, password, query and fragment of the URL do
 * not count.
 *
 * @param project Its functions' URL counts, and each entry of TWILIO_WEBHOOK_BASE_URL.
 * @returns Undefined for another URL.
 */
export function ourWebhook(project: Project, url: string | null): WebhookName | undefined {
  if (url === null || !URL.canParse(url)) return undefined;
  const { origin, pathname } = new URL(url);
  const called = `${origin}${pathname}`.replace(/\/$/, "");
  return WEBHOOKS.find((name) =>
    baseUrlsOf(project).some((baseUrl) => called === `${baseUrl}/${name}`)
  );
}

/**
 * Returns the base URLs at which the functions accept Twilio's signature, with user and password. An address that the
 * env file does not have is another project's, so it stands alone.
 */
export function acceptedBaseUrls({ functionsUrl, env }: Project): string[] {
  const urls = baseUrlsIn(env.TWILIO_WEBHOOK_BASE_URL);
  return urls.includes(functionsUrl) ? urls : [functionsUrl];
}

/** Compares each URL with the base URL at which it is: all of the project's base URLs are right. */
export function atItsBaseUrl(settings: Setting[], project: Project): Setting[] {
  const { functionsUrl } = project;
  return settings.map((compared) => {
    const { name, before, after } = compared;
    if (!after.startsWith(`${functionsUrl}/`)) return compared;
    const baseUrl = acceptedBaseUrls(project).find((url) => before?.startsWith(`${url}/`));
    return baseUrl === undefined
      ? compared
      : setting(name, before, baseUrl + after.slice(functionsUrl.length));
  });
}

/** Returns the URLs at which Twilio reaches the functions, each without user name and password. */
function baseUrlsOf({ functionsUrl, env }: Project): string[] {
  return [functionsUrl, ...entriesOf(env.TWILIO_WEBHOOK_BASE_URL ?? "")]
    .filter((url) => URL.canParse(url))
    .map((url) => {
      const { origin, pathname } = new URL(url);
      return `${origin}${pathname}`.replace(/\/+$/, "");
    });
}
