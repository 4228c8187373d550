/**
 * A Supabase without Docker: real Postgres, REST, Auth and Realtime, and the project's Edge
 * Functions, with stand-ins for Twilio's API and the model.
 *
 * `startServices` shows what starts, in its order.
 *
 * @module
 */
import { startEdgeFunctions } from "../functions/edge_functions.ts";
import { seed } from "../postgres/migrations.ts";
import { makeRealtimePartitions } from "../postgres/platform.ts";
import { startRealtime } from "../realtime/realtime.ts";
import { openRestAndAuth } from "../rest_and_auth/rest_and_auth.ts";
import { startStudio } from "../rest_and_auth/studio.ts";
import { apiUrl, assertPortsAreFree, databaseUrl, type Ports } from "../settings/addresses.ts";
import { signUpLocalAgents } from "../settings/agents.ts";
import { functionEnvironment } from "../settings/environment.ts";
import { shieldFromShellVariables } from "../settings/shell_variables.ts";
import { openStorage } from "../storage/storage.ts";
import { Closing } from "./closing.ts";
import { type DataFolder, lockDataFolder } from "./data_folder.ts";
import { startGateway } from "./gateway.ts";
import { startSchedule } from "./schedule.ts";
import { startDatabase } from "./stack_database.ts";
import { startStandIns } from "./stand_ins.ts";

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

/**
 * Starts a stack and waits until all its services answer.
 *
 * @throws {Error} If a port or the folder is in use, or a service fails to start. No process is
 *   left then.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  shieldFromShellVariables();
  const closing = new Closing();
  try {
    const folder = await lockDataFolder(options.folder);
    closing.add(() => folder.release());
    assertPortsAreFree(options.ports);
    const isNew = !(await folder.isComplete());
    if (isNew) await folder.clear();
    const pids = await startServices(options, folder, isNew, closing);
    return { ...pids, stop: () => closing.closeAll() };
  } catch (error) {
    await closing.closeAll();
    throw error;
  }
}

/**
 * Starts the services, in this order.
 *
 * @param isNew Whether the folder has no data yet.
 * @param closing Gets the close of each service that has started.
 */
async function startServices(
  options: StackOptions,
  folder: DataFolder,
  isNew: boolean,
  closing: Closing,
): Promise<Omit<Stack, "stop">> {
  const { ports, settings, onProgress, onLog } = options;
  const superuserUrl = databaseUrl(ports, "supabase_admin");

  const { twilioLogFile } = folder;
  closing.add(await startStandIns({ ports, settings, pace: options.twilioPace, twilioLogFile }));

  // The functions load while Postgres starts. They connect to it at their first request.
  const environment = await functionEnvironment(ports, settings);
  const functions = await startEdgeFunctions(environment, onLog, options.watch);
  closing.add(() => functions.stop());

  const database = await startDatabase({ folder: folder.path, ports, isNew, onProgress }, closing);

  onProgress("Starting REST, Auth, Realtime and Edge Functions");
  const restAndAuth = openRestAndAuth((role) => databaseUrl(ports, role));
  closing.addInTime(() => restAndAuth.close());
  const storage = openStorage(superuserUrl, folder.objects);
  closing.addInTime(() => storage.close());
  database.onRestart(() => {
    restAndAuth.reconnect();
    storage.reconnect();
  });
  closing.addInTime(startStudio(superuserUrl, ports.studio));
  const makePartitions = () => makeRealtimePartitions(ports);
  const realtime = startRealtime({ url: superuserUrl, makePartitions, onLog });
  closing.addInTime(() => realtime.stop());

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
  closing.add(() => gateway.stop());
  if (isNew && options.withExamples) {
    await seed(databaseUrl(ports));
    await signUpLocalAgents(apiUrl(ports));
  }
  await Promise.all([functions.ready(), realtime.ready()]);

  closing.add(startSchedule(ports, options.reconcileEverySeconds));
  // The end wakes a frozen database first, so that the services can close.
  closing.add(() => database.wake());
  await folder.markComplete();
  gateway.announceHealth();
  return { workerPids: functions.pids, postgresPids: database.pids };
}
