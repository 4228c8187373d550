/** What is said under the banner of `task start`, of the project's own functions. */
import { startEdgeFunctions } from "../../local/functions/edge_functions.ts";
import { collectStartProblems } from "../../local/stack/start_problems.ts";
import { exampleSettings, functionEnvironment } from "../../local/settings/environment.ts";
import { portsFrom } from "../../local/settings/addresses.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";

/** Starts the functions with other settings than those of .env.example. */
async function wordsWith(settings: Record<string, string>): Promise<string> {
  const problems = collectStartProblems();
  const env = await functionEnvironment(portsFrom("1024"), {
    ...await exampleSettings(),
    ...settings,
  });
  const functions = await startEdgeFunctions(env, problems.add, false);
  try {
    await functions.ready();
    return problems.words();
  } finally {
    await functions.stop();
  }
}

Deno.test("nothing is said where all is right", async () => {
  assertEquals(await wordsWith({}), "");
});

Deno.test("each thing that is missing or wrong is said once, with the functions that need it, without a secret", async () => {
  const secret = "whsec_c2VjcmV0";
  const words = await wordsWith({
    TWILIO_AUTH_TOKEN: "",
    LLM_BASE_URL: "https://model.example/v1",
    LLM_MODEL: "",
    PLATFORM_WEBHOOK_URL: "http://example.com",
    PLATFORM_WEBHOOK_SECRET: secret,
    TURN_WAIT_SECONDS: "soon",
  });
  assertMatch(words, /^Not configured\. .*\.env/);
  const lines = words.split("\n").filter((line) => line.startsWith("  "));
  for (
    const [problem, ...names] of [
      [/TWILIO_AUTH_TOKEN is not set .* loopback\)/, "sms-inbound", "sms-status", "twilio-events"],
      [/TWILIO_AUTH_TOKEN is not set .*nothing can be sent/, "sms-inbound", "sms-send"],
      [/LLM_MODEL is not set/, "sms-inbound", "sms-reconcile"],
      [/PLATFORM_WEBHOOK_URL/, "sms-reconcile"],
      [/TURN_WAIT_SECONDS must be a number of seconds, not "soon": 2 is used/, "sms-inbound"],
    ] as const
  ) {
    const found = lines.filter((line) => problem.test(line));
    assertEquals([problem, found.length], [problem, 1]);
    for (const name of names) assert(found[0].includes(name), found[0]);
  }
  assert(!words.includes(secret), "a line holds the secret");
});

Deno.test("a function that cannot be loaded is said again, and other lines are not", () => {
  const problems = collectStartProblems();
  const line = (event: string, name: string, reason: string) =>
    problems.add(JSON.stringify({ level: "error", event, function: name, reason }));
  line("does_not_start", "sms-send", "Error: no (supabase/functions/sms-send/index.ts:2:1)");
  line("failed", "sms-send", "Error");
  problems.add("no JSON");
  assertEquals(
    problems.words(),
    "Functions that cannot be loaded. They start by themselves after your edit:\n\n" +
      "  Error: no (supabase/functions/sms-send/index.ts:2:1) (sms-send)\n",
  );
});
