/** The doctor as a command: its report, its exit codes, and that it changes nothing. */
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters, styleText } from "node:util";
import doctorTask from "../../local/doctor.ts";
import { CannotAsk, type Check } from "../../local/doctor/check.ts";
import { allChecks } from "../../local/doctor/checks.ts";
import { examine } from "../../local/doctor/examine.ts";
import { reportOf } from "../../local/doctor/print_findings.ts";
import { type Finding, runChecks } from "../../local/doctor/run_checks.ts";
import { createShownText } from "../../local/project/shown_text.ts";
import { openTwilio } from "../../local/project/twilio_client.ts";
import { SECRET_KEY } from "../../local/settings/keys.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { commandLine } from "../support/command_line.ts";
import { diagnose, hostedProject, localProject } from "../support/doctor.ts";
import { stackEnvironment } from "../support/function_worker.ts";
import { type RanTask, runTaskHere } from "../support/run_task_here.ts";
import { keepSeededSenders } from "../support/seeded_senders.ts";
import { ADMIN_DATABASE_URL, PORTS, withSql } from "../support/stack.ts";
import { AUTH_TOKEN } from "../support/twilio.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const EXAMPLE = "supabase/functions/.env.example";

/** A whole phone number. */
const PHONE = /\+\d{6,}/;

/** The running stack, without the secret key that its own environment may have. */
const STACK = { PORT_BASE: String(PORTS.api - 1), SUPABASE_SECRET_KEY: "" };

/** Runs the command on the running stack. */
async function doctor(args: string[], env: Record<string, string> = {}) {
  return withoutSecrets(await runTaskHere(doctorTask, { ...STACK, ...env }, ...args));
}

/** Runs the command on the running stack, in a process of its own. */
async function doctorProcess(args: string[], env: Record<string, string>) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "local/doctor.ts", ...args],
    cwd: ROOT,
    env: { ...STACK, ...env },
    stdin: "null",
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return withoutSecrets({ code, out, err });
}

function withoutSecrets(ran: RanTask): RanTask {
  const printed = ran.out + ran.err;
  for (const secret of [SECRET_KEY, AUTH_TOKEN]) assert(!printed.includes(secret), printed);
  assert(!PHONE.test(printed), printed);
  return ran;
}

/** The content of all tables of a database, as one hash each. */
async function tablesOf(): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  await withSql(async (sql) => {
    const tables = await sql<{ name: string }[]>`
      select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema') order by 1`;
    for (const { name } of tables) {
      const [{ hash }] = await sql.unsafe(
        `select count(*) || ' ' || coalesce(md5(string_agg(t::text, '' order by t::text)), '') as hash from ${name} t`,
      );
      hashes[name] = hash;
    }
  }, ADMIN_DATABASE_URL);
  return hashes;
}

/** What the stand-in for Twilio has. */
async function accountOf(): Promise<string> {
  const twilio = openTwilio(await stackEnvironment());
  return JSON.stringify([
    await twilio.messages.list(),
    await twilio.incomingPhoneNumbers.list(),
    await twilio.messaging.v1.services.list(),
  ]);
}

Deno.test("on a healthy local stack nothing is wrong, and nothing is changed", async () => {
  await keepSeededSenders();
  const before = [await tablesOf(), await accountOf()];
  const { code, out, err } = await doctor(["--env-file", EXAMPLE, "--json"]);
  assertEquals([await tablesOf(), await accountOf()], before);
  assertEquals(err, "");
  const findings: Finding[] = JSON.parse(out);
  const wrong = findings.filter(({ ok }) => ok === false);
  assertEquals([code, wrong], [0, []]);
  assertEquals(
    findings.map(({ id }) => id),
    allChecks(examine(await localProject())).map(({ id }) => id),
  );
  for (const finding of findings) {
    assertEquals(Object.keys(finding), ["id", "ok", "detail", "mend"]);
    assert(finding.detail, `${finding.id} has no detail`);
  }
  assertEquals(
    findings.filter(({ id, ok }) => /^(functions|model)\./.test(id) && ok !== true),
    [],
  );
});

