/** Where the stand-in posts texts and calls, by the settings of the account's senders. */
import type { Twilio } from "twilio";
import { validateRequest } from "twilio/lib/webhooks/webhooks.js";
import { assert, assertEquals } from "../support/assert.ts";
import { setAccountState } from "../support/account_state.ts";
import { withEvents } from "../support/events_receiver.ts";
import { AUTH_TOKEN, newPhone } from "../support/twilio.ts";
import { clientWith, withAccount, writeSender } from "../support/twilio_account.ts";
import { textFrom, textOrLose } from "../support/twilio_stand_in.ts";

const NUMBER = "+15550100010";

/** A stand-in, and the paths that it has posted to since the last look. */
interface Routes {
  url: string;
  /** The base URL of the receiver. */
  webhooks: string;
  client: Twilio;
  /** The SID of a number that nothing is set of. */
  sid: string;
  /** Texts the number, or another sender. @returns The paths that were posted to, in order. */
  text(to?: string): Promise<string[]>;
  /** Calls the number. @returns The status, and the paths that were posted to. */
  call(): Promise<[status: number, ...paths: string[]]>;
  forms: Record<string, string>[];
}

/** Runs a test. @param failing The paths that answer 500. */
function withRoutes(
  use: (routes: Routes) => Promise<void>,
  failing: string[] = [],
): Promise<void> {
  const paths: string[] = [];
  const forms: Record<string, string>[] = [];
  return withEvents(
    async (standIn) => {
      const { url } = standIn;
      const client = clientWith(url);
      const { sid } = await client.incomingPhoneNumbers.create({ phoneNumber: NUMBER });
      await use({
        url,
        webhooks: standIn.receiver.url,
        client,
        sid,
        forms,
        text: async (to = NUMBER) => {
          const from = to.startsWith("whatsapp:") ? `whatsapp:${newPhone()}` : newPhone();
          await textOrLose(standIn, { from, to, body: "Hi" });
          return paths.splice(0);
        },
        call: async () => {
          const response = await fetch(`${url}/phone/calls`, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ from: newPhone(), to: NUMBER }),
          });
          await response.body?.cancel();
          return [response.status, ...paths.splice(0)];
        },
      });
    },
    ({ form }, path) => {
      // What the debugger posts is of no interest here.
      if (form.Level === undefined) {
        paths.push(path);
        forms.push(form);
      }
      return new Response("<Response/>", {
        status: failing.includes(path) ? 500 : 200,
        headers: { "Content-Type": "text/xml" },
      });
    },
  );
}

Deno.test("a text to a number goes to its SmsUrl; without one it is in the log alone", () =>
  withRoutes(async ({ client, sid, webhooks, text }) => {
    assertEquals(await text(), []);
    assertEquals((await client.messages.list({ to: NUMBER })).length, 1);
    await client.incomingPhoneNumbers(sid).update({ smsUrl: `${webhooks}/of-number` });
    assertEquals(await text(), ["/of-number"]);
    // A number that the account does not have goes to the stand-in's own webhook.
    assertEquals(await text("+15550100099"), ["/sms-inbound"]);
  }));

Deno.test("a text to a number with a TwiML application goes to no webhook of ours", () =>
  withRoutes(async ({ client, sid, webhooks, text }) => {
    await client.incomingPhoneNumbers(sid).update({
      smsUrl: `${webhooks}/of-number`,
      smsApplicationSid: `AP${"1".repeat(32)}`,
    });
    assertEquals(await text(), []);
    assertEquals((await client.messages.list({ to: NUMBER })).length, 1);
  }));

Deno.test("a service takes its numbers' texts, unless it defers to the number", () =>
  withRoutes(async ({ client, sid, webhooks, text }) => {
    await client.incomingPhoneNumbers(sid).update({ smsUrl: `${webhooks}/of-number` });
    const { services } = client.messaging.v1;
    const { sid: serviceSid } = await services.create({ friendlyName: "Recruiting" });
    const service = services(serviceSid);
    await service.phoneNumbers.create({ phoneNumberSid: sid });
    // Without a URL of the service the text is not even logged.
    assertEquals(await text(), []);
    assertEquals(await client.messages.list({ to: NUMBER }), []);
    await service.update({ inboundRequestUrl: `${webhooks}/of-service` });
    assertEquals(await text(), ["/of-service"]);
    await service.update({ useInboundWebhookOnNumber: true });
    assertEquals(await text(), ["/of-number"]);
    await service.update({ useInboundWebhookOnNumber: false });
    await service.phoneNumbers(sid).remove();
    assertEquals(await text(), ["/of-number"]);
  }));

Deno.test("a text to a WhatsApp sender goes to its callback_url", () =>
  withRoutes(async ({ client, url, webhooks, text }) => {
    const sender = "whatsapp:+15550100019";
    const { json: { sid } } = await writeSender({ client, url }, { sender_id: sender });
    assertEquals(await text(sender), []);
    const webhook = { callback_url: `${webhooks}/of-sender` };
    await writeSender({ client, url }, { webhook }, sid);
    assertEquals(await text(sender), ["/of-sender"]);
  }));

