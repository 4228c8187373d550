import type { PhoneMessage } from "../../local/stand_ins/twilio/phone.ts";
import { startTwilio } from "../../local/stand_ins/twilio/twilio.ts";
import { assert, assertEquals, assertMatch, rejection } from "../support/assert.ts";
import { AUTH_TOKEN, newPhone, newSid } from "../support/twilio.ts";
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
} from "../support/twilio_stand_in.ts";
import { until } from "../support/wait.ts";

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
    assertEquals([form.From, form.Body, form.NumMedia, form.MediaContentType0], [
      from,
      "My CV",
      "1",
      "image/jpeg",
    ]);
    assert(form.MediaUrl0.startsWith("https://api.twilio.com/"), form.MediaUrl0);
    const message = await standIn.client.messages(message_sid).fetch();
    assertEquals([message.status, message.direction], ["received", "inbound"]);
    assert(message.dateSent, `date_sent is ${message.dateSent}`);
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
      "metadata",
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

const ON_WHATSAPP = { from: `whatsapp:${newPhone()}`, to: `whatsapp:${OUR_NUMBER}` };

/** The fields of the form that a text is posted with, without those that every text has. */
async function formOf(standIn: StandIn, text: Record<string, unknown>) {
  await textFrom(standIn, text);
  const { form, isSigned } = standIn.posts[standIn.posts.length - 1];
  assertEquals(isSigned, true);
  const everywhere = /^(From|To|.*Country|.*Sid|SmsStatus|NumSegments|NumMedia|ApiVersion)$/;
  return Object.fromEntries(
    Object.entries(form).filter(([name]) =>
      !everywhere.test(name) || name === "OriginalRepliedMessageSid"
    ),
  );
}

Deno.test("a text on WhatsApp is posted with what WhatsApp knows of its sender", () =>
  withTwilio(async (standIn) => {
    const from = "whatsapp:+15550100004";
    const text = { ...ON_WHATSAPP, from, body: "Hola", profile_name: "Zoë" };
    const context = { ProfileName: "Zoë", WaId: "15550100004" };
    assertEquals(await formOf(standIn, text), {
      Body: "Hola",
      MessageType: "text",
      ...context,
      ReferralNumMedia: "0",
      ChannelMetadata: JSON.stringify({ type: "whatsapp", data: { context } }),
    });
    const [{ form }] = standIn.posts;
    assertEquals([form.FromCountry, form.ToCountry], [undefined, undefined]);
    const withoutPhone = await formOf(standIn, { ...text, from: "whatsapp:US.1234abcd" });
    assertEquals([withoutPhone.WaId, withoutPhone.ProfileName], [undefined, "Zoë"]);
  }));

Deno.test("a location is posted with an empty body, and the phone shows it", () =>
  withTwilio(async (standIn) => {
    const place = { label: "The depot", address: "12 Example Street, Denver" };
    const location = { latitude: 39.7392, longitude: -104.9903, ...place };
    const form = await formOf(standIn, { ...ON_WHATSAPP, location });
    const { Body, MessageType, Latitude, Longitude, Label, Address } = form;
    assertEquals({ Body, MessageType, Latitude, Longitude, Label, Address }, {
      Body: "",
      MessageType: "location",
      Latitude: "39.7392",
      Longitude: "-104.9903",
      Label: place.label,
      Address: place.address,
    });
    const shown = (await thread(standIn, ON_WHATSAPP.from)).at(-1);
    assertEquals([shown?.body, shown?.metadata?.Latitude], ["", "39.7392"]);
    const bare = await formOf(standIn, { ...ON_WHATSAPP, location: { latitude: 0, longitude: 1 } });
    assertEquals([bare.Latitude, "Label" in bare, "Address" in bare], ["0", false, false]);
  }));

Deno.test("a button is posted with its text as the body, and names the message that it belongs to", () =>
  withTwilio(async (standIn) => {
    const { from, to } = { ...ON_WHATSAPP, from: `whatsapp:${newPhone()}` };
    const press = async (button: Record<string, string>) => {
      const form = await formOf(standIn, { from, to, button });
      return [form.Body, form.ButtonText, form.ButtonPayload, form.OriginalRepliedMessageSid];
    };
    assertEquals(await press({ text: "Days" }), ["Days", "Days", "Days", undefined]);
    const send = async () =>
      (await standIn.client.messages.create(text({ to: from, from: to }))).sid;
    const [older, newer] = [await send(), await send()];
    const days = { text: "Days", payload: "shift:days" };
    assertEquals(await press(days), ["Days", "Days", "shift:days", newer]);
    assertEquals((await press({ ...days, replies_to: older })).at(-1), older);
    const repeated = { from, to, button: days, message_sid: newSid() };
    assertEquals((await formOf(standIn, repeated)).OriginalRepliedMessageSid, newer);
    await send();
    assertEquals((await formOf(standIn, repeated)).OriginalRepliedMessageSid, newer);
  }));

