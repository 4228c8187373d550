import type { MessageListInstanceCreateOptions } from "twilio/lib/rest/api/v2010/account/message.js";
import type { PhoneMessage, TextDelivery } from "../local/twilio/phone.ts";
import { startTwilio } from "../local/twilio/twilio.ts";
import { postToWebhook } from "../local/twilio/webhook.ts";
import { assert, assertEquals, assertMatch, rejection } from "./support/assert.ts";
import { AUTH_TOKEN, newPhone, newSid } from "./support/twilio.ts";
import { assertAnswer } from "./support/twilio_openapi.ts";
import {
  ACCOUNT_SID,
  clientFor,
  OUR_NUMBER,
  type StandIn,
  withTwilio,
} from "./support/twilio_stand_in.ts";
import { until } from "./support/wait.ts";

const SERVICE = `MG${"2".repeat(32)}`;

/** Nothing goes out while a test looks. */
const FOREVER = 10_000;

const messagesUrl = (url: string) => `${url}/2010-04-01/Accounts/${ACCOUNT_SID}/Messages`;
const authorization = `Basic ${btoa(`${ACCOUNT_SID}:${AUTH_TOKEN}`)}`;

/** A text that nothing is wrong with. */
function text(fields: Partial<MessageListInstanceCreateOptions> = {}) {
  return { to: newPhone(), from: OUR_NUMBER, body: "Hello", ...fields };
}

/** The HTTP status and Twilio's code that a call is refused with. */
async function refusal(call: Promise<unknown>): Promise<unknown[]> {
  try {
    await call;
  } catch (error) {
    const { status, code } = error as { status?: number; code?: number | string };
    return [status, code];
  }
  return [];
}

/** Creates a message without the SDK, which does not let everything through. */
async function create(url: string, form: [string, string][], signal?: AbortSignal) {
  const response = await fetch(`${messagesUrl(url)}.json`, {
    method: "POST",
    headers: { authorization },
    body: new URLSearchParams(form),
    signal,
  });
  return { status: response.status, headers: response.headers, json: await response.json() };
}

async function get(url: string) {
  const response = await fetch(url, { headers: { authorization } });
  return await response.json();
}

function statusesOf({ posts }: StandIn, sid: string): string[] {
  return posts.filter(({ form }) => form.MessageSid === sid).map(({ form }) => form.MessageStatus);
}

function isDelivered(standIn: StandIn, sid: string): () => Promise<boolean> {
  return async () => (await standIn.client.messages(sid).fetch()).status === "delivered";
}

Deno.test("a message is queued first, and has no date_sent before it is out", () =>
  withTwilio(async (standIn) => {
    const { client } = standIn;
    const created = await client.messages.create(text({ body: "Hi" }));
    assertMatch(created.sid, /^SM[0-9a-f]{32}$/);
    assertEquals([created.status, created.dateSent, created.from], ["queued", null, OUR_NUMBER]);
    assertEquals([created.direction, created.numMedia, created.price], ["outbound-api", "0", null]);
    await until(isDelivered(standIn, created.sid), "delivery");
    const delivered = await client.messages(created.sid).fetch();
    assert(delivered.dateSent instanceof Date);
    assertEquals(delivered.dateSent.getMilliseconds(), 0);
    assertEquals([delivered.body, delivered.errorCode], ["Hi", null]);
  }));

for (const from of [undefined, OUR_NUMBER]) {
  Deno.test(`with a Messaging Service ${from ? "and a number" : "alone"} the sender is told late`, async () => {
    const to = newPhone();
    const fields = text({ to, from, messagingServiceSid: SERVICE });
    await withTwilio(async ({ client }) => {
      const created = await client.messages.create(fields);
      assertEquals([created.status, created.from, created.dateSent], ["accepted", null, null]);
      assertEquals(await client.messages.list({ from: OUR_NUMBER }), []);
      const found = await client.messages.list({ to });
      assertEquals(found.map(({ sid }) => sid), [created.sid]);
    }, FOREVER);
    await withTwilio(async (standIn) => {
      const { sid } = await standIn.client.messages.create(fields);
      await until(isDelivered(standIn, sid), "delivery");
      const message = await standIn.client.messages(sid).fetch();
      assertEquals([message.from, message.messagingServiceSid], [OUR_NUMBER, SERVICE]);
    });
  });
}

