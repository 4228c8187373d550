/**
 * Agents, and the platform's server for them or as the bot, call this function to text a recruit.
 *
 * @see https://supabase.com/docs/reference/javascript/functions-invoke
 * @module
 */
import { surviveUnhandledRejections } from "../_shared/worker/after_answer.ts";
import { readConfiguration } from "../_shared/configuration/configuration.ts";
import { connectDatabase } from "../_shared/database/database.ts";
import { errorName } from "../_shared/log/error_name.ts";
import { createLog } from "../_shared/log/log.ts";
import { createRejectionLog } from "../_shared/log/rejection_log.ts";
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

const parts = sending && supabaseUrl && secretKey
  ? {
    identifyCaller: createIdentifyCaller(configuration),
    outbox: createOutbox(sending, connectDatabase(configuration), log),
  }
  : undefined;

/** What callers get who have not signed in. */
const FROM_STRANGERS = [401, 405];

async function handle(request: Request): Promise<Answer> {
  if (request.method !== "POST") return refusal("METHOD_NOT_ALLOWED");
  if (!parts) return refusal("NOT_CONFIGURED");
  const caller = await parts.identifyCaller(request);
  if (caller === "unavailable") return refusal("UNAVAILABLE");
  if (!caller) {
    return refusal("UNAUTHORIZED", "Sign in as an agent, or call with the project's secret key");
  }

  const bytes = await readBody(request);
  if (bytes === "too_large") return refusal("PAYLOAD_TOO_LARGE");
  if (bytes === "stalled") return refusal("REQUEST_TIMEOUT");
  const wanted = parseSendRequest(new TextDecoder().decode(bytes));
  if ("problem" in wanted) return refusal("INVALID", wanted.problem);
  if (caller.kind === "user" && wanted.agentId && wanted.agentId !== caller.id) {
    return refusal(
      "INVALID",
      "agent_id is for the platform's server: an agent sends as themselves",
    );
  }
  const result = await sendMessage(wanted, caller, parts.outbox);
  if (result.kind === "refused") return refusal(result.code);
  const { messageId: message_id, status, isConfirmed } = result;
  return answer(isConfirmed ? 200 : 202, { message_id, status });
}

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method === "OPTIONS") return preflight();
    const startedAt = performance.now();
    const { response, reason } = await handle(request).catch((error) => {
      log("error", "failed", { reason: errorName(error) });
      return refusal("UNAVAILABLE");
    });
    const { status } = response;
    const duration_ms = Math.round((performance.now() - startedAt) * 10) / 10;
    if (reason && FROM_STRANGERS.includes(status)) {
      logRejection({ status, reason, duration_ms });
    } else {
      const level = status >= 500 ? "error" : status >= 400 ? "warn" : "info";
      log(level, "answered", { status, reason, duration_ms });
    }
    return response;
  },
};
