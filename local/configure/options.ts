/**
 * What the command line of `twilio configure` names.
 *
 * @module
 */
import { entriesOf } from "../../supabase/functions/_shared/configuration/environment.ts";
import {
  isLoopback,
  namesFunction,
} from "../../supabase/functions/_shared/webhook/webhook_signers.ts";
import { UsageError } from "../command_line/usage_error.ts";
import type { Project } from "../project/project.ts";
import { baseUrlsIn, configuredUrl, isAddress } from "../project/webhook_urls.ts";
import { portsFrom, twilioUrl } from "../settings/addresses.ts";
import { shownAddress } from "../project/shown_address.ts";
import { shownPath } from "../project/shown_path.ts";
import { shownText } from "../project/shown_text.ts";
import { isLocalAccount, standInUrl } from "./local_account.ts";

/** The options of the command. */
export interface ConfigureOptions {
  number?: string[];
  service?: string[];
  whatsapp?: string[];
  events?: boolean;
  url?: string;
  envFile?: string;
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** What is to be set, each once. */
export interface Named {
  /** E.164. */
  numbers: string[];
  /** `MG` and 32 hexadecimal digits. */
  services: string[];
  /** E.164. */
  whatsapp: string[];
  events: boolean;
}

/**
 * Reads what is to be set.
 *
 * @throws {UsageError} If nothing is named, or a value has the wrong form. The message holds its last four
 *   characters only.
 */
export function namedBy(options: ConfigureOptions): Named {
  const { number = [], service = [], whatsapp = [], events = false } = options;
  if (number.length + service.length + whatsapp.length === 0 && !events) {
    throw new UsageError("Name at least one of --number, --service, --whatsapp and --events");
  }
  if (options.json && !options.yes && !options.dryRun) {
    throw new UsageError("--json asks nothing: add --yes or --dry-run");
  }
  return {
    numbers: unique(number.map((value) => e164(value, "--number"))),
    services: unique(service.map(serviceSid)),
    whatsapp: unique(
      whatsapp.map((value) => e164(value.trim().replace(/^whatsapp:/, ""), "--whatsapp")),
    ),
    events,
  };
}

/** Reads a number, also as Twilio's console shows it, such as `+1 555 010 0000` or `+1 (555) 010-0000`. */
function e164(value: string, option: string): string {
  const number = value.replace(/[\s().-]/g, "");
  if (/^\+[1-9]\d{6,14}$/.test(number)) return number;
  throw new UsageError(
    `${option} must be an E.164 number, such as +15550100000, not "${shownAddress(value)}"`,
  );
}

function serviceSid(value: string): string {
  if (/^MG[0-9a-fA-F]{32}$/.test(value)) return value;
  throw new UsageError(
    `--service must be the SID of a Messaging Service, MG and 32 hexadecimal digits, not "${
      shownAddress(value)
    }"`,
  );
}

function unique(values: string[]): string[] {
  return [...new Set(values)];
}

/**
 * Returns the base URL that Twilio is to call, without a slash at the end. Of a base URL with a password only the
 * address needs to be given with `--url`: the password is part of what Twilio signs.
 *
 * @throws {UsageError} If Twilio cannot call it, or the variables are those of the local stack while the API is
 *   Twilio's own.
 */
export function calledUrl(
  project: Project,
  options: ConfigureOptions,
): string {
  const { env, functionsUrl, envFile } = project;
  const [firstUrl] = baseUrlsIn(env.TWILIO_WEBHOOK_BASE_URL);
  if (options.url === undefined && firstUrl && (!isAddress(firstUrl) || namesFunction(firstUrl))) {
    throw new UsageError(
      `TWILIO_WEBHOOK_BASE_URL in ${
        shownPath(envFile)
      } must begin with an address such as https://<ref>.supabase.co/functions/v1. Correct it, or name --url`,
    );
  }
  const url = configuredUrl(env.TWILIO_WEBHOOK_BASE_URL, functionsUrl) ?? functionsUrl;
  if (options.envFile !== undefined && !isLocalAccount(project) && isWorkedOut(project, url)) {
    throw new UsageError(
      `Name --url, or set TWILIO_WEBHOOK_BASE_URL in ${shownPath(envFile)}`,
    );
  }
  if (standInUrl(project)) return url;
  if (isLocalAccount(project)) {
    throw new UsageError(
      `TWILIO_ACCOUNT_SID in ${
        shownPath(envFile)
      } is the local stack's account: name the variables of yours with --env-file`,
    );
  }
  if (new URL(url).protocol === "https:" && !isLoopback(url)) return url;
  throw new UsageError(
    options.url === undefined
      ? `Twilio cannot call ${shownText(url)}: name --url, or set TWILIO_WEBHOOK_BASE_URL in ${
        shownPath(envFile)
      }`
      : `--url must be https and not loopback, because Twilio calls it, not ${shownText(url)}`,
  );
}

/** Whether both addresses are the local stack's, because the env file has neither. */
function isWorkedOut({ isLocal, supabaseUrl, env }: Project, url: string): boolean {
  return isLocal && url === `${supabaseUrl}/functions/v1` &&
    env.TWILIO_API_BASE_URL === twilioUrl(portsFrom(Deno.env.get("PORT_BASE")));
}

/**
 * Whether the functions accept signatures over a base URL.
 *
 * @see https://www.twilio.com/docs/usage/security#validating-requests
 */
export function isAccepted({ env }: Project, url: string): boolean {
  const urls = entriesOf(env.TWILIO_WEBHOOK_BASE_URL ?? "");
  return urls.length === 0 || configuredUrl(env.TWILIO_WEBHOOK_BASE_URL, url) === url;
}