Deno.test("a Messaging Service answers from the number that the recruit has texted", () =>
  withTwilio(async (standIn) => {
    const from = newPhone();
    await textFrom(standIn, { from, to: "+15550100007", body: "Hi" });
    const { sid } = await standIn.client.messages.create(
      text({ to: from, from: undefined, messagingServiceSid: SERVICE }),
    );
    await until(isDelivered(standIn, sid), "delivery");
    assertEquals((await standIn.client.messages(sid).fetch()).from, "+15550100007");
  }));

Deno.test("messages are listed newest first, page by page, also while new ones come", () =>
  withTwilio(async ({ client }) => {
    const to = newPhone();
    const sids: string[] = [];
    for (let i = 0; i < 5; i++) sids.unshift((await client.messages.create(text({ to }))).sid);
    const all = await client.messages.list({ to, pageSize: 2 });
    assertEquals(all.map(({ sid }) => sid), sids);

    const first = await client.messages.page({ to, pageSize: 2 });
    await client.messages.create(text({ to }));
    const second = await first.nextPage();
    assertEquals(second?.instances.map(({ sid }) => sid), sids.slice(2, 4));
    const again = await second?.previousPage();
    assertEquals(again?.instances.map(({ sid }) => sid), sids.slice(0, 2));
    const third = await second?.nextPage();
    assertEquals(third?.instances.map(({ sid }) => sid), sids.slice(4));
    assertEquals(third?.nextPageUrl, undefined);
  }));

Deno.test("a list is filtered by sender, recipient and the time of sending", () =>
  withTwilio(async (standIn) => {
    const { client } = standIn;
    const { sid, to } = await client.messages.create(text());
    await client.messages.create(text({ from: "+15550100009" }));
    await until(isDelivered(standIn, sid), "delivery");
    const sids = async (filter: Parameters<typeof client.messages.list>[0]) =>
      (await client.messages.list(filter)).map((message) => message.sid);
    const dateSent = (await client.messages(sid).fetch()).dateSent;
    const [before, after] = [-1000, 1000].map((ms) => new Date(dateSent.getTime() + ms));

    assertEquals(await sids({ from: OUR_NUMBER }), [sid]);
    assertEquals(await sids({ to }), [sid]);
    assertEquals(await sids({ to, from: "+15550100009" }), []);
    for (const range of [{ dateSent }, { dateSentAfter: dateSent }, { dateSentBefore: dateSent }]) {
      assertEquals(await sids({ to, ...range }), [sid]);
    }
    assertEquals(await sids({ to, dateSentAfter: after }), []);
    assertEquals(await sids({ to, dateSentBefore: before }), []);
    const today = dateSent.toISOString().slice(0, 10);
    const query = new URLSearchParams({ To: to, DateSent: today });
    const { messages } = await get(`${messagesUrl(standIn.url)}.json?${query}`);
    assertEquals(messages.length, 1);
  }));

Deno.test("what has not gone out is in no range of dates", () =>
  withTwilio(async ({ client }) => {
    const { to } = await client.messages.create(text());
    assertEquals((await client.messages.list({ to })).length, 1);
    assertEquals(await client.messages.list({ to, dateSentAfter: new Date(0) }), []);
  }, FOREVER));

Deno.test("a scheduled message can be canceled, one that is on its way cannot", () =>
  withTwilio(async (standIn) => {
    const { client, webhook } = standIn;
    const scheduled = await client.messages.create(text({
      messagingServiceSid: SERVICE,
      scheduleType: "fixed",
      sendAt: new Date(Date.now() + 3600_000),
      statusCallback: `${webhook}/sms-status`,
    }));
    assertEquals(scheduled.status, "scheduled");
    const canceled = await client.messages(scheduled.sid).update({ status: "canceled" });
    assertEquals([canceled.status, canceled.dateSent], ["canceled", null]);
    await until(() => statusesOf(standIn, scheduled.sid).includes("canceled"), "the callback");

    const { sid } = await client.messages.create(text());
    assertEquals(
      await refusal(client.messages(sid).update({ status: "canceled" })),
      [409, 30409],
    );
  }));

Deno.test("a message's text can be emptied, but not changed", () =>
  withTwilio(async ({ client }) => {
    const { sid } = await client.messages.create(text());
    assertEquals((await client.messages(sid).update({ body: "" })).body, "");
    for (const update of [{ body: "Other" }, {}, { body: "", status: "canceled" as const }]) {
      assertEquals(await refusal(client.messages(sid).update(update)), [400, 30400]);
    }
  }));

