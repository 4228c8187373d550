/**
 * The values of the variables, judged by the code of the functions themselves.
 *
 * @module
 */
import { readBotConfiguration } from "../../../supabase/functions/_shared/bot/bot_configuration.ts";
import {
  type Configuration,
  readConfiguration,
} from "../../../supabase/functions/_shared/configuration/configuration.ts";
import {
  entriesOf,
  Environment,
  readVariables,
} from "../../../supabase/functions/_shared/configuration/environment.ts";
import { readSendingConfiguration } from "../../../supabase/functions/_shared/outbox/sending_configuration.ts";
import { MIN_SECRET_LENGTH } from "../../../supabase/functions/profile-alerts/alert_secrets.ts";
import { readPlatformWebhook } from "../../../supabase/functions/sms-reconcile/platform_webhook.ts";
import type { Project } from "../../project/project.ts";
import type { Outcome } from "../check.ts";
import { variableMend } from "../mends.ts";

/** The platform gives each hosted function its keys, so an env file has none. */
const PLATFORM_KEYS = { SUPABASE_SECRET_KEYS: '{"default":"sb_secret_of_the_platform"}' };

/** How the SIDs begin that the functions pass on to Twilio as they are. */
const SIDS = { TWILIO_API_KEY: "SK", TWILIO_MESSAGING_SERVICE_SID: "MG" };

/** Reads the configuration as a function of the project does. */
export function configurationOf({ env }: Project): Configuration {
  return readConfiguration({ ...env, ...PLATFORM_KEYS });
}

/** Checks the form of each variable. */
export function checkForms(project: Project): Outcome {
  const problems = formProblems(project);
  if (problems.length > 0) return wrong(project, problems);
  const names = Object.keys(Environment.shape);
  const set = names.filter((name) => project.env[name]?.trim());
  return {
    ok: true,
    detail: `${set.length} of ${names.length} variables are set, all well formed`,
  };
}

/** Checks what verifies webhooks: the auth tokens and the base URLs. */
export function checkWebhookVariables(project: Project): Outcome {
  const { problems, warnings, webhookSigners } = configurationOf(project);
  const found = withoutForms(project, [...problems, ...warnings]);
  if (found.length > 0) return wrong(project, found);
  const urls = new Set(webhookSigners.map(({ baseUrl }) => baseUrl)).size;
  const keys = new Set(webhookSigners.map(({ authToken }) => authToken)).size;
  return { ok: true, detail: `${counted(keys, "key")} may sign for ${counted(urls, "base URL")}` };
}

/** Checks what sends. */
export function checkSendingVariables(project: Project): Outcome {
  const problems: string[] = [];
  const sending = readSendingConfiguration(project.env, configurationOf(project), problems);
  const found = withoutForms(project, problems);
  if (found.length > 0 || !sending) return wrong(project, found);
  const { TWILIO_API_KEY: apiKey } = project.env;
  return { ok: true, detail: `Messages are sent with the ${apiKey ? "API key" : "auth token"}` };
}

/** Checks what names the model. Without one every text is handed off to a person, which may be wanted. */
export function checkModelVariables(project: Project): Outcome {
  const { LLM_BASE_URL, LLM_MODEL } = project.env;
  if (!LLM_BASE_URL?.trim() && !LLM_MODEL?.trim()) {
    return {
      ok: null,
      detail: "No model is configured: every text is handed off to a person",
      mend: variableMend(
        project,
        "For a bot that answers set LLM_BASE_URL, LLM_API_KEY and LLM_MODEL",
      ),
    };
  }
  const { model, problems } = readBotConfiguration(project.env, configurationOf(project));
  if (!model) return wrong(project, problems.filter((problem) => problem.startsWith("LLM_")));
  return { ok: true, detail: `The model is ${model.name}` };
}

/** Checks where the platform's events are posted. */
export function checkPlatformWebhook(project: Project): Outcome {
  const problems: string[] = [];
  const webhook = readPlatformWebhook(project.env, problems);
  if (problems.length > 0) return wrong(project, problems);
  return webhook
    ? {
      ok: true,
      detail: `The platform's events are posted with ${counted(webhook.secrets.length, "secret")}`,
    }
    : { ok: null, detail: "PLATFORM_WEBHOOK_URL is not set: the platform's events are only read" };
}

function formProblems({ env }: Project): string[] {
  const problems: string[] = [];
  readVariables(Environment, env, problems);
  for (const [name, prefix] of Object.entries(SIDS)) {
    const value = env[name]?.trim() ?? "";
    if (value && !new RegExp(`^${prefix}[0-9a-zA-Z]{32}$`).test(value)) {
      problems.push(`${name} must be ${prefix} and 32 letters or digits`);
    }
  }
  for (const [index, secret] of entriesOf(env.PROFILE_ALERTS_SECRET ?? "").entries()) {
    if (secret.length >= MIN_SECRET_LENGTH) continue;
    const entry = `PROFILE_ALERTS_SECRET, entry ${index + 1},`;
    problems.push(`${entry} must have at least ${MIN_SECRET_LENGTH} characters`);
  }
  return problems;
}

/** Leaves out what the check of the forms says. */
function withoutForms(project: Project, problems: string[]): string[] {
  const forms = formProblems(project);
  return [...new Set(problems)].filter((problem) => !forms.includes(problem));
}

function wrong(project: Project, problems: string[]): Outcome {
  return {
    ok: false,
    detail: problems.join("; "),
    mend: variableMend(project, "Correct it"),
  };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