Deno.test("something wrong is exit code 1, with what to do below it", async () => {
  const env = { TWILIO_AUTH_TOKEN: "local-of-another-account" };
  const { code, out } = await doctorProcess(["--env-file", EXAMPLE], env);
  assertEquals(code, 1);
  assertMatch(out, /^Environment$/m);
  assertMatch(out, /^ {2}✗ signed: .*the signature is refused\n {6}→ /m);
  assertMatch(out, /^ {2}✓ migrations: All \d+ are applied and unchanged$/m);
  assertMatch(out, /^\d+ right, \d+ wrong, \d+ not asked or not applicable\n$/m);
  // Without a terminal there is no colour.
  assertEquals(out.includes("\x1b"), false);
});

Deno.test("--json prints the array also when something is wrong, and every wrong check says what to do", async () => {
  const env = { TWILIO_WEBHOOK_BASE_URL: "project" };
  const { code, out, err } = await doctor(["--env-file", EXAMPLE, "--json"], env);
  assertEquals([code, err], [1, ""]);
  const findings: Finding[] = JSON.parse(out);
  for (const { id, ok, detail, mend } of findings) {
    assertMatch(id, /^[a-z_]+\.[a-z_]+$/);
    assert(ok === true || ok === null || ok === false && mend, `${id}: ${detail}`);
    assert(mend === null || mend.length > 0, id);
  }
  assertEquals(new Set(findings.map(({ id }) => id)).size, findings.length);
  const webhooks = findings.find(({ id }) => id === "environment.webhooks");
  assertMatch(
    webhooks?.detail ?? "",
    /TWILIO_WEBHOOK_BASE_URL, entry 1, is not an http or https URL/,
  );
});

for (
  const [label, args, says] of [
    ["an option that is not known", ["--jsn"], /unknown option '--jsn'/],
    ["a URL that is none", ["--url", "a-key"], /--url must be an address((?!a-key)[^])*$/],
    [
      "a URL with a query",
      ["--url", "https://a:b@project.example/?a-key"],
      /not "https:\/\/project\.example\/\?…"/,
    ],
    ["an env file that does not exist", ["--env-file", "nowhere"], /nowhere does not exist/],
  ] as const
) {
  Deno.test(`${label} is exit code 2, and nothing is printed on standard output`, async () => {
    const { code, out, err } = await commandLine(doctorTask, ...args);
    assertEquals([code, out], [2, ""]);
    assertMatch(err, says);
  });
}

const FINE: Check = { id: "a.fine", run: () => ({ ok: true, detail: "fine" }) };

const asItIs = (text: string) => text;

Deno.test("a check that throws, or that cannot ask, stops no other", async () => {
  const findings = await runChecks([
    { id: "a.thrown", run: () => Promise.reject(new TypeError("fetch +15550100001")) },
    {
      id: "a.unasked",
      run() {
        throw new CannotAsk("no key", "set it");
      },
    },
    FINE,
  ], asItIs);
  assertEquals(findings, [
    { id: "a.thrown", ok: null, detail: "The check failed: TypeError", mend: null },
    { id: "a.unasked", ok: null, detail: "no key", mend: "set it" },
    { id: "a.fine", ok: true, detail: "fine", mend: null },
  ]);
});

Deno.test("a check that hangs is given up at its limit", async () => {
  const hanging: Check = { id: "a.hangs", run: () => new Promise(() => {}), limitMs: 5 };
  const findings = await runChecks([hanging, FINE], asItIs);
  assertEquals(findings.map(({ ok, detail }) => [ok, detail]), [
    [null, "No answer within 0.005 s"],
    [true, "fine"],
  ]);
});

Deno.test("on a terminal the signs are coloured", () => {
  const findings = [true, false, null].map((ok) => ({
    id: `a.is_${ok}`,
    ok,
    detail: "x",
    mend: null,
  }));
  const coloured = reportOf(findings, true);
  for (const [colour, sign] of [["green", "✓"], ["red", "✗"], ["gray", "–"]] as const) {
    assert(coloured.includes(styleText(colour, sign, { validateStream: false })), coloured);
  }
  assertEquals(stripVTControlCharacters(coloured), reportOf(findings, false));
  assertMatch(reportOf(findings, false), /^A\n {2}✓ is true: x\n {2}✗ is false: x\n/);
});

