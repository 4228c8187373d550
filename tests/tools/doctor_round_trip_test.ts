import type postgres from "postgres";
import type { Check, Outcome } from "../../local/doctor/check.ts";
import { examine } from "../../local/doctor/examine.ts";
import { ERASE, roundTrip, STEPS } from "../../local/doctor/round_trip/round_trip.ts";
import { roundTripChecks } from "../../local/doctor/round_trip/round_trip_checks.ts";
import { runChecks } from "../../local/doctor/run_checks.ts";
import type { Project } from "../../local/project/project.ts";
import { SECRET_KEY } from "../../local/settings/keys.ts";
import { assert, assertEquals } from "../support/assert.ts";
import {
  answerOfStack,
  type ChangeAnswer,
  withChangedAnswers,
} from "../support/changed_answers.ts";
import { ADMIN_DATABASE_URL, API_URL, LOG_FILE, TWILIO_URL, withSql } from "../support/stack.ts";
import { AUTH_TOKEN } from "../support/twilio.ts";

function projectAt(supabaseUrl: string, changes: Partial<Project> = {}): Project {
  return {
    isLocal: true,
    supabaseUrl,
    functionsUrl: `${supabaseUrl}/functions/v1`,
    envFile: "an.env",
    env: {
      SUPABASE_URL: API_URL,
      TWILIO_AUTH_TOKEN: AUTH_TOKEN,
      TWILIO_WEBHOOK_BASE_URL: `${API_URL}/functions/v1/`,
    },
    secretKey: SECRET_KEY,
    ...changes,
  };
}

const NEVER = new AbortController().signal;

/**
 * A sum over the rows of every table of ours, Realtime's and Storage's, but for the hashes of erased phones. A sum of
 * hashes needs no order, so the rows of other tests cost little.
 */
async function everyRow(sql: postgres.Sql): Promise<Map<string, string>> {
  const tables = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class c
    where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace,
        'realtime'::regnamespace, 'storage'::regnamespace)
      and c.relkind in ('r', 'p') and not c.relispartition
      and c.oid <> 'private.erased_phones'::regclass`;
  const sums = tables.map(({ name }) =>
    `select '${name}' as name,
      count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) as rows from ${name} t`
  );
  const rows = await sql.unsafe(sums.join(" union all "));
  return new Map(rows.map(({ name, rows }) => [name, rows]));
}

/** What was in the tables after the last test. */
let lastRows: Map<string, string> | undefined;

/** How often a test is run at most, until a run is undisturbed. */
const MAX_RUNS = 10;

/**
 * Runs a test, and compares every table with what it was after the test before. Replies and callbacks that other tests
 * have left may arrive meanwhile, so one run of several counts: a row that the round trip leaves would be there after
 * each.
 */
function leavingNothing(test: () => Promise<void>): () => Promise<void> {
  return () =>
    withSql(async (sql) => {
      for (let run = 1;; run++) {
        const before = lastRows ?? await everyRow(sql);
        lastRows = undefined;
        try {
          await test();
          const after = await everyRow(sql);
          lastRows = after;
          const changed = [...after].filter(([table, rows]) => rows !== before.get(table));
          assertEquals(changed.map(([table]) => table), []);
          return;
        } catch (error) {
          if (run === MAX_RUNS) throw error;
        }
      }
    }, ADMIN_DATABASE_URL);
}

/** The steps that found something wrong, with what they say. */
function wrongSteps(found: Record<string, Outcome>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(found).flatMap(([step, outcome]) =>
      outcome.ok === false ? [[step, `${outcome.detail} → ${outcome.mend}`]] : []
    ),
  );
}

/** The steps that were not asked. */
function stepsNotAsked(found: Record<string, Outcome>): string[] {
  return Object.entries(found).flatMap(([step, { ok }]) => ok === null ? [step] : []);
}

/** A round trip of which some answers are changed. */
function changedTrip(change: ChangeAnswer, changes: Partial<Project> = {}) {
  return withChangedAnswers(change, (url) => roundTrip(projectAt(url, changes), NEVER));
}

Deno.test(
  "a text, its broadcast, statuses and an event are seen, and then nothing of them is left",
  leavingNothing(async () => {
    const log = (await Deno.readTextFile(LOG_FILE)).length;
    const requests = async () => (await (await fetch(`${TWILIO_URL}/messages`)).text()).length;
    const before = await requests();
    const found = await roundTrip(projectAt(API_URL), NEVER);
    assertEquals(STEPS.map((step) => [step, found[step].ok]), STEPS.map((step) => [step, true]));
    assertEquals(await requests(), before);
    const events = (await Deno.readTextFile(LOG_FILE)).slice(log).trim().split("\n")
      .map((line) => JSON.parse(line).event);
    assertEquals(events.sort(), ["ignored", "ignored", "received", "received"]);
  }),
);

Deno.test(
  "two at once do not disturb each other",
  leavingNothing(async () => {
    const trips = await Promise.all([1, 2].map(() => roundTrip(projectAt(API_URL), NEVER)));
    assertEquals(trips.flatMap((found) => STEPS.filter((step) => !found[step].ok)), []);
  }),
);

for (
  const [name, steps] of [
    ["sms-inbound", ["text"]],
    ["sms-status", ["statuses"]],
    ["twilio-events", ["event"]],
  ] as const
) {
  for (
    const [label, answer, words] of [
      ["is down", () => new Response("no", { status: 503 }), /answers 503 → Read the terminal/],
      [
        "is not deployed",
        () => new Response("no", { status: 404 }),
        /is not deployed \(404\) → Start the local stack/,
      ],
      [
        "does not reach its database",
        () => Response.json({ status: "deferred" }),
        /answers deferred.* → .*read its log/,
      ],
      [
        "has another database",
        () => Response.json({ status: name === "sms-status" ? "ignored" : "received" }),
        /→ The functions and the secret key are of different projects/,
      ],
    ] as const
  ) {
    Deno.test(
      `${name} that ${label} is named, and the rest is erased`,
      leavingNothing(async () => {
        const found = await changedTrip((path, request) => {
          if (!path.endsWith(`/${name}`)) return undefined;
          request.body?.cancel();
          return answer();
        });
        const wrong = wrongSteps(found);
        assertEquals(Object.keys(wrong), [...steps]);
        assert(words.test(wrong[steps[0]]), wrong[steps[0]]);
        assertEquals(stepsNotAsked(found), name === "sms-inbound" ? ["broadcast"] : []);
      }),
    );
  }
}

Deno.test(
  "a wrong token is refused, and the mend sets the secrets",
  leavingNothing(async () => {
    const env = { SUPABASE_URL: API_URL, TWILIO_AUTH_TOKEN: "f".repeat(32) };
    const found = await roundTrip(projectAt(API_URL, { env, isLocal: false }), NEVER);
    const wrong = wrongSteps(found);
    assertEquals(Object.keys(wrong), ["text", "statuses", "event"]);
    for (const words of Object.values(wrong)) {
      assert(/signature \(401\) → .*secrets set --env-file an\.env/.test(words), words);
    }
  }),
);

Deno.test(
  "the first key and the first base URL sign",
  leavingNothing(async () => {
    const found = await changedTrip(() => undefined, {
      env: {
        TWILIO_AUTH_TOKEN: "f".repeat(32),
        TWILIO_WEBHOOK_AUTH_TOKEN: ` ${AUTH_TOKEN}, ${"e".repeat(32)}`,
        TWILIO_WEBHOOK_BASE_URL: `,${API_URL}/functions/v1, https://example.com`,
      },
    });
    assertEquals(wrongSteps(found), {});
  }),
);

