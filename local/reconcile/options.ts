/**
 * The options of `deno task reconcile`.
 *
 * @module
 */
import { required } from "../command_line/option_values.ts";
import { UsageError } from "../command_line/usage_error.ts";
import { apiUrl, portsFrom } from "../settings/addresses.ts";
import { SECRET_KEY } from "../settings/keys.ts";

/** The values of the command line. */
export interface OptionTexts {
  since?: string;
  until?: string;
  dryRun?: boolean;
  url?: string;
  secretKey?: string;
}

/** The project to reconcile, and its secret key. */
export interface Project {
  /** The project's origin, without a path. */
  url: string;
  secretKey: string;
  /** Whether the project is the local stack, because --url is absent. */
  isLocal: boolean;
}

/** The options of the command line. */
export interface Options {
  project: Project;
  since: Date;
  /** The end of the span; absent for now. */
  until?: Date;
  isDryRun: boolean;
}

/**
 * Checks the values of a command line.
 *
 * @param environmentKey The value of SUPABASE_SECRET_KEY, the key of the project that `--url`
 *   names.
 * @throws {UsageError} That names the option, and does not hold the key.
 */
export function readOptions(
  values: OptionTexts,
  environmentKey: string | undefined,
  now = new Date(),
): Options {
  const since = momentOf(required(values.since, "--since"), "since");
  const until = values.until === undefined ? undefined : momentOf(values.until, "until");
  if (since >= now) throw new UsageError("--since must be in the past");
  if (until && until <= since) throw new UsageError("--until must be after --since");
  return {
    project: projectOf(values.url, values.secretKey, environmentKey),
    since,
    until,
    isDryRun: values.dryRun ?? false,
  };
}

const MOMENT = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d))?$/;

/** Parses a time in the formats that sms-reconcile accepts. A date means its 00:00 UTC. */
function momentOf(text: string, option: string): Date {
  const moment = new Date(text);
  const [year, month, day] = text.split(/[-T]/).map(Number);
  // `Date` parses February 30 as March 2.
  const isDay = new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
  if (!MOMENT.test(text) || !isDay || Number.isNaN(moment.getTime())) {
    throw new UsageError(
      `--${option} must be a date, or a date and time with a zone, such as 2026-11-01 or 2026-11-01T09:30:00Z, not "${text}"`,
    );
  }
  return moment;
}

function projectOf(
  url: string | undefined,
  key: string | undefined,
  environmentKey: string | undefined,
): Project {
  const isLocal = url === undefined;
  const secretKey = key ?? (isLocal ? SECRET_KEY : environmentKey || undefined);
  if (secretKey === undefined) {
    throw new UsageError("--url needs the project's secret key, in SUPABASE_SECRET_KEY");
  }
  // `fetch` quotes an invalid header value in its error, so an invalid key must not reach it.
  if (!/^[\x21-\x7e]+$/.test(secretKey)) {
    throw new UsageError(
      "The secret key is empty or holds characters that no key has. Copy it again",
    );
  }
  return {
    url: isLocal ? apiUrl(portsFrom(Deno.env.get("PORT_BASE"))) : projectUrl(url),
    secretKey,
    isLocal,
  };
}

/** Reads --url. The address of the functions is accepted, too. */
function projectUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isAccepted = url && /^https?:$/.test(url.protocol) && !url.username && !url.password &&
    /^(\/functions\/v1(\/sms-reconcile)?)?\/*$/.test(url.pathname) && !url.search && !url.hash;
  if (!isAccepted) {
    throw new UsageError("--url must be a project's address, such as https://<ref>.supabase.co");
  }
  return url.origin;
}