Deno.test("what several lines need is said once, and the other wrong lines name the check that says it", () => {
  const needy = (id: string, mend: string, ok: false | null = false) => ({
    id,
    ok,
    detail: "x",
    mend,
  });
  const report = reportOf([
    needy("a.b", "do it"),
    needy("a.c_d", "do it\ndo that"),
    needy("a.e", "do it\ndo that"),
    needy("a.f", "do that", null),
    needy("g.h", "do it"),
  ], false);
  assertEquals(report.split("\n").slice(0, -2), [
    "A",
    "  ✗ b: x",
    "      → do it",
    "  ✗ c d: x",
    "      → do that",
    "      → the same as for b",
    "  ✗ e: x",
    "      → the same as for b and c d",
    "  – f: x",
    "",
    "G",
    "  ✗ h: x",
    "      → the same as for A, b",
  ]);
});

Deno.test("on a terminal what was found is broken at its words, and what to do stays whole", () => {
  const detail = "SmsUrl is not set, ".repeat(10).trim();
  const mend = `Run ${"a long command ".repeat(10).trim()}`;
  const findings = [{ id: "a.b", ok: false, detail, mend }];
  const [, ...lines] = reportOf(findings, false, 80).split("\n").slice(0, -2);
  const command = lines.pop();
  assertEquals(command, `      → ${mend}`);
  assert(lines.length > 1 && lines.every((line) => line.length <= 80), lines.join("\n"));
  assertEquals(lines.map((line) => line.trim()).join(" "), `✗ b: ${detail}`);
  assertEquals(reportOf(findings, false).split("\n")[1], `  ✗ b: ${detail}`);
});

Deno.test("no secret, password or whole phone is printed, whatever a check says", () => {
  const env = {
    TWILIO_WEBHOOK_AUTH_TOKEN: "the-first-token, the-second-token",
    LLM_API_KEY: "key-of-a-model",
    LLM_MODEL: "a-model-of-ours",
  };
  const shown = createShownText(env, "sb_secret_of_ours");
  const said =
    "the-first-token the-second-token key-of-a-model sb_secret_of_ours a-model-of-ours " +
    "https://user:pass@sms.example.com/x?token=a-token whatsapp:+15550100001 tel-15550100001 " +
    "gpt-4o-20241120 20261121000400_conversations.sql https://user:p@ss@sms.example.com/ " +
    "\u001b]0;title\u0007\u001b[31mred\u001b[0m\r\u009b2J sb_secret_N7_of-the-vault";
  assertEquals(
    shown(said),
    "… … … … a-model-of-ours https://sms.example.com/x?… whatsapp:…0001 tel-…0001 " +
      "gpt-4o-20241120 20261121000400_conversations.sql https://sms.example.com/ red <secret>",
  );
});

Deno.test("where nothing can be asked, every check says so, and none is left out", async () => {
  const away = hostedProject({ TWILIO_API_BASE_URL: "http://127.0.0.1:1" }, {
    functionsUrl: "http://127.0.0.1:1/functions/v1",
    supabaseUrl: "http://127.0.0.1:1",
    secretKey: undefined,
  });
  const findings = await diagnose(away);
  assertEquals(findings.map(({ id }) => id), allChecks(examine(away)).map(({ id }) => id));
  const askable = findings.filter(({ id, ok }) => ok && !id.startsWith("environment."));
  assertEquals(askable, []);
});

Deno.test("docs/doctor.md has a row for every check, in the order of the report", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/doctor.md", import.meta.url));
  const ids = [...page.matchAll(/^\| `([a-z_]+\.[a-z_]+)`/gm)].map(([, id]) => id);
  assertEquals(ids, allChecks(examine(hostedProject())).map(({ id }) => id));
  assertEquals(new Set(ids).size, ids.length);
});
