/**
 * The end of a long-running task: by a signal, or by the end of its launcher.
 *
 * @module
 */

/** The interval at which the launchers are checked, in ms. */
const WATCH_INTERVAL_MS = 300;

/**
 * Waits until this process must stop: on SIGINT, SIGTERM or SIGHUP, or when npx, npm or `deno task`
 * above it exits, because npx does not forward SIGTERM.
 *
 * @returns The reason, for a message.
 */
export async function untilAskedToStop(): Promise<string> {
  const asked = Promise.withResolvers<string>();
  const signals: Deno.Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  const listeners = signals.map((signal) => [signal, () => asked.resolve(signal)] as const);
  for (const [signal, listener] of listeners) {
    Deno.addSignalListener(signal, listener);
  }

  const launchers = await launcherChain();
  const timer = setInterval(async () => {
    for (const { pid, parent } of launchers) {
      if ((await parentOf(pid))?.pid !== parent) {
        asked.resolve("its launcher has ended");
      }
    }
  }, WATCH_INTERVAL_MS);

  const reason = await asked.promise;
  clearInterval(timer);
  // The listeners stay, so that a second Ctrl-C does not interrupt the shutdown.
  return reason;
}

/** The chain of this process's launchers (deno, npm, npx and their shell), each with its parent. */
async function launcherChain(): Promise<{ pid: number; parent: number }[]> {
  const chain: { pid: number; parent: number }[] = [];
  for (let pid = Deno.pid;;) {
    const parent = await parentOf(pid);
    if (!parent || !isLauncher(parent.command)) return chain;
    chain.push({ pid, parent: parent.pid });
    pid = parent.pid;
  }
}

function isLauncher(command: string): boolean {
  return /^\S*\b(npx|npm|deno)(?!\S)|^(\S*\/)?node\s.*\b(npx|npm|deno)|^\S*sh -c .*\bdeno\b/
    .test(command);
}

async function parentOf(
  pid: number,
): Promise<{ pid: number; command: string } | undefined> {
  try {
    if (Deno.build.os === "linux") {
      const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
      // The second field is the command's name in parentheses, and may itself hold parentheses.
      const parent = Number(
        stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1],
      );
      const command = await Deno.readTextFile(`/proc/${parent}/cmdline`);
      return { pid: parent, command: command.replaceAll("\0", " ").trim() };
    }
    const parent = Number((await ps(pid, "ppid=")).trim());
    return { pid: parent, command: (await ps(parent, "command=")).trim() };
  } catch {
    return undefined;
  }
}

async function ps(pid: number, format: string): Promise<string> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-o", format, "-p", String(pid)],
  }).output();
  return new TextDecoder().decode(stdout);
}