for (
  const [label, fields, code] of [
    ["a body of 1601 characters", { body: "x".repeat(1601) }, 21617],
    ["neither body nor media", { body: undefined }, 21602],
    ["an empty body", { body: "" }, 21602],
    ["no sender", { from: undefined }, 21603],
    ["an empty recipient", { to: "" }, 21604],
    ["a recipient that is no number", { to: "5550100001" }, 21211],
    ["a sender that is no number", { from: "+1555" }, 21212],
    ["a recipient on another channel", { to: "whatsapp:+15550100001" }, 21910],
    ["a text to itself", { to: OUR_NUMBER }, 21266],
    ["eleven media", { mediaUrl: Array(11).fill("https://example.com/a.jpg") }, 21623],
    ["a callback that is no URL", { statusCallback: "example" }, 21609],
    ["a callback whose host has an underscore", { statusCallback: "http://a_b.example/" }, 21609],
    ["a Messaging Service that is none", { messagingServiceSid: "MG1" }, 20001],
    ["a schedule for now", {
      messagingServiceSid: SERVICE,
      scheduleType: "fixed",
      sendAt: new Date(),
    }, 35114],
    // Twilio's magic numbers, https://www.twilio.com/docs/iam/test-credentials
    ["a sender that Twilio calls invalid", { from: "+15005550001" }, 21212],
    ["a sender that is not ours", { from: "+15005550007" }, 21606],
    ["a sender whose queue is full", { from: "+15005550008" }, 21611],
    ["a recipient that Twilio calls invalid", { to: "+15005550001" }, 21211],
    ["a recipient that cannot be routed", { to: "+15005550002" }, 21612],
    ["a recipient abroad", { to: "+15005550003" }, 21408],
    ["a recipient who has opted out", { to: "+15005550004" }, 21610],
    ["a recipient without a mobile", { to: "+15005550009" }, 21614],
    ["one of many such recipients", { to: "+150055500041234" }, 21610],
    ["the project's own", { to: "+15005564000" }, 21211],
  ] as [string, Partial<MessageListInstanceCreateOptions>, number][]
) {
  Deno.test(`${label} is refused with ${code}`, () =>
    withTwilio(async ({ client }) => {
      assertEquals(await refusal(client.messages.create(text(fields))), [400, code]);
      assertEquals(await client.messages.list(), []);
    }));
}

Deno.test("a refusal reads as Twilio's", () =>
  withTwilio(async ({ url }) => {
    const { status, json } = await create(url, [["From", OUR_NUMBER], ["Body", "Hi"]]);
    assertEquals(status, 400);
    assertEquals(json, {
      code: 21604,
      message: "A 'To' phone number is required",
      more_info: "https://www.twilio.com/docs/errors/21604",
      status: 400,
    });
  }));

Deno.test("a parameter that Twilio does not know is named", () =>
  withTwilio(async ({ url }) => {
    const form: [string, string][] = [["To", newPhone()], ["From", OUR_NUMBER], ["Body", "Hi"]];
    const { status, json } = await create(url, [...form, ["StatusCalback", "https://example.com"]]);
    assertEquals([status, json.code], [400, 20001]);
    assertMatch(json.message, /There is no parameter "StatusCalback"/);
    const twice = await create(url, [...form, ["To", newPhone()]]);
    assertEquals([twice.status, twice.json.code], [400, 20001]);
    const { code } = await get(`${messagesUrl(url)}.json?PageSize=1001`);
    assertEquals(code, 20001);
  }));

Deno.test("several media come as a repeated parameter", () =>
  withTwilio(async ({ client }) => {
    const mediaUrl = ["https://example.com/a.jpg", "https://example.com/b.jpg"];
    const { sid, numMedia } = await client.messages.create(text({ body: undefined, mediaUrl }));
    assertEquals([sid.slice(0, 2), numMedia], ["MM", "2"]);
    assertEquals((await client.messages.create(text({ mediaUrl: [mediaUrl[0]] }))).numMedia, "1");
  }));

for (
  const [body, segments] of [
    ["x".repeat(160), "1"],
    ["x".repeat(161), "2"],
    ["ñé".repeat(80), "1"],
    ["ł".repeat(71), "2"],
    ["x".repeat(1600), "11"],
  ]
) {
  Deno.test(`${body.length} times ${body[0]} are ${segments} segments`, () =>
    withTwilio(async ({ client }) => {
      assertEquals((await client.messages.create(text({ body }))).numSegments, segments);
    }));
}

