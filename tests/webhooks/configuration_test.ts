import { readConfiguration } from "../../supabase/functions/_shared/configuration/configuration.ts";
import { readSendingConfiguration } from "../../supabase/functions/_shared/outbox/sending_configuration.ts";
import {
  joinAddress,
  splitAddress,
} from "../../supabase/functions/_shared/twilio/channel_address.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { withEdgeFunction, withKeptFunction } from "../support/edge_function.ts";
import { API_URL } from "../support/stack.ts";
import { AUTH_TOKEN, inboundForm, type PostOptions } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

const HOSTED = {
  SUPABASE_URL: "https://abcdefghijklmnopqrst.supabase.co",
  SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}',
};

Deno.test("a hosted project with a key needs nothing else", () => {
  const baseUrl = `${HOSTED.SUPABASE_URL}/functions/v1`;
  assertEquals(readConfiguration({ ...HOSTED, TWILIO_AUTH_TOKEN: "key" }), {
    supabaseUrl: HOSTED.SUPABASE_URL,
    secretKey: "sb_secret_x",
    secretKeys: { default: "sb_secret_x" },
    webhookSigners: [{ authToken: "key", baseUrl }],
    callbackBaseUrl: baseUrl,
    deferredHttpStatus: 200,
    databaseProblems: [],
    problems: [],
    warnings: [],
  });
});

Deno.test("every key may sign for every base URL; empty entries, repetitions, spaces and trailing slashes are dropped", () => {
  const { webhookSigners, callbackBaseUrl } = readConfiguration({
    ...HOSTED,
    TWILIO_AUTH_TOKEN: "unused",
    TWILIO_WEBHOOK_AUTH_TOKEN: " one ,, two, one",
    TWILIO_WEBHOOK_BASE_URL:
      "https://a.example/x//, ,https://user:pass@b.example/,https://a.example/x",
  });
  assertEquals(webhookSigners.map(({ authToken, baseUrl }) => `${authToken} ${baseUrl}`), [
    "one https://a.example/x",
    "one https://user:pass@b.example",
    "two https://a.example/x",
    "two https://user:pass@b.example",
  ]);
  assertEquals(callbackBaseUrl, "https://a.example/x");
});

for (
  const [label, env, secretKey] of [
    ["the key named default", { SUPABASE_SECRET_KEYS: '{"a":"sb_a","default":"sb_d"}' }, "sb_d"],
    ["any key where none is named default", { SUPABASE_SECRET_KEYS: '{"jobs":"sb_j"}' }, "sb_j"],
    ["the service role's where there is no secret key", {
      SUPABASE_SECRET_KEYS: "",
      SUPABASE_SERVICE_ROLE_KEY: "eyJ",
    }, "eyJ"],
    ["the service role's where no secret key can be read", {
      SUPABASE_SECRET_KEYS: '{"default":""}',
      SUPABASE_SERVICE_ROLE_KEY: "eyJ",
    }, "eyJ"],
  ] as const
) {
  Deno.test(`the functions call the database with ${label}`, () => {
    const configuration = readConfiguration({ ...HOSTED, TWILIO_AUTH_TOKEN: "key", ...env });
    assertEquals([configuration.secretKey, configuration.problems], [secretKey, []]);
  });
}

for (
  const keys of [
    undefined,
    "",
    "{}",
    '{"default":""}',
    '{"default":" "}',
    '{"default":"sb_…"}',
    '{"default":"sb_a\\nb"}',
    '["sb_x"]',
    "no JSON",
    "null",
  ]
) {
  Deno.test(`with SUPABASE_SECRET_KEYS ${keys} and no legacy key, both variables are named`, () => {
    const env = { ...HOSTED, SUPABASE_SECRET_KEYS: keys, TWILIO_AUTH_TOKEN: "key" };
    const [problem, ...others] = readConfiguration(env).problems;
    assertMatch(problem, /SUPABASE_SECRET_KEYS .*SUPABASE_SERVICE_ROLE_KEY/);
    assertEquals(others, []);
  });
}

