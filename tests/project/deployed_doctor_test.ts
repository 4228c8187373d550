/** docs/go-live.md from the deploy to the doctor: the real CLI uploads, and the doctor finds nothing, or what is wrong. */
import type { Finding } from "../../local/doctor/run_checks.ts";
import { SECRET_KEY } from "../../local/settings/keys.ts";
import { startTwilio, type Twilio } from "../../local/stand_ins/twilio/twilio.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { type UploadedFunction, withDeployedFunctions } from "../support/deploy_rehearsal.ts";
import { withHostedProject } from "../support/hosted_project.ts";
import { MODEL_URL } from "../support/stack.ts";

const ACCOUNT = `AC${"a1".repeat(16)}`;
const TOKEN = "0123456789abcdef0123456789abcdef";

/** An account at Twilio, as its owner has it. */
async function withAccount(use: (twilio: Twilio) => Promise<void>) {
  const twilio = await startTwilio({
    accountSid: ACCOUNT,
    authToken: TOKEN,
    signingToken: TOKEN,
    port: 0,
    webhookUrl: "http://127.0.0.1:9/sms-inbound",
  });
  try {
    await use(twilio);
  } finally {
    await twilio.stop();
  }
}

/** An env file like `.env.production`, but for the addresses of the stand-ins. */
function variables(url: string, twilio: Twilio): Record<string, string> {
  return {
    TWILIO_ACCOUNT_SID: ACCOUNT,
    TWILIO_AUTH_TOKEN: TOKEN,
    TWILIO_WEBHOOK_BASE_URL: `${url}/functions/v1`,
    TWILIO_API_BASE_URL: twilio.url,
    LLM_BASE_URL: MODEL_URL,
    LLM_MODEL: "stand-in",
  };
}

/** Runs a task with an env file, and returns its exit code and what it printed. */
async function run(script: string, args: string[], env: Record<string, string>) {
  const file = await Deno.makeTempFile({ suffix: ".env" });
  try {
    const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`).join("");
    await Deno.writeTextFile(file, lines);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", script, ...args, "--env-file", file],
      env: { SUPABASE_SECRET_KEY: SECRET_KEY },
      stdin: "null",
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, out, err };
  } finally {
    await Deno.remove(file);
  }
}

/** Runs `doctor --round-trip`. */
async function doctor(env: Record<string, string>) {
  const { code, out, err } = await run("local/doctor.ts", ["--round-trip", "--json"], env);
  assert(code === 0 || code === 1, err);
  const findings: Finding[] = JSON.parse(out);
  for (const secret of [TOKEN, SECRET_KEY]) assert(!out.includes(secret));
  const wrong = new Map(findings.filter(({ ok }) => ok === false).map((one) => [one.id, one]));
  assertEquals(code, wrong.size > 0 ? 1 : 0);
  return { findings, wrong };
}

/** What the doctor says of each thing that is wrong. */
function words(wrong: Map<string, Finding>): string[] {
  return [...wrong.values()].map(({ id, detail, mend }) => `${id}: ${detail} → ${mend}`);
}

Deno.test("after a deploy with the real CLI the doctor finds nothing, or names what differs", async (t) => {
  await withDeployedFunctions((uploads) =>
    withAccount(async (twilio) => {
      const secrets = (url: string) => variables(url, twilio);

      await t.step("the whole list done, nothing is wrong", () =>
        withHostedProject(uploads, secrets, async ({ url, logs }) => {
          const configured = await run("local/twilio.ts", [
            ...["configure", "--number", "+15550100000", "--whatsapp", "+15550100009"],
            ...["--events", "--yes"],
          ], secrets(url));
          assertEquals(configured.code, 0, configured.out + configured.err);
          const { wrong, findings } = await doctor(secrets(url));
          assertEquals(words(wrong), [], logs.join("\n"));
          const notAsked = findings.filter(({ ok }) =>
            ok === null
          ).map(({ id }) => id);
          console.log(notAsked.join("\n"));
        }));

      await t.step("a function that is not deployed, and a secret that differs, are named", () => {
        const deployed: UploadedFunction[] = uploads.filter(({ name }) => name !== "sms-status");
        const other = (url: string) => ({ ...secrets(url), TWILIO_AUTH_TOKEN: "f".repeat(32) });
        return withHostedProject(deployed, other, async ({ url }) => {
          const { wrong } = await doctor(secrets(url));
          console.log(words(wrong).join("\n"));
        });
      });
    })
  );
});
