/**
 * The options that every simulated webhook has.
 *
 * @module
 */
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { apiUrl, portsFrom } from "../settings/addresses.ts";
import { createEnvFile, readSettings } from "../settings/environment.ts";
import { accountOf } from "../twilio/account.ts";

/** The command line does not make sense; the message says where. */
export class UsageError extends Error {}

/** Options of what is delivered, for `parseArgs`. */
export const COMMON_OPTIONS = {
  channel: { type: "string", default: "sms" },
  repeat: { type: "string", default: "1" },
  concurrent: { type: "boolean", default: false },
  url: { type: "string" },
  token: { type: "string" },
  json: { type: "boolean", default: false },
} satisfies ParseArgsOptionsConfig;

/** How they are explained. */
export const COMMON_HELP = `  --channel NAME     sms, whatsapp, rcs or messenger (default sms)
  --repeat N         Deliver the same thing N times, 1 to 1000 (default 1)
  --concurrent       All deliveries at once instead of one after another
  --url URL          Another webhook than the local stack's: the functions' base URL, such as
                     https://<ref>.supabase.co/functions/v1, exactly as Twilio would call it
  --token TOKEN      The auth token to sign with (default: the local stack's)
  --json             One JSON object for machines
  --help             This text`;

/** Where deliveries go, and with which key they are signed. */
export interface Target {
  url: string;
  token: string;
}

/**
 * Parses a command line.
 *
 * @throws {UsageError} For an option that is not known or lacks its value.
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

/** A value that must be given. */
export function required(value: string | undefined, option: string): string {
  if (!value) throw new UsageError(`--${option} is missing`);
  return value;
}

/** A value out of a fixed list. */
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

/** A number of deliveries. */
export function repetitions(value: string): number {
  const count = Number(value);
  if (!/^\d+$/.test(value) || count < 1 || count > 1000) {
    throw new UsageError(
      `--repeat must be a whole number from 1 to 1000, not "${value}"`,
    );
  }
  return count;
}

/**
 * Works out the webhook's URL and the key.
 *
 * @param functionName The webhook's name, which ends its URL.
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

/** The account that signs what is sent directly. */
export function localAccountSid(): string {
  return Deno.env.get("TWILIO_ACCOUNT_SID") || `AC${"0".repeat(32)}`;
}

async function localToken(): Promise<string> {
  await createEnvFile();
  const { signingToken } = accountOf(await readSettings());
  if (!signingToken) {
    throw new UsageError("TWILIO_AUTH_TOKEN is empty; name a key with --token");
  }
  return signingToken;
}
