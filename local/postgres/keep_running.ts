/**
 * Keeps Postgres running: a server that is started again when it dies.
 *
 * @module
 */
import { type PostgresInstallation, preparePostgres } from "./binaries.ts";
import { type PostgresServer, startPostgres } from "./server.ts";

/** A Postgres that answers as long as it is not stopped. */
export interface KeptPostgres {
  /** The running server's processes, the postmaster first. */
  pids(): Promise<number[]>;
  /** Lets a frozen server go on. */
  wake(): Promise<void>;
  /** Ends the server for good, also one that is being started or is frozen. */
  stop(): Promise<void>;
}

/**
 * Starts Postgres, and again whenever it dies.
 *
 * @param folder The stack's data folder.
 * @param port The port on 127.0.0.1.
 * @param onRestart Called whenever a server has taken the place of one that died.
 * @throws {Error} If it does not come up the first time.
 */
export async function keepPostgresRunning(
  folder: string,
  port: number,
  onRestart: () => void,
): Promise<KeptPostgres> {
  const installation = await preparePostgres(folder);
  const stopping = new AbortController();
  let server = await startPostgres(installation, port);
  const keeping = (async () => {
    while (!stopping.signal.aborted) {
      await server.ended;
      const next = await startAgain(installation, port, stopping.signal);
      if (!next) continue;
      server = next;
      if (!stopping.signal.aborted) onRestart();
    }
  })();
  return {
    pids: () => server.pids(),
    wake: () => server.wake(),
    async stop() {
      stopping.abort();
      await server.stop();
      await keeping;
      // It may have come up in the moment in which it was told to stop.
      await server.stop();
    },
  };
}

async function startAgain(
  installation: PostgresInstallation,
  port: number,
  signal: AbortSignal,
): Promise<PostgresServer | undefined> {
  while (!signal.aborted) {
    try {
      return await startPostgres(installation, port, signal);
    } catch {
      // The processes of the dead server may still hold its memory for a moment.
    }
  }
}
