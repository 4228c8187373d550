/**
 * Breaks things, and mends them.
 *
 * @module
 */
import { signalAll } from "../postgres/processes.ts";
import type { ChaosStack } from "./chaos_stack.ts";
import type { Fault } from "./plan.ts";

/**
 * Breaks one thing, and mends it when its time is over.
 *
 * @returns What was done, in a few words.
 */
export async function harm(fault: Fault, { stack, proxies }: ChaosStack): Promise<string> {
  switch (fault.kind) {
    case "kill function": {
      const pid = stack.workerPids().get(fault.name);
      if (pid !== undefined) signalAll([pid], "SIGKILL");
      return fault.name;
    }
    case "kill Postgres":
      // The postmaster's children end when they see that it is gone.
      signalAll((await stack.postgresPids()).slice(0, 1), "SIGKILL");
      return "";
    case "freeze Postgres": {
      const pids = await stack.postgresPids();
      signalAll(pids, "SIGSTOP");
      await pause(fault.ms);
      signalAll(pids, "SIGCONT");
      return `${fault.ms} ms`;
    }
    case "outage": {
      const proxy = proxies[fault.of];
      proxy.break(fault.outage);
      await pause(fault.ms);
      proxy.mend();
      return `${fault.of} ${fault.outage} for ${fault.ms} ms`;
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
