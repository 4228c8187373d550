/**
 * The doctor, driven in this process.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Examined } from "../../local/doctor/check.ts";
import { allChecks } from "../../local/doctor/checks.ts";
import { examine } from "../../local/doctor/examine.ts";
import { type Finding, runChecks } from "../../local/doctor/run_checks.ts";
import { createShownText } from "../../local/project/shown_text.ts";
import type { Project } from "../../local/project/project.ts";
import { SECRET_KEY } from "../../local/settings/keys.ts";
import { assert, assertEquals } from "./assert.ts";
import { stackEnvironment } from "./function_worker.ts";
import { API_URL } from "./stack.ts";

const EXAMPLE = fileURLToPath(new URL("../../supabase/functions/.env.example", import.meta.url));

/** The address of a hosted project that no test calls. */
export const HOSTED_URL = "https://abcdefghijklmnopqrst.supabase.co";

/** The running stack, with variables that differ. */
export async function localProject(
  differing: Record<string, string> = {},
  project: Partial<Project> = {},
): Promise<Project> {
  return {
    isLocal: true,
    supabaseUrl: API_URL,
    functionsUrl: `${API_URL}/functions/v1`,
    envFile: EXAMPLE,
    env: await stackEnvironment(differing),
    secretKey: SECRET_KEY,
    ...project,
  };
}

/** A project elsewhere, with a variable for everything that is needed. */
export function hostedProject(
  differing: Record<string, string> = {},
  project: Partial<Project> = {},
): Project {
  return {
    isLocal: false,
    supabaseUrl: HOSTED_URL,
    functionsUrl: `${HOSTED_URL}/functions/v1`,
    envFile: EXAMPLE,
    env: {
      SUPABASE_URL: HOSTED_URL,
      TWILIO_ACCOUNT_SID: `AC${"1".repeat(32)}`,
      TWILIO_AUTH_TOKEN: "a-token-of-an-account-0123456789",
      ...differing,
    },
    secretKey: "sb_secret_of_a_hosted_project",
    ...project,
  };
}

/** Runs one check, and returns what it found. */
export async function findingOf(
  id: string,
  project: Project,
  examined: Partial<Examined> = {},
): Promise<Finding> {
  const [finding, ...others] = await diagnose(project, (checkId) => checkId === id, examined);
  assert(finding, `There is no check ${id}`);
  assertEquals(others, []);
  return finding;
}

/** Runs the checks whose ids are wanted. */
export function diagnose(
  project: Project,
  isWanted: (id: string) => boolean = () => true,
  examined: Partial<Examined> = {},
): Promise<Finding[]> {
  const checks = allChecks({ ...examine(project), ...examined })
    .filter(({ id }) => isWanted(id));
  return runChecks(checks, createShownText(project.env, project.secretKey));
}

/** Asserts that something is wrong, and returns what the finding says. */
export function assertWrong({ id, ok, detail, mend }: Finding): string {
  assertEquals([id, ok, detail], [id, false, detail]);
  assert(mend, `${id} does not say what to do`);
  return `${detail} → ${mend}`;
}

/** Asserts that nothing is wrong. */
export function assertRight({ id, ok, detail }: Finding): void {
  assertEquals([id, ok, detail], [id, true, detail]);
}
