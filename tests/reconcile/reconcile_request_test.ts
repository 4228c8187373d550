/** What a call of sms-reconcile may ask for, and what it is answered. */
import { legacyKey, SECRET_KEY } from "../../local/settings/keys.ts";
import { assertEquals, assertMatch } from "../support/assert.ts";
import { secondsAgo, withReconciler } from "../support/reconciler.ts";
import { withoutDatabase } from "../support/reconciler_without_database.ts";

/** Runs a test with a worker that answers with its HTTP status, and its status or error. */
const withWorker = (
  use: (answer: (init: RequestInit) => Promise<unknown[]>) => Promise<void>,
  settings: Record<string, string> = {},
) =>
  withoutDatabase((worker) =>
    use(async (init) => {
      const response = await worker.fetch(
        new Request("http://localhost/sms-reconcile", { method: "POST", ...init }),
        "/sms-reconcile",
      );
      const answer = await response.json();
      return [response.status, answer.error?.code ?? answer.status, answer.error?.message];
    }), settings);

const headers = { apikey: SECRET_KEY };

/** Everything is wrong with these calls; the first check that fails answers. */
const WRONG = { headers: { apikey: "wrong" }, body: "[]" };

Deno.test("the method is checked before the configuration, that before the key, and the key before the body", () =>
  withWorker(async (answer) => {
    for (const method of ["OPTIONS", "DELETE", "PUT"]) {
      assertEquals((await answer({ ...WRONG, method, body: undefined }))[0], 405);
    }
    assertEquals((await answer(WRONG)).slice(0, 2), [401, "UNAUTHORIZED"]);
    assertEquals((await answer({ body: "[]" })).slice(0, 2), [401, "UNAUTHORIZED"]);
    assertEquals((await answer({ headers, body: "[]" })).slice(0, 2), [422, "INVALID"]);
  }));

Deno.test("a worker that is not configured says so before it looks at the key", () =>
  withWorker(async (answer) => {
    assertEquals((await answer({ ...WRONG, method: "GET", body: undefined }))[0], 405);
    assertEquals((await answer(WRONG)).slice(0, 2), [500, "NOT_CONFIGURED"]);
  }, { SUPABASE_SECRET_KEYS: "", SUPABASE_SERVICE_ROLE_KEY: "" }));

Deno.test("the legacy key is taken as apikey and as a bearer token, a secret key as apikey alone", async () => {
  const legacy = await legacyKey("service_role");
  await withWorker(async (answer) => {
    for (
      const [headers, status] of [
        [{ apikey: legacy }, 202],
        [{ Authorization: `Bearer ${legacy}` }, 202],
        [{ apikey: "wrong", Authorization: `Bearer ${legacy}` }, 202],
        [{ apikey: SECRET_KEY, Authorization: "Bearer wrong" }, 202],
        [{ Authorization: `Bearer ${SECRET_KEY}` }, 401],
        [{ Authorization: legacy }, 401],
        [{ apikey: `${SECRET_KEY}x` }, 401],
      ] as [Record<string, string>, number][]
    ) {
      assertEquals([headers, (await answer({ headers }))[0]], [headers, status]);
    }
  });
});

const TIME = "2026-11-01T10:00:00Z";

const INVALID: [fields: Record<string, unknown>, field: string][] = [
  ...["wait", "dry_run"].flatMap((field) =>
    ["true", 1, 0, null, "", [], {}].map((value): [Record<string, unknown>, string] => [
      { [field]: value, ...(field === "wait" ? {} : { wait: true }) },
      field,
    ])
  ),
  ...["since", "until"].flatMap((field) =>
    [
      null,
      true,
      1793354400000,
      "",
      " ",
      "yesterday",
      "2026-11",
      "2026-02-30",
      "2026-02-29",
      "2026-13-01",
      "2026-00-10",
      "20261101",
      "01.11.2026",
      "2026-11-01T10:00:00",
      "2026-11-01T25:00:00Z",
      "2026-11-01T10:60:00Z",
      "2026-02-30T10:00:00Z",
      "2026-11-01 10:00:00Z",
      "2026-11-01T10:00:00+99:99",
      "2026-11-01T10:00:00+24:00",
      "2026-11-01T10:00:00Z and more",
      "0000-01-01",
      "0001-01-01T00:00:00+01:00",
      "9999-12-31T23:59:59-12:00",
      [TIME],
      { at: TIME },
    ].map((value): [Record<string, unknown>, string] => [
      { ...(field === "until" ? { since: "2020-01-01" } : {}), [field]: value },
      field,
    ])
  ),
  [{ until: TIME }, "until"],
  [{ since: TIME, until: TIME }, "until"],
  [{ since: TIME, until: "2026-11-01" }, "until"],
  [{ since: TIME, until: "2026-11-01T11:00:00+01:00" }, "until"],
  [{ since: TIME, until: "2026-11-01T10:30:00+01:00" }, "until"],
  [{ dry_run: true }, "dry_run"],
  [{ dry_run: true, wait: false, since: TIME }, "dry_run"],
  [{ cursor: TIME }, "cursor"],
  [{ wait: true, Since: TIME }, "Since"],
  [{ "": 1 }, ""],
];

