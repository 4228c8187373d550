/** `deno task reconcile`: it brings in lost texts, shows how far it is, and goes on where it stopped. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePorts } from "../../local/settings/addresses.ts";
import { SECRET_KEY } from "../../local/settings/keys.ts";
import reconcile from "../../local/reconcile.ts";
import { backfill, type BackfillTools } from "../../local/reconcile/backfill.ts";
import { NO_COUNTS as COUNTS } from "../../local/reconcile/counts.ts";
import { checkpointFile, NO_CHECKPOINT_FILE } from "../../local/reconcile/checkpoint.ts";
import { showProgress } from "../../local/reconcile/progress.ts";
import type { Call, Run } from "../../local/reconcile/sms_reconcile.ts";
import { assert, assertEquals, assertMatch, rejection } from "../support/assert.ts";
import { bodiesOf, startConversation } from "../support/conversations.ts";
import { runTaskHere } from "../support/run_task_here.ts";
import { PORTS, TWILIO_URL, withSql } from "../support/stack.ts";
import { loseText } from "../support/twilio_stand_in.ts";
import { until } from "../support/wait.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const KEY = "sb_secret_of_a_project_that_is_not_there";
const DAY_MS = 86_400_000;

interface Task {
  code: number;
  out: string;
  err: string;
}

/** Starts the task with a data folder of its own. */
function start(args: string[], env: Record<string, string> = {}): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "local/reconcile.ts", ...args],
    cwd: ROOT,
    env: { PORT_BASE: String(PORTS.api - 1), SUPABASE_SECRET_KEY: "", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Waits for the task's end. */
async function ended(task: Deno.ChildProcess): Promise<Task> {
  const { code, stdout, stderr } = await task.output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return withoutKeys({ code, out, err });
}

/** Runs a task that does not call sms-reconcile, in this process. */
async function read(...args: string[]): Promise<Task> {
  return withoutKeys(await runTaskHere(reconcile, { SUPABASE_SECRET_KEY: "" }, ...args));
}

/** No key may be in what the task prints. */
function withoutKeys(task: Task): Task {
  for (const key of [KEY, SECRET_KEY]) {
    assert(!(task.out + task.err).includes(key), task.out + task.err);
  }
  return task;
}

async function withFolder(use: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(join(folder, "reconcile"))).catch(() => []);
  return entries.map(({ name }) => name);
}

/** Loses texts a week ago, in a span of their own. */
async function loseTexts(bodies: string[]) {
  const conversation = await startConversation();
  const { recruit_phone: from, twilio_phone: to } = conversation;
  const first = Math.floor(Date.now() / 1000) * 1000 - 7 * DAY_MS;
  for (const [index, body] of bodies.entries()) {
    const sent_at = new Date(first + index * 60_000).toISOString();
    await loseText({ url: TWILIO_URL }, { from, to, body, sent_at });
  }
  const since = new Date(first - 60_000).toISOString();
  return { ...conversation, first, since };
}

Deno.test("lost texts of last week are brought in once, although the task runs twice", () =>
  withFolder((folder) =>
    withSql(async (sql) => {
      const { id, first, since } = await loseTexts(["Hello?", "Are you there?", "Bye"]);
      const again = () => ended(start(["--since", since], { LOCAL_DIR: folder }));
      const { code, out, err } = await again();
      assertEquals([code, await bodiesOf(sql, id)], [0, ["Hello?", "Are you there?", "Bye"]]);
      assertMatch(err, /^ {2}0 % {2}\d{4}-\d\d-\d\dT[\d:]+Z {2}listed 0, brought in 0/);
      assertMatch(
        err,
        /\n100 % {2}\S+Z {2}listed \d+, brought in \d+, statuses \d+ of \d+, turns \d+, sends \d+\n$/,
      );
      assertMatch(out, /^Compared \S+Z to \S+Z\n {2}texts {5}\d+ listed, \d+ brought in\n/);
      const rows = await sql<{ created_at: Date }[]>`
        select created_at from recruiting_messages where conversation_id = ${id} order by seq`;
      assertEquals(rows[0].created_at.getTime(), first);

      assertMatch((await again()).out, /, 0 brought in\n/);
      assertEquals((await bodiesOf(sql, id)).length, 3);
      assertEquals(await filesIn(folder), []);
    })
  ));