for (const channel of ["whatsapp", "rcs", "messenger"]) {
  Deno.test(`messages go out on ${channel}`, () =>
    withTwilio(async (standIn) => {
      const [to, from] = [`${channel}:${newPhone()}`, `${channel}:+15550100000`];
      const statusCallback = `${standIn.webhook}/sms-status`;
      const { sid } = await standIn.client.messages.create(text({ to, from, statusCallback }));
      await until(isDelivered(standIn, sid), "delivery");
      assertEquals((await standIn.client.messages.list({ to, from })).length, 1);
      await until(() => standIn.posts.length > 0, "a callback");
      assertEquals(standIn.posts[0].form.ChannelPrefix, channel);
    }));
}

Deno.test("only the account and its API key get in", () =>
  withTwilio(async ({ url }) => {
    const wrong = clientFor(url, ACCOUNT_SID, "wrong").messages.list();
    assertEquals(await refusal(wrong), [401, 20003]);
    const key = clientFor(url, `SK${"1".repeat(32)}`, "an-api-key-secret");
    assertEquals(await key.messages.list(), []);
    const other = `${url}/2010-04-01/Accounts/AC${"9".repeat(32)}/Messages.json`;
    assertEquals((await get(other)).code, 20404);
    assertEquals(await refusal(key.messages(newSid()).fetch()), [404, 20404]);
    assertEquals(await refusal(key.messages(newSid()).remove()), [404, 20404]);
  }));

