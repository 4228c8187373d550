/**
 * What all webhooks do around their own work: verify the request, answer, and log one line.
 *
 * @module
 */
import type { Configuration } from "../configuration/configuration.ts";
import type { DatabaseFailure } from "../database/database.ts";
import { type Log, logFailed, millisecondsSince } from "../log/log.ts";
import { MessageSid } from "../twilio/sid.ts";
import type { createDeferredLog } from "./deferred_log.ts";
import type { createRejection } from "./rejection.ts";
import { type VerifiedWebhook, verifyWebhook, type WebhookLimits } from "./verify_webhook.ts";

/** Result of a webhook. `status` is the answer's word, and `response` an answer other than the function's own. */
export type Outcome =
  & { response?: Response }
  & (
    | {
      status: "received" | "no_conversation" | "updated" | "ignored";
      message_sid?: string;
      conversation_id?: string;
      /** Of a status callback. */
      twilio_status?: string;
    }
    /** The database could not store it, or, without a failure, the handler threw an error. */
    | { status: "deferred"; failure?: DatabaseFailure }
  );

/** A webhook's own part. */
export interface WebhookOptions {
  /** The function's name, which is the last part of its URL. */
  name: string;
  configuration: Configuration;
  log: Log;
  /** What the function takes; by default no more than one message needs. */
  limits?: WebhookLimits;
  /** Does the work. An error that it throws is logged and answered as `deferred`. */
  handle(webhook: VerifiedWebhook, request: Request): Promise<Outcome>;
  /** Makes an answer other than JSON, with this HTTP status; undefined for callers who get JSON. */
  respond?(request: Request, httpStatus: number): Response | undefined;
}

/**
 * Makes the handler of a webhook. A verified request is always answered 200, except that the configuration
 * sets the status of `deferred`.
 *
 * @returns A handler that never throws.
 * @see https://www.twilio.com/docs/usage/webhooks/messaging-webhooks
 */
export function twilioWebhook(
  { name, configuration, log, limits, handle, respond }: WebhookOptions,
): (request: Request) => Promise<Response> {
  for (const reason of configuration.problems) log("error", "not_configured", { reason });
  for (const reason of configuration.warnings) log("warn", "not_configured", { reason });
  // Loaded with the first rejected and the first deferred request, and kept.
  let rejection: Promise<ReturnType<typeof createRejection>> | undefined;
  let deferredLog: Promise<ReturnType<typeof createDeferredLog>> | undefined;

  return async (request) => {
    const startedAt = performance.now();
    const webhook = await verifyWebhook(request, name, configuration, limits);
    if (webhook.kind === "rejected") {
      rejection ??= import("./rejection.ts").then(({ createRejection }) => createRejection(log));
      const reject = await rejection;
      return reject(webhook, startedAt);
    }

    const outcome = await handle(webhook, request).catch((error): Outcome => {
      logFailed(log, error);
      return { status: "deferred" };
    });
    let httpStatus = 200;
    if (outcome.status === "deferred") {
      httpStatus = configuration.deferredHttpStatus;
      const messageSid = MessageSid.safeParse(webhook.form.MessageSid).data;
      deferredLog ??= import("./deferred_log.ts")
        .then(({ createDeferredLog }) => createDeferredLog(log));
      const logDeferred = await deferredLog;
      logDeferred({ messageSid, failure: outcome.failure });
    } else {
      const { status, message_sid, conversation_id, twilio_status } = outcome;
      const duration_ms = millisecondsSince(startedAt);
      log("info", status, { message_sid, conversation_id, twilio_status, duration_ms });
    }
    return outcome.response ?? respond?.(request, httpStatus) ??
      Response.json({ status: outcome.status }, { status: httpStatus });
  };
}