Deno.test("a span takes in what is inside it", () =>
  withFolder((folder) =>
    withSql(async (sql) => {
      const { id, first, since } = await loseTexts(["Inside", "Outside"]);
      const end = new Date(first + 30_000).toISOString();
      const { code, out } = await ended(
        start(["--since", since, "--until", end], { LOCAL_DIR: folder }),
      );
      assertEquals([code, await bodiesOf(sql, id)], [0, ["Inside"]]);
      assertMatch(out, new RegExp(`to ${end.replace(".000", "")}\n`));
    })
  ));

Deno.test("a dry run tells how many texts would be brought in, changes nothing, and keeps no place", () =>
  withFolder((folder) =>
    withSql(async (sql) => {
      const { id, since, first } = await loseTexts(["One", "Two"]);
      const span = ["--since", since, "--until", new Date(first + DAY_MS).toISOString()];
      const { code, out } = await ended(start([...span, "--dry-run"], { LOCAL_DIR: folder }));
      const told = Number(out.match(/(\d+) missing/)?.[1]);
      assertEquals([code, told >= 2, await bodiesOf(sql, id)], [0, true, []]);
      assertMatch(out, /nothing is changed/);
      assertEquals(await filesIn(folder), []);
      const { out: done } = await ended(start(span, { LOCAL_DIR: folder }));
      assertMatch(done, new RegExp(` ${told} brought in`));
      assertEquals(await bodiesOf(sql, id), ["One", "Two"]);
    })
  ));

/** What sms-reconcile answers. */
const run = (cursor: string | null, fields: Partial<Run> = {}) => ({
  status: "done",
  turns: 0,
  sends: { confirmed: 0, sent_again: 0, failed: 0 },
  inbound: { listed: 10, brought_in: 1 },
  statuses: { asked: 0, updated: 0 },
  cursor,
  ...fields,
});

const failure = (code: string, message = "What is wrong") => ({ error: { code, message } });

/** An answer: the HTTP status and the body. Nothing: it does not come. */
type FakeAnswer = [status: number, body: unknown, headers?: HeadersInit] | undefined;

interface Fake {
  url: string;
  /** The bodies of the calls, oldest first. */
  calls: Record<string, unknown>[];
  keys: (string | null)[];
}

/** Runs a test with a server that gives these answers, one after the other. */
async function withFake(answers: FakeAnswer[], use: (fake: Fake) => Promise<void>) {
  const calls: Fake["calls"] = [];
  const keys: Fake["keys"] = [];
  const closing = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, signal: closing.signal },
    async (request) => {
      assertEquals(
        `${request.method} ${new URL(request.url).pathname}`,
        "POST /functions/v1/sms-reconcile",
      );
      keys.push(request.headers.get("apikey"));
      calls.push(await request.json());
      const answer = answers.shift();
      if (!answer) return await new Promise<Response>(() => {});
      const [status, body, headers] = answer;
      return Response.json(body, { status, headers });
    },
  );
  try {
    await use({ url: `http://127.0.0.1:${server.addr.port}`, calls, keys });
  } finally {
    closing.abort();
    await server.finished;
  }
}

const SPAN = ["--since", "2026-01-01", "--until", "2026-01-08"];
const FROM = "2026-01-01T00:00:00.000Z";
const TO = "2026-01-08T00:00:00.000Z";
const MIDDLE = "2026-01-04T12:00:00Z";

/** Starts the task with a fake's address. */
const startWith = ({ url }: Fake, folder: string, ...args: string[]) =>
  start([...SPAN, "--url", url, ...args], { SUPABASE_SECRET_KEY: KEY, LOCAL_DIR: folder });

