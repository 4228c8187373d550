/**
 * The checks of the env file's variables, and of the Twilio account that they name.
 *
 * @module
 */
import type { Check, Examined, Outcome } from "./check.ts";
import {
  type AskedAccount,
  askForAccount,
  checkAccount,
  checkApiKey,
  checkAuthToken,
} from "./environment/account.ts";
import { checkAddresses, checkBaseUrls, checkLocalKeys } from "./environment/local_values.ts";
import { checkNames } from "./environment/names.ts";
import {
  checkForms,
  checkModelVariables,
  checkPlatformWebhook,
  checkSendingVariables,
  checkWebhookVariables,
} from "./environment/values.ts";
import type { Project } from "../project/project.ts";

/** Lists the checks. */
export function environmentChecks(examined: Examined): Check[] {
  const { project } = examined;
  let asked: Promise<AskedAccount> | undefined;
  const account = () => asked ??= askForAccount(examined);
  return [
    { id: "environment.names", run: () => checkNames(project) },
    { id: "environment.forms", run: () => checkForms(project) },
    { id: "environment.webhooks", run: () => checkWebhookVariables(project) },
    { id: "environment.base_urls", run: () => checkBaseUrls(project) },
    { id: "environment.sending", run: () => checkSendingVariables(project) },
    { id: "environment.model", run: () => checkModelVariables(project) },
    { id: "environment.platform_webhook", run: () => checkPlatformWebhook(project) },
    { id: "environment.local_keys", run: () => checkLocalKeys(project) },
    { id: "environment.addresses", run: () => checkAddresses(project) },
    { id: "environment.secret_key", run: () => checkSecretKey(project) },
    { id: "environment.auth_token", run: async () => checkAuthToken(examined, await account()) },
    { id: "environment.api_key", run: () => checkApiKey(examined) },
    { id: "environment.account", run: async () => checkAccount(await account()) },
  ];
}

/** Checks that a secret key is known, without which the database cannot be asked. */
function checkSecretKey({ secretKey }: Project): Outcome {
  const mend =
    "Set SUPABASE_SECRET_KEY in the environment to a secret key of the project: Project Settings → API Keys";
  if (!secretKey) return { ok: null, detail: "SUPABASE_SECRET_KEY is not set", mend };
  if (secretKey.startsWith("sb_publishable_")) {
    return { ok: false, detail: "SUPABASE_SECRET_KEY holds a publishable key", mend };
  }
  return { ok: true, detail: "A secret key of the project is known" };
}
