/**
 * A database connection for one piece of work.
 *
 * @module
 */
import postgres from "postgres";

/**
 * Opens a connection, runs `use` with it, and closes it, whatever the outcome.
 *
 * @param url The database's address.
 * @returns The result of `use`.
 * @throws {Error} If the database cannot be reached within 5 s, or what `use` throws.
 */
export async function withSql<Result>(
  url: string,
  use: (sql: postgres.Sql) => Promise<Result>,
): Promise<Result> {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} });
  try {
    return await use(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
