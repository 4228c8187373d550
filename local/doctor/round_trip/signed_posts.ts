/**
 * Posts of a round trip to the webhooks, signed as Twilio signs them.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * @module
 */
import { getExpectedBodyHash, getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { entriesOf } from "../../../supabase/functions/_shared/configuration/environment.ts";
import type { Project } from "../../project/project.ts";
import type { WebhookName } from "../../project/webhook_urls.ts";
import { Mendable } from "./mendable.ts";

/** The longest time of a request, in ms. */
export const REQUEST_MS = 15_000;

/** Posts to the webhooks of a project. */
export interface Webhooks {
  /** Posts a form. Returns the status word of the answer. @throws {Mendable} If it is not taken. */
  postForm(name: WebhookName, form: Record<string, string>): Promise<string>;
  /** Posts a batch of events. Returns the status word of the answer. @throws {Mendable} If it is not taken. */
  postEvents(events: unknown[]): Promise<string>;
}

/**
 * Makes the posts of a project.
 *
 * @param project The project. Its variables have the token, and the first base URL, for which the posts are
 *   signed.
 * @param stop Aborts the requests.
 * @throws {Mendable} If the variables have no token.
 */
export function signedPosts(project: Project, stop: AbortSignal): Webhooks {
  const { functionsUrl, env, envFile } = project;
  const [token] = [env.TWILIO_WEBHOOK_AUTH_TOKEN, env.TWILIO_AUTH_TOKEN]
    .flatMap((tokens) => entriesOf(tokens ?? ""));
  if (token === undefined) {
    throw new Mendable("No token can sign", `Set TWILIO_AUTH_TOKEN in ${envFile}`);
  }
  const [firstUrl = functionsUrl] = entriesOf(env.TWILIO_WEBHOOK_BASE_URL ?? "");
  const signedBase = firstUrl.replace(/\/+$/, "");
  const signed = (path: string, form: Record<string, string>, body: string, type: string) =>
    statusOf(
      project,
      path,
      fetch(`${functionsUrl}/${path}`, {
        method: "POST",
        headers: {
          "Content-Type": type,
          "X-Twilio-Signature": getExpectedTwilioSignature(token, `${signedBase}/${path}`, form),
        },
        body,
        redirect: "manual",
        signal: AbortSignal.any([stop, AbortSignal.timeout(REQUEST_MS)]),
      }),
    );
  return {
    postForm: (name, form) =>
      signed(
        name,
        form,
        new URLSearchParams(form).toString(),
        "application/x-www-form-urlencoded; charset=UTF-8",
      ),
    postEvents(events) {
      const body = JSON.stringify(events);
      const path = `twilio-events?bodySHA256=${getExpectedBodyHash(body)}`;
      return signed(path, {}, body, "application/json");
    },
  };
}

/** Reads an answer's status word. */
async function statusOf(
  { envFile, isLocal }: Project,
  path: string,
  answer: Promise<Response>,
): Promise<string> {
  const [name] = path.split("?");
  const logs = isLocal
    ? "Read the terminal of `task start`"
    : `Read the log of ${name} in the dashboard, under Edge Functions`;
  let response: Response;
  let text: string;
  try {
    response = await answer;
    text = await response.text();
  } catch (error) {
    const isLate = error instanceof DOMException && error.name === "TimeoutError";
    const what = isLate ? `has not answered within ${REQUEST_MS / 1000} s` : "cannot be reached";
    throw new Mendable(`${name} ${what}`, logs, { cause: error });
  }
  switch (response.status) {
    case 200:
      return statusWordIn(text);
    case 401:
      throw new Mendable(
        `${name} refused the signature (401)`,
        isLocal
          ? `Restart the stack: the functions have another TWILIO_AUTH_TOKEN or TWILIO_WEBHOOK_BASE_URL than ${envFile}`
          : `The functions have another TWILIO_AUTH_TOKEN or TWILIO_WEBHOOK_BASE_URL than ${envFile}: npx supabase@3.1.0 secrets set --env-file ${envFile}`,
      );
    case 404:
      throw new Mendable(
        `${name} is not there (404)`,
        "Deploy it: npx supabase@3.1.0 functions deploy --use-api",
      );
    default:
      throw new Mendable(`${name} answered ${response.status}`, logs);
  }
}

function statusWordIn(text: string): string {
  try {
    const { status } = JSON.parse(text);
    return /^[a-z_]{1,32}$/.test(status) ? status : "no status";
  } catch {
    return "no status";
  }
}
