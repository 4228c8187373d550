/**
 * Posts of a round trip to the webhooks, signed as Twilio signs them.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * @module
 */
import { z } from "zod/v3";
import { getExpectedBodyHash, getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import type { Project } from "../../project/project.ts";
import type { WebhookName } from "../../project/webhook_urls.ts";
import { configurationOf } from "../environment/values.ts";
import { post } from "../functions/probes.ts";
import type { HttpAnswer } from "../http_answer.ts";
import { deployMend, secretsMend } from "../mends.ts";
import { ErrorWithMend } from "./error_with_mend.ts";

/** Posts to the webhooks of a project. */
export interface Webhooks {
  /** Posts a form. Returns the status word of the answer. @throws {ErrorWithMend} If it is not taken. */
  postForm(name: WebhookName, form: Record<string, string>): Promise<string>;
  /** Posts a batch of events. Returns the status word of the answer. @throws {ErrorWithMend} If it is not taken. */
  postEvents(events: unknown[]): Promise<string>;
  /** The functions that may still be at work, because an answer of theirs is missing. */
  unanswered(): WebhookName[];
}

/**
 * How long an answer is waited for, in ms: far longer than a function takes, because it would store what it has read
 * after the erasure.
 */
const POST_LIMIT_MS = 30_000;

/**
 * Makes the posts of a project, with the first key that may sign: for the URL of the project if it is among the base
 * URLs, else for the first base URL.
 *
 * @throws {ErrorWithMend} If no key may sign.
 */
export function signedPosts(project: Project): Webhooks {
  const { functionsUrl, envFile } = project;
  const signers = configurationOf(project).webhookSigners;
  const signer = signers.find(({ baseUrl }) => baseUrl === functionsUrl) ?? signers[0];
  if (!signer) {
    throw new ErrorWithMend("No token can sign", `Set TWILIO_AUTH_TOKEN in ${envFile}`);
  }
  const { authToken, baseUrl } = signer;

  const unanswered = new Set<WebhookName>();
  async function postTo(
    name: WebhookName,
    query: string,
    form: Record<string, string>,
    body: string,
    type: string,
  ) {
    const path = name + query;
    const signature = getExpectedTwilioSignature(authToken, `${baseUrl}/${path}`, form);
    const headers = { "Content-Type": type, "X-Twilio-Signature": signature };
    const answer = await post(`${functionsUrl}/${path}`, headers, body, POST_LIMIT_MS);
    // The gateway answers 5xx where it gives up waiting.
    if (answer.kind === "no_answer" || answer.status >= 500) unanswered.add(name);
    return statusOf(project, name, answer);
  }

  return {
    postForm: (name, form) =>
      postTo(
        name,
        "",
        form,
        new URLSearchParams(form).toString(),
        "application/x-www-form-urlencoded",
      ),
    postEvents(events) {
      const body = JSON.stringify(events);
      const query = `?bodySHA256=${getExpectedBodyHash(body)}`;
      return postTo("twilio-events", query, {}, body, "application/json");
    },
    unanswered: () => [...unanswered],
  };
}

const StatusAnswer = z.object({ status: z.string().regex(/^[a-z_]{1,32}$/) });

/** Reads an answer's status word. */
function statusOf(project: Project, name: string, answer: HttpAnswer): string {
  const readTheLog = project.isLocal
    ? "Read the terminal of the local stack"
    : `Read the log of ${name} in the dashboard (Edge Functions → Logs)`;
  if (answer.kind === "no_answer") throw new ErrorWithMend(`${name}: ${answer.reason}`, readTheLog);
  const { status, json } = answer;
  if (status === 200) return StatusAnswer.safeParse(json).data?.status ?? "no status";
  if (status === 401) {
    throw new ErrorWithMend(
      `${name} refuses the signature (401)`,
      `The functions have another TWILIO_AUTH_TOKEN or TWILIO_WEBHOOK_BASE_URL than ${project.envFile}. ${
        secretsMend(project)
      }`,
    );
  }
  if (status === 404) {
    throw new ErrorWithMend(`${name} is not deployed (404)`, deployMend(project, [name]));
  }
  throw new ErrorWithMend(`${name} answers ${status}`, readTheLog);
}