Deno.test("what is wrong with a field is answered 422, and the message begins with the field", () =>
  withWorker(async (answer) => {
    for (const [fields, field] of INVALID) {
      const [status, code, message] = await answer({ headers, body: JSON.stringify(fields) });
      assertEquals([fields, status, code], [fields, 422, "INVALID"]);
      assertEquals([fields, String(message).split(" ")[0]], [fields, field]);
    }
    for (const body of ["null", "1", '"wait"', "[]", "[{}]", "{", "wait=true", '{"wait":true}}']) {
      const [status, code, message] = await answer({ headers, body });
      assertEquals([body, status, code], [body, 422, "INVALID"]);
      assertEquals([body, String(message).split(" ")[0]], [body, "body"]);
    }
  }));

const VALID: Record<string, unknown>[] = [
  {},
  { wait: false },
  { dry_run: false },
  { since: "2024-02-29" },
  { since: "2026-11-01T10:00:00.123456+05:30" },
  { since: TIME, until: "2026-11-01T10:00:00-01:00" },
  { since: "2026-11-01", until: "2026-11-01T00:00:01Z" },
  { since: "2026-11-01T00:00:00.000Z", until: "2026-11-02" },
];

Deno.test("a call that does not wait is answered 202 before anything is done", () =>
  withWorker(async (answer) => {
    for (const body of [undefined, "", " \n", ...VALID.map((fields) => JSON.stringify(fields))]) {
      assertEquals([body, ...await answer({ headers, body })], [body, 202, "started", undefined]);
    }
  }));

Deno.test("a call that waits is answered 503 where the database is away", () =>
  withWorker(async (answer) => {
    const body = JSON.stringify({ wait: true, dry_run: true, since: TIME });
    assertEquals((await answer({ headers, body })).slice(0, 2), [503, "UNAVAILABLE"]);
  }));

const NOTHING_DONE = {
  status: "done",
  turns: 0,
  sends: { confirmed: 0, sent_again: 0, failed: 0 },
  inbound: { listed: 0, brought_in: 0 },
  statuses: { asked: 0, updated: 0 },
};

/** The time up to which a span was compared. */
const SPANS: [since: string, until: string, cursor: string][] = [
  ["2026-11-01", "2026-11-02", "2026-11-02T00:00:00Z"],
  ["2026-11-01T10:00:00+02:00", "2026-11-01T10:00:00Z", "2026-11-01T10:00:00Z"],
  ["2026-11-01T10:00:00Z", "2026-11-01T12:00:09.999+01:00", "2026-11-01T11:00:09Z"],
  ["2026-11-01T10:00:00.2Z", "2026-11-01T10:00:00.7Z", "2026-11-01T10:00:00Z"],
];

Deno.test("a call that waits is answered 200 with every field, the cursor in whole seconds", () =>
  withReconciler(async ({ reconcile }) => {
    for (const [since, until, cursor] of SPANS) {
      assertEquals(await reconcile({ since, until }), { ...NOTHING_DONE, cursor });
      const dry_run = true;
      assertEquals(await reconcile({ since, until, dry_run }), { ...NOTHING_DONE, cursor });
    }
    const none = { ...NOTHING_DONE, cursor: null };
    assertEquals(await reconcile({ dry_run: true }), none);
    const { cursor, ...rest } = await reconcile();
    assertEquals(rest, { ...NOTHING_DONE });
    assertMatch(String(cursor), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  }));

Deno.test("a span may begin a thousand years ago, or in the future", () =>
  withReconciler(async ({ reconcile }) => {
    for (const since of ["0001-01-01", "1026-11-01", secondsAgo(-3600), "9999-12-31"]) {
      const { status, inbound } = await reconcile({ since });
      assertEquals([since, status, inbound.listed], [since, "done", 0]);
    }
  }));
