/** docs/go-live.md from the deploy to the doctor: the real CLI uploads, and the doctor finds nothing, or what is wrong. */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import doctorTask from "../../local/doctor.ts";
import type { Finding } from "../../local/doctor/run_checks.ts";
import { SECRET_KEY } from "../../local/settings/keys.ts";
import { openTwilio } from "../../local/project/twilio_client.ts";
import twilioTask from "../../local/twilio.ts";
import { startTwilio } from "../../local/stand_ins/twilio/twilio.ts";
import { setAccountState } from "../support/account_state.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { addNumber, addSender, addService } from "../support/configuring.ts";
import { type UploadedFunction, withDeployedFunctions } from "../support/deploy_rehearsal.ts";
import { withHostedProject } from "../support/hosted_project.ts";
import { type RanTask, runTaskHere } from "../support/run_task_here.ts";
import { keepSeededSenders } from "../support/seeded_senders.ts";
import { MODEL_URL } from "../support/stack.ts";

const ACCOUNT = `AC${"a1".repeat(16)}`;
const WHATSAPP = "whatsapp:+15550100009";
const TOKEN = "0123456789abcdef0123456789abcdef";

/** An account at Twilio, as its owner has it: a number with its campaign, and a WhatsApp sender. */
interface Account {
  /** The address of the API. */
  url: string;
  /** The campaign's Messaging Service. */
  service: string;
}

async function withAccount(use: (account: Account) => Promise<void>) {
  const { url, stop } = await startTwilio({
    accountSid: ACCOUNT,
    authToken: TOKEN,
    signingToken: TOKEN,
    port: 0,
    webhookUrl: "http://127.0.0.1:9/sms-inbound",
  });
  try {
    const twilio = openTwilio({
      TWILIO_ACCOUNT_SID: ACCOUNT,
      TWILIO_AUTH_TOKEN: TOKEN,
      TWILIO_API_BASE_URL: url,
    });
    const service = await addService(twilio, await addNumber(twilio, "+15550100000"));
    await addSender(twilio, { sender_id: WHATSAPP });
    await setAccountState(url, {
      campaigns: [{ messaging_service_sid: service, campaign_status: "VERIFIED" }],
      senders: [{ sender_id: WHATSAPP, status: "ONLINE" }],
    });
    await use({ url, service });
  } finally {
    await stop();
  }
}

/** An env file like `.env.production`, but for the addresses of the stand-ins. */
function variables(url: string, account: Account): Record<string, string> {
  return {
    TWILIO_ACCOUNT_SID: ACCOUNT,
    TWILIO_AUTH_TOKEN: TOKEN,
    TWILIO_WEBHOOK_BASE_URL: `${url}/functions/v1`,
    TWILIO_API_BASE_URL: account.url,
    TWILIO_MESSAGING_SERVICE_SID: account.service,
    LLM_BASE_URL: MODEL_URL,
    LLM_MODEL: "stand-in",
  };
}

/** Runs a task with an env file. */
async function run(
  command: CommandUnknownOpts,
  args: string[],
  env: Record<string, string>,
): Promise<RanTask> {
  const file = await Deno.makeTempFile({ suffix: ".env" });
  try {
    const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`).join("");
    await Deno.writeTextFile(file, lines);
    const shell = { SUPABASE_SECRET_KEY: SECRET_KEY };
    return await runTaskHere(command, shell, ...args, "--env-file", file);
  } finally {
    await Deno.remove(file);
  }
}

/** Runs `doctor --round-trip`. */
async function doctor(env: Record<string, string>) {
  const { code, out, err } = await run(doctorTask, ["--round-trip", "--json"], env);
  assert(code === 0 || code === 1, err);
  const findings: Finding[] = JSON.parse(out);
  for (const secret of [TOKEN, SECRET_KEY]) {
    assert(!out.includes(secret), `It prints ${secret === TOKEN ? "the token" : "the secret key"}`);
  }
  const wrong = new Map(findings.filter(({ ok }) => ok === false).map((one) => [one.id, one]));
  assertEquals(code, wrong.size > 0 ? 1 : 0);
  return { findings, wrong };
}

/** What the doctor says of each thing that is wrong. */
function words(wrong: Map<string, Finding>): string[] {
  return [...wrong.values()].map(({ id, detail, mend }) => `${id}: ${detail} → ${mend}`);
}

/** What the doctor says without sms-status and with another token. */
const NAMED: [id: string, detail: RegExp, mend: RegExp][] = [
  ["functions.deployed", /^sms-status is not deployed$/, /functions deploy sms-status --use-api/],
  ["functions.signed", /the signature is refused/, /TWILIO_AUTH_TOKEN.*secrets set --env-file/],
  ["round_trip.text", /sms-inbound refuses the signature/, /secrets set --env-file/],
  ["round_trip.statuses", /sms-status is not deployed/, /functions deploy sms-status/],
  ["round_trip.event", /twilio-events refuses the signature/, /secrets set --env-file/],
];

Deno.test("after a deploy with the real CLI the doctor finds nothing, or names what differs", async (t) => {
  await keepSeededSenders();
  await withDeployedFunctions((uploads) =>
    withAccount(async (account) => {
      const secrets = (url: string) => variables(url, account);

      await t.step("the whole list done, nothing is wrong", () =>
        withHostedProject(uploads, secrets, async ({ url, logs }) => {
          const configured = await run(twilioTask, [
            ...["configure", "--number", "+15550100000", "--service", account.service],
            ...["--whatsapp", "+15550100009", "--events", "--yes"],
          ], secrets(url));
          assertEquals(configured.code, 0, configured.out + configured.err);
          const { wrong, findings } = await doctor(secrets(url));
          assertEquals(words(wrong), [], logs.join("\n"));
          const notAsked = findings.flatMap(({ id, ok }) =>
            ok === null && /^(functions|database|round_trip)\./.test(id) ? [id] : []
          );
          // This Postgres has neither Supabase Cron nor Vault.
          assertEquals(notAsked, [
            "database.cron_jobs",
            "database.cron_answers",
            "database.vault_secrets",
          ]);
        }));

      await t.step("a function that is not deployed, and a secret that differs, are named", () => {
        const deployed: UploadedFunction[] = uploads.filter(({ name }) =>
          name !== "sms-status"
        );
        const other = (url: string) => ({ ...secrets(url), TWILIO_AUTH_TOKEN: "f".repeat(32) });
        return withHostedProject(deployed, other, async ({ url }) => {
          const { wrong } = await doctor(secrets(url));
          for (const [id, detail, mend] of NAMED) {
            assertMatch(wrong.get(id)?.detail ?? "", detail);
            assertMatch(wrong.get(id)?.mend ?? "", mend);
          }
        });
      });
    })
  );
});
