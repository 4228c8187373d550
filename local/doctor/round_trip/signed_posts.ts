/**
 * Posts of a round trip to the webhooks, signed as Twilio signs them.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * @module
 */
import { z } from "zod/v3";
import { getExpectedBodyHash, getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { entriesOf } from "../../../supabase/functions/_shared/configuration/environment.ts";
import type { Project } from "../../project/project.ts";
import type { WebhookName } from "../../project/webhook_urls.ts";
import { ask, type HttpAnswer } from "../http_answer.ts";
import { Mendable } from "./mendable.ts";

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
 * @throws {Mendable} If the variables have no token.
 */
export function signedPosts(project: Project): Webhooks {
  const { functionsUrl, env, envFile } = project;
  const [token] = [env.TWILIO_WEBHOOK_AUTH_TOKEN, env.TWILIO_AUTH_TOKEN]
    .flatMap((tokens) => entriesOf(tokens ?? ""));
  if (token === undefined) {
    throw new Mendable("No token can sign", `Set TWILIO_AUTH_TOKEN in ${envFile}`);
  }
  const [firstUrl = functionsUrl] = entriesOf(env.TWILIO_WEBHOOK_BASE_URL ?? "");
  const signedBase = firstUrl.replace(/\/+$/, "");

  /** A request is never aborted: the function would store what it has read after the erasure. */
  async function post(path: string, form: Record<string, string>, body: string, type: string) {
    const signature = getExpectedTwilioSignature(token, `${signedBase}/${path}`, form);
    const answer = await ask(`${functionsUrl}/${path}`, {
      method: "POST",
      headers: { "Content-Type": type, "X-Twilio-Signature": signature },
      body,
    });
    return statusOf(project, path.split("?")[0], answer);
  }

  return {
    postForm: (name, form) =>
      post(name, form, new URLSearchParams(form).toString(), "application/x-www-form-urlencoded"),
    postEvents(events) {
      const body = JSON.stringify(events);
      const path = `twilio-events?bodySHA256=${getExpectedBodyHash(body)}`;
      return post(path, {}, body, "application/json");
    },
  };
}

const StatusAnswer = z.object({ status: z.string().regex(/^[a-z_]{1,32}$/) });

/** Reads an answer's status word. */
function statusOf({ envFile, isLocal }: Project, name: string, answer: HttpAnswer): string {
  const readTheLog = isLocal
    ? "Read the terminal of `task start`"
    : `Read the log of ${name} in the dashboard, under Edge Functions`;
  if (answer.kind === "no_answer") throw new Mendable(`${name}: ${answer.reason}`, readTheLog);
  const { status, json } = answer;
  if (status === 200) return StatusAnswer.safeParse(json).data?.status ?? "no status";
  if (status === 401) {
    const problem = `another TWILIO_AUTH_TOKEN or TWILIO_WEBHOOK_BASE_URL than ${envFile}`;
    throw new Mendable(
      `${name} refused the signature (401)`,
      isLocal
        ? `The functions run with ${problem}: stop \`task start\`, and start it again`
        : `The functions have ${problem}: npx supabase@3.1.0 secrets set --env-file ${envFile}`,
    );
  }
  if (status === 404) {
    throw new Mendable(
      `${name} is not there (404)`,
      "Deploy it: npx supabase@3.1.0 functions deploy --use-api",
    );
  }
  throw new Mendable(`${name} answered ${status}`, readTheLog);
}
