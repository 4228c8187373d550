import { loadOnce } from "../../supabase/functions/_shared/worker/load_once.ts";
import { assert, assertEquals, rejection } from "../support/assert.ts";

Deno.test("what was loaded is not loaded again", async () => {
  let loads = 0;
  const load = loadOnce(() => Promise.resolve({ number: ++loads }));
  const first = await load();
  assert(await load() === first, "Another object was loaded");
  assertEquals(loads, 1);
});

Deno.test("nothing is loaded before the first call", () => {
  let loads = 0;
  loadOnce(() => Promise.resolve(++loads));
  assertEquals(loads, 0);
});

Deno.test("calls at the same time share one load, also one that fails", async () => {
  let loads = 0;
  const loading = Promise.withResolvers<string>();
  const load = loadOnce(() => (loads++, loading.promise));
  const calls = [load(), load(), load()];
  loading.reject(new Error("the network is away"));
  for (const call of calls) assertEquals(await rejection(call), "the network is away");
  assertEquals(loads, 1);
});

for (
  const [label, fail] of [
    ["failed", () => Promise.reject(new Error("the network is away"))],
    [
      "threw",
      () => {
        throw new Error("the network is away");
      },
    ],
  ] as [string, () => Promise<string>][]
) {
  Deno.test(`a load that ${label} is tried again at the next call, and then kept`, async () => {
    let loads = 0;
    const load = loadOnce(() => ++loads < 3 ? fail() : Promise.resolve(`load ${loads}`));
    assertEquals(await rejection(load()), "the network is away");
    assertEquals(await rejection(load()), "the network is away");
    assertEquals([await load(), await load()], ["load 3", "load 3"]);
  });
}

Deno.test("a caller that is told of a failure may try again at once", async () => {
  let loads = 0;
  const load = loadOnce(() => ++loads === 1 ? Promise.reject(new Error()) : Promise.resolve(loads));
  assertEquals(await load().catch(load), 2);
});