Deno.test("when a webhook fails, the fallback URL gets the form with the error", () =>
  withRoutes(async ({ client, sid, webhooks, text, forms }) => {
    await client.incomingPhoneNumbers(sid).update({
      smsUrl: `${webhooks}/broken#rc=1&rp=5xx`,
      smsFallbackUrl: `${webhooks}/fallback`,
    });
    assertEquals(await text(), ["/broken", "/broken", "/fallback"]);
    const [first, , fallback] = forms;
    assertEquals(fallback, { ...first, ErrorCode: "11200", ErrorUrl: `${webhooks}/broken` });
    const [alert, ...others] = await client.monitor.v1.alerts.list();
    assertEquals([alert.requestUrl, others], [`${webhooks}/broken`, []]);
  }, ["/broken"]));

Deno.test("a fallback URL that fails, too, is a second alert", () =>
  withRoutes(async (routes) => {
    const { client, sid, webhooks } = routes;
    await client.incomingPhoneNumbers(sid).update({
      smsUrl: `${webhooks}/broken`,
      smsFallbackUrl: `${webhooks}/fallback`,
    });
    const { status } = await textFrom(routes, { from: newPhone(), to: NUMBER, body: "Hi" });
    assertEquals(status, 500);
    assertEquals(
      (await client.monitor.v1.alerts.list()).map(({ requestUrl }) => requestUrl),
      [`${webhooks}/fallback`, `${webhooks}/broken`],
    );
  }, ["/broken", "/fallback"]));

Deno.test("with the method GET the form is in the query, which the signature covers", () =>
  withAccount(async ({ client, url }) => {
    const requests: Pick<Request, "method" | "url" | "headers">[] = [];
    const receiver = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => {
        const { method, url, headers } = request;
        requests.push({ method, url, headers: new Headers(headers) });
        return new Response(null, { status: 405 });
      },
    );
    await using _ = receiver;
    const smsUrl = `http://127.0.0.1:${receiver.addr.port}/sms-inbound?a=1#rc=0`;
    await client.incomingPhoneNumbers.create({ phoneNumber: NUMBER, smsUrl, smsMethod: "GET" });
    await textFrom({ url }, { from: newPhone(), to: NUMBER, body: "Hi" });
    const [{ method, url: called, headers }] = requests;
    assertEquals([method, new URL(called).searchParams.get("Body")], ["GET", "Hi"]);
    const signature = headers.get("x-twilio-signature") ?? "";
    assert(
      validateRequest(AUTH_TOKEN, signature, called, {}),
      `the signature is not that of ${called}`,
    );
    const [{ requestMethod, requestUrl }] = await client.monitor.v1.alerts.list();
    assertEquals([requestMethod, requestUrl], ["GET", smsUrl.split("#")[0]]);
  }));

Deno.test("a call goes to the number's VoiceUrl, its fallback and its status callback", () =>
  withRoutes(async ({ client, url, sid, webhooks, call }) => {
    const number = client.incomingPhoneNumbers(sid);
    assertEquals(await call(), [409]);
    await number.update({ voiceUrl: `${webhooks}/voice` });
    assertEquals(await call(), [200, "/voice"]);
    await number.update({ statusCallback: `${webhooks}/call-status` });
    assertEquals(await call(), [200, "/voice", "/call-status"]);
    await number.update({
      voiceUrl: `${webhooks}/broken`,
      voiceFallbackUrl: `${webhooks}/fallback`,
    });
    assertEquals(await call(), [200, "/broken", "/fallback", "/call-status"]);
    await number.update({ voiceApplicationSid: `AP${"1".repeat(32)}` });
    assertEquals(await call(), [409]);
    await number.update({ voiceApplicationSid: "" });
    await setAccountState(url, {
      numbers: [{ phone_number: NUMBER, capabilities: { voice: false } }],
    });
    assertEquals(await call(), [409]);
  }, ["/broken"]));

Deno.test("the account of the local stack has the seeded senders, which call the functions", () =>
  withEvents(
    async ({ url }) => {
      const functions = "http://127.0.0.1:54321/functions/v1";
      const client = clientWith(url);
      const [number] = await client.incomingPhoneNumbers.list();
      assertEquals(number.phoneNumber, "+15550100000");
      assert(number.smsUrl.startsWith(`${functions}/sms-inbound#rc=3`), number.smsUrl);
      assert(number.voiceUrl.startsWith(`${functions}/twilio-events#rc=3`), number.voiceUrl);
      const [service] = await client.messaging.v1.services.list();
      const { phoneNumbers, usAppToPerson } = client.messaging.v1.services(service.sid);
      assertEquals((await phoneNumbers.list()).map(({ sid }) => sid), [number.sid]);
      assertEquals((await usAppToPerson.list()).map((item) => item.campaignStatus), ["VERIFIED"]);
      const [sender] = await client.messaging.v2.channelsSenders.list({ channel: "whatsapp" });
      assertEquals([sender.senderId, sender.status], ["whatsapp:+15550100009", "ONLINE"]);
      const { callbackUrl } = sender.webhook;
      assert(callbackUrl?.startsWith(`${functions}/sms-inbound#rc=3`), `${callbackUrl}`);
    },
    undefined,
    { functionsUrl: "http://127.0.0.1:54321/functions/v1" },
  ));
