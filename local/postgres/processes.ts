/**
 * Process trees, and signals to processes.
 *
 * @module
 */

/**
 * Lists a process and all its descendants, whatever group or session they are in.
 *
 * @returns The process ids, `pid` first.
 */
export async function processTree(pid: number): Promise<number[]> {
  const children = Map.groupBy(await processes(), ({ parent }) => parent);
  const tree = [pid];
  for (const id of tree) tree.push(...(children.get(id) ?? []).map((child) => child.pid));
  return tree;
}

/** Selects the processes that still run. */
export async function running(pids: Iterable<number>): Promise<number[]> {
  const known = new Set((await processes()).map(({ pid }) => pid));
  return [...pids].filter((pid) => known.has(pid));
}

/** Sends a signal to each process. Processes that have exited are ignored. */
export function signalAll(pids: number[], signal: Deno.Signal): void {
  for (const pid of pids) {
    try {
      Deno.kill(pid, signal);
    } catch {
      // The process has exited.
    }
  }
}

/** A running process. */
interface Process {
  pid: number;
  parent: number;
}

/**
 * Lists all processes: from /proc on Linux, where small images have no ps, and from ps on macOS.
 */
async function processes(): Promise<Process[]> {
  return Deno.build.os === "linux" ? readProc() : await readPs();
}

/** No disk delays these reads, so none is waited for: that takes a third of the CPU time. */
function readProc(): Process[] {
  const found: Process[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readStat(name);
    // The second field is the command's name in parentheses, and may itself hold parentheses.
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (parent && !isZombie(state)) found.push({ pid: Number(name), parent: Number(parent) });
  }
  return found;
}

function readStat(pid: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/stat`);
  } catch {
    // The process has exited.
    return "";
  }
}

async function readPs(): Promise<Process[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-A", "-o", "pid=,ppid=,stat="] })
    .output();
  return new TextDecoder().decode(stdout).trim().split("\n").flatMap((line) => {
    const [pid, parent, state] = line.trim().split(/\s+/);
    return isZombie(state) ? [] : [{ pid: Number(pid), parent: Number(parent) }];
  });
}

/** A zombie process (state Z) has exited, and its parent has not read its exit status. */
function isZombie(state: string): boolean {
  return state.startsWith("Z");
}
