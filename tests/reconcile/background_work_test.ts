/** Due work that comes after turns and sends: side by side, in the time that is left of a run. */
import {
  type BackgroundStatus,
  type BackgroundTask,
  claimedTask,
  doBackgroundWork,
} from "../../supabase/functions/_shared/due_work/do_background_work.ts";
import type { Log } from "../../supabase/functions/_shared/log/log.ts";
import { assert, assertEquals } from "../support/assert.ts";

const RUN_MS = 40_000;

/** A log, and the reasons of its lines. */
function logged(): { log: Log; reasons: (string | undefined)[] } {
  const reasons: (string | undefined)[] = [];
  return { log: (_level, _event, fields) => void reasons.push(fields?.reason), reasons };
}

function ending(status: BackgroundStatus | Error): BackgroundTask {
  const run = () => status instanceof Error ? Promise.reject(status) : Promise.resolve(status);
  return { name: "posts", atOnce: 1, run };
}

for (
  const [label, tasks, status] of [
    ["is done if no work is left", ["done", "done"], "done"],
    ["has more if one task has more", ["done", "more", "done"], "more"],
    ["says that the database failed for one task", ["more", "database_failed"], "database_failed"],
    ["is done without any task", [], "done"],
    ["goes on after an error in one task", [new TypeError("quotes a text"), "more"], "more"],
  ] as [string, (BackgroundStatus | Error)[], BackgroundStatus][]
) {
  Deno.test(`background work ${label}`, async () => {
    const { log, reasons } = logged();
    assertEquals(await doBackgroundWork(tasks.map(ending), RUN_MS, log), status);
    const errors = tasks.filter((task) => task instanceof Error);
    assertEquals(reasons, errors.map(() => "posts: TypeError"));
  });
}

Deno.test("background tasks run side by side, each for what is left of the run and at most 10 s", async () => {
  const { promise: bothRun, resolve } = Promise.withResolvers<void>();
  const ends: number[] = [];
  const task: BackgroundTask = {
    name: "posts",
    atOnce: 1,
    async run(endsAt) {
      if (ends.push(endsAt) === 2) resolve();
      await bothRun;
      return "done";
    },
  };
  for (const [leftMs, taskMs] of [[RUN_MS, 10_000], [3_000, 3_000]]) {
    ends.length = 0;
    const before = performance.now();
    await doBackgroundWork([task, task], leftMs, logged().log);
    const after = performance.now();
    assertEquals(ends.length, 2);
    for (const endsAt of ends) {
      assert(endsAt >= before + taskMs && endsAt <= after + taskMs, `${endsAt - before}`);
    }
  }
});

/** Items that end when the test says so. */
function heldItems(count: number) {
  const due = Array.from({ length: count }, (_, item) => item);
  const ends = new Map<number, () => void>();
  let most = 0;
  return {
    claim: (wanted: number) => Promise.resolve(due.splice(0, wanted)),
    async doItem(item: number) {
      const { promise, resolve } = Promise.withResolvers<void>();
      ends.set(item, resolve);
      most = Math.max(most, ends.size);
      await promise;
      ends.delete(item);
    },
    ends,
    most: () => most,
  };
}

/** Lets everything that waits for no timer go on. */
const macrotask = () => new Promise<void>((resolve) => setTimeout(resolve));

Deno.test("an item that ends gives its place to the next one, and no more than atOnce are done at once", async () => {
  const { log } = logged();
  const { claim, doItem, ends, most } = heldItems(5);
  const running = claimedTask({ name: "posts", atOnce: 2, itemMs: 0, claim, doItem, log })
    .run(performance.now() + RUN_MS);
  await macrotask();
  assertEquals([...ends.keys()], [0, 1]);
  // The first one goes on for as long as all others take.
  for (const item of [1, 2, 3, 4]) {
    ends.get(item)!();
    await macrotask();
  }
  assertEquals([...ends.keys()], [0]);
  ends.get(0)!();
  assertEquals(await running, "done");
  assertEquals(most(), 2);
});

Deno.test("an item that ends while a claim is under way, and makes another one due, is followed by that one", async () => {
  const { log } = logged();
  const due = [1];
  const done: number[] = [];
  const firstEnds = Promise.withResolvers<void>();
  let claims = 0;
  const task = claimedTask({
    name: "posts",
    atOnce: 2,
    itemMs: 0,
    async claim(count) {
      const claimed = due.splice(0, count);
      // The second claim has found nothing when the first item ends.
      if (++claims === 2) {
        firstEnds.resolve();
        await macrotask();
      }
      return claimed;
    },
    async doItem(item) {
      if (item === 1) {
        await firstEnds.promise;
        due.push(2);
      }
      done.push(item);
    },
    log,
  });
  assertEquals(await task.run(performance.now() + RUN_MS), "done");
  assertEquals(done, [1, 2]);
});

Deno.test("an error in one item is logged by its name, and stops no other", async () => {
  const { log, reasons } = logged();
  const { claim } = heldItems(3);
  const done: number[] = [];
  const doItem = (item: number) => {
    if (item === 0) return Promise.reject(new TypeError("quotes a text"));
    done.push(item);
    return Promise.resolve();
  };
  const task = claimedTask({ name: "posts", atOnce: 2, itemMs: 0, claim, doItem, log });
  assertEquals(await task.run(performance.now() + RUN_MS), "done");
  assertEquals([done, reasons], [[1, 2], ["posts: TypeError"]]);
});

Deno.test("no item is claimed that could take longer than what is left", async () => {
  const { log } = logged();
  const { claim, doItem, ends } = heldItems(1);
  const task = claimedTask({ name: "posts", atOnce: 2, itemMs: 5_000, claim, doItem, log });
  assertEquals(await task.run(performance.now() + 4_999), "more");
  assertEquals(ends.size, 0);
});

Deno.test("a claim that fails ends the work when its running items have ended", async () => {
  const { log } = logged();
  const { claim, doItem, ends } = heldItems(1);
  let claims = 0;
  const task = claimedTask({
    name: "posts",
    atOnce: 2,
    itemMs: 0,
    claim: (count) => ++claims > 1 ? Promise.resolve(undefined) : claim(count),
    doItem,
    log,
  });
  const running = task.run(performance.now() + RUN_MS);
  await macrotask();
  ends.get(0)!();
  assertEquals(await running, "database_failed");
});
