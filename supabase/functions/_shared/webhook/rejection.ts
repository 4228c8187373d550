/**
 * Answers and logs the webhooks that are rejected. It is loaded with the first one.
 *
 * @module
 */
import { errorResponse, UNAUTHORIZED_MESSAGES } from "../http/errors.ts";
import { type Log, millisecondsSince } from "../log/log.ts";
import { createRejectionLog } from "../log/rejection_log.ts";
import type { RejectedWebhook } from "./verify_webhook.ts";

/**
 * Prepares the answers of one function.
 *
 * @returns A function that logs a rejected request and makes its answer. `startedAt` is the moment at which the request
 *   came, on `performance.now()`'s clock, in ms.
 */
export function createRejection(
  log: Log,
): (rejected: RejectedWebhook, startedAt: number) => Response {
  const logRejection = createRejectionLog(log);
  return ({ code, reason, message }, startedAt) => {
    const response = errorResponse(code, {
      // The answer is the same for each reason, so that an attacker learns nothing from it.
      message: code === "UNAUTHORIZED" ? UNAUTHORIZED_MESSAGES.webhook : message,
    });
    logRejection({ status: response.status, reason, duration_ms: millisecondsSince(startedAt) });
    return response;
  };
}
