/**
 * Runs one Postgres server, which exits with this process.
 *
 * @module
 */
import { join } from "node:path";
import postgres from "postgres";
import type { PostgresInstallation } from "./binaries.ts";
import { processTree, signalAll } from "./processes.ts";

/**
 * The shell that starts Postgres, and shuts it down (SIGINT, a fast shutdown) when the shell's
 * standard input ends. That also happens when this process is killed.
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
  // Room for a test's 60 calls at once beside the connections that REST and Storage keep for a while.
  max_connections: "200",
  fsync: "off",
  log_min_messages: "fatal",
  // As on hosted Supabase. By default initdb takes this machine's time zone.
  timezone: "UTC",
  log_timezone: "UTC",
};

/** The longest time for a fast shutdown, in ms. After it every process is killed. */
const SHUTDOWN_WITHIN_MS = 3_000;

/** A running server. */
export interface PostgresServer {
  /** Resolves once the server has exited, for any reason. */
  ended: Promise<void>;
  /** The server's process ids, the postmaster's first. */
  pids(): Promise<number[]>;
  /** Resumes a frozen server. */
  wake(): Promise<void>;
  /** Shuts the server down. Committed data stays. */
  stop(): Promise<void>;
}

/** What may differ from one start to another. */
export interface StartOptions {
  /** Aborts the start. */
  signal?: AbortSignal;
  /** Server settings in addition to those of every server. */
  settings?: Record<string, string>;
}

/**
 * Starts Postgres with `supabase_admin` as its superuser, as on Supabase, and waits until it
 * answers.
 *
 * @param installation Where the binaries and the data are.
 * @param port The port on 127.0.0.1.
 * @throws {Error} With Postgres's messages, if it does not answer within 30 s. No process is left
 *   then.
 */
export async function startPostgres(
  installation: PostgresInstallation,
  port: number,
  { signal, settings: ownSettings = {} }: StartOptions = {},
): Promise<PostgresServer> {
  const { bin, data, user } = installation;
  if (!(await hasCluster(data))) await initdb(installation);

  const settings = Object.entries({ ...SETTINGS, ...ownSettings, port: String(port) })
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

  /** The postmaster and its children, without the shell, which exits with them. */
  const pids = async () => {
    const postmaster = Number((await readPostmasterPid(data)) ?? NaN);
    const own = await processTree(shell.pid);
    return own.includes(postmaster) ? await processTree(postmaster) : [];
  };
  const stop = async () => {
    // A frozen process reacts to SIGCONT and SIGKILL alone.
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
    ended,
    pids,
    wake: async () => signalAll(await processTree(shell.pid), "SIGCONT"),
    stop,
  };
}

/** Reads the postmaster's process id, the first line of postmaster.pid. */
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

/** Collects the last 4,000 characters of a stream, for an error message. */
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
