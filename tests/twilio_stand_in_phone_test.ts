import type { PhoneMessage } from "../local/twilio/phone.ts";
import { startTwilio } from "../local/twilio/twilio.ts";
import { assert, assertEquals, assertMatch, rejection } from "./support/assert.ts";
import { AUTH_TOKEN, newPhone, newSid } from "./support/twilio.ts";
import {
  ACCOUNT_SID,
  get,
  isDelivered,
  OUR_NUMBER,
  refusal,
  SERVICE,
  type StandIn,
  text,
  textFrom,
  withTwilio,
} from "./support/twilio_stand_in.ts";
import { until } from "./support/wait.ts";

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