for (
  const [label, changes, words] of [
    ["no secret key", { secretKey: undefined }, /No secret key.* → Set SUPABASE_SECRET_KEY/],
    ["no token", { env: {} }, /No token can sign → Set TWILIO_AUTH_TOKEN in an\.env/],
    ["a wrong secret key", { secretKey: "sb_secret_wrong" }, /refused the secret key \(401\)/],
  ] as const
) {
  Deno.test(
    `with ${label} nothing is stored`,
    leavingNothing(async () => {
      const found = await roundTrip(projectAt(API_URL, changes), NEVER);
      const wrong = wrongSteps(found);
      assertEquals(Object.keys(wrong), ["conversation"]);
      assert(words.test(wrong.conversation), wrong.conversation);
      assertEquals(found.erasure, { ok: null, detail: "Nothing was stored" });
    }),
  );
}

Deno.test(
  "a conversation that began although the answer was lost is erased",
  leavingNothing(async () => {
    const found = await changedTrip(async (path, request) => {
      if (!path.endsWith("/recruiting_start_conversation")) return undefined;
      await (await answerOfStack(request)).body?.cancel();
      return new Response("lost", { status: 502 });
    });
    assertEquals(Object.keys(wrongSteps(found)), ["conversation"]);
    assertEquals(found.erasure.ok, true);
  }),
);

Deno.test(
  "a missing migration is named",
  leavingNothing(async () => {
    const found = await changedTrip((path, request) => {
      if (!path.endsWith("/recruiting_count_broadcasts")) return undefined;
      request.body?.cancel();
      return Response.json({ code: "PGRST202", message: "no such function" }, { status: 404 });
    });
    const wrong = wrongSteps(found);
    assertEquals(Object.keys(wrong), ["broadcast"]);
    assert(/\(PGRST202\) → Apply the migrations/.test(wrong.broadcast), wrong.broadcast);
  }),
);

Deno.test(
  "an erasure that fails once is tried again",
  leavingNothing(async () => {
    let failures = 0;
    const found = await changedTrip((path, request) => {
      if (!path.endsWith("/recruiting_forget") || failures++ > 0) return undefined;
      request.body?.cancel();
      return Response.json({ code: "40P01", message: "deadlock" }, { status: 500 });
    });
    assertEquals(wrongSteps(found), {});
    assertEquals(failures, 2);
  }),
);

