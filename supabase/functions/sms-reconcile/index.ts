/**
 * The schedule calls this function every 10 seconds. It compares Twilio's log with the tables, and does
 * what is due, such as a stalled turn or an unconfirmed send.
 *
 * @see https://supabase.com/docs/guides/functions/schedule-functions
 * @module
 */
import { afterAnswer, surviveUnhandledRejections } from "../_shared/worker/after_answer.ts";
import { createBot } from "../_shared/bot/bot.ts";
import { readBotConfiguration } from "../_shared/bot/bot_configuration.ts";
import { createIsPlatform } from "../_shared/authentication/platform_key.ts";
import { readConfiguration } from "../_shared/configuration/configuration.ts";
import {
  LegacyKeyVariable,
  MediaVariables,
  readVariables,
  ReconcileVariables,
} from "../_shared/configuration/environment.ts";
import { connectDatabase } from "../_shared/database/database.ts";
import {
  errorResponse,
  type HttpErrorCode,
  UNAUTHORIZED_MESSAGES,
} from "../_shared/http/errors.ts";
import { readBody } from "../_shared/http/request_body.ts";
import { createMediaTasks } from "../_shared/media/media_tasks.ts";
import { createLog, millisecondsSince } from "../_shared/log/log.ts";
import { createRejectionLog } from "../_shared/log/rejection_log.ts";
import { platformEventsTask } from "./platform_events.ts";
import { readPlatformWebhook } from "./platform_webhook.ts";
import { reconcile, type ReconcileTools, type Run } from "./reconcile.ts";
import { parseReconcileRequest, type ReconcileRequest } from "./reconcile_request.ts";
import { openTwilioLog } from "./twilio_log.ts";

const environment = Deno.env.toObject();
const configuration = readConfiguration(environment);
const botConfiguration = readBotConfiguration(environment, configuration);
const log = createLog("sms-reconcile");
const logRejection = createRejectionLog(log);
surviveUnhandledRejections(log);

const { databaseProblems, warnings } = configuration;
const { sending, problems } = botConfiguration;
const variables = readVariables(
  ReconcileVariables.merge(MediaVariables).merge(LegacyKeyVariable),
  environment,
  problems,
);
const isPlatform = createIsPlatform(
  Object.values(configuration.secretKeys),
  variables.SUPABASE_SERVICE_ROLE_KEY,
);
const platformWebhook = readPlatformWebhook(environment, problems);
const callDatabase = connectDatabase(configuration);
for (const reason of databaseProblems) log("error", "not_configured", { reason });
for (const reason of [...warnings, ...problems]) log("warn", "not_configured", { reason });

/** Dependencies of a run; undefined if the function is not configured. */
const tools: ReconcileTools | undefined = databaseProblems.length === 0
  ? {
    bot: createBot(botConfiguration, callDatabase, log),
    twilioLog: sending && openTwilioLog(sending),
    statusCheckSeconds: sending?.statusCheckSeconds ?? 0,
    lagSeconds: variables.RECONCILE_LAG_SECONDS,
    overlapSeconds: variables.RECONCILE_OVERLAP_SECONDS,
    backgroundTasks: [
      ...createMediaTasks({
        configuration,
        callDatabase,
        account: sending,
        deletesTwilioMedia: variables.TWILIO_DELETE_MEDIA,
        log,
      }),
      platformEventsTask({ callDatabase, webhook: platformWebhook, log }),
    ],
  }
  : undefined;

async function handle(request: Request): Promise<Response> {
  if (request.method !== "POST") return refuse("METHOD_NOT_ALLOWED");
  if (!tools) return refuse("NOT_CONFIGURED");
  if (!isPlatform(request)) {
    return refuse("UNAUTHORIZED", UNAUTHORIZED_MESSAGES.smsReconcile);
  }

  const body = await readBody(request);
  if (body.kind === "too_large") return refuse("PAYLOAD_TOO_LARGE");
  if (body.kind === "stalled") return refuse("REQUEST_TIMEOUT");
  const parsed = parseReconcileRequest(new TextDecoder().decode(body.bytes));
  if (parsed.kind === "invalid") return refuse("INVALID", parsed.problem);

  const { request: wanted } = parsed;
  if (wanted.wait) return answerTo(await run(wanted, tools));
  afterAnswer(async () => void await run(wanted, tools), log);
  return Response.json({ status: "started" }, { status: 202 });
}

/** Runs once, and logs a run that did something or was kept from it. */
async function run(request: ReconcileRequest, tools: ReconcileTools): Promise<Run> {
  const startedAt = performance.now();
  const run = await reconcile(request, tools);
  const { kind, reconciled: { turns, sends, inbound, statuses, status } } = run;
  const count = turns + sends.confirmed + sends.sent_again + sends.failed + inbound.brought_in +
    statuses.updated;
  const duration_ms = millisecondsSince(startedAt);
  if (kind !== "reconciled") {
    log("error", "reconciled", { count, reason: kind, duration_ms });
  } else if (count > 0 || status === "more") {
    log("info", "reconciled", { count, reason: status, duration_ms });
  }
  return run;
}

function answerTo({ kind, reconciled }: Run): Response {
  switch (kind) {
    case "reconciled":
      return Response.json(reconciled);
    case "twilio_unreachable":
      return refuse("TWILIO_UNREACHABLE");
    case "database_failed":
      return refuse(
        "UNAVAILABLE",
        "The database cannot be reached, or failed for a part, as the log says; the same call may be repeated",
      );
  }
}

/** Makes an error answer, and logs it. */
function refuse(code: HttpErrorCode, message?: string): Response {
  const response = errorResponse(code, { message });
  logRejection({ status: response.status, reason: code, duration_ms: 0 });
  return response;
}

export default { fetch: handle };
