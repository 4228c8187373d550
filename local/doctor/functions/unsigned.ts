/**
 * What requests without a signature or a key show: which functions are there, and whether they check their callers
 * themselves.
 *
 * @module
 */
import type { Project } from "../../project/project.ts";
import type { Outcome } from "../check.ts";
import { deployMend, secretsMend } from "../mends.ts";
import { type FunctionName, FUNCTIONS, postUnsigned } from "./probes.ts";
import { type Verdict, verdictOf } from "./verdict.ts";

/** The verdict about each function. */
export type Verdicts = Map<FunctionName, Verdict>;

const NOT_THERE: Outcome = { ok: null, detail: "The functions cannot be reached" };

/** Asks each function. @param limitMs The longest time until its whole answer is there, in ms. */
export async function askFunctions({ functionsUrl }: Project, limitMs?: number): Promise<Verdicts> {
  return new Map(
    await Promise.all(FUNCTIONS.map(async (name): Promise<[FunctionName, Verdict]> => [
      name,
      verdictOf(await postUnsigned(functionsUrl, name, limitMs)),
    ])),
  );
}

/** Checks that the functions' server answers, and is no other one. */
export function checkReachable(project: Project, verdicts: Verdicts): Outcome {
  const all = [...verdicts.values()];
  const isAway = (kind: Verdict["kind"]) => all.every((verdict) => verdict.kind === kind);
  const [first] = all;
  const { functionsUrl } = project;
  if (isAway("no_answer") && first.kind === "no_answer") {
    return {
      ok: false,
      detail: `${functionsUrl} does not answer: ${first.reason}`,
      mend: project.isLocal
        ? deployMend(project, [])
        : "Correct --url or TWILIO_WEBHOOK_BASE_URL: https://<ref>.supabase.co/functions/v1. A paused project is restored in the dashboard; a tunnel must run",
    };
  }
  if (isAway("page") && first.kind === "page") {
    return {
      ok: false,
      detail: `${functionsUrl} answers with a web page (${first.status})`,
      mend:
        "Correct the URL. A tunnel that shows a page before the first visit must be told not to: Twilio cannot click it",
    };
  }
  if (isAway("redirect") && first.kind === "redirect") {
    return {
      ok: false,
      detail: `${functionsUrl} redirects to ${first.location}`,
      mend: "Use the URL to which it redirects: a signature covers the URL that Twilio calls",
    };
  }
  if (isAway("project_away") && first.kind === "project_away") {
    return {
      ok: false,
      detail: `The project behind ${functionsUrl} does not answer (${first.status})`,
      mend:
        "Restore the project in the dashboard if it is paused, else see https://status.supabase.com",
    };
  }
  return { ok: true, detail: functionsUrl };
}

/** Checks that each function is deployed, starts and has its variables. */
export function checkDeployed(project: Project, verdicts: Verdicts): Outcome {
  if (!isServerThere(verdicts)) return NOT_THERE;
  const missing = namesOf(verdicts, "not_deployed");
  if (missing.length > 0) {
    return {
      ok: false,
      detail: `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not deployed`,
      mend: deployMend(project, missing),
    };
  }
  return { ok: true, detail: FUNCTIONS.join(", ") };
}

/** Checks that no function dies instead of answering. */
export function checkStarts(project: Project, verdicts: Verdicts): Outcome {
  if (!isServerThere(verdicts)) return NOT_THERE;
  const failing = [...verdicts].flatMap(([name, verdict]) =>
    verdict.kind === "crashes" || verdict.kind === "project_away"
      ? [`${name} answers ${verdict.status}`]
      : verdict.kind === "no_answer"
      ? [`${name}: ${verdict.reason}`]
      : []
  );
  if (failing.length > 0) {
    return {
      ok: false,
      detail: failing.join("; "),
      mend: project.isLocal
        ? "Read the error on the terminal of the local stack"
        : `Read the log in the dashboard (Edge Functions → Logs), then: ${
          deployMend(project, namesOf(verdicts, "crashes"))
        }`,
    };
  }
  return { ok: true, detail: "Every function that is deployed answers" };
}

/** Checks that each function has the variables that it needs. */
export function checkConfigured(project: Project, verdicts: Verdicts): Outcome {
  if (!isServerThere(verdicts)) return NOT_THERE;
  const lacking = namesOf(verdicts, "not_configured");
  if (lacking.length > 0) {
    return {
      ok: false,
      detail: `${lacking.join(", ")}: NOT_CONFIGURED. The log names the variable`,
      mend: secretsMend(project),
    };
  }
  return { ok: true, detail: "No function lacks a variable" };
}

/** Checks that an unsigned request gets our answer, not the gateway's. */
export function checkUnsigned(project: Project, verdicts: Verdicts): Outcome {
  if (!isServerThere(verdicts)) return NOT_THERE;
  const guarded = namesOf(verdicts, "gateway");
  if (guarded.length > 0) {
    return {
      ok: false,
      detail: `The gateway refuses requests to ${guarded.join(", ")} before the function sees them`,
      mend: `Set verify_jwt = false for each in supabase/config.toml, then: ${
        deployMend(project, guarded)
      }`,
    };
  }
  const others = [...verdicts].flatMap(([name, verdict]) =>
    verdict.kind === "other" || verdict.kind === "redirect" || verdict.kind === "page"
      ? [`${name} (${verdict.kind === "redirect" ? "a redirect" : verdict.status})`]
      : []
  );
  if (others.length > 0) {
    return {
      ok: false,
      detail: `An unsigned request is not answered with 401: ${others.join(", ")}`,
      mend: deployMend(project, [...verdicts.keys()]),
    };
  }
  const ours = namesOf(verdicts, "ours");
  if (ours.length === 0) return { ok: null, detail: "No function could be asked" };
  return { ok: true, detail: `${ours.join(", ")}: refused by the function itself` };
}

/** Whether something of Supabase's answers at the URL. */
export function isServerThere(verdicts: Verdicts): boolean {
  const kinds = new Set([...verdicts.values()].map(({ kind }) => kind));
  const [kind] = kinds;
  return kinds.size > 1 || !["no_answer", "page", "redirect", "project_away"].includes(kind);
}

function namesOf(verdicts: Verdicts, kind: Verdict["kind"]): FunctionName[] {
  return [...verdicts].flatMap(([name, verdict]) => verdict.kind === kind ? [name] : []);
}
