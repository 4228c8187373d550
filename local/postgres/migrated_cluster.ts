/**
 * A Postgres data directory with every migration, made once for many stacks.
 *
 * A new stack copies it, because initdb and the Supabase CLI take ten times as long as a copy.
 *
 * @module
 */
import postgres from "postgres";
import { databaseUrl, freePorts } from "../settings/addresses.ts";
import { copyFolder, preparePostgres, removePostgresData } from "./binaries.ts";
import { migrate } from "./migrations.ts";
import { createPlatform } from "./platform.ts";
import { startPostgres } from "./server.ts";
import { findSupabaseCli } from "./supabase_cli.ts";

/**
 * The environment variable with the path of the data directory that new stacks copy. `deno task test`
 * sets it. Without it every new stack runs initdb and the Supabase CLI.
 */
export const MIGRATED_CLUSTER = "MIGRATED_CLUSTER";

/** The database with every migration and no row, from which tests clone databases of their own. */
export const MIGRATED_DATABASE = "migrated";

/**
 * Makes the data directory that the stacks of this process, and of processes that it starts, copy.
 *
 * @param use What starts such stacks. The directory is removed afterwards.
 * @returns The result of `use`.
 * @throws {Error} If Postgres does not start, or the Supabase CLI refuses a migration.
 */
export async function withMigratedCluster<Result>(use: () => Promise<Result>): Promise<Result> {
  const folder = await Deno.makeTempDir({ prefix: "recruiting-sms-" });
  try {
    await findSupabaseCli();
    Deno.env.set(MIGRATED_CLUSTER, await makeMigratedCluster(folder));
    return await use();
  } finally {
    Deno.env.delete(MIGRATED_CLUSTER);
    await removePostgresData(folder);
    await Deno.remove(folder, { recursive: true });
  }
}

/** Makes a data directory as a first start does, and returns its path. */
async function makeMigratedCluster(folder: string): Promise<string> {
  const ports = freePorts();
  const installation = await preparePostgres(folder);
  const server = await startPostgres(installation, ports.database);
  try {
    await createPlatform(ports);
    await migrate(databaseUrl(ports));
    await keepMigratedDatabase(databaseUrl(ports, "supabase_admin", "template1"));
  } finally {
    await server.stop();
  }
  return installation.data;
}

/**
 * Copies the data directory that MIGRATED_CLUSTER names.
 *
 * @param folder The data folder of a new stack.
 * @returns False if the variable is not set: the stack must make its database itself.
 */
export async function copyMigratedCluster(folder: string): Promise<boolean> {
  const cluster = Deno.env.get(MIGRATED_CLUSTER);
  if (!cluster) return false;
  const { data } = await preparePostgres(folder);
  await copyFolder(`${cluster}/.`, data);
  return true;
}

/**
 * Makes the database MIGRATED_DATABASE from the database `postgres`, to which nothing may be connected.
 *
 * @param url The address of another database of the server, as a superuser.
 * @see https://www.postgresql.org/docs/17/manage-ag-templatedbs.html
 */
async function keepMigratedDatabase(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(`create database ${MIGRATED_DATABASE} template postgres owner postgres`);
  } finally {
    await sql.end();
  }
}
