/**
 * The schedule calls this function every 10 seconds: it does what is due, such as the turn of a worker
 * that is gone, or a send whose outcome is not known.
 *
 * @see https://supabase.com/docs/guides/functions/schedule-functions
 * @module
 */
import { afterAnswer, surviveUnhandledRejections } from "../_shared/after_answer.ts";
import { readBotConfiguration } from "../_shared/bot/bot_configuration.ts";
import { createBot } from "../_shared/bot/create_bot.ts";
import { readConfiguration } from "../_shared/configuration.ts";
import { connectDatabase } from "../_shared/database.ts";
import { doDueWork, type DoneWork } from "../_shared/due_work/do_due_work.ts";
import { createLog } from "../_shared/log.ts";
import { createIsPlatform } from "../_shared/platform_key.ts";
import { createRejectionLog } from "../_shared/rejection_log.ts";
import { readBody } from "../_shared/request_body.ts";
import { parseReconcileRequest } from "./reconcile_request.ts";

/** After so many ms a run begins no new piece of work: the next run goes on. */
const RUN_MS = 40_000;

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
for (const reason of databaseProblems) log("error", "not_configured", { reason });
for (const reason of [...warnings, ...botConfiguration.problems]) {
  log("warn", "not_configured", { reason });
}
const bot = databaseProblems.length === 0
  ? createBot(botConfiguration, connectDatabase(configuration), log)
  : undefined;

/** Why a call is not taken. */
function refuse(status: number, code: string, message: string, headers = {}): Response {
  logRejection({ status, reason: code, duration_ms: 0 });
  return Response.json({ error: { code, message } }, { status, headers });
}

async function run(): Promise<DoneWork> {
  const startedAt = performance.now();
  const done = await doDueWork(bot!, RUN_MS);
  const count = done.turns + Object.values(done.sends).reduce((sum, number) => sum + number, 0);
  if (count > 0 || done.status !== "done") {
    const duration_ms = Math.round(performance.now() - startedAt);
    log(done.status === "unavailable" ? "error" : "info", "reconciled", {
      count,
      reason: done.status,
      duration_ms,
    });
  }
  return done;
}

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method !== "POST") {
      return refuse(405, "METHOD_NOT_ALLOWED", "Only POST is allowed", { Allow: "POST" });
    }
    if (!bot) {
      const message = "The function is not configured; its log names what is missing";
      return refuse(500, "NOT_CONFIGURED", message);
    }
    if (!isPlatform(request)) {
      return refuse(401, "UNAUTHORIZED", "Call with the project's secret key, as apikey");
    }
    const bytes = await readBody(request);
    if (bytes === "too_large") return refuse(413, "PAYLOAD_TOO_LARGE", "The body is too large");
    if (bytes === "stalled") {
      return refuse(408, "REQUEST_TIMEOUT", "The body did not arrive in time");
    }
    const wanted = parseReconcileRequest(new TextDecoder().decode(bytes));
    if ("problem" in wanted) return refuse(422, "INVALID", wanted.problem);
    if (!wanted.wait) {
      afterAnswer(async () => void await run(), log);
      return Response.json({ status: "started" }, { status: 202 });
    }
    const done = await run();
    if (done.status !== "unavailable") return Response.json(done);
    return refuse(
      503,
      "UNAVAILABLE",
      "The database cannot be reached; the same call may be repeated",
    );
  },
};
