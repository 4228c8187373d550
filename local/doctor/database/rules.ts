/**
 * Whether policies, grants and row level security are as the migrations left them.
 *
 * @module
 */
import type { Project } from "../../project/project.ts";
import type { Examined, Outcome } from "../check.ts";
import { readExpectedRules } from "../expected_rules.ts";
import type { Rules } from "../health.ts";
import { migrateMend } from "../mends.ts";
import { partOf } from "./part.ts";

const PUBLIC_OBJECT = /^public\.recruiting_/;

/** A rule that is not as the migrations left it. */
interface Difference {
  rule: string;
  kind: "missing" | "changed" | "added";
}

/** Checks the policies of our tables, and that row level security is on. */
export function checkPolicies(examined: Examined): Promise<Outcome> {
  return checkAccess(examined, (rule) => !rule.startsWith("grant "), "Policies");
}

/** Checks the grants on our tables, views and functions. */
export function checkGrants(examined: Examined): Promise<Outcome> {
  return checkAccess(examined, (rule) => rule.startsWith("grant "), "Grants");
}

/** Checks our policies of realtime.messages. A project may have further ones. */
export async function checkRealtimePolicies(examined: Examined): Promise<Outcome> {
  const { policies } = await partOf(examined, "realtime", "The database has no realtime.messages");
  const { realtime } = await readExpectedRules();
  return outcomeOf(
    examined.project,
    differencesOf("realtime.messages", realtime, onlyKnown(policies, realtime)),
    "The policy of realtime.messages is as the migrations left it",
  );
}

/** Checks our policies of storage.objects. A project may have further ones. */
export async function checkStoragePolicies(examined: Examined): Promise<Outcome> {
  const { policies } = await partOf(examined, "storage", "The project has no Storage");
  const { storage } = await readExpectedRules();
  return outcomeOf(
    examined.project,
    differencesOf("storage.objects", storage, onlyKnown(policies, storage)),
    "The policies of storage.objects are as the migrations left them",
  );
}

async function checkAccess(
  examined: Examined,
  isMeant: (rule: string) => boolean,
  noun: string,
): Promise<Outcome> {
  const found = await partOf(examined, "access", "The database has no table of ours");
  const expected = (await readExpectedRules()).access;
  // What else lies in schema private may be the project's own.
  const names = new Set([
    ...Object.keys(expected),
    ...Object.keys(found).filter((name) => PUBLIC_OBJECT.test(name)),
  ]);
  const differences = [...names].sort().flatMap((name) =>
    name in found || expected[name] === undefined
      ? differencesOf(name, only(expected[name] ?? {}, isMeant), only(found[name] ?? {}, isMeant))
      : [{ rule: name, kind: "missing" as const }]
  );
  return outcomeOf(examined.project, differences, `${noun} are as the migrations left them`);
}

function differencesOf(name: string, expected: Rules, found: Rules): Difference[] {
  const rules = new Set([...Object.keys(expected), ...Object.keys(found)]);
  return [...rules].flatMap((rule): Difference[] => {
    const described = `${rule} of ${name}`;
    if (!(rule in found)) return [{ rule: described, kind: "missing" }];
    if (!(rule in expected)) return [{ rule: described, kind: "added" }];
    return found[rule] === expected[rule] ? [] : [{ rule: described, kind: "changed" }];
  });
}

function outcomeOf(project: Project, differences: Difference[], right: string): Outcome {
  if (differences.length === 0) return { ok: true, detail: right };
  const shown = differences.slice(0, 5).map(({ rule, kind }) => `${kind}: ${rule}`).join("; ");
  const more = differences.length > 5 ? `; and ${differences.length - 5} more` : "";
  return {
    ok: false,
    detail: `Not as the migrations left them: ${shown}${more}`,
    mend: `If migrations are missing: ${
      migrateMend(project)
    }. Else undo it in the SQL editor: drop or revoke what was added, and run the statement of supabase/migrations that makes what is missing or changed`,
  };
}

function only(rules: Rules, isMeant: (rule: string) => boolean): Rules {
  return Object.fromEntries(Object.entries(rules).filter(([rule]) => isMeant(rule)));
}

function onlyKnown(rules: Rules, expected: Rules): Rules {
  return only(rules, (rule) => rule in expected);
}
