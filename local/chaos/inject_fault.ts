/**
 * Fault injection.
 *
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { signalAll } from "../postgres/processes.ts";
import type { ChaosStack } from "./chaos_stack.ts";
import type { Fault } from "./fault_plan.ts";

/**
 * Injects a fault, and repairs it after its time.
 *
 * @returns The fault in a few words.
 */
export async function injectFault(fault: Fault, { stack, proxies }: ChaosStack): Promise<string> {
  switch (fault.kind) {
    case "kill function": {
      const pid = stack.workerPids().get(fault.name);
      if (pid !== undefined) signalAll([pid], "SIGKILL");
      return fault.name;
    }
    case "kill Postgres":
      // The postmaster's children exit when they notice its death.
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
      proxy.repair();
      return `${fault.of} ${fault.outage} for ${fault.ms} ms`;
    }
  }
}