/** SUPABASE_URL, TWILIO_WEBHOOK_BASE_URL, and the base URLs for which a published key counts. */
const PUBLISHED_KEY_COUNTS: [string, string, string[]][] = [
  ["http://127.0.0.1:54321", "", ["http://127.0.0.1:54321/functions/v1"]],
  ["http://localhost:54321", "", ["http://localhost:54321/functions/v1"]],
  ["http://[::1]:54321", "", ["http://[::1]:54321/functions/v1"]],
  ["http://kong:8000", "http://127.0.0.1:54321/functions/v1", [
    "http://127.0.0.1:54321/functions/v1",
  ]],
  ["http://kong:8000", "http://kong:8000/functions/v1", ["http://kong:8000/functions/v1"]],
  ["http://kong:8000", "http://host.docker.internal:54321/functions/v1", [
    "http://host.docker.internal:54321/functions/v1",
  ]],
  // What a self-hosted production has.
  ["http://kong:8000", "", []],
  ["http://kong:8000", "https://sms.example.com/functions/v1", []],
  ["http://127.0.0.1:54321", "https://sms.example.com/functions/v1", []],
  // A tunnel beside the local stack: the published key is good for the local stack alone.
  ["http://127.0.0.1:54321", "https://tunnel.example,http://127.0.0.1:54321/functions/v1", [
    "http://127.0.0.1:54321/functions/v1",
  ]],
  ["https://abcdefghijklmnopqrst.supabase.co", "", []],
  ["https://127.0.0.1.example.com", "", []],
  ["http://x.example", "https://supabase_kong_x.example.com/functions/v1", []],
  ["http://kong:8000", "http://supabase_kong_recruiting-sms:8000/functions/v1", [
    "http://supabase_kong_recruiting-sms:8000/functions/v1",
  ]],
  ["https://localhost.example.com", "", []],
  ["http://x.example", "https://kong.example.com,https://host.docker.internal.example.com", []],
];

for (const [supabaseUrl, configured, baseUrls] of PUBLISHED_KEY_COUNTS) {
  Deno.test(`at ${supabaseUrl} with "${configured}" a published key counts for ${baseUrls.length} base URLs`, () => {
    const env = {
      ...HOSTED,
      SUPABASE_URL: supabaseUrl,
      TWILIO_WEBHOOK_BASE_URL: configured,
      TWILIO_AUTH_TOKEN: AUTH_TOKEN,
    };
    const { webhookSigners, problems, warnings } = readConfiguration(env);
    assertEquals(webhookSigners, baseUrls.map((baseUrl) => ({ authToken: AUTH_TOKEN, baseUrl })));
    // Beside a public URL the published key is named, and so is the URL that no key signs for.
    assertEquals(warnings.length, configured.includes(",") && baseUrls.length > 0 ? 2 : 0);
    assertEquals(problems.length, baseUrls.length > 0 ? 0 : 1);
  });
}

for (
  const [label, env] of [
    ["no key", { TWILIO_AUTH_TOKEN: undefined }],
    ["an empty key", { TWILIO_AUTH_TOKEN: "" }],
    ["only empty keys", { TWILIO_AUTH_TOKEN: " ", TWILIO_WEBHOOK_AUTH_TOKEN: " , " }],
    ["no SUPABASE_URL", { SUPABASE_URL: "", TWILIO_AUTH_TOKEN: "key" }],
    ["a SUPABASE_URL that is none", { SUPABASE_URL: "nonsense", TWILIO_AUTH_TOKEN: "key" }],
    ["no secret key", { SUPABASE_SECRET_KEYS: "{}", TWILIO_AUTH_TOKEN: "key" }],
    ["a base URL with the function's name", {
      TWILIO_AUTH_TOKEN: "key",
      TWILIO_WEBHOOK_BASE_URL: "https://a.example/functions/v1/sms-inbound",
    }],
    ["a base URL with connection overrides", {
      TWILIO_AUTH_TOKEN: "key",
      TWILIO_WEBHOOK_BASE_URL: "https://a.example/functions/v1#rc=3",
    }],
    ["a base URL with a query", {
      TWILIO_AUTH_TOKEN: "key",
      TWILIO_WEBHOOK_BASE_URL: "https://a.example/functions/v1?x=1",
    }],
    ["a base URL that is none", {
      TWILIO_AUTH_TOKEN: "key",
      TWILIO_WEBHOOK_BASE_URL: "example.com",
    }],
  ] as const
) {
  Deno.test(`${label} is named`, () => {
    assert(readConfiguration({ ...HOSTED, ...env }).problems.length > 0, "no problem is named");
  });
}

