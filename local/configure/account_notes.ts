/**
 * What makes settings useless without being a part of a number, a service or a sender.
 *
 * @module
 */
import type { Twilio } from "twilio";
import { entriesOf } from "../../supabase/functions/_shared/configuration/environment.ts";
import type { Project } from "../project/project.ts";
import { webhookUrl } from "../project/webhook_urls.ts";
import { shownPath } from "../project/shown_path.ts";
import { shownText } from "../project/shown_text.ts";
import { isAccepted } from "./options.ts";
import { ruleFor, webhookRules } from "./webhook_rules.ts";

const RULES_PAGE = "https://www.twilio.com/docs/usage/webhooks/webhook-rules";

/**
 * Says that the functions do not accept a base URL, and that a Webhook Rule of the account decides for its URLs.
 *
 * @param functionsUrl The functions' public base URL, without a slash at the end.
 * @returns Sentences.
 */
export async function accountNotes(
  twilio: Twilio,
  project: Project,
  functionsUrl: string,
): Promise<string[]> {
  const notes: string[] = [];
  if (!isAccepted(project, functionsUrl)) {
    notes.push(
      `${shownText(functionsUrl)} is not in TWILIO_WEBHOOK_BASE_URL of ${
        shownPath(project.envFile)
      }: the functions answer 401 until it is there.`,
    );
  }
  const rules = await webhookRules(twilio);
  if (rules === undefined) return [...notes, ...noteOfUnreadRules(project)];
  const names = ["sms-inbound", "sms-status", "twilio-events"] as const;
  const applied = new Set(
    names.map((name) => ruleFor(webhookUrl(functionsUrl, name), rules)?.id).filter(Boolean),
  );
  for (const id of applied) {
    notes.push(
      `The Webhook Rule ${id} is for these URLs: its Setting wins over the overrides after #, and may name another key that signs (${RULES_PAGE}).`,
    );
  }
  return notes;
}

/** A shared key signs only where a rule says so, so a key beside the auth token is the sign that there may be one. */
function noteOfUnreadRules({ env }: Project): string[] {
  const keys = entriesOf(env.TWILIO_WEBHOOK_AUTH_TOKEN ?? "");
  if (!keys.some((key) => key !== env.TWILIO_AUTH_TOKEN)) return [];
  return [
    `TWILIO_WEBHOOK_AUTH_TOKEN has another key than TWILIO_AUTH_TOKEN. If it is a shared key, a Webhook Rule of the account names it and wins over the overrides after #. The rules could not be read: ${RULES_PAGE}.`,
  ];
}