Deno.test("the task calls with the key, from cursor to cursor, and adds up what the calls have done", () =>
  withFolder((folder) =>
    withFake([
      [200, run(MIDDLE, { status: "more" })],
      [200, run(TO, { statuses: { asked: 4, updated: 3 }, turns: 2 })],
    ], async (fake) => {
      const { code, out, err } = await ended(startWith(fake, folder));
      assertEquals(code, 0);
      assertEquals(fake.calls, [
        { wait: true, since: FROM, until: TO, dry_run: false },
        { wait: true, since: "2026-01-04T12:00:00.000Z", until: TO, dry_run: false },
      ]);
      assertEquals(fake.keys, [KEY, KEY]);
      assertEquals(err.match(/^ *\d+ %/gm), ["  0 %", " 50 %", "100 %"]);
      assertMatch(
        out,
        /20 listed, 2 brought in\n {2}statuses {2}4 asked, 3 updated\n {2}turns {5}2\n/,
      );
      assertEquals(await filesIn(folder), []);
    })
  ));

Deno.test("stopped by Ctrl-C, the same call goes on from there, and another one does not", () =>
  withFolder((folder) =>
    withFake([
      [200, run(MIDDLE, { status: "more" })],
      undefined,
      [200, run("2026-01-02T00:00:00Z")],
      [200, run(TO)],
    ], async (fake) => {
      const task = startWith(fake, folder);
      await until(() => fake.calls.length === 2, "the second call");
      task.kill("SIGINT");
      const stopped = await ended(task);
      assertEquals(stopped.code, 130);
      assertMatch(stopped.err, /Stopped at 2026-01-04T12:00:00Z; the same call goes on from there/);
      assertEquals((await filesIn(folder)).length, 1);

      const { url } = fake;
      const other = ["--since", "2026-01-01", "--until", "2026-01-02", "--url", url];
      await ended(start(other, { SUPABASE_SECRET_KEY: KEY, LOCAL_DIR: folder }));
      assertEquals(fake.calls[2].since, FROM);

      const { code, out, err } = await ended(startWith(fake, folder));
      assertEquals([code, fake.calls[3].since], [0, "2026-01-04T12:00:00.000Z"]);
      assertMatch(err, /^Going on from 2026-01-04T12:00:00Z\n/);
      assertMatch(out, /20 listed, 2 brought in/);
      assertEquals(await filesIn(folder), []);
    })
  ));

