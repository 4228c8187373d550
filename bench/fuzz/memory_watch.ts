/**
 * Whether the functions' memory grows with the requests that they answer.
 *
 * @module
 */
import { functionProcesses } from "../function_memory.ts";
import { median, printTable } from "../table.ts";

/** The interval at which the processes' memory is read, in ms. */
const SAMPLE_EVERY_MS = 1_000;

/** The number of requests from which growth is judged. Before, a process still warms up. */
const MIN_REQUESTS = 20_000;

/** The largest permitted growth from the second quarter of the run to the last, as a share. */
const MAX_GROWTH = 0.25;

interface Sample {
  requests: number;
  pid: number;
  rssMib: number;
}

/** Reads the memory of the functions' processes until stopped. */
export class MemoryWatch {
  #samples = new Map<string, Sample[]>();
  #requests: () => number;
  #timer: ReturnType<typeof setInterval>;

  /** @param requests Returns the number of answered requests. */
  constructor(requests: () => number) {
    this.#requests = requests;
    this.#timer = setInterval(() => void this.#sample(), SAMPLE_EVERY_MS);
  }

  /** Ends the watch, and returns the problems. */
  async stop(): Promise<string[]> {
    clearInterval(this.#timer);
    await this.#sample();
    return [...this.#samples].flatMap(([name, samples]) => {
      const problems: string[] = [];
      if (new Set(samples.map(({ pid }) => pid)).size > 1) {
        problems.push(`The process of ${name} has ended and was started again`);
      }
      const { growth } = this.#quarters(samples);
      if (this.#requests() >= MIN_REQUESTS && growth > MAX_GROWTH) {
        problems.push(
          `The memory of ${name} grew by ${percent(growth)}, more than ${percent(MAX_GROWTH)}`,
        );
      }
      return problems;
    });
  }

  /** Prints the memory of each process. */
  print(): void {
    if (this.#samples.size === 0) {
      console.log("The memory of processes is measured on Linux only.");
      return;
    }
    printTable(
      ["function", "RSS at first", "second quarter", "last quarter", "growth", "bound"],
      [...this.#samples].map(([name, samples]) => {
        const { early, late, growth } = this.#quarters(samples);
        const isJudged = this.#requests() >= MIN_REQUESTS;
        return [
          name,
          mib(samples[0].rssMib),
          mib(early),
          mib(late),
          percent(growth),
          isJudged ? percent(MAX_GROWTH) : `from ${MIN_REQUESTS.toLocaleString("en")} requests on`,
        ];
      }),
    );
  }

  async #sample(): Promise<void> {
    const requests = this.#requests();
    for (const { name, pid, rssMib } of await functionProcesses()) {
      const samples = this.#samples.get(name) ?? [];
      samples.push({ requests, pid, rssMib });
      this.#samples.set(name, samples);
    }
  }

  /** The median memory in the second and in the last quarter of the requests. */
  #quarters(samples: Sample[]): { early: number; late: number; growth: number } {
    const all = this.#requests();
    const between = (from: number, to: number) =>
      median(
        samples.filter(({ requests }) => requests >= from * all && requests <= to * all)
          .map(({ rssMib }) => rssMib),
      ) ?? samples[samples.length - 1].rssMib;
    const [early, late] = [between(0.25, 0.5), between(0.75, 1)];
    return { early, late, growth: late / early - 1 };
  }
}

function mib(figure: number): string {
  return `${figure.toFixed(0)} MiB`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
