/** The table of answers of profile-alerts, in its order: docs/profile-alerts.md. */
import { assert, assertEquals } from "../support/assert.ts";
import { stackEnvironment, startWorker } from "../support/function_worker.ts";
import {
  ALERTS_SECRET,
  ALERTS_URL,
  contactRow,
  newContact,
  PERSON,
  postAlert,
  postResolved,
  postToAlerts,
} from "../support/profile_alerts.ts";
import { freePorts } from "../../local/settings/addresses.ts";
import { LOG_FILE, withSql } from "../support/stack.ts";
import { until } from "../support/wait.ts";

const MIB = 1024 * 1024;
const RESOLVE = "/resolve?type=contact&id=ats-1";
const URL_OF_ADA = "https://www.linkedin.com/in/ada";
const ALERT = { subscriptionId: "sub-of-no-contact", data: { person: PERSON } };
const RESOLVED = { data: { linkedinUrl: URL_OF_ADA } };

/** A body of so many bytes, which is an alert of a subscription that no contact has. */
function alertOf(bytes: number): string {
  const text = JSON.stringify(ALERT);
  return text + " ".repeat(bytes - text.length);
}

const CASES: {
  label: string;
  /** Below the function's own path. */
  path: string;
  method?: string;
  body?: BodyInit;
  status: number;
  code: string;
  /** What the message names. */
  names?: RegExp;
}[] = [
  ...["GET", "POST", "PUT", "OPTIONS"].flatMap((method) => [
    { label: `${method} without a secret`, path: "", method, status: 404, code: "NOT_FOUND" },
    {
      label: `${method} with a wrong secret`,
      path: `/${ALERTS_SECRET}x`,
      method,
      status: 404,
      code: "NOT_FOUND",
    },
    {
      label: `${method} to another path`,
      path: `/${ALERTS_SECRET}/other`,
      method,
      status: 404,
      code: "NOT_FOUND",
    },
  ]),
  ...["/", "//resolve", "/%", "/%00", `/${ALERTS_SECRET.slice(0, -1)}`, `/${ALERTS_SECRET}/`].map((
    path,
  ) => ({ label: `the path ${path}`, path, status: 404, code: "NOT_FOUND" })),
  ...["GET", "PUT", "DELETE", "OPTIONS"].flatMap((method) =>
    ["", RESOLVE].map((path) => ({
      label: `${method} ${path}`,
      path: `/${ALERTS_SECRET}${path}`,
      method,
      status: 405,
      code: "METHOD_NOT_ALLOWED",
    }))
  ),
  {
    label: "a body over 1 MiB, whatever else is wrong",
    path: `/${ALERTS_SECRET}/resolve`,
    body: alertOf(MIB + 1),
    status: 413,
    code: "PAYLOAD_TOO_LARGE",
  },
  {
    label: "a body of exactly 1 MiB, of an unknown subscription",
    path: `/${ALERTS_SECRET}`,
    body: alertOf(MIB),
    status: 404,
    code: "NOT_FOUND",
    names: /subscriptionId/,
  },
  ...([
    ["/resolve", /type/],
    ["/resolve?type=job&id=1", /type/],
    ["/resolve?type=constructor&id=1", /type/],
    ["/resolve?type=contact", /^id/],
    ["/resolve?type=company&id=", /^id/],
  ] as const).map(([path, names]) => ({
    label: `${path} without a body`,
    path: `/${ALERTS_SECRET}${path}`,
    status: 400,
    code: "INVALID",
    names,
  })),
  ...["", "no JSON", "[]", "null", '"text"', "1", '{"a":', "\u0000"].map((body) => ({
    label: `the body ${JSON.stringify(body)}`,
    path: `/${ALERTS_SECRET}`,
    body,
    status: 400,
    code: "INVALID",
    names: /JSON object/,
  })),
  ...[{}, { subscriptionId: 1 }, { subscriptionId: null }, { data: {} }, {
    subscriptionId: ["sub-1"],
  }].map((body) => ({
    label: `an alert ${JSON.stringify(body)}`,
    path: `/${ALERTS_SECRET}`,
    body: JSON.stringify(body),
    status: 400,
    code: "INVALID",
    names: /subscriptionId/,
  })),
  ...["contact", "person", "company"].flatMap((type) =>
    [
      {},
      { data: null },
      { data: { linkedinUrl: 1 } },
      { data: { linkedinUrl: "" } },
      { data: { linkedinUrl: "http://linkedin.com/in/ada" } },
      { data: { linkedinUrl: "https://linkedin.com.example/in/ada" } },
      { data: { linkedinUrl: "https://notlinkedin.com/in/ada" } },
      { data: { linkedinUrl: `https://linkedin.com/in/${"a".repeat(500)}` } },
      { data: { linkedinUrl: "https://linkedin.com/in/a\u0000" } },
      { data: { linkedinUrl: "https://linkedin.com/in/\u{fffe}\ud800 a" } },
      { data: { linkedInUrl: "ftp://linkedin.com/in/ada" } },
    ].map((body) => ({
      label: `a resolved ${type} ${JSON.stringify(body).slice(0, 80)}`,
      path: `/${ALERTS_SECRET}/resolve?type=${type}&id=ats-1`,
      body: JSON.stringify(body),
      status: 400,
      code: "INVALID",
      names: /linked[iI]nUrl/,
    }))
  ),
  {
    label: "a resolved contact that is unknown",
    path: `/${ALERTS_SECRET}${RESOLVE}`,
    body: JSON.stringify(RESOLVED),
    status: 404,
    code: "NOT_FOUND",
    names: /id/,
  },
  {
    label: "an id that no contact has",
    path: `/${ALERTS_SECRET}/resolve?type=person&id=${crypto.randomUUID()}`,
    body: JSON.stringify(RESOLVED),
    status: 404,
    code: "NOT_FOUND",
  },
  {
    label: "an id with NUL",
    path: `/${ALERTS_SECRET}/resolve?type=person&id=%00%ff`,
    body: JSON.stringify(RESOLVED),
    status: 404,
    code: "NOT_FOUND",
  },
];

