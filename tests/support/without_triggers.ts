/**
 * Rows that only fill a table, so that a test has many.
 *
 * @module
 */
import type postgres from "postgres";

/**
 * Writes rows without firing triggers, and without checking foreign keys: with them each row takes ten times as long,
 * and agents are told of it.
 *
 * @param admin Connections as the superuser.
 * @param write Writes the rows, also what the triggers would have written, where the test needs it.
 */
export async function withoutTriggers(
  admin: postgres.Sql,
  write: (tx: postgres.TransactionSql) => Promise<unknown>,
): Promise<void> {
  await admin.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    await write(tx);
  });
}
