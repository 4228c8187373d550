/**
 * The stack's database: Postgres, which is restarted when it exits, with the migrations applied.
 *
 * @module
 */
import { keepPostgresRunning, type KeptPostgres } from "../postgres/keep_running.ts";
import { copyMigratedCluster } from "../postgres/migrated_cluster.ts";
import { migrate } from "../postgres/migrations.ts";
import { createPlatform, makeRealtimePartitions } from "../postgres/platform.ts";
import { databaseUrl, type Ports } from "../settings/addresses.ts";
import type { Closing } from "./closing.ts";

/** The options of the database. */
export interface DatabaseOptions {
  /** The path of the data folder. */
  folder: string;
  ports: Ports;
  /** Whether the folder has no database yet. */
  isNew: boolean;
  /** Receives each step, in a few words. */
  onProgress(step: string): void;
}

/** The running database. */
export interface StackDatabase extends Pick<KeptPostgres, "pids" | "wake"> {
  /** Sets what is called after each restart of Postgres. */
  onRestart(reconnect: () => void): void;
}

/**
 * Starts Postgres, makes what Supabase's platform adds to it, and applies the migrations.
 *
 * @param closing Gets the close of Postgres, as soon as it runs.
 */
export async function startDatabase(
  { folder, ports, isNew, onProgress }: DatabaseOptions,
  closing: Closing,
): Promise<StackDatabase> {
  onProgress(isNew ? "Creating the database" : "Starting the database");
  const isMigrated = isNew && await copyMigratedCluster(folder);
  let reconnect = () => {};
  const postgres = await keepPostgresRunning(folder, ports.database, () => reconnect());
  closing.add(() => postgres.stop());
  if (isNew && !isMigrated) await createPlatform(ports);
  await makeRealtimePartitions(ports);
  onProgress("Applying migrations");
  await migrate(databaseUrl(ports));
  return {
    pids: postgres.pids,
    wake: postgres.wake,
    onRestart: (listener) => reconnect = listener,
  };
}
