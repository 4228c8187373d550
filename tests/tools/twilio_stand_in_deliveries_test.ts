import { postToWebhook } from "../../local/stand_ins/twilio/webhook.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { AUTH_TOKEN } from "../support/twilio.ts";
import {
  ACCOUNT_SID,
  create,
  FOREVER,
  isDelivered,
  OUR_NUMBER,
  refusal,
  SERVICE,
  statusesOf,
  text,
  withTwilio,
} from "../support/twilio_stand_in.ts";
import { until } from "../support/wait.ts";

for (
  const [to, label, expected, isAccepted] of [
    ["+15005561429", "429", [429, 20429], false],
    ["+15005560500", "500, not accepted,", [500, 20500], false],
    ["+15005561500", "500, but accepted,", [500, 20500], true],
    ["+15005560000", "a dropped connection, but accepted,", [undefined, "ECONNRESET"], true],
    ["+15005561000", "a dropped connection, not accepted,", [undefined, "ECONNRESET"], false],
  ] as [string, string, unknown[], boolean][]
) {
  Deno.test(`${to}, with any digits after it, is answered with ${label} every time`, () =>
    withTwilio(async (standIn) => {
      for (const number of [to, to, `${to}123`]) {
        const sent = standIn.client.messages.create(text({ to: number }));
        assertEquals(await refusal(sent), expected);
      }
      const messages = await standIn.client.messages.list();
      assertEquals(messages.length, isAccepted ? 3 : 0);
      for (const { sid } of messages) await until(isDelivered(standIn, sid), "delivery");
    }));
}

Deno.test("+15005560429 is answered with 429 twice, each of its numbers for itself", () =>
  withTwilio(async ({ client, url }) => {
    for (const to of ["+15005560429", "+150055604291"]) {
      const { status, headers } = await create(url, [["To", to], ["From", OUR_NUMBER], [
        "Body",
        "Hi",
      ]]);
      assertEquals([status, headers.get("retry-after")], [429, "1"]);
      assertEquals(await refusal(client.messages.create(text({ to }))), [429, 20429]);
      assertEquals((await client.messages.create(text({ to }))).status, "queued");
    }
  }));

Deno.test("+15005560020 is delivered long before it is answered", () =>
  withTwilio(async (standIn) => {
    const gone = new AbortController();
    const form: [string, string][] = [["To", "+15005560020"], ["From", OUR_NUMBER], ["Body", "Hi"]];
    const answer = create(standIn.url, form, gone.signal).then(() => "answered", () => "gave up");
    const { sid } = await until(async () => (await standIn.client.messages.list())[0], "it");
    await until(isDelivered(standIn, sid), "delivery");
    gone.abort();
    assertEquals(await answer, "gave up");
  }));

for (
  const [to, code] of [["+15005563003", 30003], ["+15005563007", 30007], ["+15005562161", 21610]]
) {
  Deno.test(`${to} is undelivered, with ${code} in the callback`, () =>
    withTwilio(async (standIn) => {
      const statusCallback = `${standIn.webhook}/sms-status`;
      const { sid } = await standIn.client.messages.create(
        text({ to: String(to), statusCallback }),
      );
      const callback = await until(
        () => standIn.posts.find(({ form }) => form.MessageStatus === "undelivered"),
        "the callback",
      );
      assertEquals(callback.form.ErrorCode, String(code));
      const message = await standIn.client.messages(sid).fetch();
      assertEquals([message.status, message.errorCode], ["undelivered", code]);
      assert(message.errorMessage, `error_message is ${message.errorMessage}`);
    }));
}

