/**
 * The processes that a process has started, and those that these have started.
 *
 * @module
 */

/**
 * Lists a process and all that come from it, the process itself first.
 *
 * @returns Their ids. Nothing is left out, whatever group or session it has moved to.
 */
export async function processTree(pid: number): Promise<number[]> {
  const children = Map.groupBy(await processes(), ({ parent }) => parent);
  const tree = [pid];
  for (const id of tree) tree.push(...(children.get(id) ?? []).map((child) => child.pid));
  return tree;
}

/** Which of some processes are running still. */
export async function running(pids: Iterable<number>): Promise<number[]> {
  const known = new Set((await processes()).map(({ pid }) => pid));
  return [...pids].filter((pid) => known.has(pid));
}

/** Sends a signal to processes, some of which may have ended. */
export function signalAll(pids: number[], signal: Deno.Signal): void {
  for (const pid of pids) {
    try {
      Deno.kill(pid, signal);
    } catch {
      // It has ended.
    }
  }
}

/** One that has not ended. */
interface Process {
  pid: number;
  parent: number;
}

/** Small Linux images have no ps, and macOS has no /proc. */
async function processes(): Promise<Process[]> {
  return Deno.build.os === "linux" ? await readProc() : await askPs();
}

async function readProc(): Promise<Process[]> {
  const found: Process[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => "");
    // The second field is the name in parentheses, which may itself hold anything.
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (parent && !isEnded(state)) found.push({ pid: Number(name), parent: Number(parent) });
  }
  return found;
}

async function askPs(): Promise<Process[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-A", "-o", "pid=,ppid=,stat="] })
    .output();
  return new TextDecoder().decode(stdout).trim().split("\n").flatMap((line) => {
    const [pid, parent, state] = line.trim().split(/\s+/);
    return isEnded(state) ? [] : [{ pid: Number(pid), parent: Number(parent) }];
  });
}

/** A zombie has ended; only its parent has not asked how. */
function isEnded(state: string): boolean {
  return state.startsWith("Z");
}
