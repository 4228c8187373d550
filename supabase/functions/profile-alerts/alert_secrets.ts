/**
 * The secrets of profile alerts.
 *
 * @module
 */
import { type Env, Environment, readVariables } from "../_shared/configuration/environment.ts";
import {
  isDockerGateway,
  isLoopback,
  isPublishedKey,
  readWebhookUrls,
} from "../_shared/webhook/webhook_signers.ts";

/** A published secret is valid where the base URLs are local. */
const Variables = Environment.pick({ PROFILE_ALERTS_SECRET: true, TWILIO_WEBHOOK_BASE_URL: true });

/** The fewest characters of a secret, in UTF-16 units. */
export const MIN_SECRET_LENGTH = 32;

/**
 * Reads the secrets that are valid. The function is optional, so that none is a warning and no problem.
 *
 * @param env The environment variables.
 * @param supabaseUrl The base URL of the project's API.
 * @param warnings Gets a line for each entry that is not valid, and one where none is. A line never holds an entry.
 */
export function readAlertSecrets(env: Env, supabaseUrl: string, warnings: string[]): string[] {
  const variables = readVariables(Variables, env, warnings);
  const { localUrls } = readWebhookUrls(variables.TWILIO_WEBHOOK_BASE_URL, supabaseUrl, []);
  // Behind the platform's gateway a function does not see the address that was called.
  const isLocal = localUrls.length > 0 && (isLoopback(supabaseUrl) || isDockerGateway(supabaseUrl));

  const secrets = variables.PROFILE_ALERTS_SECRET.filter((secret, index) => {
    const entry = `PROFILE_ALERTS_SECRET, entry ${index + 1},`;
    if (isPublishedKey(secret) && !isLocal) {
      warnings.push(`${entry} begins with local-, so it is published and not valid here`);
      return false;
    }
    if (secret.length < MIN_SECRET_LENGTH) {
      warnings.push(`${entry} has fewer than ${MIN_SECRET_LENGTH} characters, so it is not valid`);
      return false;
    }
    return true;
  });
  if (secrets.length === 0) {
    warnings.push("PROFILE_ALERTS_SECRET holds no valid secret: no profile alert is accepted");
  }
  return secrets;
}