for (const { label, path, method = "POST", body, status, code, names } of CASES) {
  Deno.test(`profile-alerts answers ${status} to ${label}`, async () => {
    const response = await fetch(`${ALERTS_URL}${path}`, { method, body });
    const { error } = await response.json();
    assertEquals({ status: response.status, code: error.code }, { status, code });
    assert(names === undefined || names.test(error.message), error.message);
    assertEquals(response.headers.get("allow"), status === 405 ? "POST" : null);
  });
}

Deno.test("an alert and a resolved contact are answered with ok, whatever the content type", async () => {
  const contact = await newContact();
  const bodies: [path: string, body: unknown][] = [
    ["", { subscriptionId: contact.subscription, data: { person: PERSON } }],
    ["", { subscriptionId: contact.subscription }],
    [`/resolve?type=person&id=${contact.id}`, { data: { linkedInUrl: URL_OF_ADA } }],
    [`/resolve?type=contact&id=${contact.external_id}`, RESOLVED],
    // Nothing of a company is kept.
    ["/resolve?type=company&id=any", RESOLVED],
  ];
  for (
    const contentType of ["application/json", "text/plain", "application/x-www-form-urlencoded", ""]
  ) {
    for (const [path, body] of bodies) {
      const response = await fetch(`${ALERTS_URL}/${ALERTS_SECRET}${path}`, {
        method: "POST",
        headers: contentType ? { "Content-Type": contentType } : {},
        body: new TextEncoder().encode(`\ufeff${JSON.stringify(body)}`),
      });
      assertEquals([response.status, await response.json()], [200, { ok: true }]);
    }
  }
});

