/**
 * The names in an env file.
 *
 * @module
 */
import { Environment } from "../../../supabase/functions/_shared/configuration/environment.ts";
import type { Project } from "../../project/project.ts";
import { readEnvFile } from "../../settings/environment.ts";
import type { Outcome } from "../check.ts";
import { shownFile } from "../mends.ts";

/** The names that the tools read beside the functions' variables. */
const TOOLS = ["SUPABASE_SECRET_KEY"];

/** At most so many letters differ where a name is taken for a misspelt one. */
const MAX_DIFFERENCE = 2;

/** Checks that no name is misspelt. A project may have variables of its own in the file. */
export async function checkNames(project: Project): Promise<Outcome> {
  const known = [...Object.keys(Environment.shape), ...TOOLS];
  const others = Object.keys(await readEnvFile(project.envFile)).filter((name) =>
    !known.includes(name)
  );
  const misspelt = others.flatMap((name) => {
    const meant = known.find((right) => difference(name.toUpperCase(), right) <= MAX_DIFFERENCE);
    return meant ? [{ name, meant }] : [];
  });
  if (misspelt.length > 0) {
    return {
      ok: false,
      detail: `${misspelt.map(({ name }) => name).join(" and ")} in ${
        shownFile(project)
      } is not read`,
      mend: misspelt.map(({ name, meant }) => `Rename ${name} to ${meant}`).join("; "),
    };
  }
  const own = others.length > 0 ? `, beside ${others.length} of the project's own` : "";
  return {
    ok: true,
    detail: `Every name in ${shownFile(project)} is one that the functions read${own}`,
  };
}

/**
 * How many letters must be changed, added, removed or swapped with the next one.
 *
 * @see https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance
 */
export function difference(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      rows[i][j] = Math.min(
        rows[i - 1][j] + 1,
        rows[i][j - 1] + 1,
        rows[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1),
        isSwap ? rows[i - 2][j - 2] + 1 : Infinity,
      );
    }
  }
  return rows[a.length][b.length];
}
