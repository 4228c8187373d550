/**
 * Runs one Postgres server that cannot outlive this process.
 *
 * @module
 */
import { join } from "node:path";
import postgres from "postgres";
import type { PostgresInstallation } from "./binaries.ts";
import { processTree, signalAll } from "./processes.ts";

/**
 * The shell that stands between: Postgres gets a fast shutdown (SIGINT) as soon as the
 * shell's standard input ends, which also happens when this process is killed.
 */
const WATCHDOG = `
  exec 3<&0
  "$@" 3<&- </dev/null & server=$!
  { cat <&3 >/dev/null; kill -INT $server; } 2>/dev/null &
  wait $server
`;

const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  wal_level: "logical",
  max_connections: "100",
  fsync: "off",
  log_min_messages: "fatal",
  // As when hosted; initdb would take this machine's.
  timezone: "UTC",
  log_timezone: "UTC",
};

/** How long a fast shutdown may take before every process is killed, in ms. */
const SHUTDOWN_WITHIN_MS = 3_000;

/** A running server. */
export interface PostgresServer {
  /** Whether initdb ran just now. */
  isNew: boolean;
  /** Ends once the server has ended, for whatever reason. */
  ended: Promise<void>;
  /** Its processes, the postmaster first. */
  pids(): Promise<number[]>;
  /** Lets a frozen server go on. */
  wake(): Promise<void>;
  /** Shuts the server down; what is committed stays. */
  stop(): Promise<void>;
}

/**
 * Starts Postgres with `supabase_admin` as its superuser, as on Supabase, and waits until it answers.
 *
 * @param installation Where the binaries and the data are.
 * @param port The port on 127.0.0.1.
 * @param signal Ends the start early.
 * @throws {Error} With what Postgres printed, if it does not come up; nothing keeps running then.
 */
export async function startPostgres(
  installation: PostgresInstallation,
  port: number,
  signal?: AbortSignal,
): Promise<PostgresServer> {
  const { bin, data, user } = installation;
  const isNew = !(await hasCluster(data));
  if (isNew) await initdb(installation);

  const settings = Object.entries({ ...SETTINGS, port: String(port) })
    .flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const shell = new Deno.Command("sh", {
    args: [
      "-c",
      WATCHDOG,
      "sh",
      join(bin, "postgres"),
      "-D",
      data,
      ...settings,
    ],
    cwd: "/",
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
    detached: true,
    ...user,
  }).spawn();
  const printed = collect(shell.stderr);
  const ended = shell.status.then(() => shell.stdin.close().catch(() => {}));

  let running = true;
  ended.then(() => running = false);

  /** All but the shell and what waits for its standard input: these end with the server. */
  const pids = async () => {
    const postmaster = Number((await readPostmasterPid(data)) ?? NaN);
    const ours = await processTree(shell.pid);
    return ours.includes(postmaster) ? await processTree(postmaster) : [];
  };
  const stop = async () => {
    // A frozen process gets no signal but this one and SIGKILL.
    const tree = await processTree(shell.pid);
    if (running) signalAll(tree, "SIGCONT");
    await shell.stdin.close().catch(() => {});
    const timer = setTimeout(async () => {
      if (running) signalAll([...tree, ...await processTree(shell.pid)], "SIGKILL");
    }, SHUTDOWN_WITHIN_MS);
    await ended;
    clearTimeout(timer);
  };

  const deadline = Date.now() + 30_000;
  while (!(await answers(port))) {
    if (!running || signal?.aborted || Date.now() > deadline) {
      await stop();
      throw new Error(
        `Postgres did not start on port ${port}: ${printed().trim()}`,
      );
    }
  }
  return {
    isNew,
    ended,
    pids,
    wake: async () => signalAll(await processTree(shell.pid), "SIGCONT"),
    stop,
  };
}

/** The postmaster's process id, which it writes into the first line of a file. */
async function readPostmasterPid(data: string): Promise<string | undefined> {
  const text = await Deno.readTextFile(join(data, "postmaster.pid")).catch(() => "");
  return text.split("\n")[0] || undefined;
}

async function initdb(
  { bin, data, user }: PostgresInstallation,
): Promise<void> {
  const args = [
    `--pgdata=${data}`,
    "--username=supabase_admin",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
    "--no-instructions",
  ];
  const { success, stderr } = await new Deno.Command(join(bin, "initdb"), {
    args,
    cwd: "/",
    ...user,
  })
    .output();
  if (!success) {
    throw new Error(
      `initdb failed: ${new TextDecoder().decode(stderr).trim()}`,
    );
  }
}

function hasCluster(data: string): Promise<boolean> {
  return Deno.stat(join(data, "PG_VERSION")).then(() => true, () => false);
}

async function answers(port: number): Promise<boolean> {
  const sql = postgres({
    host: "127.0.0.1",
    port,
    user: "supabase_admin",
    database: "postgres",
    max: 1,
    connect_timeout: 1,
    onnotice: () => {},
  });
  try {
    await sql`select 1`;
    return true;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 20));
    return false;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** Keeps the last few kB that a stream brings, for an error message. */
function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): () => string {
  let text = "";
  stream.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write: (chunk) => void (text = (text + chunk).slice(-4_000)),
    }),
  ).catch(() => {});
  return () => text;
}
