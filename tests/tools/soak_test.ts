import { compare, growthPerHour, MIN_MINUTES, spanOf, verdict } from "../../bench/soak/growth.ts";
import { atRate } from "../../bench/soak/pace.ts";
import { assertEquals } from "../support/assert.ts";
import { until } from "../support/wait.ts";

/** One value a minute. */
const minutes = (count: number, value: (minute: number) => number) =>
  Array.from({ length: count }, (_, minute) => value(minute));

Deno.test("growth is the share of the mean that a figure gains in an hour", () => {
  assertEquals(growthPerHour(minutes(10, () => 80)), 0);
  const rising = minutes(61, (minute) => 100 + minute);
  assertEquals(growthPerHour(rising).toFixed(6), (60 / 130).toFixed(6));
  assertEquals(growthPerHour(rising.toReversed()).toFixed(6), (-60 / 130).toFixed(6));
  assertEquals(growthPerHour([7]), 0);
});

Deno.test("the first and the last ten minutes are compared, or the halves of a shorter run", () => {
  assertEquals([2, 5, 20, 60].map(spanOf), [1, 2, 10, 10]);
  const [{ first, last }] = compare(
    Array.from({ length: 60 }, (_, minute) => ({ rows: minute })),
  );
  assertEquals([first, last], [5, 55]);
});

Deno.test("the verdict names what grows, of what is meant to stay as it is", () => {
  const run = (count: number, memory: (minute: number) => number) =>
    verdict(
      compare(
        Array.from({ length: count }, (_, minute) => ({
          "inbound p50": 10,
          "RSS sms-inbound": memory(minute),
          rows: 1_000 * minute,
        })),
      ),
      count,
    );
  assertEquals(
    run(60, () => 100),
    "Flat: no latency, memory or number of connections grew by more than 20 % an hour.",
  );
  assertEquals(
    run(60, (minute) => 100 + minute),
    "Growing by more than 20 % an hour: RSS sms-inbound.",
  );
  assertEquals(
    run(MIN_MINUTES - 1, (minute) => 100 + minute),
    "Too short to judge growth: 30 minutes are needed.",
  );
});

Deno.test("a steady load does not wait for answers, and ends when all have come", async () => {
  const waiting: (() => void)[] = [];
  let done = 0;
  const pace = atRate(200, async () => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    done++;
  });
  await until(() => waiting.length >= 5, "work that is begun while none is done");
  assertEquals(done, 0);
  const stopped = pace.stop();
  waiting.forEach((resolve) => resolve());
  await stopped;
  assertEquals(done, waiting.length);
});