Deno.test("callbacks are signed, some come twice and some in the wrong order", () =>
  withTwilio(async (standIn) => {
    const statusCallback = `${standIn.webhook}/sms-status?message=1&x=It's`;
    const sids = new Map<string, string>();
    for (let count = 0; count < 200 && sids.size < 3; count++) {
      const { sid } = await standIn.client.messages.create(text({ statusCallback }));
      const [kind, ...expected] = /[0-3]$/.test(sid)
        ? ["repeated", "sent", "sent", "delivered", "delivered"]
        : /[c-f]$/.test(sid)
        ? ["swapped", "delivered", "sent"]
        : ["plain", "sent", "delivered"];
      await until(() => statusesOf(standIn, sid).length === expected.length, `${kind} callbacks`);
      assertEquals(statusesOf(standIn, sid), expected);
      sids.set(kind, sid);
    }
    assertEquals([...sids.keys()].sort(), ["plain", "repeated", "swapped"]);
    assertEquals(
      standIn.posts.filter(({ isSigned, path }) => !isSigned || path !== "/sms-status"),
      [],
    );
    const tokens = standIn.posts.filter(({ form }) => form.MessageSid === sids.get("repeated"))
      .map(({ headers }) => headers.get("i-twilio-idempotency-token"));
    assertEquals([tokens[0] === tokens[1], tokens[1] === tokens[2]], [true, false]);
    const { form, headers } = standIn.posts[0];
    assertEquals(headers.get("user-agent"), "TwilioProxy/1.1");
    assertEquals([form.AccountSid, form.SmsSid, form.ApiVersion], [
      ACCOUNT_SID,
      form.MessageSid,
      "2010-04-01",
    ]);
  }, 0));

Deno.test("an accepted message tells queued, too, and its service", () =>
  withTwilio(async (standIn) => {
    const statusCallback = `${standIn.webhook}/sms-status`;
    const { sid } = await standIn.client.messages.create(
      text({ statusCallback, messagingServiceSid: SERVICE }),
    );
    await until(() => statusesOf(standIn, sid).includes("delivered"), "delivery");
    assertEquals(statusesOf(standIn, sid)[0], "queued");
    assertEquals(standIn.posts[0].form.MessagingServiceSid, SERVICE);
  }));

Deno.test("a callback that no server takes does not hold a message up", () =>
  withTwilio(async (standIn) => {
    const statusCallback = "http://127.0.0.1:9/sms-status";
    const { sid } = await standIn.client.messages.create(text({ statusCallback }));
    await until(isDelivered(standIn, sid), "delivery");
  }));

/** A webhook that gives these HTTP statuses one after the other, and then 200. */
async function withFailingWebhook(
  statuses: number[],
  use: (url: string, tokens: (string | null)[]) => Promise<void>,
) {
  const left = [...statuses];
  const tokens: (string | null)[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      await request.body?.cancel();
      tokens.push(request.headers.get("i-twilio-idempotency-token"));
      return new Response(null, { status: left.shift() ?? 200 });
    },
  );
  try {
    await use(`http://127.0.0.1:${server.addr.port}/sms-status`, tokens);
  } finally {
    await server.shutdown();
  }
}

for (
  const [fragment, statuses, calls] of [
    ["", [500], 1],
    ["#rc=3&rp=ct,5xx,rt&rt=4000&tt=15000", [500, 503], 3],
    ["#rc=3&rp=ct,5xx,rt&rt=4000&tt=15000", [500, 500, 500, 500, 500], 4],
    ["#rc=3&rp=ct,5xx,rt&rt=4000&tt=15000", [404], 1],
    ["#rc=1&rp=4xx", [404], 2],
    ["#rc=9&rp=all", Array(9).fill(500), 6],
  ] as [string, number[], number][]
) {
  Deno.test(`a webhook with "${fragment}" that answers ${statuses[0]} ${statuses.length} times is called ${calls} times, with one idempotency token`, () =>
    withFailingWebhook(statuses, async (url, tokens) => {
      await postToWebhook({
        url: url + fragment,
        token: AUTH_TOKEN,
        form: {},
        idempotencyToken: "once",
      });
      assertEquals(tokens, Array(calls).fill("once"));
    }));
}

Deno.test("a stop ends what is on its way", () =>
  withTwilio(async ({ client, url, webhook, posts, stop }) => {
    for (let i = 0; i < 10; i++) {
      await client.messages.create(text({ statusCallback: `${webhook}/sms-status` }));
    }
    const late = create(url, [["To", "+15005560020"], ["From", OUR_NUMBER], ["Body", "Hi"]])
      .then(() => "answered", () => "dropped");
    await until(async () => (await client.messages.list()).length === 11, "the late one");
    await stop();
    assertEquals([await late, posts.length], ["dropped", 0]);
  }, FOREVER));
