/**
 * The account's Webhook Rules, which say for a URL how Twilio signs, and how often it tries. A rule wins over the
 * connection overrides of the URL.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhook-rules
 * @module
 */
import type { Twilio } from "twilio";
import { z } from "zod/v3";
import { productUrl } from "../project/twilio_client.ts";
import { withoutPassword } from "../project/webhook_urls.ts";

/** A rule. */
export interface WebhookRule {
  id: string;
  /** `DEFAULT` is for every URL that has no rule of its own. */
  matchType: "EXACT_MATCH" | "PREFIX_MATCH" | "DEFAULT";
  /** The URL, or how it begins. */
  value: string;
}

const Rule = z.object({
  id: z.string(),
  matchType: z.enum(["EXACT_MATCH", "PREFIX_MATCH", "DEFAULT"]),
  value: z.string().nullish(),
  prefix: z.string().nullish(),
});

/**
 * Reads the first page of the account's rules. The API is a public beta, so it may be missing, or answer otherwise.
 *
 * @returns The rules; undefined if they cannot be read.
 */
export async function webhookRules(twilio: Twilio): Promise<WebhookRule[] | undefined> {
  const uri = `${productUrl(twilio.api.baseUrl, "webhooks")}/v1/Webhooks/Rules`;
  try {
    const { statusCode, body } = await twilio.request({ method: "get", uri });
    return statusCode === 200
      ? rulesIn(typeof body === "string" ? JSON.parse(body) : body)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Finds the list among the members of an answer, because its name is not documented. */
function rulesIn(answer: unknown): WebhookRule[] | undefined {
  const lists = z.record(z.unknown()).safeParse(answer);
  if (!lists.success) return undefined;
  for (const list of Object.values(lists.data)) {
    const rules = z.array(Rule).safeParse(list);
    if (rules.success) {
      return rules.data.map(({ id, matchType, value, prefix }) => ({
        id,
        matchType,
        value: value ?? prefix ?? "",
      }));
    }
  }
  return undefined;
}

/**
 * Finds the rule that Twilio applies to a URL: an exact one, else the one with the longest prefix, else the default.
 * Passwords and overrides are left out of the comparison.
 */
export function ruleFor(url: string, rules: WebhookRule[]): WebhookRule | undefined {
  const called = address(url);
  const ofType = (type: WebhookRule["matchType"]) =>
    rules.filter(({ matchType }) => matchType === type)
      .sort((one, other) => other.value.length - one.value.length);
  return ofType("EXACT_MATCH").find(({ value }) => address(value) === called) ??
    ofType("PREFIX_MATCH").find(({ value }) => called.startsWith(address(value))) ??
    ofType("DEFAULT")[0];
}

function address(url: string): string {
  return withoutPassword(url.replace(/#.*$/, ""));
}