Deno.test("a wrong secret is answered before the body is read", async () => {
  const pulled: number[] = [];
  const { default: { fetch: handle } } = await import(
    "../../supabase/functions/profile-alerts/index.ts"
  );
  const body = new ReadableStream({
    pull(controller) {
      pulled.push(1);
      controller.enqueue(new Uint8Array(1024));
    },
  }, { highWaterMark: 0 });
  const response = await handle(
    new Request(`http://edge.example/profile-alerts/${"x".repeat(40)}`, { method: "POST", body }),
  );
  await response.body?.cancel();
  assertEquals([response.status, pulled.length], [404, 0]);
});

/** Posts an alert to a worker with other settings. */
async function withWorker(
  settings: Record<string, string>,
  use: (post: (secret: string, body?: unknown) => Promise<number>, logs: string[]) => Promise<void>,
): Promise<void> {
  const logs: string[] = [];
  const worker = startWorker(
    "profile-alerts",
    await stackEnvironment(settings),
    (line) => void logs.push(line),
  );
  try {
    await worker.ready();
    await use(async (secret, body = ALERT) => {
      const request = new Request("http://localhost/profile-alerts", {
        method: "POST",
        body: JSON.stringify(body),
      });
      const response = await worker.fetch(request, `/profile-alerts/${secret}`);
      const { error } = await response.json();
      return error?.message === "There is no such path" ? 401 : response.status;
    }, logs);
  } finally {
    await worker.stop();
  }
}

/** What the worker above answers to an unknown subscription, and, as 401, to a wrong secret. */
const VALID = 404;
const WRONG = 401;

Deno.test("during a rotation each secret is valid, also one that a URL must encode", async () => {
  const [old, fresh] = ["o".repeat(32), `${"n".repeat(30)}/+ %`];
  await withWorker({ PROFILE_ALERTS_SECRET: ` ${old}, ,${fresh}` }, async (post, logs) => {
    assertEquals(await post(old), VALID);
    assertEquals(await post(encodeURIComponent(fresh)), VALID);
    assertEquals(await post(encodeURIComponent(`${old},${fresh}`)), WRONG);
    assertEquals(logs.filter((line) => line.includes("not_configured")), []);
  });
});

Deno.test("a short secret, a published one elsewhere, and none do not count, and a line names each", async () => {
  const short = "s".repeat(31);
  const hosted = { TWILIO_WEBHOOK_BASE_URL: "https://abc.supabase.co/functions/v1" };
  const cases: [settings: Record<string, string>, secret: string, warning: RegExp][] = [
    [{ PROFILE_ALERTS_SECRET: short }, short, /entry 1.*fewer than 32/],
    [{ PROFILE_ALERTS_SECRET: `${"x".repeat(32)},${short}` }, short, /entry 2.*fewer than 32/],
    [{ ...hosted, PROFILE_ALERTS_SECRET: ALERTS_SECRET }, ALERTS_SECRET, /entry 1.*published/],
    [{ PROFILE_ALERTS_SECRET: "" }, "undefined", /no valid secret/],
  ];
  for (const [settings, secret, warning] of cases) {
    await withWorker(settings, async (post, logs) => {
      assertEquals(await post(secret), WRONG);
      assert(logs.some((line) => line.includes('"warn"') && warning.test(line)), logs.join("\n"));
      if (secret !== "undefined") {
        assertEquals(logs.filter((line) => line.includes(secret)), []);
      }
    });
  }
});

Deno.test("while the database is away an alert is answered 503", async () => {
  const away = `http://127.0.0.1:${freePorts().api}`;
  await withWorker({ SUPABASE_URL: away }, async (post, logs) => {
    const body = { subscriptionId: "sub-1", data: { person: PERSON } };
    assertEquals(await post(ALERTS_SECRET, body), 503);
    const line = await until(() => logs.find((line) => line.includes("answered")), "the line");
    assertEquals(JSON.parse(line).reason, "UNAVAILABLE");
  });
});

