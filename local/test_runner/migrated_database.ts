/**
 * A database with every migration and no row, from which tests clone databases of their own.
 *
 * @see https://www.postgresql.org/docs/17/manage-ag-templatedbs.html
 * @module
 */
import postgres from "postgres";

/** Its name on the server of a stack for tests. */
export const MIGRATED_DATABASE = "migrated";

/**
 * Makes it from the database `postgres`, to which nothing may be connected.
 *
 * @param url The address of another database of the server, as a superuser.
 */
export async function keepMigratedDatabase(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(`create database ${MIGRATED_DATABASE} template postgres owner postgres`);
  } finally {
    await sql.end();
  }
}
