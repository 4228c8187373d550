/** Which project `--url`, `--env-file` and the environment name, with several base URLs, or one with a password. */
import { configureCommand } from "../../local/doctor/configure_command.ts";
import { eventStreamChecks } from "../../local/doctor/event_stream_checks.ts";
import { twilioChecks } from "../../local/doctor/twilio_checks.ts";
import { secretsMend } from "../../local/doctor/mends.ts";
import { readProject } from "../../local/project/project.ts";
import { sinkUrl, webhookUrl } from "../../local/project/webhook_urls.ts";
import { apiUrl, portsFrom } from "../../local/settings/addresses.ts";
import { ENV_FILE, exampleSettings } from "../../local/settings/environment.ts";
import { assertEquals, assertMatch, rejection } from "../support/assert.ts";
import { FUNCTIONS_URL, OTHER_URL, withDoctor } from "../support/doctor_of_twilio.ts";

const NUMBER = "+15550190021";
const WITH_PASSWORD = "https://hook:a-p@ssword@ours.example.co/functions/v1";

/** Reads the project of an env file with these base URLs. */
async function projectOf(baseUrls: string, url?: string) {
  const envFile = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(envFile, `TWILIO_WEBHOOK_BASE_URL=${baseUrls}\n`);
    return await readProject({ url, envFile });
  } finally {
    await Deno.remove(envFile);
  }
}

