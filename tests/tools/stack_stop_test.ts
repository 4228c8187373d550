import { fileURLToPath } from "node:url";
import { removePostgresData } from "../../local/postgres/binaries.ts";
import { processTree, running, signalAll } from "../../local/postgres/processes.ts";
import { apiUrl, freePorts, portsFrom, twilioUrl } from "../../local/settings/addresses.ts";
import { until } from "../support/wait.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** How long the stack may take to stop, in seconds. */
const STOP_SECONDS = 10;

/** The cheapest hash of a password that lite makes: how a stack stops does not depend on it. */
const CHEAP_PASSWORDS = { LITE_AUTH_BCRYPT_COST: "4" };

/** Processes by what their command lines hold. */
async function find(pids: number[], words: RegExp): Promise<number[]> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-ww", "-o", "pid=,command=", "-p", pids.join(",")],
  }).output();
  return new TextDecoder().decode(stdout).trim().split("\n").flatMap((line) => {
    const [, pid, command] = /^\s*(\d+) (.*)$/.exec(line) ?? [];
    return command !== undefined && words.test(command) ? [Number(pid)] : [];
  });
}

const postgres = /^(postgres:|\S+\/bin\/postgres )/;
const postmaster = /^\S+\/bin\/postgres /;
const worker = /functions\/worker\.ts/;

/** What is broken before the stack is told to stop. */
const BROKEN: [name: string, harm: (pids: number[], twilio: string) => Promise<void>][] = [
  ["Postgres and the functions are frozen", async (pids) => {
    signalAll([...await find(pids, postgres), ...await find(pids, worker)], "SIGSTOP");
  }],
  ["Postgres was killed and is starting again", async (pids) => {
    signalAll(await find(pids, postmaster), "SIGKILL");
  }],
  ["Postgres is frozen, and functions wait for it and for the model", async (pids, twilio) => {
    const from = (number: number) => `+155504000${10 + number}`;
    await Promise.all(Array.from({ length: 10 }, (_, number) =>
      fetch(`${twilio}/phone/texts`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ from: from(number), to: "+15550100000", body: "model: hang" }),
      }).then((response) => response.body?.cancel())));
    signalAll(await find(pids, postgres), "SIGSTOP");
    signalAll(await find(pids, worker), "SIGKILL");
  }],
];

for (const [name, harm] of BROKEN) {
  Deno.test(`a stack stops within 10 s of SIGTERM to its group and leaves no process when ${name}`, async () => {
    const folder = await Deno.makeTempDir();
    const base = freePorts().api - 1;
    const ports = portsFrom(String(base));
    const task = new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "start"],
      cwd: ROOT,
      env: { PORT_BASE: String(base), LOCAL_DIR: folder, ...CHEAP_PASSWORDS },
      stdout: "null",
      stderr: "null",
      detached: true,
    }).spawn();
    const seen = new Set<number>();
    const look = async () => (await processTree(task.pid)).forEach((pid) => seen.add(pid));
    try {
      await until(
        () =>
          fetch(`${apiUrl(ports)}/health`).then(async (response) => {
            await response.body?.cancel();
            return response.ok;
          }, () => false),
        "health",
        60,
      );
      await look();
      await harm([...seen], twilioUrl(ports));
      await look();
      Deno.kill(-task.pid, "SIGTERM");
      await until(
        async () => {
          await look();
          return (await running(seen)).length === 0;
        },
        "every process to end",
        STOP_SECONDS,
      );
    } finally {
      signalAll([...seen], "SIGKILL");
      await task.status;
      await removePostgresData(folder);
      await Deno.remove(folder, { recursive: true });
    }
  });
}
