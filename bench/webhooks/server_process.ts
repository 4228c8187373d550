/**
 * A Deno process that serves HTTP on a free port of 127.0.0.1, until stopped.
 *
 * @module
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import { denoEnvironment } from "../../local/functions/deno_environment.ts";
import { LISTENING } from "../../local/functions/listening.ts";

/** What runs. */
export interface ServerOptions {
  /** The arguments of `deno`. */
  args: string[];
  /** Its environment variables, beside those that Deno itself needs. */
  env?: Record<string, string>;
  /** The path of the Deno that runs it; by default this process's. */
  deno?: string;
}

/** The server of the local stack, which serves a function's `export default { fetch }`. */
const WORKER = fileURLToPath(new URL("../../local/functions/worker.ts", import.meta.url));

/**
 * Serves a function as the local stack does.
 *
 * @param options The process, its flags in `args`, and the path of the function's index.ts.
 */
export function startFunctionProcess(
  { entry, args, ...options }: ServerOptions & { entry: string },
): Promise<ServerProcess> {
  return ServerProcess.start({ ...options, args: [...args, WORKER, pathToFileURL(entry).href] });
}

/** A running server. */
export class ServerProcess {
  readonly pid: number;
  readonly port: number;
  #process: Deno.ChildProcess;
  #errors: Errors;

  private constructor(process: Deno.ChildProcess, port: number, errors: Errors) {
    this.#process = process;
    this.#errors = errors;
    this.pid = process.pid;
    this.port = port;
  }

  /** The last lines of its standard error. */
  get errors(): string {
    return this.#errors.last;
  }

  /**
   * Starts a process and waits for the line with its port.
   *
   * @throws {Error} With what it printed, if it exits before.
   */
  static async start({ args, env = {}, deno = Deno.execPath() }: ServerOptions) {
    const process = new Deno.Command(deno, {
      args: ["run", "-A", "--quiet", "--no-prompt", ...args],
      env: { ...denoEnvironment(), ...env },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
    const errors = new Errors(process.stderr);
    const reader = process.stdout.getReader();
    const decoder = new TextDecoder();
    let printed = "";
    let port: number | undefined;
    while (port === undefined) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`${args.at(-1)} does not start:\n${printed}${errors.last}`);
      printed += decoder.decode(value, { stream: true });
      const listening = new RegExp(`^${LISTENING}(\\d+)\n`, "m").exec(printed);
      if (listening) port = Number(listening[1]);
    }
    reader.releaseLock();
    // What it prints from now on is read, so that it can print on, and dropped.
    process.stdout.pipeTo(new WritableStream()).catch(() => {});
    return new ServerProcess(process, port, errors);
  }

  /** The CPU time of the process since its start, all its threads together, in ms. */
  async cpuMs(): Promise<number> {
    const stat = await Deno.readTextFile(`/proc/${this.pid}/stat`);
    // The name in parentheses may hold spaces. utime and stime are fields 14 and 15, in 1/100 s.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    await this.#process.stdin.close().catch(() => {});
    await this.#process.status;
    await this.#errors.ended;
  }
}

/** The end of what a process prints to its standard error. */
class Errors {
  last = "";
  readonly ended: Promise<void>;

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.ended = stream.pipeThrough(new TextDecoderStream()).pipeTo(
      new WritableStream({ write: (text) => void (this.last = (this.last + text).slice(-2_000)) }),
    );
  }
}
