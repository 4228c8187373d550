/**
 * Keeps one Edge Function running: a worker process that is started again when it dies.
 *
 * @module
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import { forward } from "./forward.ts";
import { LISTENING } from "./listening.ts";

const WORKER = fileURLToPath(new URL("worker.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../supabase/functions/deno.json", import.meta.url));
const THIS_DENO = { path: Deno.execPath(), flags: [`--config=${CONFIG}`] };

/** The host that hosted functions see in `request.url`, whatever the client called. */
const HOST_SEEN_BY_FUNCTIONS = "edge-runtime.supabase.com";

/** How long a request waits for a worker that is being started, in ms. */
const MAX_START_MS = 10_000;

/** How long a worker that is told to end may take, in ms: then it is killed. */
const MAX_END_MS = 2_000;

/** After so many failed starts in a row ready() throws. */
const MAX_FAILURES = 5;

/** How much of what a worker prints an error tells, in lines. */
const LINES_IN_ERROR = 8;

/** What a function is started with. */
export interface EdgeFunctionOptions {
  name: string;
  /** The path of its index.ts. */
  entry: string;
  /** All the environment variables that it sees. */
  env: Record<string, string>;
  /** Gets each line that it prints. */
  onLog(line: string): void;
  /** Which Deno runs it, and how; by default this one, with the project's configuration. */
  deno?: { path: string; flags: string[] };
}

/** A function that answers as long as it is not stopped. */
export class EdgeFunction {
  #options: EdgeFunctionOptions;
  #worker: Deno.ChildProcess | undefined;
  #port = Promise.withResolvers<number>();
  #doesNotStart = Promise.withResolvers<never>();
  #stopped = false;
  #failures = 0;

  constructor(options: EdgeFunctionOptions) {
    this.#options = options;
    // Without this a failed start would be an unhandled rejection where ready() is not called.
    this.#doesNotStart.promise.catch(() => {});
    this.#run();
  }

  /** The worker's process, for whoever wants to hurt it. */
  get pid(): number | undefined {
    return this.#worker?.pid;
  }

  /**
   * Resolves once the worker listens.
   *
   * @throws {Error} With what the worker printed, if it cannot be started.
   */
  async ready(): Promise<void> {
    await Promise.race([this.#port.promise, this.#doesNotStart.promise]);
  }

  /**
   * Hands a request to the worker, its body as a stream.
   *
   * @param request The request.
   * @param path The path and query that the function sees.
   * @returns The worker's answer; 503 if it is not there in time, 500 if it dies over the request.
   */
  async fetch(request: Request, path: string): Promise<Response> {
    const port = await Promise.race([this.#port.promise, delay(MAX_START_MS)]);
    if (port === undefined) {
      return workerError(
        503,
        `Function "${this.#options.name}" is not running`,
      );
    }
    try {
      return await forward(request, port, path, HOST_SEEN_BY_FUNCTIONS);
    } catch {
      return workerError(
        500,
        `Function "${this.#options.name}" died over this request`,
      );
    }
  }

  /** Starts a new worker; the old one ends. */
  restart(): void {
    this.#failures = 0;
    this.#endWorker();
  }

  /** Ends the worker for good. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const ended = this.#worker?.status;
    this.#endWorker();
    // One that is frozen gets no other signal.
    const timer = setTimeout(() => this.#endWorker("SIGKILL"), MAX_END_MS);
    await ended;
    clearTimeout(timer);
  }

  #endWorker(signal: Deno.Signal = "SIGTERM"): void {
    try {
      this.#worker?.kill(signal);
    } catch {
      // It has ended already.
    }
  }

  async #run(): Promise<void> {
    const { name, entry, env, onLog, deno = THIS_DENO } = this.#options;
    while (!this.#stopped) {
      const worker = this.#worker = new Deno.Command(deno.path, {
        args: [
          "run",
          "-A",
          "--quiet",
          "--no-prompt",
          ...deno.flags,
          WORKER,
          pathToFileURL(entry).href,
        ],
        env: { ...denoEnvironment(), ...env },
        clearEnv: true,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
        detached: true,
      }).spawn();
      let listened = false;
      const errors: string[] = [];
      const printing = [
        eachLine(worker.stdout, (line) => {
          if (!line.startsWith(LISTENING)) return onLog(line);
          this.#failures = 0;
          listened = true;
          this.#port.resolve(Number(line.slice(LISTENING.length)));
        }),
        eachLine(worker.stderr, (line) => {
          errors.push(line);
          errors.splice(0, errors.length - LINES_IN_ERROR);
          onLog(line);
        }),
      ];
      await worker.status;
      await Promise.all(printing);
      await worker.stdin.close().catch(() => {});
      if (listened) {
        this.#port = Promise.withResolvers();
        continue;
      }
      if (this.#stopped) return;
      if (++this.#failures === MAX_FAILURES) {
        const message = `Function "${name}" does not start:\n${errors.join("\n")}`;
        this.#doesNotStart.reject(new Error(message));
      }
      // A worker that never came up is not started again at full speed.
      await delay(Math.min(50 * 2 ** this.#failures, 5_000));
    }
  }
}

/** What Deno itself needs to find its cache; everything else a function must not inherit. */
function denoEnvironment(): Record<string, string> {
  const names = ["HOME", "DENO_DIR", "XDG_CACHE_HOME"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  use: (line: string) => void,
) {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(use);
  }
  if (rest) use(rest);
}

function delay(ms: number): Promise<undefined> {
  return new Promise((resolve) => Deno.unrefTimer(setTimeout(() => resolve(undefined), ms)));
}

function workerError(status: number, message: string): Response {
  return Response.json({ code: "WORKER_ERROR", message }, { status });
}
