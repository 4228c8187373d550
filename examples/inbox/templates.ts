/**
 * The account's templates, read from Twilio's Content API for the page.
 *
 * The page does not read them itself, because the API needs the account's credentials.
 *
 * @see https://www.twilio.com/docs/content/content-api-resources
 * @module
 */
import { z } from "zod/v3";
import type { TwilioAccount } from "../../local/stand_ins/twilio/account.ts";
import { PLACEHOLDER, templateText } from "../../supabase/functions/_shared/outbox/template.ts";
import type { TemplateChoice } from "./page/inbox/template_choice.ts";

/** The most templates that are offered: the longest page of the API. */
const PAGE_SIZE = 1000;

/** How long Twilio may take, in ms. */
const ANSWER_MS = 5_000;

const NO_TEXT: { text: null; variables: Record<string, unknown> } = { text: null, variables: {} };

const ContentList = z.object({
  contents: z.array(
    z.object({ sid: z.string(), friendly_name: z.string().nullable() }).passthrough(),
  ),
});

/**
 * Reads the templates.
 *
 * @param url The base URL of the Content API, such as https://content.twilio.com.
 * @throws {Error} If the API refuses, or cannot be reached within 5 s.
 */
export async function readTemplates(
  url: string,
  { accountSid, authToken }: TwilioAccount,
): Promise<TemplateChoice[]> {
  const response = await fetch(`${url}/v1/Content?PageSize=${PAGE_SIZE}`, {
    headers: { Authorization: `Basic ${btoa(`${accountSid}:${authToken}`)}` },
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  if (!response.ok) throw new Error(`The Content API answered ${response.status}`);
  const { contents } = ContentList.parse(await response.json());
  return contents.map((content) => {
    const { text, variables } = templateText(content) ?? NO_TEXT;
    return {
      sid: content.sid,
      name: content.friendly_name ?? content.sid,
      text,
      variables: namesIn(text ?? "").map((name) => ({
        name,
        example: String(variables[name] ?? ""),
      })),
    };
  });
}

/** The variables of a text, each once. */
function namesIn(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(PLACEHOLDER), ([, name]) => name))];
}