Deno.test(
  "where the erasure fails, the SQL that is printed erases",
  leavingNothing(() =>
    withSql(async (sql) => {
      const checks = (url: string): Check[] => roundTripChecks(examine(projectAt(url), true));
      const findings = await withChangedAnswers((path, request) => {
        if (!path.endsWith("/recruiting_forget")) return undefined;
        request.body?.cancel();
        return Response.json({ code: "53300", message: "+15550190000" }, { status: 500 });
      }, (url) => runChecks(checks(url), (text) => text));
      const { ok, detail, mend } = findings.find(({ id }) => id === "round_trip.erasure")!;
      assertEquals(ok, false);
      assert(detail.includes("The database refused (500, 53300)"), detail);
      assert(!JSON.stringify(findings).includes("+1555"), "a finding holds a phone");
      await sql.unsafe(mend!.slice(mend!.indexOf("select")));
    })
  ),
);

Deno.test("docs/doctor.md has the SQL that erases", async () => {
  const [, sql] = /```sql\n([^`]*recruiting_forget[^`]*);\n```/.exec(
    await Deno.readTextFile(new URL("../../docs/doctor.md", import.meta.url)),
  ) ?? [];
  const inOneLine = sql?.replace(/\s+/g, " ").replace("( ", "(").replace(" )", ")");
  assertEquals(inOneLine, ERASE.slice(ERASE.indexOf("select")));
});

Deno.test(
  "of a text that comes after the erasure it is said how to erase it",
  leavingNothing(() =>
    withSql(async (sql) => {
      const late: [url: string, form: RequestInit][] = [];
      const found = await changedTrip(async (path, { url, headers, body }) => {
        if (!path.endsWith("/sms-inbound") && !path.endsWith("/twilio-events")) return undefined;
        const { pathname, search } = new URL(url);
        const form = { method: "POST", headers, body: await new Response(body).text() };
        late.push([API_URL + pathname + search, form]);
        return new Response("The function gave no answer in time", { status: 504 });
      });
      const statuses = await Promise.all(
        late.map(async ([url, form]) => (await (await fetch(url, form)).json()).status),
      );
      assertEquals(statuses, ["no_conversation", "received"]);
      const { ok, detail } = found.erasure;
      assertEquals(ok, true);
      assert(detail.includes("What sms-inbound and twilio-events may store later"), detail);
      await sql.unsafe(detail.slice(detail.indexOf("select")));
    })
  ),
);

Deno.test(
  "a text that Realtime does not store is told, with what makes the partition",
  leavingNothing(() =>
    withSql(async (admin) => {
      const [{ partition, bounds }] = await admin`
        select c.oid::regclass::text as partition, pg_get_expr(c.relpartbound, c.oid) as bounds
        from pg_class c where c.relname = 'messages_' || to_char(current_date, 'YYYY_MM_DD')`;
      await admin.unsafe(`alter table realtime.messages detach partition ${partition}`);
      try {
        const wrong = wrongSteps(await roundTrip(projectAt(API_URL), NEVER));
        assertEquals(Object.keys(wrong), ["broadcast"]);
        assert(/not broadcast.* → .*partition of today/.test(wrong.broadcast), wrong.broadcast);
      } finally {
        await admin.unsafe(`alter table realtime.messages attach partition ${partition} ${bounds}`);
      }
    }, ADMIN_DATABASE_URL)
  ),
);

Deno.test(
  "a stop in the middle ends the round trip, which erases",
  leavingNothing(async () => {
    const stop = new AbortController();
    const found = await withChangedAnswers((path) => {
      if (path.endsWith("/sms-status")) stop.abort();
      return undefined;
    }, (url) => roundTrip(projectAt(url), stop.signal));
    assertEquals(stepsNotAsked(found), ["statuses", "event"]);
    assertEquals(found.erasure.ok, true);
  }),
);

Deno.test("without --round-trip nothing is sent", async () => {
  const findings = await runChecks(roundTripChecks(examine(projectAt("http://[::1]:9"))), String);
  assertEquals(findings.map(({ ok }) => ok), STEPS.map(() => null));
});

Deno.test(
  "Ctrl-C during `doctor --round-trip` ends the process once all is erased",
  leavingNothing(async () => {
    let doctor: Deno.ChildProcess | undefined;
    const { code, stdout, stderr } = await withChangedAnswers((path) => {
      if (path.endsWith("/sms-inbound")) doctor!.kill("SIGINT");
      return undefined;
    }, (url) => {
      doctor = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "local/doctor.ts", "--round-trip", "--url", url]
          .concat("--env-file", "supabase/functions/.env.example"),
        env: { TWILIO_WEBHOOK_BASE_URL: `${API_URL}/functions/v1` },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      return doctor.output();
    });
    const printed = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assertEquals([code, printed], [130, ""]);
  }),
);
