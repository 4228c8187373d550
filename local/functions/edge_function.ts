/**
 * Keeps one Edge Function running in a worker process, and restarts the process when it exits.
 *
 * @module
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import { denoEnvironment } from "./deno_environment.ts";
import { forward } from "./forward.ts";
import { parseJson } from "../parse_json.ts";
import { LISTENING } from "./listening.ts";
import { THROWN, type ThrownError, type WorkerError } from "./thrown_error.ts";

const WORKER = fileURLToPath(new URL("worker.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../supabase/functions/deno.json", import.meta.url));
const THIS_DENO = { path: Deno.execPath(), flags: [`--config=${CONFIG}`] };

/** The host that a hosted function sees in `request.url`, whichever host the client called. */
const HOST_SEEN_BY_FUNCTIONS = "edge-runtime.supabase.com";

/** The longest time that a request waits for a starting worker, in ms. */
const MAX_START_MS = 10_000;

/** The longest time from SIGTERM to the worker's exit, in ms. After it the worker is killed. */
const MAX_END_MS = 2_000;

/** A worker that ends sooner after its start has failed, in ms. */
const MIN_LIFE_MS = 1_000;

/** The number of failed starts in a row after which ready() throws. */
const MAX_FAILURES = 5;

/** A worker prints the line LISTENING on both of its streams. */
const STREAMS = 2;

/** The number of printed lines that an error of ready() quotes. */
const LINES_IN_ERROR = 8;

/** The options of a function. */
export interface EdgeFunctionOptions {
  name: string;
  /** The path of its index.ts. */
  entry: string;
  /** All environment variables of the function. */
  env: Record<string, string>;
  /** Receives each line that the function prints. */
  onLog(line: string): void;
  /**
   * Receives each unexpected error that the running function throws, also those that it catches and
   * logs by their name. By default the name and place of one that it does not catch are logged.
   */
  onError?(error: ThrownError): void;
  /**
   * Receives the error for which the function cannot be loaded, and makes the function wait for
   * restart(). Without it a start that failed is repeated.
   *
   * @param error Undefined if the process ended without one.
   */
  onDoesNotStart?(error: ThrownError | undefined): void;
  /** The Deno that runs the function; by default this process's, with the functions' deno.json. */
  deno?: { path: string; flags: string[] };
}

/** An Edge Function that runs until stopped. */
export class EdgeFunction {
  #options: EdgeFunctionOptions;
  #worker: Deno.ChildProcess | undefined;
  #port = Promise.withResolvers<number>();
  #doesNotStart = Promise.withResolvers<never>();
  #stopped = false;
  #failures = 0;
  /** Set while the function waits for restart(), or may have to: resolves when it waits. */
  #waiting = Promise.withResolvers<"waiting">();
  #restarted = Promise.withResolvers<void>();

  constructor(options: EdgeFunctionOptions) {
    this.#options = options;
    // A failed start must not be an unhandled rejection when ready() was never called.
    this.#doesNotStart.promise.catch(() => {});
    this.#run();
  }

  /** The id of the worker's process, for fault injection. */
  get pid(): number | undefined {
    return this.#worker?.pid;
  }