Deno.test("with a file for it, the log outlives the process: messages, opt-outs and what is on its way", async () => {
  const folder = await Deno.makeTempDir();
  const logFile = `${folder}/twilio.jsonl`;
  const [recruit, stopped] = [newPhone(), newPhone()];
  try {
    let sid = "";
    await withTwilio(
      async (standIn) => {
        ({ sid } = await standIn.client.messages.create(text({ to: recruit })));
        await textFrom(standIn, { from: stopped, to: OUR_NUMBER, body: "STOP" });
      },
      FOREVER,
      logFile,
    );
    await Deno.writeTextFile(logFile, '{"sid":"SM', { append: true });
    await withTwilio(
      async ({ client }) => {
        await until(
          async () => (await client.messages(sid).fetch()).status === "delivered",
          "the delivery",
        );
        const refused = client.messages.create(text({ to: stopped }));
        assertEquals(await refusal(refused), [400, 21610]);
      },
      0.01,
      logFile,
    );
    await withTwilio(
      async ({ client }) => {
        assertEquals((await client.messages.list({ to: recruit })).map(({ sid }) => sid), [sid]);
      },
      0.01,
      logFile,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("an account without a token lets nobody in", async () => {
  const twilio = await startTwilio({
    accountSid: ACCOUNT_SID,
    authToken: "",
    signingToken: "",
    port: 0,
    webhookUrl: "http://127.0.0.1:9/",
  });
  const response = await fetch(`${messagesUrl(twilio.url)}.json`, {
    headers: { authorization: `Basic ${btoa(`${ACCOUNT_SID}:`)}` },
  });
  assertEquals([response.status, (await response.json()).code], [401, 20003]);
  await twilio.stop();
});

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
      assert(message.errorMessage);
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
    assert(standIn.posts.every(({ isSigned, path }) => isSigned && path === "/sms-status"));
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

Deno.test("a callback that nobody takes does not hold a message up", () =>
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

Deno.test("every answer is as Twilio's document says", () =>
  withTwilio(async (standIn) => {
    const { client, url } = standIn;
    await textFrom(standIn, { from: newPhone(), to: OUR_NUMBER, body: "Hi" });
    await client.messages.create(text({ to: "+15005563003" }));
    await client.messages.create(text({ messagingServiceSid: SERVICE }));
    const form: [string, string][] = [["To", newPhone()], ["From", OUR_NUMBER], ["Body", "Hi"]];
    const { status, json } = await create(url, form);
    assertEquals(status, 201);
    assertAnswer("message", json);
    for (const query of ["", "?PageSize=2", "?PageSize=2&Page=1", "?To=%2B15550100009"]) {
      const page = await get(`${messagesUrl(url)}.json${query}`);
      assertAnswer("list", page);
      for (const message of page.messages) assertAnswer("message", message);
    }
    await until(isDelivered(standIn, json.sid), "delivery");
    assertAnswer("message", await get(`${messagesUrl(url)}/${json.sid}.json`));
  }));

/** Texts from a recruit's phone. */
async function textFrom({ url }: StandIn, fields: Record<string, unknown>): Promise<TextDelivery> {
  const response = await fetch(`${url}/phone/texts`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(fields),
  });
  const json = await response.json();
  if (!response.ok) throw new Error(`${response.status} ${json.message}`);
  return json;
}

async function thread({ url }: StandIn, phone: string): Promise<PhoneMessage[]> {
  return await get(`${url}/phone/messages?${new URLSearchParams({ phone })}`);
}

Deno.test("a text from the phone is posted, signed, and stays in the log", () =>
  withTwilio(async (standIn) => {
    const from = `whatsapp:${newPhone()}`;
    const media = [{ url: "https://example.com/cv.jpg", content_type: "image/jpeg" }];
    const text = { from, to: "whatsapp:+15550100000", body: "My CV", media };
    const { message_sid, status, content_type, body } = await textFrom(standIn, text);
    assertEquals([status, content_type, body], [200, "application/json", '{"status":"received"}']);
    const [{ form, path, isSigned }] = standIn.posts;
    assertEquals([path, isSigned], ["/sms-inbound", true]);
    assertEquals([form.From, form.Body, form.NumMedia, form.MediaUrl0, form.MediaContentType0], [
      from,
      "My CV",
      "1",
      "https://example.com/cv.jpg",
      "image/jpeg",
    ]);
    const message = await standIn.client.messages(message_sid).fetch();
    assertEquals([message.status, message.direction], ["received", "inbound"]);
    assert(message.dateSent);
  }));

Deno.test("a text that is repeated is posted again, and kept once", () =>
  withTwilio(async (standIn) => {
    const text = { from: newPhone(), to: OUR_NUMBER, body: "Hi", message_sid: newSid() };
    await textFrom(standIn, text);
    await textFrom(standIn, text);
    assertEquals((await thread(standIn, text.from)).length, 1);
    const tokens = standIn.posts.map(({ headers }) => headers.get("i-twilio-idempotency-token"));
    assertEquals([tokens.length, tokens[0]], [2, tokens[1]]);
  }));

Deno.test("the phone shows its thread, oldest first", () =>
  withTwilio(async (standIn) => {
    const phone = newPhone();
    await textFrom(standIn, { from: phone, to: OUR_NUMBER, body: "one" });
    const { sid } = await standIn.client.messages.create(text({ to: phone, body: "two" }));
    await standIn.client.messages.create(text());
    await until(isDelivered(standIn, sid), "delivery");
    const messages = await thread(standIn, phone);
    assertEquals(
      messages.map(({ body, direction, status, error_code }) => [
        body,
        direction,
        status,
        error_code,
      ]),
      [["one", "inbound", "received", null], ["two", "outbound-api", "delivered", null]],
    );
    assertEquals(Object.keys(messages[0]).sort(), [
      "body",
      "date_created",
      "direction",
      "error_code",
      "from",
      "media",
      "sid",
      "status",
      "to",
    ]);
  }));

Deno.test("pages of this machine may use the phone, others may not", () =>
  withTwilio(async ({ url }) => {
    for (
      const [origin, allowed] of [
        ["http://127.0.0.1:54331", "http://127.0.0.1:54331"],
        ["http://localhost", "http://localhost"],
        ["https://example.com", null],
        ["http://127.0.0.1.example.com", null],
      ] as const
    ) {
      const preflight = await fetch(`${url}/phone/texts`, {
        method: "OPTIONS",
        headers: { origin },
      });
      assertEquals(preflight.headers.get("access-control-allow-origin"), allowed);
      const answer = await fetch(`${url}/phone/messages?phone=x`, { headers: { origin } });
      assertEquals(answer.headers.get("access-control-allow-origin"), allowed);
      await answer.body?.cancel();
    }
    const plain = await fetch(`${url}/phone/texts`, { method: "POST", body: "{}" });
    assertEquals(plain.status, 415);
    await plain.body?.cancel();
  }));

for (
  const [fields, message] of [
    [{ to: OUR_NUMBER, body: "Hi" }, /400 from: Required/],
    [{ from: newPhone(), to: OUR_NUMBER, body: "Hi", sid: "SM1" }, /400 .*Unrecognized key/],
    [{ from: newPhone(), to: OUR_NUMBER, body: "Hi", message_sid: "?" }, /400 message_sid/],
    [{ from: newPhone(), to: OUR_NUMBER, body: "Hi", media: [{ url: "x" }] }, /400 media\.0\.url/],
  ] as const
) {
  Deno.test(`a text ${JSON.stringify(Object.keys(fields))} is refused with ${message}`, () =>
    withTwilio(async (standIn) => {
      assertMatch(await rejection(textFrom(standIn, fields)), message);
    }));
}

Deno.test("a webhook that is not there is named", async () => {
  const { url, stop } = await startTwilio({
    accountSid: ACCOUNT_SID,
    authToken: AUTH_TOKEN,
    signingToken: AUTH_TOKEN,
    port: 0,
    webhookUrl: "http://127.0.0.1:9/sms-inbound",
  });
  const response = await fetch(`${url}/phone/texts`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ from: newPhone(), to: OUR_NUMBER, body: "Hi" }),
  });
  assertEquals(response.status, 502);
  assertMatch((await response.json()).message, /Nothing answers at http:\/\/127\.0\.0\.1:9\//);
  await stop();
});

/** What Twilio has answered to a recruit by itself. */
async function replies(standIn: StandIn, phone: string): Promise<number> {
  const messages = await thread(standIn, phone);
  return messages.filter(({ direction }) => direction === "outbound-reply").length;
}

for (
  const word of ["STOP", "unsubscribe", "End", "QUIT", "stopall", "Revoke", "optout", "CANCEL"]
) {
  Deno.test(`${word} is answered, and nothing more can be sent until START`, () =>
    withTwilio(async (standIn) => {
      const phone = newPhone();
      const say = (body: string) => textFrom(standIn, { from: phone, to: OUR_NUMBER, body });
      const send = (from: string) => standIn.client.messages.create(text({ to: phone, from }));
      await say(word);
      await say(word);
      assertEquals(await replies(standIn, phone), 1);
      assertEquals(await refusal(send(OUR_NUMBER)), [400, 21610]);
      assertEquals((await send("+15550100009")).status, "queued");
      await say("START");
      assertEquals(await replies(standIn, phone), 2);
      assertEquals((await send(OUR_NUMBER)).status, "queued");
      assertEquals(standIn.posts.length, 3);
    }));
}

Deno.test("YES opts in only who is out; HELP and START are always answered; the rest is text", () =>
  withTwilio(async (standIn) => {
    const phone = newPhone();
    const say = async (body: string) => {
      await textFrom(standIn, { from: phone, to: OUR_NUMBER, body });
      return await replies(standIn, phone);
    };
    assertEquals(await say("yes"), 0);
    assertEquals(await say("stop it"), 0);
    assertEquals(await say("Help"), 1);
    assertEquals(await say(" info "), 2);
    assertEquals(await say("unstop"), 3);
    assertEquals(await say("STOP"), 4);
    assertEquals(await say("Yes"), 5);
    assertEquals((await standIn.client.messages.create(text({ to: phone }))).status, "queued");
    const { form } = standIn.posts[standIn.posts.length - 1];
    assertEquals(form.OptOutType, undefined);
  }));

Deno.test("an opt-out holds for all numbers of a Messaging Service", () =>
  withTwilio(async (standIn) => {
    const phone = newPhone();
    const send = (from?: string) =>
      standIn.client.messages.create(text({ to: phone, from, messagingServiceSid: SERVICE }));
    await send("+15550100001");
    await send("+15550100002");
    await textFrom(standIn, { from: phone, to: "+15550100001", body: "STOP" });
    for (const from of ["+15550100001", "+15550100002", undefined]) {
      assertEquals(await refusal(send(from)), [400, 21610]);
    }
    await textFrom(standIn, { from: phone, to: "+15550100002", body: "START" });
    for (const from of ["+15550100001", "+15550100002"]) {
      assertEquals((await send(from)).status, "accepted");
    }
  }));

Deno.test("on WhatsApp the keywords are left to us", () =>
  withTwilio(async (standIn) => {
    const [from, to] = [`whatsapp:${newPhone()}`, "whatsapp:+15550100000"];
    await textFrom(standIn, { from, to, body: "STOP" });
    assertEquals(await replies(standIn, from), 0);
    const sent = await standIn.client.messages.create(text({ to: from, from: to }));
    assertEquals(sent.status, "queued");
  }));