Deno.test("a reaction on SMS is a text that quotes ours, as an iPhone sends it", () =>
  withTwilio(async (standIn) => {
    const sms = { from: newPhone(), to: OUR_NUMBER };
    const react = (reaction: Record<string, string>) => formOf(standIn, { ...sms, reaction });
    assertEquals(await react({ quoted: "Days or nights?" }), { Body: "Loved “Days or nights?”" });
    assertEquals(await react({ kind: "Laughed at", quoted: "Hi" }), { Body: "Laughed at “Hi”" });
    assertEquals((await thread(standIn, sms.from)).map(({ metadata }) => metadata), [null, null]);
  }));

Deno.test("OptOutType is posted only where it is set, and Twilio acts on it", () =>
  withTwilio(async (standIn) => {
    const sms = { from: newPhone(), to: OUR_NUMBER };
    const stop = { ...sms, body: "no more of this", opt_out_type: "STOP" };
    assertEquals(await formOf(standIn, { ...sms, body: "Hi" }), { Body: "Hi" });
    assertEquals(await formOf(standIn, stop), { Body: "no more of this", OptOutType: "STOP" });
    assertEquals(await replies(standIn, sms.from), 1);
    assertEquals(await refusal(standIn.client.messages.create(text({ to: sms.from }))), [
      400,
      21610,
    ]);
  }));

Deno.test("a log that outlives the stand-in holds locations and Advanced Opt-Out's verdicts", async () => {
  const logFile = await Deno.makeTempFile();
  const sms = { from: newPhone(), to: OUR_NUMBER };
  await withTwilio(
    async (standIn) => {
      await textFrom(standIn, { ...ON_WHATSAPP, location: { latitude: 1, longitude: 2 } });
      await textFrom(standIn, { ...sms, body: "no more of this", opt_out_type: "STOP" });
    },
    undefined,
    logFile,
  );
  await withTwilio(
    async (standIn) => {
      const shown = (await thread(standIn, ON_WHATSAPP.from)).at(-1);
      assertEquals(shown?.metadata?.Longitude, "2");
      assertEquals(await refusal(standIn.client.messages.create(text({ to: sms.from }))), [
        400,
        21610,
      ]);
    },
    undefined,
    logFile,
  );
  await Deno.remove(logFile);
});

const HERE = { latitude: 39.7392, longitude: -104.9903 };

for (
  const [fields, message] of [
    [{ to: OUR_NUMBER, body: "Hi" }, /400 from: Required/],
    [{ from: newPhone(), to: OUR_NUMBER, body: "Hi", sid: "SM1" }, /400 .*Unrecognized key/],
    [{ from: newPhone(), to: OUR_NUMBER, body: "Hi", message_sid: "?" }, /400 message_sid/],
    [{ from: newPhone(), to: OUR_NUMBER, body: "Hi", media: [{ url: "x" }] }, /400 media\.0\.url/],
    [{ from: newPhone(), to: OUR_NUMBER, location: HERE }, /400 location: SMS does not have it/],
    [{ from: newPhone(), to: OUR_NUMBER, button: { text: "x" } }, /400 button: SMS does not/],
    [
      { from: newPhone(), to: OUR_NUMBER, body: "Hi", profile_name: "Zoë" },
      /400 profile_name: SMS/,
    ],
    [{ ...ON_WHATSAPP, reaction: { quoted: "Hi" } }, /400 reaction: .* on SMS only/],
    [{ ...ON_WHATSAPP, body: "Hi", location: HERE }, /400 The text: Only one of these/],
    [{ ...ON_WHATSAPP, location: { ...HERE, latitude: 91 } }, /400 location\.latitude/],
    [
      { from: newPhone(), to: OUR_NUMBER, reaction: { kind: "Hated", quoted: "Hi" } },
      /400 reaction/,
    ],
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
