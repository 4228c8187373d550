/** Many events in few lines of the log, with a clock that the test moves. */
import { createLogBatch } from "../../supabase/functions/_shared/log/log_batch.ts";
import { assertEquals } from "../support/assert.ts";

const { setTimeout } = globalThis;

/** Replaces setTimeout while a test runs. */
async function withTimers(
  use: (timers: { waits: number[]; endWait(): Promise<void> }) => Promise<void>,
): Promise<void> {
  const waits: number[] = [];
  let end = () => {};
  globalThis.setTimeout = ((callback: () => void, ms: number) => {
    waits.push(ms);
    end = callback;
  }) as unknown as typeof setTimeout;
  try {
    await use({
      waits,
      async endWait() {
        end();
        // What awaits the timer goes on before the next task.
        await new Promise((resolve) => setTimeout(resolve));
      },
    });
  } finally {
    globalThis.setTimeout = setTimeout;
  }
}

Deno.test("of many events the first is written at once, and the others together, a second later", () =>
  withTimers(async ({ waits, endWait }) => {
    const batches: number[][] = [];
    const add = createLogBatch<number>((entries) => batches.push(entries), () => {});
    for (const entry of [1, 2, 3, 4]) add(entry);
    assertEquals({ batches, waits }, { batches: [[1]], waits: [1_000] });
    await endWait();
    assertEquals({ batches, waits }, { batches: [[1], [2, 3, 4]], waits: [1_000, 1_000] });
    add(5);
    assertEquals(batches.length, 2);
    await endWait();
    assertEquals(batches.slice(2), [[5]]);
  }));

Deno.test("after a second without an event no timer runs, and the next event is written at once", () =>
  withTimers(async ({ waits, endWait }) => {
    const batches: number[][] = [];
    const add = createLogBatch<number>((entries) => batches.push(entries), () => {});
    add(1);
    await endWait();
    assertEquals({ batches, waits }, { batches: [[1]], waits: [1_000] });
    add(2);
    assertEquals(batches, [[1], [2]]);
    await endWait();
  }));
