/**
 * The options of every simulated webhook.
 *
 * @module
 */
import { type Command, Option } from "@commander-js/extra-typings";
import { wholeNumber } from "../command_line/option_values.ts";
import { UsageError } from "../command_line/usage_error.ts";
import { apiUrl, portsFrom } from "../settings/addresses.ts";
import { readSettings } from "../settings/environment.ts";
import { LOCAL_ACCOUNT_SID } from "../settings/keys.ts";
import { accountOf } from "../stand_ins/twilio/account.ts";
import { CHANNELS } from "../stand_ins/twilio/address.ts";

/** The values of the options of a delivery. */
export interface DeliveryOptions {
  /** How often the webhook is posted. */
  repeat: number;
  /** Whether all posts start at once. */
  concurrent?: boolean;
  /** The functions' base URL, as Twilio calls it; the local stack's by default. */
  url?: string;
  /** The auth token that signs; the local stack's by default. */
  token?: string;
  /** Whether one JSON object is printed. */
  json?: boolean;
}

/**
 * Begins a command that posts a webhook, with the options of its delivery. The command adds its own ones.
 *
 * A generic function that adds these options to any command would make the type check take minutes.
 *
 * @param token What the option `--token` is.
 */
export function deliveryCommand(
  simulate: Command,
  name: string,
  description: string,
  token = "The auth token to sign with (default: the local stack's)",
) {
  return simulate.command(name)
    .description(description)
    .option("--json", "Print one JSON object, for machines")
    .optionsGroup("Delivery:")
    .option("--repeat <n>", "Post the same webhook N times, 1 to 1000", wholeNumber(1, 1000), 1)
    .option("--concurrent", "Post all at once instead of in sequence")
    .option(
      "--url <url>",
      "Another webhook than the local stack's: the functions' base URL, such as " +
        "https://<ref>.supabase.co/functions/v1, exactly as Twilio would call it",
    )
    .option("--token <token>", token)
    .optionsGroup("Options:");
}

/** The option of the channel. */
export function channelOption() {
  return new Option("--channel <name>", "The channel").choices(CHANNELS).default("sms" as const);
}

/** The webhook's URL, and the auth token that signs. */
export interface Target {
  url: string;
  token: string;
}

/**
 * Determines the webhook's URL and the auth token.
 *
 * @param functionName The function's name, which ends the URL.
 * @throws {UsageError} If --url or --token is invalid, or the local stack has no auth token.
 */
export async function targetOf(
  functionName: string,
  { url, token }: Pick<DeliveryOptions, "url" | "token">,
): Promise<Target> {
  if (token === "") throw new UsageError("--token must not be empty");
  return {
    url: webhookUrl(
      url ?? apiUrl(portsFrom(Deno.env.get("PORT_BASE"))),
      functionName,
    ),
    token: token ?? await localToken(),
  };
}

function webhookUrl(text: string, functionName: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(
      `--url must be an http or https URL, not "${text.replace(/\/\/[^/?#]*@/, "//")}"`,
    );
  }
  const [base, query] = text.split("?", 2);
  const path = url.pathname.replace(/\/+$/, "");
  if (path.endsWith(`/${functionName}`)) return text;
  const folder = path === "" ? "/functions/v1" : "";
  return `${base.replace(/\/+$/, "")}${folder}/${functionName}${
    query === undefined ? "" : `?${query}`
  }`;
}

/** The AccountSid of forms that are posted directly to a webhook. */
export function localAccountSid(): string {
  return Deno.env.get("TWILIO_ACCOUNT_SID") || LOCAL_ACCOUNT_SID;
}

async function localToken(): Promise<string> {
  const { signingToken } = accountOf(await readSettings());
  if (!signingToken) {
    throw new UsageError("TWILIO_AUTH_TOKEN is empty. Set it, or name an auth token with --token");
  }
  return signingToken;
}
