/**
 * The schedule calls this function every 10 seconds. It compares Twilio's log with the tables, and does
 * what is due, such as the turn of a worker that is gone, or an unconfirmed send.
 *
 * @see https://supabase.com/docs/guides/functions/schedule-functions
 * @module
 */
import { afterAnswer, surviveUnhandledRejections } from "../_shared/worker/after_answer.ts";
import { readBotConfiguration } from "../_shared/bot/bot_configuration.ts";
import { createBot } from "../_shared/bot/create_bot.ts";
import { readConfiguration } from "../_shared/configuration/configuration.ts";
import { readVariables, ReconcileVariables } from "../_shared/configuration/environment.ts";
import { connectDatabase } from "../_shared/database/database.ts";
import { createLog } from "../_shared/log/log.ts";
import { createIsPlatform } from "../_shared/callers/platform_key.ts";
import { createRejectionLog } from "../_shared/log/rejection_log.ts";
import { errorResponse, type HttpErrorCode } from "../_shared/http/errors.ts";
import { readBody } from "../_shared/http/request_body.ts";
import { reconcile, type ReconcileTools, type Run } from "./reconcile.ts";
import { parseReconcileRequest, type ReconcileRequest } from "./reconcile_request.ts";
import { openTwilioLog } from "./twilio_log.ts";

const name = "sms-reconcile";
const environment = Deno.env.toObject();
const configuration = readConfiguration(environment);
const botConfiguration = readBotConfiguration(environment, configuration);
const isPlatform = createIsPlatform(
  Object.values(configuration.secretKeys),
  environment.SUPABASE_SERVICE_ROLE_KEY,
);
const log = createLog(name);
const logRejection = createRejectionLog(log);
surviveUnhandledRejections(log);

const { databaseProblems, warnings } = configuration;
const { sending, problems } = botConfiguration;
const variables = readVariables(ReconcileVariables, environment, problems);
for (const reason of databaseProblems) log("error", "not_configured", { reason });
for (const reason of [...warnings, ...problems]) log("warn", "not_configured", { reason });
const tools: ReconcileTools | undefined = databaseProblems.length === 0
  ? {
    bot: createBot(botConfiguration, connectDatabase(configuration), log),
    twilioLog: sending && openTwilioLog(sending),
    statusCheckSeconds: sending?.statusCheckSeconds ?? 0,
    lagSeconds: variables.RECONCILE_LAG_SECONDS,
    overlapSeconds: variables.RECONCILE_OVERLAP_SECONDS,
  }
  : undefined;

/** Why a call is not taken, or not done. */
function refuse(code: HttpErrorCode, message?: string): Response {
  const response = errorResponse(code, { message });
  logRejection({ status: response.status, reason: code, duration_ms: 0 });
  return response;
}

async function run(request: ReconcileRequest, tools: ReconcileTools): Promise<Run> {
  const startedAt = performance.now();
  const run = await reconcile(request, tools);
  const { kind, reconciled: { turns, sends, inbound, statuses, status } } = run;
  const count = turns + sends.confirmed + sends.sent_again + sends.failed + inbound.brought_in +
    statuses.updated;
  if (count > 0 || status === "more" || kind !== "reconciled") {
    const duration_ms = Math.round(performance.now() - startedAt);
    const reason = kind === "reconciled" ? status : kind;
    log(kind === "reconciled" ? "info" : "error", "reconciled", { count, reason, duration_ms });
  }
  return run;
}

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method !== "POST") {
      return refuse("METHOD_NOT_ALLOWED");
    }
    if (!tools) return refuse("NOT_CONFIGURED");
    if (!isPlatform(request)) {
      return refuse("UNAUTHORIZED", "Call with the project's secret key, as apikey");
    }
    const bytes = await readBody(request);
    if (bytes === "too_large") return refuse("PAYLOAD_TOO_LARGE");
    if (bytes === "stalled") return refuse("REQUEST_TIMEOUT");
    const wanted = parseReconcileRequest(new TextDecoder().decode(bytes));
    if ("problem" in wanted) return refuse("INVALID", wanted.problem);
    if (!wanted.wait) {
      afterAnswer(async () => void await run(wanted, tools), log);
      return Response.json({ status: "started" }, { status: 202 });
    }
    const { kind, reconciled } = await run(wanted, tools);
    switch (kind) {
      case "reconciled":
        return Response.json(reconciled);
      case "twilio_unreachable":
        return refuse("TWILIO_UNREACHABLE");
      case "unavailable":
        return refuse(
          "UNAVAILABLE",
          "The database cannot be reached, or failed for a part, as the log says; the same call may be repeated",
        );
    }
  },
};