Deno.test("the rule of an address is the database's", () =>
  withSql(async (sql) => {
    const { parseLinkedinUrl } = await import(
      "../../supabase/functions/profile-alerts/alert_request.ts"
    );
    const urls = [
      "https://linkedin.com/",
      "https://www.linkedin.com/in/ada?x=1#y",
      "HTTPS://UK.LinkedIn.com/in/ada",
      "https://linkedin.com",
      "https://linkedin.com:8443/in/ada",
      "https://a@linkedin.com/in/ada",
      "https://-.linkedin.com/in/ada",
      "https://xlinkedin.com/in/ada",
      "https://linkedin.community/in/ada",
      "https://linkedin.com/in/a b",
      "https://linkedin.com/in/a\u0085b",
      "https://linkedin.com/in/é\u{1f600}",
      'https://linkedin.com/in/"',
      "https://linkedin.com/in/<",
      "https://linkedin.com/in/\\",
      ` https://linkedin.com/in/ada`,
      `https://linkedin.com/in/ada\n`,
      `https://linkedin.com/${"\u{1f600}".repeat(491)}`,
      `https://linkedin.com/${"\u{1f600}".repeat(492)}`,
    ];
    for (const url of urls) {
      const { kind } = parseLinkedinUrl(JSON.stringify({ data: { linkedinUrl: url } }));
      const [{ is_valid }] = await sql`select private.is_linkedin_url(${url}) as is_valid`;
      assertEquals([url.slice(0, 60), kind === "valid"], [url.slice(0, 60), is_valid]);
    }
  }));

Deno.test("no log line holds a secret, a path, or anything of a profile", async () => {
  const word = `word-${crypto.randomUUID()}`;
  const contact = await newContact();
  const before = (await Deno.readTextFile(LOG_FILE)).length;
  const url = `${URL_OF_ADA}-${word}`;
  assertEquals(await postAlert(contact, { ...PERSON, headline: word }), 200);
  assertEquals(await postAlert(contact, { ...PERSON, headline: `${word}2`, [word]: word }), 200);
  assertEquals(await postResolved(contact.id, url), 200);
  assertEquals(await postResolved(word, url), 404);
  assertEquals(await postResolved(contact.id, word), 400);
  for (const path of [`/${word}`, `/resolve/${word}`]) {
    await (await postToAlerts(path, { subscriptionId: word })).body?.cancel();
  }
  await (await fetch(`${ALERTS_URL}/${word}${"x".repeat(40)}`)).body?.cancel();
  await (await postToAlerts("", `{"${word}`)).body?.cancel();
  await (await postToAlerts("", { subscriptionId: word })).body?.cancel();

  const lines = await until(async () => {
    const added = (await Deno.readTextFile(LOG_FILE)).slice(before).split("\n");
    const ours = added.filter((line) => line.includes("profile-alerts"));
    return ours.some((line) => line.includes("unknown path or secret")) &&
        ours.filter((line) => line.includes('"answered"')).length >= 7
      ? ours
      : undefined;
  }, "the lines");
  for (const secret of [word, ALERTS_SECRET, contact.subscription, contact.phone, "Ada"]) {
    assertEquals(lines.filter((line) => line.includes(secret)), []);
  }
  assertEquals((await contactRow(contact)).linkedin_url, url);
});

Deno.test("a body that stalls for 10 s is answered 408", async () => {
  const { hostname, port, pathname } = new URL(ALERTS_URL);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  try {
    await connection.write(new TextEncoder().encode(
      `POST ${pathname}/${ALERTS_SECRET} HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: 100\r\n\r\n{`,
    ));
    let answer = "";
    const buffer = new Uint8Array(4096);
    // The answer may come in several pieces.
    while (!answer.endsWith("}}")) {
      const length = await connection.read(buffer);
      if (length === null) break;
      answer += new TextDecoder().decode(buffer.subarray(0, length));
    }
    assertEquals(answer.split(" ")[1], "408");
    assert(answer.includes('"code":"REQUEST_TIMEOUT"'), answer);
  } finally {
    connection.close();
  }
});
