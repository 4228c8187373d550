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
    const length = Math.max(first.rows.length, other.rows.length);
    for (let index = 0; index < length; index++) {
      if (first.rows[index] !== other.rows[index]) {
        throw new Error(
          `The rows differ: ${first.name} has "${first.rows[index]}", ${other.name} has "${
            other.rows[index]
          }"`,
        );
      }
    }
  }
  return first.rows.length;
}
