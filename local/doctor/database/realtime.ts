/**
 * Whether a broadcast of this moment can be stored.
 *
 * @module
 */
import { taskCommand } from "../../command_line/task_command.ts";
import type { Examined, Outcome } from "../check.ts";
import { partOf } from "./part.ts";

/** Checks that realtime.messages has today's partition. Without it every broadcast is dropped without a word. */
export async function checkPartition(examined: Examined): Promise<Outcome> {
  const part = await partOf(examined, "realtime", "The database has no realtime.messages");
  if (part.has_partition) return { ok: true, detail: "realtime.messages has today's partition" };
  return {
    ok: false,
    detail: "realtime.messages has no partition for today: no agent receives an event",
    mend: examined.project.isLocal
      ? `Stop the local stack, and start it again: ${taskCommand("start")}`
      : "Connect one client: open an agent's screen, or the dashboard's Realtime inspector. Realtime makes the partitions when a client connects",
  };
}
