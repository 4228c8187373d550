/**
 * Agents, and the platform's server for them or as the bot, call this function to text a recruit.
 *
 * @see https://supabase.com/docs/reference/javascript/functions-invoke
 * @module
 */
import { surviveUnhandledRejections } from "../_shared/worker/after_answer.ts";
import { readConfiguration } from "../_shared/configuration/configuration.ts";
import { connectDatabase } from "../_shared/database/database.ts";
import { createLog, logFailed, millisecondsSince } from "../_shared/log/log.ts";
import { createRejectionLog } from "../_shared/log/rejection_log.ts";
import { UNAUTHORIZED_MESSAGES, UNAVAILABLE_MESSAGES } from "../_shared/http/errors.ts";
import { readBody } from "../_shared/http/request_body.ts";
import { createOutbox } from "../_shared/outbox/outbox.ts";
import { readSendingConfiguration } from "../_shared/outbox/sending_configuration.ts";
import { type Answer, answer, preflight, refusal } from "./answer.ts";
import { createIdentifyCaller } from "./caller.ts";
import { sendMessage } from "./send_message.ts";
import { parseSendRequest } from "./send_request.ts";

const environment = Deno.env.toObject();
const configuration = readConfiguration(environment);
const { supabaseUrl, secretKey, problems, warnings } = configuration;
const sending = readSendingConfiguration(environment, configuration, problems);
const log = createLog("sms-send");
const logRejection = createRejectionLog(log);
surviveUnhandledRejections(log);
for (const reason of problems) log("error", "not_configured", { reason });
for (const reason of warnings) log("warn", "not_configured", { reason });

/** What answering a call takes; undefined if the function is not configured. */
const service = sending && supabaseUrl && secretKey
  ? {
    identifyCaller: createIdentifyCaller(configuration),
    outbox: createOutbox(sending, connectDatabase(configuration), log),
  }
  : undefined;

async function handle(request: Request): Promise<Answer> {
  if (request.method !== "POST") return refusal("METHOD_NOT_ALLOWED");
  if (!service) return refusal("NOT_CONFIGURED");

  const caller = await service.identifyCaller(request);
  if (caller.kind === "auth_unreachable") {
    return refusal("UNAVAILABLE", UNAVAILABLE_MESSAGES.auth);
  }
  if (caller.kind === "unknown") {
    return refusal("UNAUTHORIZED", UNAUTHORIZED_MESSAGES.smsSend);
  }

  const body = await readBody(request);
  if (body.kind === "too_large") return refusal("PAYLOAD_TOO_LARGE");
  if (body.kind === "stalled") return refusal("REQUEST_TIMEOUT");
  const parsed = parseSendRequest(new TextDecoder().decode(body.bytes));
  if (parsed.kind === "invalid") return refusal("INVALID", parsed.problem);
  const { request: message } = parsed;
  if (caller.kind === "user" && message.agentId && message.agentId !== caller.id) {
    return refusal(
      "INVALID",
      "agent_id is for the platform's server: an agent sends as themselves",
    );
  }

  const result = await sendMessage(message, caller, service.outbox);
  if (result.kind === "refused") return refusal(result.code, result.message);
  const { messageId: message_id, status, isConfirmed } = result;
  return answer(isConfirmed ? 200 : 202, { message_id, status });
}

/** The answers that an unauthenticated caller can cause: they are logged in batches. */
const ANSWERS_TO_UNAUTHENTICATED = [401, 405];

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method === "OPTIONS") return preflight();
    const startedAt = performance.now();
    const { response, reason } = await handle(request).catch((error) => {
      logFailed(log, error);
      return refusal("UNAVAILABLE", UNAVAILABLE_MESSAGES.thrown);
    });
    const { status } = response;
    const duration_ms = millisecondsSince(startedAt);
    if (reason && ANSWERS_TO_UNAUTHENTICATED.includes(status)) {
      logRejection({ status, reason, duration_ms });
    } else {
      const level = status >= 500 ? "error" : status >= 400 ? "warn" : "info";
      log(level, "answered", { status, reason, duration_ms });
    }
    return response;
  },
};
