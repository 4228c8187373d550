/**
 * The project that `doctor` and `twilio configure` are about: the local stack, or a hosted one.
 *
 * @module
 */
import { isLoopback } from "../../supabase/functions/_shared/webhook/webhook_signers.ts";
import { entriesOf, type Env } from "../../supabase/functions/_shared/configuration/environment.ts";
import { UsageError } from "../command_line/usage_error.ts";
import { apiUrl, portsFrom } from "../settings/addresses.ts";
import {
  createEnvFile,
  ENV_FILE,
  functionEnvironment,
  readEnvFile,
  readSettings,
} from "../settings/environment.ts";
import { SECRET_KEY } from "../settings/keys.ts";

/** A project. */
export interface Project {
  /** Whether it is the local stack. */
  isLocal: boolean;
  /** The base URL of its API, without a slash at the end: https://<ref>.supabase.co. */
  supabaseUrl: string;
  /** The functions' public base URL, which Twilio calls, without a slash at the end. */
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
  if (envFile === undefined) await createEnvFile();
  const file = envFile ?? ENV_FILE;
  const settings = await settingsOf(file);
  const ports = portsFrom(Deno.env.get("PORT_BASE"));
  const [firstUrl] = entriesOf(settings.TWILIO_WEBHOOK_BASE_URL ?? "");
  const named = url ?? (envFile === undefined ? undefined : firstUrl);
  const functionsUrl = named === undefined ? undefined : functionsUrlOf(named);
  const isLocal = functionsUrl === undefined ||
    new URL(functionsUrl).origin === apiUrl(ports);
  const environmentKey = Deno.env.get("SUPABASE_SECRET_KEY") || settings.SUPABASE_SECRET_KEY ||
    undefined;
  if (isLocal) {
    const env = await functionEnvironment(ports, settings);
    return {
      isLocal,
      supabaseUrl: apiUrl(ports),
      functionsUrl: functionsUrl ?? functionsUrlOf(entriesOf(env.TWILIO_WEBHOOK_BASE_URL)[0]),
      envFile: file,
      env,
      secretKey: environmentKey ?? SECRET_KEY,
    };
  }
  const supabaseUrl = functionsUrl.replace(/\/functions\/v1$/, "");
  return {
    isLocal,
    supabaseUrl,
    functionsUrl,
    envFile: file,
    env: { ...await ownVariables(file, settings), SUPABASE_URL: supabaseUrl },
    secretKey: environmentKey ?? (isLoopback(supabaseUrl) ? SECRET_KEY : undefined),
  };
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

/** Completes a project's address to the base URL of its functions. */
function functionsUrlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) {
    throw new UsageError(
      `--url must be an address such as https://<ref>.supabase.co/functions/v1${
        // What is no URL may be a secret in the wrong variable, and so may be a query.
        url ? `, not "${text.replace(/\/\/[^/?#]*@/, "//").replace(/[?#].*/s, "?…")}"` : ""}`,
    );
  }
  const address = text.replace(/\/+$/, "");
  return url.pathname.replace(/\/+$/, "") === "" ? `${address}/functions/v1` : address;
}
