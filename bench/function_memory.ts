/**
 * The resident memory of the functions' processes, from /proc.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_status.5.html
 * @module
 */

/** One function's process. */
export interface FunctionProcess {
  /** The function's name. */
  name: string;
  pid: number;
  /** Resident memory, in MiB. */
  rssMib: number;
}

/**
 * Reads the memory of the functions of the stack in this process.
 *
 * @returns One entry for each function, sorted by name; empty on systems without /proc.
 */
export async function functionProcesses(): Promise<FunctionProcess[]> {
  if (Deno.build.os !== "linux") return [];
  const found: FunctionProcess[] = [];
  for await (const { name: pid } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const status = await Deno.readTextFile(`/proc/${pid}/status`);
      if (field(status, "PPid") !== Deno.pid) continue;
      const command = await Deno.readTextFile(`/proc/${pid}/cmdline`);
      const name = /\/functions\/([a-z-]+)\/index\.ts/.exec(command)?.[1];
      if (name) found.push({ name, pid: Number(pid), rssMib: field(status, "VmRSS") / 1024 });
    } catch {
      // The process has exited since the folder was listed.
    }
  }
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

function field(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
}
