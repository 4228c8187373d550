/**
 * What is fit for the local stack alone, in the variables of a project elsewhere.
 *
 * @module
 */
import { entriesOf } from "../../../supabase/functions/_shared/configuration/environment.ts";
import {
  isDockerGateway,
  isLoopback,
  isPublishedKey,
} from "../../../supabase/functions/_shared/webhook/webhook_signers.ts";
import { isLocalAccount } from "../../configure/local_account.ts";
import type { Project } from "../../project/project.ts";
import { PUBLISHABLE_KEY, SECRET_KEY } from "../../settings/keys.ts";
import type { Outcome } from "../check.ts";
import { variableMend } from "../mends.ts";

/** The variables that may hold a published key. */
const KEYS = [
  "TWILIO_AUTH_TOKEN",
  "TWILIO_WEBHOOK_AUTH_TOKEN",
  "TWILIO_API_KEY_SECRET",
  "LLM_API_KEY",
  "PROFILE_ALERTS_SECRET",
];

/** The variables that hold an address which the functions call. */
const ADDRESSES = ["TWILIO_API_BASE_URL", "LLM_BASE_URL", "PLATFORM_WEBHOOK_URL"];

/** Whether the functions of a project run on another machine. */
export function isElsewhere({ isLocal, supabaseUrl }: Project): boolean {
  return !isLocal && !isOnThisMachine(supabaseUrl);
}

/** Checks that no published key is in use elsewhere: the repository shows them to every attacker. */
export function checkLocalKeys(project: Project): Outcome {
  if (!isElsewhere(project)) {
    return { ok: null, detail: "The published keys are meant for the local stack" };
  }
  const { env, secretKey } = project;
  const found = KEYS.filter((name) => entriesOf(env[name] ?? "").some(isPublishedKey));
  if (isLocalAccount(project)) found.push("TWILIO_ACCOUNT_SID");
  if (secretKey === SECRET_KEY || secretKey === PUBLISHABLE_KEY) found.push("SUPABASE_SECRET_KEY");
  if (found.length === 0) return { ok: true, detail: "No variable holds a published local value" };
  return {
    ok: false,
    detail: `${found.join(", ")} ${
      found.length === 1 ? "holds" : "hold"
    } the published value of the local stack`,
    mend: variableMend(
      project,
      found.includes("PROFILE_ALERTS_SECRET")
        ? "Set your own, or leave PROFILE_ALERTS_SECRET empty,"
        : "Set your own",
    ),
  };
}

/** Checks that the functions can call the addresses in the variables. */
export function checkAddresses(project: Project): Outcome {
  if (!isElsewhere(project)) {
    return { ok: null, detail: "The local stack may call services on this machine" };
  }
  const found = ADDRESSES.filter((name) => isOnThisMachine(project.env[name] ?? ""));
  if (found.length === 0) return { ok: true, detail: "No address is on this machine" };
  return {
    ok: false,
    detail: `${found.join(", ")} ${
      found.length === 1 ? "is" : "are"
    } on this machine, which the functions cannot call`,
    mend: variableMend(project, `Set a public address, or leave ${found.join(" and ")} empty`),
  };
}

/** Checks that Twilio can call the base URLs, and that the functions take what is signed for the project's URL. */
export function checkBaseUrls(project: Project): Outcome {
  const { env, supabaseUrl, functionsUrl } = project;
  const given = entriesOf(env.TWILIO_WEBHOOK_BASE_URL ?? "").map((url) => url.replace(/\/+$/, ""));
  const urls = given.length > 0 ? given : [`${supabaseUrl}/functions/v1`];
  const isTwilioLocal = isOnThisMachine(env.TWILIO_API_BASE_URL ?? "");
  const problems: string[] = [];
  for (const [index, url] of urls.entries()) {
    const entry = `TWILIO_WEBHOOK_BASE_URL, entry ${index + 1},`;
    if (isOnThisMachine(url)) {
      if (isElsewhere(project) && !isTwilioLocal) problems.push(`${entry} is on this machine`);
    } else if (url.startsWith("http:")) {
      problems.push(`${entry} is not https: texts and their signatures go unencrypted`);
    } else if (/^https:\/\/[\w-]+\.supabase\.co$/.test(url)) {
      problems.push(`${entry} lacks /functions/v1 at its end`);
    }
  }
  if (!urls.includes(functionsUrl)) {
    problems.push("TWILIO_WEBHOOK_BASE_URL does not have the URL that is examined");
  }
  if (problems.length === 0) {
    const [first] = urls;
    return {
      ok: true,
      detail: `${urls.length === 1 ? "" : `${urls.length}; `}status callbacks go to ${first}`,
    };
  }
  return {
    ok: false,
    detail: problems.join("; "),
    mend: variableMend(
      project,
      `Set TWILIO_WEBHOOK_BASE_URL to the https URLs that Twilio calls, such as ${functionsUrl},`,
    ),
  };
}

function isOnThisMachine(url: string): boolean {
  return isLoopback(url) || isDockerGateway(url);
}
