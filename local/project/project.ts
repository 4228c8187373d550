/**
 * The project that `doctor` and `twilio configure` are about: the local stack, or a hosted one.
 *
 * @module
 */
import { resolve } from "node:path";
import {
  isLoopback,
  namesFunction,
} from "../../supabase/functions/_shared/webhook/webhook_signers.ts";
import type { Env } from "../../supabase/functions/_shared/configuration/environment.ts";
import { UsageError } from "../command_line/usage_error.ts";
import { shownPath } from "./shown_path.ts";
import { shownText } from "./shown_text.ts";
import { apiUrl, portsFrom } from "../settings/addresses.ts";
import {
  ENV_FILE,
  functionEnvironment,
  readEnvFile,
  readSettings,
} from "../settings/environment.ts";
import { SECRET_KEY } from "../settings/keys.ts";
import { baseUrlsIn, configuredUrl, isAddress, withoutPassword } from "./webhook_urls.ts";

/** A project. */
export interface Project {
  /** Whether it is the local stack. */
  isLocal: boolean;
  /** The base URL of its API, without a slash at the end: https://<ref>.supabase.co. */
  supabaseUrl: string;
  /** The functions' public base URL, which Twilio calls, without a slash at the end. It may hold a password. */
  functionsUrl: string;
  /** The path of the env file, as it was given. */
  envFile: string;
  /** The functions' variables, as the env file and the process environment set them. */
  env: Env;
  /** A secret key of the project; undefined if none is known. */
  secretKey: string | undefined;
}

/** The options that name a project. */
export interface ProjectOptions {
  /** The project's address, with or without `/functions/v1`. */
  url?: string;
  /** The path of an env file. */
  envFile?: string;
}

/**
 * Finds the project, and reads its variables. Without `url` it is the one whose functions the first base
 * URL of a named env file calls, else the local stack. A variable of the process environment wins over the
 * file.
 *
 * @throws {UsageError} If the address is no http or https URL, or the env file cannot be read.
 */
export async function readProject({ url, envFile }: ProjectOptions): Promise<Project> {
  const file = envFile === undefined ? ENV_FILE : await pathOf(envFile);
  const settings = await settingsOf(file);
  const ports = portsFrom(Deno.env.get("PORT_BASE"));
  const baseUrls = settings.TWILIO_WEBHOOK_BASE_URL;
  const functionsUrl = url === undefined
    ? envFile === undefined ? undefined : firstBaseUrl(baseUrls)
    : functionsUrlOf(url, baseUrls);
  const isLocal = functionsUrl === undefined ||
    new URL(functionsUrl).origin === apiUrl(ports);
  const environmentKey = Deno.env.get("SUPABASE_SECRET_KEY") || settings.SUPABASE_SECRET_KEY ||
    undefined;
  if (isLocal) {
    const env = await functionEnvironment(ports, settings);
    return {
      isLocal,
      supabaseUrl: apiUrl(ports),
      functionsUrl: functionsUrl ?? firstBaseUrl(env.TWILIO_WEBHOOK_BASE_URL) ??
        `${apiUrl(ports)}/functions/v1`,
      envFile: file,
      env,
      secretKey: environmentKey ?? SECRET_KEY,
    };
  }
  const supabaseUrl = withoutPassword(functionsUrl).replace(/\/functions\/v1$/, "");
  return {
    isLocal,
    supabaseUrl,
    functionsUrl,
    envFile: file,
    env: { ...await ownVariables(file, settings), SUPABASE_URL: supabaseUrl },
    secretKey: environmentKey ?? (isLoopback(supabaseUrl) ? SECRET_KEY : undefined),
  };
}

/**
 * Returns the path of an env file that is named from the folder in which the task was called: `deno task` runs it in the
 * project's. A path that is not there counts from the project's folder.
 *
 * @see https://docs.deno.com/runtime/reference/cli/task/
 */
async function pathOf(envFile: string): Promise<string> {
  const called = resolve(Deno.env.get("INIT_CWD") ?? "", envFile);
  return await Deno.stat(called).then(() => shownPath(called), () => envFile);
}

async function settingsOf(file: string): Promise<Record<string, string>> {
  try {
    await readEnvFile(file);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "does not exist" : "cannot be read";
    throw new UsageError(`The env file ${file} ${reason}`, { cause: error });
  }
  return await readSettings(file);
}

/** Leaves out the local stack's defaults, which a function elsewhere does not have. */
async function ownVariables(file: string, settings: Record<string, string>): Promise<Env> {
  const inFile = await readEnvFile(file);
  return Object.fromEntries(
    Object.entries(settings).filter(([name]) => name in inFile || Deno.env.get(name)),
  );
}

/** The first entry of TWILIO_WEBHOOK_BASE_URL that is an address. The doctor's environment.webhooks says which is none. */
function firstBaseUrl(list?: string): string | undefined {
  return baseUrlsIn(list).find(isAddress);
}

/**
 * Completes the value of `--url` to the base URL of the functions. Of a base URL with a password it names the address
 * alone: the password is part of what Twilio signs.
 *
 * @param list The entries of TWILIO_WEBHOOK_BASE_URL.
 */
function functionsUrlOf(text: string, list?: string): string {
  const address = text.trim().replace(/\/+$/, "");
  if (!isAddress(address)) {
    throw new UsageError(
      `--url must be an address such as https://<ref>.supabase.co/functions/v1${
        // What is no URL may be a secret in the wrong variable, and so may be a query.
        URL.canParse(text) ? `, not "${shownText(text.replace(/#.*/s, ""))}"` : ""}`,
    );
  }
  if (namesFunction(address)) {
    throw new UsageError("--url must end before the function's name: …/functions/v1");
  }
  const complete = new URL(address).pathname === "/" ? `${address}/functions/v1` : address;
  return configuredUrl(list, address) ?? configuredUrl(list, complete) ?? complete;
}
