import { fileURLToPath } from "node:url";
import twilioCommand from "../../local/twilio.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { addNumber, withAccount } from "../support/configuring.ts";
import { type RanTask, runTaskHere } from "../support/run_task_here.ts";
import { AUTH_TOKEN } from "../support/twilio.ts";
import { ACCOUNT_SID } from "../support/twilio_stand_in.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const NUMBER = "+15550107011";

/** Runs the command with an env file of its own. */
async function twilioTask(
  apiUrl: string,
  args: string[],
  run: (...args: string[]) => Promise<RanTask> = here,
) {
  const envFile = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(
      envFile,
      `TWILIO_ACCOUNT_SID=${ACCOUNT_SID}
TWILIO_AUTH_TOKEN=${AUTH_TOKEN}
TWILIO_API_BASE_URL=${apiUrl}
TWILIO_WEBHOOK_BASE_URL=https://user:a-password-of-the-file@first.example/functions/v1,https://second.example/functions/v1
`,
    );
    const { code, out, err } = await run(...args, "--env-file", envFile);
    const printed = out + err;
    assert(!printed.includes("a-password-of-the-file"), "the password is printed");
    assert(!printed.includes(AUTH_TOKEN), "the token is printed");
    assert(!printed.includes(NUMBER.slice(1)), printed);
    assert(!printed.includes("\u001b["), "there are colours in a pipe");
    return { code, printed };
  } finally {
    await Deno.remove(envFile);
  }
}

const here = (...args: string[]) => runTaskHere(twilioCommand, {}, ...args);

/** Runs the command as a process without a terminal. */
async function withoutTerminal(...args: string[]): Promise<RanTask> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "local/twilio.ts", ...args],
    cwd: ROOT,
    stdin: "null",
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

Deno.test("twilio configure refuses to run without a terminal, and with --yes uses the env file's first base URL", () =>
  withAccount(async ({ url, twilio }) => {
    await addNumber(twilio, NUMBER);
    const asked = await twilioTask(url, ["configure", "--number", NUMBER], withoutTerminal);
    assertEquals(asked.code, 2, asked.printed);
    assert(asked.printed.includes("Add --yes"), asked.printed);
    const done = await twilioTask(url, ["configure", "--number", NUMBER, "--yes"]);
    assertEquals(done.code, 0, done.printed);
    const [{ smsUrl }] = await twilio.incomingPhoneNumbers.list();
    assert(
      smsUrl.startsWith(
        "https://user:a-password-of-the-file@first.example/functions/v1/sms-inbound#",
      ),
      smsUrl,
    );
  }));

Deno.test("a variable that is missing is named, with the file to set it in", async () => {
  const envFile = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(envFile, "TWILIO_API_BASE_URL=http://127.0.0.1:1\n");
    const env = { TWILIO_AUTH_TOKEN: "" };
    const args = ["configure", "--events", "--env-file", envFile];
    const { code, err } = await runTaskHere(twilioCommand, env, ...args);
    assertEquals([code, err], [
      1,
      `error: TWILIO_AUTH_TOKEN is not set. Set it in ${envFile}\n`,
    ]);
  } finally {
    await Deno.remove(envFile);
  }
});

Deno.test("twilio configure exits with 1 for a number that the account lacks and with 2 for wrong options, and prints no whole number", () =>
  withAccount(async ({ url }) => {
    const lacking = await twilioTask(url, ["configure", "--number", NUMBER, "--yes"]);
    assertEquals(lacking.code, 1);
    assert(
      lacking.printed.includes("error: The account does not have the number …7011"),
      lacking.printed,
    );
    const forgotten = await twilioTask(url, ["configure", NUMBER]);
    assertEquals(forgotten.code, 2);
    assert(forgotten.printed.includes("…7011"), forgotten.printed);
  }));