  /**
   * Resolves once the worker listens, or waits for restart(). All that it printed before has been
   * received.
   *
   * @throws {Error} With the worker's last lines, after five failed starts.
   */
  async ready(): Promise<void> {
    await Promise.race([this.#port.promise, this.#waiting.promise, this.#doesNotStart.promise]);
  }

  /**
   * Forwards a request to the worker, with its body as a stream.
   *
   * @param request The request.
   * @param path The path and query that the function sees.
   * @returns The worker's answer; 503 if no worker starts within 10 s, or the function waits for
   *   restart(); 500 if the worker exits before it has answered.
   */
  async fetch(request: Request, path: string): Promise<Response> {
    const port = await Promise.race([
      this.#port.promise,
      this.#waiting.promise,
      delay(MAX_START_MS),
    ]);
    if (port === "waiting") {
      return workerError(
        503,
        `Function "${this.#options.name}" does not start: the terminal of the stack says why`,
      );
    }
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

  /** Ends the worker, also one that is frozen; a new one starts in its place. */
  restart(): void {
    this.#failures = 0;
    this.#restarted.resolve();
    const worker = this.#worker;
    this.#endWorker();
    const timer = setTimeout(() => {
      if (this.#worker === worker) this.#endWorker("SIGKILL");
    }, MAX_END_MS);
    worker?.status.finally(() => clearTimeout(timer));
  }

  /** Ends the worker for good. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#restarted.resolve();
    const ended = this.#worker?.status;
    this.#endWorker();
    // SIGKILL is the one signal that ends a frozen process.
    const timer = setTimeout(() => this.#endWorker("SIGKILL"), MAX_END_MS);
    await ended;
    clearTimeout(timer);
  }

  #endWorker(signal: Deno.Signal = "SIGTERM"): void {
    try {
      this.#worker?.kill(signal);
    } catch {
      // The process has exited before.
    }
  }

  async #run(): Promise<void> {
    const { name, entry, env, onLog, onDoesNotStart, deno = THIS_DENO } = this.#options;
    while (!this.#stopped) {
      this.#restarted = Promise.withResolvers();
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
      let listened = 0;
      let listenedAt = 0;
      let failure: ThrownError | undefined;
      const errors: string[] = [];
      const onListening = (line: string) => {
        if (++listened < STREAMS) return;
        listenedAt = performance.now();
        this.#port.resolve(Number(line.slice(LISTENING.length)));
      };
      const printing = [
        eachLine(worker.stdout, (line) => {
          if (line.startsWith(LISTENING)) return onListening(line);
          if (!line.startsWith(THROWN)) return onLog(line);
          const { during, error } = parseJson(line.slice(THROWN.length)) as WorkerError;
          if (during === "start") failure = error;
          else if (this.#options.onError) this.#options.onError(error);
          else if (during === "uncaught") onLog(uncaughtLine(name, error));
        }),
        eachLine(worker.stderr, (line) => {
          if (line.startsWith(LISTENING)) return onListening(line);
          errors.push(line);
          errors.splice(0, errors.length - LINES_IN_ERROR);
          onLog(line);
        }),
      ];
      const { signal } = await worker.status;
      await Promise.all(printing);
      await worker.stdin.close().catch(() => {});
      if (this.#stopped) return;
      if (listened === STREAMS) {
        this.#port = Promise.withResolvers();
        if (performance.now() - listenedAt > MIN_LIFE_MS) this.#failures = 0;
        else if (this.#failures++ > 0) await this.#pause();
        continue;
      }
      if (onDoesNotStart && signal === null) {
        onDoesNotStart(failure);
        this.#waiting.resolve("waiting");
        await this.#restarted.promise;
        this.#waiting = Promise.withResolvers();
        continue;
      }
      if (failure) errors.push(`${failure.name}: ${failure.message}`);
      if (++this.#failures === MAX_FAILURES) {
        const message = `Function "${name}" does not start:\n${errors.join("\n")}`;
        this.#doesNotStart.reject(new Error(message));
      }
      await this.#pause();
    }
  }

  /**
   * Waits, unless restart() is called. Pauses grow with each failure in a row, so that a broken
   * function does not use all of the CPU.
   */
  async #pause(): Promise<void> {
    await Promise.race([delay(Math.min(50 * 2 ** this.#failures, 5_000)), this.#restarted.promise]);
  }
}

/** The log line of an error, without its message, which may quote what was sent. */
function uncaughtLine(functionName: string, { name, frames: [frame] }: ThrownError): string {
  const reason = frame ? `${name} (${frame.path}:${frame.line}:${frame.column})` : name;
  return JSON.stringify({ level: "error", event: "thrown", function: functionName, reason });
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
