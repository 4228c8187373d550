/**
 * A Postgres server with the migrations and nothing else: no other process reads or writes.
 *
 * @module
 */
import { preparePostgres, removePostgresData } from "../local/postgres/binaries.ts";
import { copyMigratedCluster } from "../local/postgres/migrated_cluster.ts";
import { migrate } from "../local/postgres/migrations.ts";
import { createPlatform, makeRealtimePartitions } from "../local/postgres/platform.ts";
import { startPostgres } from "../local/postgres/server.ts";
import { databaseUrl, freePorts, type Ports } from "../local/settings/addresses.ts";
import { shieldFromShellVariables } from "../local/settings/shell_variables.ts";

/**
 * Page images in WAL depend on when the last checkpoint was, and autovacuum on the time: without
 * both, the same call writes the same WAL each time.
 */
const STEADY = { full_page_writes: "off", autovacuum: "off", max_wal_size: "8GB" };

/**
 * Runs something with a server of its own, and deletes its data afterwards.
 *
 * @param use Gets the server's ports. Its database `postgres` has every migration and no row.
 * @param settings Server settings in addition to those that keep it steady.
 * @returns What `use` returned.
 */
export async function withPostgres<Result>(
  use: (ports: Ports) => Promise<Result>,
  settings: Record<string, string> = {},
): Promise<Result> {
  shieldFromShellVariables();
  const folder = await Deno.makeTempDir({ prefix: "recruiting-sms-" });
  const ports = freePorts();
  try {
    const isMigrated = await copyMigratedCluster(folder);
    const server = await startPostgres(await preparePostgres(folder), ports.database, {
      settings: { ...STEADY, ...settings },
    });
    try {
      if (!isMigrated) await createPlatform(ports);
      await makeRealtimePartitions(ports);
      await migrate(databaseUrl(ports));
      return await use(ports);
    } finally {
      await server.stop();
    }
  } finally {
    await removePostgresData(folder);
    await Deno.remove(folder, { recursive: true });
  }
}