Deno.test("what is said of a wrong value holds no token that was put there by mistake", () => {
  const token = "0123456789abcdef0123456789abcdef";
  const env = {
    ...HOSTED,
    SUPABASE_SECRET_KEYS: `{"default":"sb_x","other":"${token}…"}`,
    DEFERRED_HTTP_STATUS: token,
    TWILIO_CALLBACK_OVERRIDES: token,
    SETTLE_AFTER_SECONDS: token,
    TWILIO_AUTH_TOKEN: "key",
  };
  const { problems, warnings } = readConfiguration(env);
  const lines = [...problems, ...warnings, ...sendingFrom(env).problems];
  assertEquals(lines.length, 4);
  assertEquals(lines.filter((line) => line.includes(token)), []);
});

/** What sending reads from an environment, and what it says is wrong. */
function sendingFrom(env: Record<string, string>) {
  const problems: string[] = [];
  const all = { ...HOSTED, TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`, ...env };
  const sending = readSendingConfiguration(all, readConfiguration(all), problems);
  return { sending, problems };
}

for (
  const [setting, overrides, isNamed] of [
    ["", "rc=3&rp=ct,5xx,rt&rt=4000&tt=15000", false],
    ["none", "", false],
    ["#rc=1&rp=all", "rc=1&rp=all", false],
    ["rc=2&ct=1000&e=ashburn,ie1", "rc=2&ct=1000&e=ashburn,ie1", false],
    ["three times", "rc=3&rp=ct,5xx,rt&rt=4000&tt=15000", true],
    ["rc=1&secret=x", "rc=3&rp=ct,5xx,rt&rt=4000&tt=15000", true],
    ["rc=99", "rc=3&rp=ct,5xx,rt&rt=4000&tt=15000", true],
    ["rc=3&rc=4", "rc=3&rp=ct,5xx,rt&rt=4000&tt=15000", true],
    ["rp=ct,", "rc=3&rp=ct,5xx,rt&rt=4000&tt=15000", true],
    ["rt=999999", "rc=3&rp=ct,5xx,rt&rt=4000&tt=15000", true],
  ] as const
) {
  Deno.test(`TWILIO_CALLBACK_OVERRIDES "${setting}" ${isNamed ? "is named, and the default counts" : "counts"}`, () => {
    const env = { TWILIO_AUTH_TOKEN: "key", TWILIO_CALLBACK_OVERRIDES: setting };
    const { sending, problems } = sendingFrom(env);
    assertEquals(sending?.callbackOverrides, overrides);
    assertEquals(
      problems.map((problem) => problem.split(" ")[0]),
      isNamed ? ["TWILIO_CALLBACK_OVERRIDES"] : [],
    );
  });
}

Deno.test("a published key sends to the stand-in that TWILIO_API_BASE_URL names, and never to Twilio", () => {
  const env = { TWILIO_AUTH_TOKEN: AUTH_TOKEN };
  const standIn = { ...env, TWILIO_API_BASE_URL: "http://host.docker.internal:54332" };
  assertEquals(sendingFrom(standIn).problems, []);
  const { sending, problems } = sendingFrom(env);
  assertEquals([sending, problems.length], [undefined, 1]);
});

/** Two keys, and a published one; two base URLs, both public. */
const SIGNERS = {
  TWILIO_WEBHOOK_AUTH_TOKEN: `old-key,new-key,${AUTH_TOKEN}`,
  TWILIO_WEBHOOK_BASE_URL: "https://one.example/hooks, https://user:pass@two.example/",
};

/** Posts texts to sms-inbound with these signers. Each is signed with a key of theirs, unless the options say otherwise. */
function withSigners(use: (send: (options: PostOptions) => Promise<number>) => Promise<void>) {
  return withKeptFunction("sms-inbound", SIGNERS, (post) =>
    use(async (options) => {
      const response = await post(inboundForm(), { token: "old-key", ...options });
      await response.body?.cancel();
      return response.status;
    }));
}

Deno.test("during a key rotation both keys are taken, and no other; beside them a published one signs nothing for a public URL", () =>
  withSigners(async (send) => {
    const signedBase = "https://one.example/hooks";
    assertEquals(await send({ signedBase, token: "old-key" }), 200);
    assertEquals(await send({ signedBase, token: "new-key" }), 200);
    assertEquals(await send({ signedBase, token: "another-key" }), 401);
    assertEquals(await send({ signedBase, token: "old-key,new-key" }), 401);
    assertEquals(await send({ signedBase, token: AUTH_TOKEN }), 401);
  }));

Deno.test("every configured base URL may have been signed, with its query, and no other", () =>
  withSigners(async (send) => {
    assertEquals(await send({ signedBase: "https://one.example/hooks" }), 200);
    assertEquals(
      await send({ signedBase: "https://user:pass@two.example", query: "?a=1&b=It's" }),
      200,
    );
    assertEquals(await send({ signedBase: "https://two.example" }), 401);
    assertEquals(await send({ signedBase: `${API_URL}/functions/v1` }), 401);
    const forged = { "X-Forwarded-Host": "three.example", "X-Forwarded-Proto": "https" };
    assertEquals(await send({ signedBase: "https://three.example", headers: forged }), 401);
  }));

Deno.test("a webhook URL that ends with a slash is signed with it or without, and with nothing more", () =>
  withSigners(async (send) => {
    for (const query of ["", "?a=1"]) {
      assertEquals(await send({ query }), 401);
      for (const [slash, status] of [["", 200], ["/", 200], ["//", 401], ["/x", 401]] as const) {
        const signedUrl = `https://one.example/hooks/sms-inbound${slash}${query}`;
        assertEquals(await send({ query, signedUrl }), status, signedUrl);
      }
    }
  }));

