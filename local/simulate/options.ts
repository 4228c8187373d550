/**
 * The options of every simulated webhook, and the parsing of command lines.
 *
 * @module
 */
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { apiUrl, portsFrom } from "../settings/addresses.ts";
import { createEnvFile, readSettings } from "../settings/environment.ts";
import { accountOf } from "../stand_ins/twilio/account.ts";

/** The command line is invalid. The message names the option. */
export class UsageError extends Error {}

/** The options of a delivery, for `parseArgs`. */
export const DELIVERY_OPTIONS = {
  repeat: { type: "string", default: "1" },
  concurrent: { type: "boolean", default: false },
  url: { type: "string" },
  token: { type: "string" },
  json: { type: "boolean", default: false },
} satisfies ParseArgsOptionsConfig;

/** The options of a delivery about a message. */
export const COMMON_OPTIONS = {
  channel: { type: "string", default: "sms" },
  ...DELIVERY_OPTIONS,
} satisfies ParseArgsOptionsConfig;

/** The help on DELIVERY_OPTIONS. */
export const DELIVERY_HELP =
  `  --repeat N         Post the same webhook N times, 1 to 1000 (default 1)
  --concurrent       Post all at once instead of in sequence
  --url URL          Another webhook than the local stack's: the functions' base URL, such as
                     https://<ref>.supabase.co/functions/v1, exactly as Twilio would call it
  --token TOKEN      The auth token to sign with (default: the local stack's)
  --json             Print one JSON object, for machines
  --help             This text`;

/** The help on COMMON_OPTIONS. */
export const COMMON_HELP = `  --channel NAME     sms, whatsapp, rcs or messenger (default sms)
${DELIVERY_HELP}`;

/** The webhook's URL, and the auth token that signs. */
export interface Target {
  url: string;
  token: string;
}

/**
 * Parses a command line.
 *
 * @throws {UsageError} For an unknown option, or one without its value.
 */
export function parseOptions<Options extends ParseArgsOptionsConfig>(
  args: string[],
  options: Options,
) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false })
      .values;
  } catch (error) {
    throw new UsageError(
      error instanceof Error ? error.message.split(". ")[0] : String(error),
    );
  }
}

/** Returns a required value. @throws {UsageError} If it is missing or empty. */
export function required(value: string | undefined, option: string): string {
  if (!value) throw new UsageError(`--${option} is missing`);
  return value;
}

/** Returns a value from a fixed list. @throws {UsageError} If the list does not hold it. */
export function oneOf<Name extends string>(
  value: string,
  names: readonly Name[],
  option: string,
): Name {
  const name = names.find((name) => name === value);
  if (!name) {
    throw new UsageError(
      `--${option} must be one of ${names.join(", ")}, not "${value}"`,
    );
  }
  return name;
}

/** Parses --repeat. @throws {UsageError} If it is not a whole number from 1 to 1000. */
export function repetitions(value: string): number {
  return wholeNumber(value, "repeat", 1, 1000);
}

/** Parses a number. @throws {UsageError} If it is not a whole number in the range. */
export function wholeNumber(value: string, option: string, min: number, max: number): number {
  const count = Number(value);
  if (!/^\d+$/.test(value) || count < min || count > max) {
    throw new UsageError(
      `--${option} must be a whole number from ${min} to ${max}, not "${value}"`,
    );
  }
  return count;
}

/**
 * Determines the webhook's URL and the auth token.
 *
 * @param functionName The function's name, which ends the URL.
 * @throws {UsageError} If --url or --token is invalid, or the local stack has no auth token.
 */
export async function targetOf(
  functionName: string,
  { url, token }: { url?: string; token?: string },
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
    throw new UsageError(`--url must be an http or https URL, not "${text}"`);
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
  return Deno.env.get("TWILIO_ACCOUNT_SID") || `AC${"0".repeat(32)}`;
}

async function localToken(): Promise<string> {
  await createEnvFile();
  const { signingToken } = accountOf(await readSettings());
  if (!signingToken) {
    throw new UsageError("TWILIO_AUTH_TOKEN is empty. Set it, or name an auth token with --token");
  }
  return signingToken;
}
