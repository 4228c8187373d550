/**
 * Keeps Postgres running, and restarts it when it exits.
 *
 * @module
 */
import { type PostgresInstallation, preparePostgres } from "./binaries.ts";
import { type PostgresServer, startPostgres } from "./server.ts";

/** A Postgres that runs until stopped. */
export interface KeptPostgres {
  /** The process ids of the running server, the postmaster's first. */
  pids(): Promise<number[]>;
  /** Resumes a frozen server. */
  wake(): Promise<void>;
  /** Shuts the server down, also while it starts or is frozen. */
  stop(): Promise<void>;
}

/**
 * Starts Postgres, and restarts it whenever it exits.
 *
 * @param folder The stack's data folder.
 * @param port The port on 127.0.0.1.
 * @param onRestart Called after each restart.
 * @throws {Error} If the first start fails.
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
      const next = await restart(installation, port, stopping.signal);
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
      // A restart may have finished after the first stop().
      await server.stop();
    },
  };
}

async function restart(
  installation: PostgresInstallation,
  port: number,
  signal: AbortSignal,
): Promise<PostgresServer | undefined> {
  while (!signal.aborted) {
    try {
      return await startPostgres(installation, port, { signal });
    } catch {
      // The dead server's processes hold its shared memory until they exit, so the start is
      // retried.
    }
  }
}