Deno.test("the task waits and calls again while Twilio, the database or the platform is away", () =>
  withFolder((folder) =>
    withFake([
      [502, failure("TWILIO_UNREACHABLE")],
      [503, failure("UNAVAILABLE")],
      [200, run(TO)],
    ], async (fake) => {
      const { code, err } = await ended(startWith(fake, folder));
      assertEquals([code, fake.calls.length], [0, 3]);
      assertMatch(err, /Twilio's API cannot be reached.*Next attempt in 1 s/);
      assertMatch(err, /The database cannot be reached\. Next attempt in 2 s/);
    })
  ));

for (
  const [answer, message] of [
    [
      [401, failure("UNAUTHORIZED")],
      /The secret key does not belong to the project at .*SUPABASE_SECRET_KEY/,
    ],
    [
      [404, { message: "Requested function was not found" }],
      /There is no sms-reconcile at .*Deploy/,
    ],
    [[422, failure("INVALID", "since must be a date")], /refuses the call: since must be a date/],
    [[500, failure("NOT_CONFIGURED")], /is not configured\. Set the secrets that its log names/],
    [[500, {}], /answers HTTP 500: its log says why/],
    [[307, {}, { Location: "http://127.0.0.1:9/" }], /redirects: name its target in --url/],
    [[200, { hello: "world" }], /is not sms-reconcile: is --url right\?/],
    [[200, run(null)], /the function has no Twilio account/],
  ] satisfies [FakeAnswer, RegExp][]
) {
  Deno.test(`the task stops at ${answer[0]} ${JSON.stringify(answer[1]).slice(0, 50)}, and says what to do`, () =>
    withFolder((folder) =>
      withFake([answer], async (fake) => {
        const { code, out, err } = await ended(startWith(fake, folder));
        assertEquals([code, out, fake.calls.length], [1, "", 1]);
        assertMatch(err, message);
      })
    ));
}

Deno.test("an address where no server listens is named, on this machine with what to start", async () => {
  const elsewhere = ["--since", "2026-01-01", "--url", "http://127.0.0.1:9"];
  const { code, err } = await ended(start(elsewhere, { SUPABASE_SECRET_KEY: KEY }));
  assertEquals(code, 1);
  assertMatch(err, /Nothing answers at http:\/\/127\.0\.0\.1:9: is --url right\?/);
  const here = await ended(
    start(["--since", "2026-01-01"], { PORT_BASE: String(freePorts().api - 1) }),
  );
  assertEquals(here.code, 1);
  assertMatch(here.err, /is `PORT_BASE=\d+ npx -y .* task start` running\?/);
});

const URL_OPTION = ["--url", "https://example.com"];

for (
  const [args, message] of [
    [[], /--since is missing\nAdd --help to see the options/],
    [["--since", "yesterday"], /--since must be a date/],
    [["--since", "2026-02-30"], /--since must be a date/],
    [["--since", "2026-01-01T10:00:00"], /--since must be a date/],
    [["--since", "2999-01-01"], /--since must be in the past/],
    [["--since", "2026-01-02", "--until", "2026-01-02"], /--until must be after --since/],
    [["--since", "2026-01-01", "--from", "x"], /unknown option '--from'/],
    [
      ["--since", "2026-01-01", KEY],
      /too many arguments. Expected 0 arguments but got 1: <secret>/,
    ],
    [["--since", "2026-01-01", ...URL_OPTION], /--url needs the project's secret key/],
    [["--since", "2026-01-01", ...URL_OPTION, "--secret-key", `${KEY}\n`], /secret key is empty/],
    [["--since", "2026-01-01", "--url", "ftp://x", "--secret-key", KEY], /--url must be a project/],
    [["--since", "2026-01-01", "--url", "https://a:b@x", "--secret-key", KEY], /--url must be/],
  ] as [string[], RegExp][]
) {
  Deno.test(`reconcile ${args.join(" ").replace(KEY, "<key>").trim()} says what is wrong`, async () => {
    const { code, out, err } = await read(...args);
    assertEquals([code, out], [2, ""]);
    assertMatch(err, message);
  });
}

Deno.test("reconcile --help explains itself", async () => {
  const { code, out } = await read("--help");
  assertEquals(code, 0);
  assertMatch(out, /Usage: npx -y deno@[\d.]+ task reconcile \[options\]/);
});

/** Backfills a week with these runs; the calls are returned. */
async function backfillWith(
  runs: unknown[],
  fields: Partial<BackfillTools> = {},
  isDryRun = false,
): Promise<{ calls: Call[]; error: string; isWorkLeft?: boolean }> {
  const calls: Call[] = [];
  const tools: BackfillTools = {
    call(call) {
      calls.push(call);
      const next = runs.shift() as Omit<Run, "cursor"> & { cursor: string };
      if (!next) return Promise.resolve({ kind: "no_answer", problem: "Nothing answers" });
      return Promise.resolve({ kind: "run", run: { ...next, cursor: new Date(next.cursor) } });
    },
    pause: () => Promise.resolve(),
    checkpoint: NO_CHECKPOINT_FILE,
    onResume: () => {},
    onCheckpoint: () => {},
    onPause: () => {},
    ...fields,
  };
  let isWorkLeft: boolean | undefined;
  const error = await rejection((async () => {
    const week = { since: new Date(FROM), until: new Date(TO), isDryRun };
    ({ isWorkLeft } = await backfill(week, tools));
    throw new Error("");
  })());
  return { calls, error, isWorkLeft };
}

const idle = { status: "more", inbound: { listed: 0, brought_in: 0 } } as const;

Deno.test("a second with more texts than one call can take is called for until it is through", async () => {
  const busy = run(FROM, { status: "more", inbound: { listed: 500, brought_in: 500 } });
  const { calls, error } = await backfillWith([busy, busy, busy, busy, run(TO)]);
  assertEquals([calls.length, error], [5, ""]);
});

Deno.test("three calls that did nothing end the task; each got a shorter span than the one before", async () => {
  // The turns of a busy project are done in any case.
  const stuck = run(FROM, { ...idle, turns: 2 });
  const { calls, error } = await backfillWith([stuck, stuck, stuck]);
  assertMatch(error, /3 calls in a row have compared nothing/);
  const [whole, shorter, shortest] = calls.map(({ until }) => until!.getTime() - Date.parse(FROM));
  assertEquals([whole, shorter, shortest], [7 * DAY_MS, 7 * DAY_MS / 16, 2_363_000]);
});

Deno.test("in a dry run nothing is brought in, so only a cursor that moves is progress", async () => {
  const busy = run(FROM, { status: "more", inbound: { listed: 500, brought_in: 500 } });
  const { error } = await backfillWith([busy, busy, busy, run(TO)], {}, true);
  assertMatch(error, /3 calls in a row/);
});

Deno.test("a shorter span that is compared whole is not the end", async () => {
  const { calls, error } = await backfillWith([
    run(FROM, idle),
    run("2026-01-01T10:30:00Z"),
    run("2026-01-02T07:30:00Z"),
    run("2026-01-04T00:30:00Z"),
    run(TO),
  ]);
  assertEquals(error, "");
  assertEquals(calls.map(({ until }) => until!.toISOString()), [
    TO,
    "2026-01-01T10:30:00.000Z",
    "2026-01-02T07:30:00.000Z",
    "2026-01-04T01:30:00.000Z",
  ]);
});

Deno.test("each call gets twice the span that the one before has compared", async () => {
  const { calls, error } = await backfillWith([
    run("2026-01-01T12:00:00Z", { status: "more" }),
    run("2026-01-01T18:00:00Z", { status: "more" }),
    run("2026-01-02T06:00:00Z"),
    run("2026-01-03T06:00:00Z"),
    run("2026-01-05T06:00:00Z"),
    run(TO),
  ]);
  assertEquals(error, "");
  assertEquals(calls.map(({ until }) => until!.toISOString().slice(0, 13)), [
    "2026-01-08T00",
    "2026-01-02T12",
    "2026-01-02T06",
    "2026-01-03T06",
    "2026-01-05T06",
    "2026-01-08T00",
  ]);
});

Deno.test("a span that is compared whole is done, whatever else is still due", async () => {
  const { calls, isWorkLeft } = await backfillWith([run(TO, { status: "more" })]);
  assertEquals([calls.length, isWorkLeft], [1, true]);
});

Deno.test("the pauses grow up to a minute, and a project that has answered before is called again", async () => {
  const pauses: number[] = [];
  const { error } = await backfillWith([run(MIDDLE, { status: "more" })], {
    pause(seconds) {
      pauses.push(seconds);
      return pauses.length < 8 ? Promise.resolve() : Promise.reject(new Error("Stopped"));
    },
  });
  assertEquals([error, pauses], ["Stopped", [1, 2, 4, 8, 16, 32, 60, 60]]);
});

Deno.test("a checkpoint that cannot be read counts as none", () =>
  withFolder(async (folder) => {
    const checkpoint = await checkpointFile(folder, { url: "http://x", since: new Date(FROM) });
    await checkpoint.remove();
    await checkpoint.write({ cursor: new Date(MIDDLE), counts: COUNTS });
    assertEquals(await checkpoint.read(), { cursor: new Date(MIDDLE), counts: COUNTS });
    const [name] = await filesIn(folder);
    await Deno.writeTextFile(join(folder, "reconcile", name), "{");
    assertEquals(await checkpoint.read(), undefined);
  }));

Deno.test("a terminal gets one line, drawn again and again, that never wraps", () => {
  let written = "";
  const screen = { columns: 41, write: (text: string) => void (written += text) };
  const span = { since: new Date(FROM), until: new Date(TO), isDryRun: false };
  const progress = showProgress(span, screen);
  progress.show(new Date(FROM), COUNTS, false);
  progress.show(new Date(MIDDLE), COUNTS, false);
  progress.end();
  assertEquals(
    written,
    "\r\x1b[2K[--------------------]   0 %  2026-01-01" +
      "\r\x1b[2K[##########----------]  50 %  2026-01-04\n",
  );
});
