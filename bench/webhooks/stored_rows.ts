/**
 * Whether all contenders have stored the same.
 *
 * @module
 */
import { withSql } from "../../local/postgres/with_sql.ts";
import type { Contender } from "./contenders.ts";
import type { DatabaseAddress } from "./databases.ts";

/**
 * Compares the rows of all contenders with those of the first.
 *
 * @returns The number of rows of one contender.
 * @throws {Error} That names the first row that differs.
 */
export async function compareRows(
  contenders: Contender[],
  address: DatabaseAddress,
): Promise<number> {
  const [first, ...others] = await Promise.all(
    contenders.map(async ({ name, database, rows }) => ({
      name,
      rows: await withSql(
        address(database, "supabase_admin"),
        async (sql) => (await sql.unsafe<{ row: string }[]>(rows)).map(({ row }) => row).sort(),
      ),
    })),
  );
  for (const other of others) {
    const [here, there] = firstDifference(first.rows, other.rows) ?? [];
    if (here !== there) {
      throw new Error(`The rows differ: ${first.name} has "${here}", ${other.name} has "${there}"`);
    }
  }
  return first.rows.length;
}

/**
 * Finds the first rows in which two sorted lists differ.
 *
 * @returns The row of each list, undefined where a list is at its end; undefined if the lists are equal.
 */
export function firstDifference(
  ours: string[],
  theirs: string[],
): [string | undefined, string | undefined] | undefined {
  const length = Math.max(ours.length, theirs.length);
  for (let index = 0; index < length; index++) {
    if (ours[index] !== theirs[index]) return [ours[index], theirs[index]];
  }
}
