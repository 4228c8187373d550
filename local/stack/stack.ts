/**
 * A Supabase without Docker: real Postgres, REST, Auth and Realtime, and the project's Edge
 * Functions, with stand-ins for Twilio's API and the model.
 *
 * @module
 */
import { apiUrl, assertPortsAreFree, databaseUrl, type Ports } from "../settings/addresses.ts";
import { signUpLocalAgents } from "../settings/agents.ts";
import { shieldFromShellVariables } from "../settings/shell_variables.ts";
import { takeDataFolder } from "./data_folder.ts";
import { functionEnvironment } from "../settings/environment.ts";
import { startEdgeFunctions } from "../functions/edge_functions.ts";
import { startGateway } from "./gateway.ts";
import { startSchedule } from "./schedule.ts";
import { startStandIns } from "./stand_ins.ts";
import { migrate, seed } from "../postgres/migrations.ts";
import { keepPostgresRunning } from "../postgres/keep_running.ts";
import { createPlatform, makeRealtimePartitions } from "../postgres/platform.ts";
import { startRealtime } from "../realtime/realtime.ts";
import { openRestAndAuth } from "../rest_and_auth/rest_and_auth.ts";
import { startStudio } from "../rest_and_auth/studio.ts";

/** What a stack is started with. */
export interface StackOptions {
  /** The folder that keeps its data. */
  folder: string;
  ports: Ports;
  /** The developer's settings, which the functions see. */
  settings: Record<string, string>;
  /** Whether functions are started again when their files change. */
  watch: boolean;
  /** Multiplies the time that Twilio's stand-in takes to deliver messages; 1, if absent. */
  twilioPace?: number;
  /** How often sms-reconcile is called, in seconds; 0 for never. */
  reconcileEverySeconds: number;
  /** Whether a new database gets supabase/seed.sql and two agents. */
  withExamples: boolean;
  /** Gets each line that a function prints. */
  onLog(line: string): void;
  /** Gets what is being done, in a few words. */
  onProgress(step: string): void;
}

/** A running stack. */
export interface Stack {
  /** The process of each function's worker, by the function's name. */
  workerPids(): Map<string, number>;
  /** Postgres' processes, the postmaster first. */
  postgresPids(): Promise<number[]>;
  /** Ends all of it within 10 s, whatever was killed or frozen before. */
  stop(): Promise<void>;
}

/** What leans on Postgres gets this long to close in order, in ms: it may have no answer any more. */
const CLOSE_WITHIN_MS = 1_000;

/**
 * Starts a stack and waits until all of it answers.
 *
 * @throws {Error} If a port or the folder is in use, or a part does not come up; nothing keeps running then.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  shieldFromShellVariables();
  const { ports, settings, onProgress } = options;
  const closing: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  try {
    const folder = await takeDataFolder(options.folder);
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

    // Functions load while Postgres starts; they connect to nothing before their first request.
    const functions = await startEdgeFunctions(
      await functionEnvironment(ports, settings),
      options.onLog,
      options.watch,
    );
    closing.push(() => functions.stop());

    onProgress(isNew ? "Creating the database" : "Starting the database");
    let reconnect = () => {};
    const database = await keepPostgresRunning(folder.path, ports.database, () => reconnect());
    closing.push(() => database.stop());
    if (isNew) await createPlatform(ports);
    await makeRealtimePartitions(ports);
    onProgress("Applying migrations");
    await migrate(databaseUrl(ports));

    onProgress("Starting REST, Auth, Realtime and Edge Functions");
    const restAndAuth = openRestAndAuth(databaseUrl(ports, "supabase_admin"));
    closing.push(() => soon(restAndAuth.close()));
    reconnect = () => restAndAuth.reconnect();
    const stopStudio = startStudio(databaseUrl(ports, "supabase_admin"), ports.studio);
    closing.push(() => soon(stopStudio()));
    const realtime = startRealtime({
      url: databaseUrl(ports, "supabase_admin"),
      makePartitions: () => makeRealtimePartitions(ports),
      onLog: options.onLog,
    });
    closing.push(() => soon(realtime.stop()));
    const gateway = startGateway(
      ports.api,
      new Map([
        ["/functions/v1/", functions.fetch],
        ["/rest/v1/", restAndAuth.fetch],
        ["/auth/v1/", restAndAuth.fetch],
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
    // What closes first must find a database that answers.
    closing.push(() => database.wake());
    await folder.markComplete();
    gateway.announceHealth();
    return { workerPids: functions.pids, postgresPids: database.pids, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits for a close, but not for longer than CLOSE_WITHIN_MS. */
async function soon(closed: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise((resolve) => timer = setTimeout(resolve, CLOSE_WITHIN_MS));
  await Promise.race([closed.catch(() => {}), limit]);
  clearTimeout(timer);
}
