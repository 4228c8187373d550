/**
 * Services that watch people's public profiles, such as Reverse Contact and ScrapIn, call this function when a profile
 * has changed, and when they have found one. They sign nothing, so the secret is in the path: docs/profile-alerts.md.
 *
 * @module
 */
import { isOneOf } from "../_shared/authentication/compare_keys.ts";
import { readConfiguration } from "../_shared/configuration/configuration.ts";
import { connectDatabase } from "../_shared/database/database.ts";
import { readBody } from "../_shared/http/request_body.ts";
import { UNAVAILABLE_MESSAGES } from "../_shared/http/errors.ts";
import { createLog, logFailed, millisecondsSince } from "../_shared/log/log.ts";
import { createRejectionLog } from "../_shared/log/rejection_log.ts";
import { surviveUnhandledRejections } from "../_shared/worker/after_answer.ts";
import { type AlertPath, readAlertPath } from "./alert_path.ts";
import { parseAlert, parseLinkedinUrl, parseSubject } from "./alert_request.ts";
import { readAlertSecrets } from "./alert_secrets.ts";
import { accepted, type Answer, refusal, unknownPath } from "./answer.ts";
import { writeAlert, writeLinkedinUrl, type Written } from "./write_alert.ts";

const environment = Deno.env.toObject();
const configuration = readConfiguration(environment);
const warnings: string[] = [];
const secrets = readAlertSecrets(environment, configuration.supabaseUrl, warnings);
const log = createLog("profile-alerts");
const tools = { callDatabase: connectDatabase(configuration), log };
const logRejection = createRejectionLog(log);
surviveUnhandledRejections(log);
for (const reason of configuration.databaseProblems) log("error", "not_configured", { reason });
for (const reason of warnings) log("warn", "not_configured", { reason });

/** The largest body, in bytes. */
const MAX_BYTES = 1024 * 1024;

async function handle(request: Request): Promise<Answer> {
  const path = readAlertPath(request.url, (text) => isOneOf(secrets, text));
  if (!path) return unknownPath();
  if (request.method !== "POST") return refusal("METHOD_NOT_ALLOWED");

  if (Number(request.headers.get("content-length")) > MAX_BYTES) {
    return refusal("PAYLOAD_TOO_LARGE");
  }
  const body = await readBody(request, undefined, MAX_BYTES);
  if (body.kind === "too_large") return refusal("PAYLOAD_TOO_LARGE");
  if (body.kind === "stalled") return refusal("REQUEST_TIMEOUT");
  const text = new TextDecoder().decode(body.bytes);
  return path.kind === "alert" ? await handleAlert(text) : await handleResolved(path, text);
}

/** A profile may have changed. */
async function handleAlert(text: string): Promise<Answer> {
  const alert = parseAlert(text);
  if (alert.kind === "invalid") return refusal("INVALID", alert.problem);
  return answerTo(await writeAlert(alert.request, tools), "No contact has this subscriptionId");
}

/** The address of a profile was found. */
async function handleResolved(
  { query }: Extract<AlertPath, { kind: "resolve" }>,
  text: string,
): Promise<Answer> {
  const subject = parseSubject(query);
  if (subject.kind === "invalid") return refusal("INVALID", subject.problem);
  const url = parseLinkedinUrl(text);
  if (url.kind === "invalid") return refusal("INVALID", url.problem);
  const { type, id } = subject.request;
  if (type === "company") return accepted();
  return answerTo(await writeLinkedinUrl(id, url.request, tools), "No contact has this id");
}

/** @param unknown What a 404 says. */
function answerTo({ kind }: Written, unknown: string): Answer {
  switch (kind) {
    case "written":
      return accepted();
    case "unknown_contact":
      return refusal("NOT_FOUND", unknown);
    case "refused":
      return refusal("INVALID", "The database does not accept a value of the body");
    case "unavailable":
      return refusal("UNAVAILABLE");
  }
}

export default {
  async fetch(request: Request): Promise<Response> {
    const startedAt = performance.now();
    const { response, reason, isUnauthenticated } = await handle(request).catch((error) => {
      logFailed(log, error);
      return refusal("UNAVAILABLE", UNAVAILABLE_MESSAGES.thrown);
    });
    const { status } = response;
    const duration_ms = millisecondsSince(startedAt);
    if (isUnauthenticated) {
      logRejection({ status, reason: "unknown path or secret", duration_ms });
    } else {
      const level = status >= 500 ? "error" : status >= 400 ? "warn" : "info";
      log(level, "answered", { status, reason, duration_ms });
    }
    return response;
  },
};
