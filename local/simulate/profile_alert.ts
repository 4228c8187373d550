/**
 * `deno task simulate profile-alert`: a service reports that a contact's public profile has changed.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import { noAnswer } from "../command_line/no_answer.ts";
import { examples } from "../command_line/task_command.ts";
import { UsageError } from "../command_line/usage_error.ts";
import { parseJson } from "../parse_json.ts";
import { readSettings } from "../settings/environment.ts";
import { entriesOf } from "../../supabase/functions/_shared/configuration/environment.ts";
import { readAnswer } from "../stand_ins/twilio/webhook.ts";
import { deliver, type Delivery } from "./deliver.ts";
import { deliveryCommand, type DeliveryOptions, targetOf } from "./options.ts";
import { report } from "./report.ts";
import { rowsOfProfile } from "./stored_rows.ts";

/** The profile of the example contact, with another headline than the stored one. */
const EXAMPLE_PERSON = '{"firstName": "Ben", "lastName": "Example", "headline": "Shift lead"}';

/** The options of the command. */
interface ProfileAlertOptions extends DeliveryOptions {
  subscription: string;
  person: string;
}

/** Adds the command `profile-alert`. */
export function addProfileAlert(simulate: Command): void {
  deliveryCommand(
    simulate,
    "profile-alert",
    "A service reports that a contact's public profile has changed.",
    "The secret in the path (default: the local stack's)",
  )
    .option(
      "--subscription <id>",
      "The contact's alert_subscription_id (default: the example contact's)",
      "sub-example-2",
    )
    .option("--person <json>", "The profile, a JSON object", EXAMPLE_PERSON)
    .addHelpText(
      "after",
      examples(`simulate profile-alert --person '{"headline": "Planner", "location": "Leeds"}'`),
    )
    .action(async (options) => {
      Deno.exitCode = await profileAlert(options) ? 0 : 1;
    });
}

/** Posts the alert. @returns Whether every answer was 200. */
async function profileAlert(options: ProfileAlertOptions): Promise<boolean> {
  const person = parseJson(options.person);
  if (person === null || typeof person !== "object" || Array.isArray(person)) {
    throw new UsageError("--person must be a JSON object");
  }
  // The address that a service has ends with the secret, and the report shows the URL.
  if (/\/profile-alerts\/[^/?#]|[?#]/.test(options.url ?? "")) {
    throw new UsageError("--url must end before the secret: name that with --token");
  }
  const { subscription } = options;
  const { url, token: secret } = await targetOf("profile-alerts", {
    url: options.url,
    token: options.token ?? await localSecret(),
  });
  const body = JSON.stringify({ subscriptionId: subscription, data: { person } });
  const deliveries = await deliver(
    Array.from(
      { length: options.repeat },
      () => () => post(`${url}/${encodeURIComponent(secret)}`, body),
    ),
    options.concurrent,
  );
  const rows = await rowsOfProfile(url, subscription);
  return report({ url, deliveries, rows }, options.json);
}

/** @throws {Error} If the function does not answer. The error does not name the path. */
async function post(url: string, body: string): Promise<Delivery> {
  const startedAt = performance.now();
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body,
  }).catch((error) => {
    throw new Error(noAnswer(new URL(url).origin), { cause: error });
  });
  return await readAnswer(response, startedAt);
}

async function localSecret(): Promise<string> {
  const [secret] = entriesOf((await readSettings()).PROFILE_ALERTS_SECRET ?? "");
  if (!secret) {
    throw new UsageError("PROFILE_ALERTS_SECRET is empty. Set it, or name a secret with --token");
  }
  return secret;
}
