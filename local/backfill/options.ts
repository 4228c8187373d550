/**
 * The options of `deno task reconcile`.
 *
 * @module
 */
import { apiUrl, portsFrom } from "../settings/addresses.ts";
import { SECRET_KEY } from "../settings/keys.ts";
import { parseOptions, required, UsageError } from "../simulate/options.ts";

/** The usage line of the help and of usage errors. */
export const USAGE = "Usage: deno task reconcile --since WHEN [options]";

export const HELP = `Compare Twilio's log of a span of time with the tables, and bring in every text
that the tables do not have. A text comes in once, however often the task runs.

${USAGE}

  --since WHEN       Where the span begins: a date (00:00 UTC), or a date and time with a zone
  --until WHEN       Where it ends (default: now)
  --dry-run          Print what would be brought in, and change nothing
  --url URL          The project, https://<ref>.supabase.co (default: the local stack)
  --secret-key KEY   A secret key of that project. Better set SUPABASE_SECRET_KEY: \`deno task\`
                     prints its arguments, and the shell's history keeps them
  -h, --help         This text

Ctrl-C stops the task, and the same command goes on from there: LOCAL_DIR (.local) keeps a checkpoint.
Exit status: 0 done, 1 failed, 2 wrong options, 130 stopped.

Examples:
  deno task reconcile --since 2026-11-01 --dry-run
  deno task reconcile --since 2026-11-01T09:30:00+01:00 --until 2026-11-08
  deno task reconcile --since 2026-11-01 --url https://<ref>.supabase.co
`;

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
 * Reads a command line.
 *
 * @param environmentKey The value of SUPABASE_SECRET_KEY, the key of the project that `--url`
 *   names.
 * @returns The options, or `help`.
 * @throws {UsageError} That names the option, and does not hold the key.
 */
export function readOptions(
  args: string[],
  environmentKey: string | undefined,
  now = new Date(),
): Options | "help" {
  const values = parseOptions(args, {
    "since": { type: "string" },
    "until": { type: "string" },
    "dry-run": { type: "boolean", default: false },
    "url": { type: "string" },
    "secret-key": { type: "string" },
    "help": { type: "boolean", short: "h", default: false },
  });
  if (values.help) return "help";
  const since = momentOf(required(values.since, "since"), "since");
  const until = values.until === undefined ? undefined : momentOf(values.until, "until");
  if (since >= now) throw new UsageError("--since must be in the past");
  if (until && until <= since) throw new UsageError("--until must be after --since");
  return {
    project: projectOf(values.url, values["secret-key"], environmentKey),
    since,
    until,
    isDryRun: values["dry-run"],
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
      `--${option} must be a date, or a date and time with a zone, such as 2026-11-01 or 2026-11-01T09:30:00Z`,
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
