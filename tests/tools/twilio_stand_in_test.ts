import type { MessageListInstanceCreateOptions } from "twilio/lib/rest/api/v2010/account/message.js";
import { startTwilio } from "../../local/stand_ins/twilio/twilio.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { newPhone, newSid } from "../support/twilio.ts";
import { assertAnswer } from "../support/twilio_openapi.ts";
import {
  ACCOUNT_SID,
  clientFor,
  create,
  FOREVER,
  get,
  isDelivered,
  messagesUrl,
  OUR_NUMBER,
  refusal,
  SERVICE,
  statusesOf,
  text,
  textFrom,
  withTwilio,
} from "../support/twilio_stand_in.ts";
import { until } from "../support/wait.ts";

Deno.test("a message is queued first, and has no date_sent before it is out", () =>
  withTwilio(async (standIn) => {
    const { client } = standIn;
    const created = await client.messages.create(text({ body: "Hi" }));
    assertMatch(created.sid, /^SM[0-9a-f]{32}$/);
    assertEquals([created.status, created.dateSent, created.from], ["queued", null, OUR_NUMBER]);
    assertEquals([created.direction, created.numMedia, created.price], ["outbound-api", "0", null]);
    await until(isDelivered(standIn, created.sid), "delivery");
    const delivered = await client.messages(created.sid).fetch();
    assert(delivered.dateSent instanceof Date, `date_sent is ${delivered.dateSent}`);
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

Deno.test("an account without a token lets no caller in", async () => {
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
