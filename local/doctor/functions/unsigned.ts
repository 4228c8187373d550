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
import { type Meaning, meaningOf } from "./unsigned_answer.ts";

/** What the answer of each function means. */
export type Meanings = Map<FunctionName, Meaning>;

const NOT_THERE: Outcome = { ok: null, detail: "The functions cannot be reached" };

/** Asks each function. @param limitMs The longest time until its whole answer is there, in ms. */
export async function askFunctions({ functionsUrl }: Project, limitMs?: number): Promise<Meanings> {
  return new Map(
    await Promise.all(FUNCTIONS.map(async (name): Promise<[FunctionName, Meaning]> => [
      name,
      meaningOf(await postUnsigned(functionsUrl, name, limitMs)),
    ])),
  );
}

/** Checks that the functions' server answers, and is no other one. */
export function checkReachable(project: Project, meanings: Meanings): Outcome {
  const all = [...meanings.values()];
  const isAway = (kind: Meaning["kind"]) => all.every((meaning) => meaning.kind === kind);
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
export function checkDeployed(project: Project, meanings: Meanings): Outcome {
  if (!isServerThere(meanings)) return NOT_THERE;
  const missing = namesOf(meanings, "not_deployed");
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
export function checkStarts(project: Project, meanings: Meanings): Outcome {
  if (!isServerThere(meanings)) return NOT_THERE;
  const failing = [...meanings].flatMap(([name, meaning]) =>
    meaning.kind === "crashes" || meaning.kind === "project_away"
      ? [`${name} answers ${meaning.status}`]
      : meaning.kind === "no_answer"
      ? [`${name}: ${meaning.reason}`]
      : []
  );
  if (failing.length > 0) {
    return {
      ok: false,
      detail: failing.join("; "),
      mend: project.isLocal
        ? "Read the error on the terminal of the local stack"
        : `Read the log in the dashboard (Edge Functions → Logs), then: ${
          deployMend(project, namesOf(meanings, "crashes"))
        }`,
    };
  }
  return { ok: true, detail: "Every function that is deployed answers" };
}

/** Checks that each function has the variables that it needs. */
export function checkConfigured(project: Project, meanings: Meanings): Outcome {
  if (!isServerThere(meanings)) return NOT_THERE;
  const lacking = namesOf(meanings, "not_configured");
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
export function checkUnsigned(project: Project, meanings: Meanings): Outcome {
  if (!isServerThere(meanings)) return NOT_THERE;
  const guarded = namesOf(meanings, "gateway");
  if (guarded.length > 0) {
    return {
      ok: false,
      detail: `The gateway refuses requests to ${guarded.join(", ")} before the function sees them`,
      mend: `Set verify_jwt = false for each in supabase/config.toml, then: ${
        deployMend(project, guarded)
      }`,
    };
  }
  const others = [...meanings].flatMap(([name, meaning]) =>
    meaning.kind === "other" || meaning.kind === "redirect" || meaning.kind === "page"
      ? [`${name} (${meaning.kind === "redirect" ? "a redirect" : meaning.status})`]
      : []
  );
  if (others.length > 0) {
    return {
      ok: false,
      detail: `An unsigned request is not answered with 401: ${others.join(", ")}`,
      mend: deployMend(project, [...meanings.keys()]),
    };
  }
  const ours = namesOf(meanings, "ours");
  if (ours.length === 0) return { ok: null, detail: "No function could be asked" };
  return { ok: true, detail: `${ours.join(", ")}: refused by the function itself` };
}

/** Whether something of Supabase's answers at the URL. */
export function isServerThere(meanings: Meanings): boolean {
  const kinds = new Set([...meanings.values()].map(({ kind }) => kind));
  const [kind] = kinds;
  return kinds.size > 1 || !["no_answer", "page", "redirect", "project_away"].includes(kind);
}

function namesOf(meanings: Meanings, kind: Meaning["kind"]): FunctionName[] {
  return [...meanings].flatMap(([name, meaning]) => meaning.kind === kind ? [name] : []);
}
