import { readConfiguration } from "../supabase/functions/_shared/configuration.ts";
import { joinAddress, splitAddress } from "../supabase/functions/_shared/channel_address.ts";
import { assert, assertEquals } from "./support/assert.ts";
import { withEdgeFunction } from "./support/edge_function.ts";
import { API_URL } from "./support/stack.ts";
import { AUTH_TOKEN, inboundForm, type PostOptions } from "./support/twilio.ts";
import { until } from "./support/wait.ts";

const HOSTED = {
  SUPABASE_URL: "https://abcdefghijklmnopqrst.supabase.co",
  SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}',
};

Deno.test("a hosted project with a key needs nothing else", () => {
  assertEquals(readConfiguration({ ...HOSTED, TWILIO_AUTH_TOKEN: "key" }), {
    supabaseUrl: HOSTED.SUPABASE_URL,
    secretKey: "sb_secret_x",
    webhookAuthTokens: ["key"],
    webhookBaseUrls: [`${HOSTED.SUPABASE_URL}/functions/v1`],
    problems: [],
  });
});

Deno.test("lists drop empty entries, spaces and trailing slashes", () => {
  const { webhookAuthTokens, webhookBaseUrls } = readConfiguration({
    ...HOSTED,
    TWILIO_AUTH_TOKEN: "unused",
    TWILIO_WEBHOOK_AUTH_TOKEN: " one ,, two,",
    TWILIO_WEBHOOK_BASE_URL: "https://a.example/x//, ,https://user:pass@b.example/",
  });
  assertEquals(webhookAuthTokens, ["one", "two"]);
  assertEquals(webhookBaseUrls, ["https://a.example/x", "https://user:pass@b.example"]);
});

Deno.test("projects without secret keys use the service role's", () => {
  const { SUPABASE_URL } = HOSTED;
  const env = { SUPABASE_URL, SUPABASE_SERVICE_ROLE_KEY: "eyJ", TWILIO_AUTH_TOKEN: "key" };
  assertEquals(readConfiguration(env).secretKey, "eyJ");
});

for (
  const [url, isLocal] of [
    ["http://127.0.0.1:54321", true],
    ["http://localhost:54321", true],
    ["http://[::1]:54321", true],
    ["http://kong:8000", true],
    ["https://abcdefghijklmnopqrst.supabase.co", false],
    ["https://127.0.0.1.example.com", false],
    ["https://kong.example.com", false],
    ["https://localhost.example.com", false],
  ] as const
) {
  Deno.test(`at ${url} a published local key ${isLocal ? "counts" : "counts as not configured"}`, () => {
    const env = { ...HOSTED, SUPABASE_URL: url, TWILIO_AUTH_TOKEN: AUTH_TOKEN };
    const { webhookAuthTokens, problems } = readConfiguration(env);
    assertEquals(webhookAuthTokens, isLocal ? [AUTH_TOKEN] : []);
    assertEquals(problems.length, isLocal ? 0 : 1);
  });
}

for (
  const [label, env] of [
    ["no key", { TWILIO_AUTH_TOKEN: undefined }],
    ["an empty key", { TWILIO_AUTH_TOKEN: "" }],
    ["only empty keys", { TWILIO_AUTH_TOKEN: " ", TWILIO_WEBHOOK_AUTH_TOKEN: " , " }],
    ["no SUPABASE_URL", { SUPABASE_URL: "", TWILIO_AUTH_TOKEN: "key" }],
    ["no secret key", { SUPABASE_SECRET_KEYS: "{}", TWILIO_AUTH_TOKEN: "key" }],
    ["a base URL with the function's name", {
      TWILIO_AUTH_TOKEN: "key",
      TWILIO_WEBHOOK_BASE_URL: "https://a.example/functions/v1/sms-inbound",
    }],
    ["a base URL that is none", {
      TWILIO_AUTH_TOKEN: "key",
      TWILIO_WEBHOOK_BASE_URL: "example.com",
    }],
  ] as const
) {
  Deno.test(`${label} is named`, () => {
    assert(readConfiguration({ ...HOSTED, ...env }).problems.length > 0);
  });
}

/** Posts texts to sms-inbound with other settings. */
function withSettings(
  settings: Record<string, string>,
  use: (send: (options: PostOptions) => Promise<number>, logs: string[]) => Promise<void>,
) {
  return withEdgeFunction("sms-inbound", settings, (post, logs) =>
    use(async (options) => {
      const response = await post(inboundForm(), options);
      await response.body?.cancel();
      return response.status;
    }, logs));
}

Deno.test("during a key rotation both keys are taken, and no other", () =>
  withSettings({ TWILIO_WEBHOOK_AUTH_TOKEN: "old-key,new-key" }, async (send) => {
    assertEquals(await send({ token: "old-key" }), 200);
    assertEquals(await send({ token: "new-key" }), 200);
    assertEquals(await send({ token: AUTH_TOKEN }), 401);
    assertEquals(await send({ token: "old-key,new-key" }), 401);
  }));

Deno.test("every configured base URL may have been signed, with its query, and no other", () =>
  withSettings({
    TWILIO_WEBHOOK_BASE_URL: "https://one.example/hooks, https://user:pass@two.example/",
  }, async (send) => {
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

Deno.test("without a key every request is answered 500, and the log names what is missing", () =>
  withSettings({ TWILIO_AUTH_TOKEN: "", TWILIO_WEBHOOK_AUTH_TOKEN: " , " }, async (send, logs) => {
    assertEquals(await send({ token: " " }), 500);
    await until(
      () => logs.some((line) => line.includes("TWILIO_AUTH_TOKEN is not set")),
      "the log",
    );
  }));

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