Deno.test("an env file is named from the folder in which the task is called, or from the project's", async () => {
  const folder = await Deno.makeTempDir();
  const before = Deno.env.get("INIT_CWD");
  const file = "supabase/functions/.env.example";
  try {
    Deno.env.set("INIT_CWD", folder);
    await Deno.writeTextFile(`${folder}/prod.env`, `TWILIO_WEBHOOK_BASE_URL=${OTHER_URL}\n`);
    const there = await readProject({ envFile: "prod.env" });
    assertEquals([there.functionsUrl, there.envFile], [OTHER_URL, `${folder}/prod.env`]);
    assertEquals((await readProject({ envFile: file })).envFile, file);
    assertEquals(
      await rejection(readProject({ envFile: "nowhere.env" })),
      "The env file nowhere.env does not exist",
    );
  } finally {
    if (before === undefined) Deno.env.delete("INIT_CWD");
    else Deno.env.set("INIT_CWD", before);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a tool that only looks does not make the env file, which the first start makes", async () => {
  const isThere = () => Deno.stat(ENV_FILE).then(() => true, () => false);
  const before = await isThere();
  const { env, envFile } = await readProject({});
  assertEquals([envFile, await isThere()], [ENV_FILE, before]);
  assertEquals(
    Object.keys(await exampleSettings()).filter((name) => !before && !(name in env)),
    [],
  );
});

Deno.test("--url names a base URL without its password, with or without /functions/v1 and a slash", async () => {
  const list = `https://first.example/functions/v1,${WITH_PASSWORD}/`;
  for (const path of ["", "/", "/functions/v1", "/functions/v1/"]) {
    const { functionsUrl } = await projectOf(list, `https://ours.example.co${path}`);
    assertEquals(functionsUrl, WITH_PASSWORD);
  }
  const other = await projectOf(list, OTHER_URL);
  assertEquals(other.functionsUrl, OTHER_URL);
});

Deno.test("an entry of TWILIO_WEBHOOK_BASE_URL is taken as it is, --url is completed where no entry equals it", async () => {
  const list = "https://texts.example/,https://ours.example.co/functions/v1";
  const found = [
    undefined,
    "https://texts.example",
    "https://ours.example.co",
    "https://x.example/",
  ];
  const urls = found.map(async (url) => (await projectOf(list, url)).functionsUrl);
  assertEquals(await Promise.all(urls), [
    "https://texts.example",
    "https://texts.example",
    "https://ours.example.co/functions/v1",
    "https://x.example/functions/v1",
  ]);
});

Deno.test("an entry that is no address hides no check: the doctor looks at the next one, else at the local stack", async () => {
  assertEquals((await projectOf(`sms.example,${OTHER_URL}`)).functionsUrl, OTHER_URL);
  const { isLocal, functionsUrl } = await projectOf("sms.example");
  assertEquals([isLocal, functionsUrl], [
    true,
    `${apiUrl(portsFrom(Deno.env.get("PORT_BASE")))}/functions/v1`,
  ]);
});

for (
  const url of ["project", "ftp://x.example", "https://x.example?a=1", "https://x.example#rc=3"]
) {
  Deno.test(`--url ${url} is no address`, async () => {
    assertMatch(await rejection(projectOf("", url)), /^--url must be an address such as/);
  });
}

Deno.test("--url that ends with a function's name is refused, because the name would come twice", async () => {
  for (const name of ["sms-inbound/", "sms-send", "profile-alerts"]) {
    assertMatch(
      await rejection(projectOf("", `${OTHER_URL}/${name}`)),
      /^--url must end before the function's name/,
    );
  }
});

Deno.test("the secret key comes from the env file, and the environment's wins", async () => {
  const name = "SUPABASE_SECRET_KEY";
  const before = Deno.env.get(name);
  try {
    Deno.env.delete(name);
    assertEquals((await projectOf(OTHER_URL)).secretKey, undefined);
    const ofFile = await projectOf(`${OTHER_URL}\n${name}=sb_secret_of_the_file`);
    assertEquals(ofFile.secretKey, "sb_secret_of_the_file");
    Deno.env.set(name, "sb_secret_of_the_environment");
    const ofBoth = await projectOf(`${OTHER_URL}\n${name}=sb_secret_of_the_file`);
    assertEquals(ofBoth.secretKey, "sb_secret_of_the_environment");
  } finally {
    if (before === undefined) Deno.env.delete(name);
    else Deno.env.set(name, before);
  }
});

Deno.test("the password of a base URL goes to the functions alone, not to REST", async () => {
  for (const url of [undefined, FUNCTIONS_URL]) {
    const project = await projectOf(`${WITH_PASSWORD}/`, url);
    assertEquals([project.functionsUrl, project.supabaseUrl, project.env.SUPABASE_URL], [
      WITH_PASSWORD,
      "https://ours.example.co",
      "https://ours.example.co",
    ]);
    assertEquals(configureCommand(project, "--events").includes("--url"), false);
  }
});

Deno.test("a printed command quotes the path of the env file", async () => {
  const folder = await Deno.makeTempDir({ prefix: "it's mine é " });
  const envFile = `${folder}/prod env`;
  try {
    await Deno.writeTextFile(envFile, `TWILIO_WEBHOOK_BASE_URL=${OTHER_URL}\n`);
    const project = await readProject({ envFile });
    for (const command of [configureCommand(project, "--events"), secretsMend(project)]) {
      const [, option] = /(--env-file .*)$/.exec(command) ?? [];
      const { stdout } = await new Deno.Command("sh", {
        args: ["-c", `printf '%s\n' ${option}`],
      }).output();
      assertEquals(new TextDecoder().decode(stdout), `--env-file\n${envFile}\n`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a sender that calls any base URL of the env file is right, with the overrides", () =>
  withDoctor(
    twilioChecks,
    async ({ twilio, findings }) => {
      const { sid } = await twilio.incomingPhoneNumbers.create({ phoneNumber: NUMBER });
      const inbound = async (smsUrl: string, TWILIO_WEBHOOK_BASE_URL: string) => {
        await twilio.incomingPhoneNumbers(sid).update({ smsUrl });
        const found = (await findings({ env: { TWILIO_WEBHOOK_BASE_URL } })).get("twilio.inbound");
        return { ok: found?.ok, detail: found?.detail ?? "" };
      };
      const both = `${FUNCTIONS_URL}/, ${OTHER_URL}/`;
      assertEquals((await inbound(webhookUrl(OTHER_URL, "sms-inbound"), both)).ok, true);
      assertMatch(
        (await inbound(`${OTHER_URL}/sms-inbound`, both)).detail,
        /SmsUrl has no connection overrides/,
      );
      // The examined project is not that of the env file.
      assertMatch(
        (await inbound(webhookUrl(OTHER_URL, "sms-inbound"), OTHER_URL)).detail,
        /SmsUrl posts to the sms-inbound of another project \(theirs\.example\.co\)/,
      );
    },
    { senders: [{ channel: "sms", address: NUMBER }] },
  ));

Deno.test("a sink at any base URL of the env file is here, one with another password is not", () =>
  withDoctor(eventStreamChecks, async ({ twilio, findings }) => {
    await twilio.events.v1.sinks.create({
      description: "Recruiting SMS: twilio-events",
      sinkConfiguration: {
        destination: sinkUrl(WITH_PASSWORD),
        method: "POST",
        batch_events: true,
      },
      sinkType: "webhook",
    });
    const sink = async (TWILIO_WEBHOOK_BASE_URL: string) =>
      (await findings({ env: { TWILIO_WEBHOOK_BASE_URL } })).get("event_streams.sink");
    assertEquals((await sink(`${FUNCTIONS_URL},${WITH_PASSWORD}`))?.ok, true);
    const elsewhere = await sink(FUNCTIONS_URL);
    assertEquals([elsewhere?.ok, elsewhere?.detail], [
      false,
      "The sink posts to another address of this host (ours.example.co): path, user or password differ",
    ]);
  }));
