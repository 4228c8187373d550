import fc from "fast-check";
import { fileURLToPath } from "node:url";
import { runCampaign } from "../../bench/fuzz/campaign.ts";
import { expectedAnswer, messageSidOf } from "../../bench/fuzz/expected_answer.ts";
import type { HostileRequest } from "../../bench/fuzz/hostile_request.ts";
import { leakOf, LogWatch } from "../../bench/fuzz/log_watch.ts";
import { MARK, PHONE_PREFIX } from "../../bench/fuzz/odd_values.ts";
import { hostileRequest } from "../../bench/fuzz/requests.ts";
import { SIGNATURE_NAMES, signatureOf } from "../../bench/fuzz/signatures.ts";
import { problemOfRows } from "../../bench/fuzz/stored_rows.ts";
import { createWorld, removeWorld, WORLD } from "../../bench/fuzz/world.ts";
import fuzz from "../../bench/fuzz.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { commandLine } from "../support/command_line.ts";
import { API_URL, logLines, withSql } from "../support/stack.ts";
import { AUTH_TOKEN, encode, inboundForm } from "../support/twilio.ts";

/** Enough to find what is wrong, few enough for every run of the tests; `deno task fuzz` sends more. */
const RUNS = 1_000;

Deno.test("a thousand generated requests are answered as the contract says, stored once, and not logged", () =>
  withSql(async (sql) => {
    const [{ since }] = await sql<{ since: Date }[]>`select clock_timestamp() as since`;
    const linesBefore = (await logLines("")).length - 1;
    await createWorld(sql);
    const seed = Date.now() % 1_000_000;
    try {
      const { failure, sent, sids } = await runCampaign({
        apiUrl: API_URL,
        authToken: AUTH_TOKEN,
        runs: RUNS,
        seed,
        concurrency: 8,
        withStalls: false,
      });
      assert(failure === undefined, `Seed ${seed}: ${failure}`);
      assert(sent >= RUNS, `Seed ${seed}: ${sent} requests of ${RUNS}`);
      assert(
        sids.stored.size > 100 && sids.refused.size > 100,
        `Seed ${seed}: ${sids.stored.size} stored, ${sids.refused.size} refused`,
      );
      const lines = (await logLines("")).slice(linesBefore).filter((line) => line !== "");
      assert(lines.length > 100, `${lines.length} lines`);
      const log = new LogWatch(AUTH_TOKEN);
      for (const line of lines) log.read(line);
      assertEquals([...log.leaks], [], `Seed ${seed}`);
      const problem = await problemOfRows(sql, sids, log.deferredSids);
      assert(problem === undefined, `Seed ${seed}: ${problem}`);
    } finally {
      await removeWorld(sql, since);
    }
  }));

/** An ordinary text. */
const TEXT: HostileRequest = {
  webhook: "sms-inbound",
  method: "POST",
  contentType: { header: "application/x-www-form-urlencoded", means: "form" },
  query: "",
  body: new TextEncoder().encode(encode(inboundForm())),
  signature: "valid",
  delivery: "length",
  userAgent: undefined,
};

/** What the contract demands for the ordinary text with something changed. */
function demanded(change: Partial<HostileRequest>): { status: number; words: string[] } {
  const request = { ...TEXT, ...change };
  const { values, isValid } = signatureOf(request, { baseUrl: API_URL, authToken: AUTH_TOKEN });
  const { status, words } = expectedAnswer({ request, signatures: values, isSigned: isValid });
  return { status, words };
}

Deno.test("the fuzzer demands 200 for Twilio's own signatures, and 401 for every other one", () => {
  const valid = SIGNATURE_NAMES.filter((signature) => demanded({ signature }).status === 200);
  assertEquals(valid, ["valid", "valid for the URL with a slash"]);
  const others = SIGNATURE_NAMES.filter((signature) => !valid.includes(signature));
  assertEquals(new Set(others.map((signature) => demanded({ signature }).status)), new Set([401]));
});

Deno.test("the fuzzer demands what a text without MessageSid is answered, and one that is too large", () => {
  const body = (text: string) => new TextEncoder().encode(text);
  assertEquals(demanded({}).words, ["received", "no_conversation"]);
  assertEquals(demanded({ body: body("From=a&To=b") }).words, ["ignored"]);
  assertEquals(demanded({ body: body("a".repeat(65_536)) }).status, 200);
  assertEquals(demanded({ body: body("a".repeat(65_537)) }).status, 413);
  assertEquals(demanded({ body: body("&".repeat(199)) }).status, 200);
  assertEquals(demanded({ body: body("&".repeat(200)) }).status, 413);
});

Deno.test("the fuzzer finds texts, phones, keys and signatures in log lines, and nothing in others", () => {
  const line = (reason: string) => leakOf(JSON.stringify({ level: "info", reason }), AUTH_TOKEN);
  assertEquals(line("content type"), undefined);
  assertEquals(line(`SM${"0".repeat(32)}`), undefined);
  assertEquals(line(MARK), "text of a request");
  assertEquals(line(`${PHONE_PREFIX}1000`), "a phone");
  assertEquals(line(AUTH_TOKEN), "the auth token");
  assertEquals(line("AAAAAAAAAAAAAAAAAAAAAAAAAAA="), "a signature");
  assertEquals(leakOf("Error: x", AUTH_TOKEN), "something that is no JSON object");
});

Deno.test("no generated callback that is stored names the SID of a text, as none of Twilio's does", () => {
  const requests = fc.sample(hostileRequest(WORLD, false), { numRuns: 600, seed: 1 });
  const sidsOf = (word: string) =>
    new Set(
      requests.filter((request) => {
        const { values: signatures } = signatureOf(request, {
          baseUrl: API_URL,
          authToken: AUTH_TOKEN,
        });
        return expectedAnswer({ request, signatures, isSigned: true }).words.includes(word);
      }).map(messageSidOf),
    );
  const [texts, callbacks] = [sidsOf("received"), sidsOf("updated")];
  assert(texts.size > 50 && callbacks.size > 50, `${texts.size} and ${callbacks.size} SIDs`);
  assertEquals([...texts.intersection(callbacks)], []);
});

/** Runs the task. */
async function task(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "fuzz", ...args],
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("the task sends as many requests as it is told, and prints how they were answered", async () => {
  const { code, stdout, stderr } = await task("--runs", "100", "--seed", "7");
  assertEquals([code, stderr], [0, ""]);
  const [, sent] = /^(\d+) requests in \d+ s, \d+ a second, seed 7$/m.exec(stdout) ?? [];
  const answers = [...stdout.matchAll(/^\| [^|]+ \| ([\d,]+) \| ([\d,]+) \|$/gm)];
  assertEquals(
    answers.reduce((sum, [, one, other]) => sum + Number(one) + Number(other), 0),
    Number(sent),
  );
  // What a busy database has deferred is sent again.
  assert(Number(sent) >= 100, `${sent} requests`);
});

for (
  const [args, message] of [
    [
      ["--runs", "0"],
      "option '--runs <n>' argument '0' is invalid. It must be a whole number from 1",
    ],
    [
      ["--seed", "x"],
      "option '--seed <n>' argument 'x' is invalid. It must be a whole number from 0",
    ],
    [["--fast"], "unknown option '--fast'"],
  ] as const
) {
  Deno.test(`the task refuses ${args.join(" ")}`, async () => {
    const { code, err } = await commandLine(fuzz, ...args);
    assertEquals([code, err.startsWith(`error: ${message}`)], [2, true], err);
  });
}
