/**
 * A Supabase without Docker: real Postgres, REST, Auth and Realtime, and the project's Edge
 * Functions, with stand-ins for Twilio's API and the model.
 *
 * @module
 */
import { apiUrl, assertPortsAreFree, databaseUrl, type Ports } from "../settings/addresses.ts";
import { signUpLocalAgents } from "../settings/agents.ts";
import { shieldFromShellVariables } from "../settings/shell_variables.ts";
import { lockDataFolder } from "./data_folder.ts";
import { functionEnvironment } from "../settings/environment.ts";
import { startEdgeFunctions } from "../functions/edge_functions.ts";
import { startGateway } from "./gateway.ts";
import { startSchedule } from "./schedule.ts";
import { startStandIns } from "./stand_ins.ts";
import { copyMigratedCluster } from "../postgres/migrated_cluster.ts";
import { migrate, seed } from "../postgres/migrations.ts";
import { keepPostgresRunning } from "../postgres/keep_running.ts";
import { createPlatform, makeRealtimePartitions } from "../postgres/platform.ts";
import { startRealtime } from "../realtime/realtime.ts";
import { openStorage } from "../storage/storage.ts";
import { openRestAndAuth } from "../rest_and_auth/rest_and_auth.ts";
import { startStudio } from "../rest_and_auth/studio.ts";

/** The options of a stack. */
export interface StackOptions {
  /** The path of the data folder. */
  folder: string;
  ports: Ports;
  /** The developer's settings, for the functions. */
  settings: Record<string, string>;
  /** Whether functions restart when their files change. */
  watch: boolean;
  /** The factor for the delivery times of Twilio's stand-in; 1 by default. */
  twilioPace?: number;
  /** The interval at which sms-reconcile is called, in seconds; 0 for never. */
  reconcileEverySeconds: number;
  /** Whether a new database gets supabase/seed.sql and the two local agents. */
  withExamples: boolean;
  /** Receives each line that a function prints. */
  onLog(line: string): void;
  /** Receives each step of the start, in a few words. */
  onProgress(step: string): void;
}

/** A running stack. */
export interface Stack {
  /** The process id of each function's worker, by the function's name. */
  workerPids(): Map<string, number>;
  /** The process ids of Postgres, the postmaster's first. */
  postgresPids(): Promise<number[]>;
  /** Stops the stack within 10 s, also when processes were killed or frozen. */
  stop(): Promise<void>;
}

/** The longest time for closing a service that uses Postgres, in ms: Postgres may not answer. */
const CLOSE_WITHIN_MS = 1_000;

/**
 * Starts a stack and waits until all its services answer.
 *
 * @throws {Error} If a port or the folder is in use, or a service fails to start. No process is
 *   left then.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  shieldFromShellVariables();
  const { ports, settings, onProgress } = options;
  const closing: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const folder = await lockDataFolder(options.folder);
    closing.push(() => folder.release());
    assertPortsAreFree(ports);
    const isNew = !(await folder.isComplete());
    if (isNew) await folder.clear();

    closing.push(
      await startStandIns({
        ports,
        settings,
        pace: options.twilioPace,
        twilioLogFile: folder.twilioLogFile,
      }),
    );

    // The functions load while Postgres starts. They connect to it at their first request.
    const functions = await startEdgeFunctions(
      await functionEnvironment(ports, settings),
      options.onLog,
      options.watch,
    );
    closing.push(() => functions.stop());

    onProgress(isNew ? "Creating the database" : "Starting the database");
    const isMigrated = isNew && await copyMigratedCluster(folder.path);
    let reconnect = () => {};
    const database = await keepPostgresRunning(folder.path, ports.database, () => reconnect());
    closing.push(() => database.stop());
    if (isNew && !isMigrated) await createPlatform(ports);
    await makeRealtimePartitions(ports);
    onProgress("Applying migrations");
    await migrate(databaseUrl(ports));

    onProgress("Starting REST, Auth, Realtime and Edge Functions");
    const restAndAuth = openRestAndAuth((role) => databaseUrl(ports, role));
    closing.push(() => closeInTime(restAndAuth.close()));
    const storage = openStorage(databaseUrl(ports, "supabase_admin"), folder.objects);
    closing.push(() => closeInTime(storage.close()));
    reconnect = () => {
      restAndAuth.reconnect();
      storage.reconnect();
    };
    const stopStudio = startStudio(databaseUrl(ports, "supabase_admin"), ports.studio);
    closing.push(() => closeInTime(stopStudio()));
    const realtime = startRealtime({
      url: databaseUrl(ports, "supabase_admin"),
      makePartitions: () => makeRealtimePartitions(ports),
      onLog: options.onLog,
    });
    closing.push(() => closeInTime(realtime.stop()));
    const gateway = startGateway(
      ports.api,
      new Map([
        ["/functions/v1/", functions.fetch],
        ["/rest/v1/", restAndAuth.fetch],
        ["/auth/v1/", restAndAuth.fetch],
        ["/storage/v1/", storage.fetch],
        ["/realtime/v1/", realtime.fetch],
      ]),
    );
    closing.push(() => gateway.stop());
    if (isNew && options.withExamples) {
      await seed(databaseUrl(ports));
      await signUpLocalAgents(apiUrl(ports));
    }
    await Promise.all([functions.ready(), realtime.ready()]);
    closing.push(startSchedule(ports, options.reconcileEverySeconds));
    // stop() closes in reverse order: it resumes a frozen database first, so that the services can
    // close.
    closing.push(() => database.wake());
    await folder.markComplete();
    gateway.announceHealth();
    return { workerPids: functions.pids, postgresPids: database.pids, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits for a close, at most CLOSE_WITHIN_MS. */
async function closeInTime(closed: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise((resolve) => timer = setTimeout(resolve, CLOSE_WITHIN_MS));
  await Promise.race([closed.catch(() => {}), limit]);
  clearTimeout(timer);
}