Deno.test("without a key every request is answered 500, and the log names what is missing", () =>
  withEdgeFunction(
    "sms-inbound",
    { TWILIO_AUTH_TOKEN: "", TWILIO_WEBHOOK_AUTH_TOKEN: " , " },
    async (post, logs) => {
      const response = await post(inboundForm(), { token: " " });
      await response.body?.cancel();
      assertEquals(response.status, 500);
      await until(
        () => logs.some((line) => line.includes("TWILIO_AUTH_TOKEN is not set")),
        "the log",
      );
    },
  ));

for (
  const [text, channel, address] of [
    ["+15550100001", "sms", "+15550100001"],
    ["whatsapp:+15550100001", "whatsapp", "+15550100001"],
    ["rcs:northwind", "rcs", "northwind"],
    ["messenger:1:2", "messenger", "1:2"],
    ["discord:+15550100001", "sms", "discord:+15550100001"],
    ["sms:+15550100001", "sms", "sms:+15550100001"],
    [":x", "sms", ":x"],
    ["", "sms", ""],
  ] as const
) {
  Deno.test(`the address ${JSON.stringify(text)} is ${JSON.stringify(address)} on ${channel}`, () => {
    assertEquals(splitAddress(text), { channel, address });
    assertEquals(joinAddress(splitAddress(text)), text);
  });
}
