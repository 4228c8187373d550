import { assert, assertEquals } from "../support/assert.ts";
import { newPhone } from "../support/twilio.ts";
import { OUR_NUMBER, text, textFrom } from "../support/twilio_stand_in.ts";
import {
  assertEvent,
  debuggerPayload,
  type EventsPost,
  type EventsStandIn,
  eventStreams,
  withEvents,
} from "../support/events_receiver.ts";
import { until } from "../support/wait.ts";

const XML = { headers: { "Content-Type": "text/xml" } };
const JSON_ANSWER = { headers: { "Content-Type": "application/json" } };

/** The debugger's posts. */
function entries({ receiver }: EventsStandIn): EventsPost[] {
  return receiver.posts.filter(({ form }) => form.Sid !== undefined);
}

/** Answers a text with this, and everything else with 200. */
function textAnswer(answer: () => Response) {
  return ({ form }: EventsPost) => form.Body === undefined ? new Response() : answer();
}

for (
  const [label, answer, code] of [
    ["is answered 500", () => new Response("Oops", { status: 500 }), "11200"],
    ["is answered 404", () => new Response(null, { status: 404 }), "11200"],
    ["is redirected", () => new Response(null, { status: 302 }), "11200"],
    ["is answered with JSON", () => new Response("{}", JSON_ANSWER), "12300"],
    ["is answered with broken XML", () => new Response("<Response>", XML), "12100"],
    ["is answered with other XML", () => new Response("<html/>", XML), "12200"],
    [
      "is answered with too much",
      () => new Response(`<Response>${" ".repeat(65_536)}</Response>`, XML),
      "11750",
    ],
  ] as const
) {
  Deno.test(`a text that ${label} is logged with ${code}, and the debugger is told`, () =>
    withEvents(async (standIn) => {
      const { message_sid, status } = await textFrom(standIn, {
        from: newPhone(),
        to: OUR_NUMBER,
        body: "Hi",
      });
      const { form, isSigned } = await until(() => entries(standIn).at(0), "the entry");
      const payload = debuggerPayload(form);
      assertEquals(isSigned, true);
      assertEquals([form.Level, payload.error_code, payload.resource_sid], [
        "ERROR",
        code,
        message_sid,
      ]);
      const { request, response } = payload.webhook;
      assertEquals([request.url, request.parameters.Body, response.status_code], [
        `${standIn.receiver.url}/sms-inbound`,
        "Hi",
        status,
      ]);
      assert(
        request.headers["X-Twilio-Signature"],
        `the headers are ${Object.keys(request.headers)}`,
      );
    }, textAnswer(answer)));
}

for (
  const [label, answer] of [
    ["TwiML", () => new Response('<?xml version="1.0"?><Response/>', XML)],
    ["nothing", () => new Response(null, { status: 204 })],
    ["plain text", () => new Response("ok")],
  ] as const
) {
  Deno.test(`a text that is answered with ${label} is no error`, () =>
    withEvents(async (standIn) => {
      await textFrom(standIn, { from: newPhone(), to: OUR_NUMBER, body: "Hi" });
      // The next error is the first one that is told.
      await standIn.client.messages.create(
        text({ statusCallback: "http://127.0.0.1:9/sms-status" }),
      );
      const { form } = await until(() => entries(standIn).at(0), "the next error");
      assertEquals(debuggerPayload(form).error_code, "11205");
    }, textAnswer(answer)));
}

Deno.test("a status callback may be answered with JSON, and a failed one is logged", () =>
  withEvents(
    async (standIn) => {
      const statusCallback = `${standIn.receiver.url}/sms-status#rc=0`;
      const { sid } = await standIn.client.messages.create(text({ statusCallback }));
      const { form } = await until(() => entries(standIn).at(0), "the entry");
      const payload = debuggerPayload(form);
      assertEquals([payload.resource_sid, payload.error_code], [sid, "11200"]);
      assertEquals(payload.webhook.request.parameters.MessageStatus, "delivered");
      assertEquals(payload.webhook.request.url, `${standIn.receiver.url}/sms-status`);
      const codes = entries(standIn).map(({ form }) => debuggerPayload(form).error_code);
      assertEquals(new Set(codes), new Set(["11200"]));
    },
    ({ form }) =>
      form.MessageStatus === "delivered"
        ? new Response(null, { status: 503 })
        : new Response("{}", JSON_ANSWER),
  ));

Deno.test("a webhook that does not answer in time is 11200, one that is not there 11205", () =>
  withEvents(
    async (standIn) => {
      for (const url of [`${standIn.receiver.url}/sms-status`, "http://127.0.0.1:9/sms-status"]) {
        await standIn.client.messages.create(text({ statusCallback: `${url}#rt=100&rc=0` }));
      }
      const codes = await until(() => {
        const all = entries(standIn).map(({ form }) => debuggerPayload(form));
        const codes = new Set(all.map(({ error_code }) => error_code));
        return codes.size === 2 && codes;
      }, "both codes");
      assertEquals([...codes].sort(), ["11200", "11205"]);
    },
    ({ form }) => form.MessageStatus ? "hang" : new Response(),
  ));

Deno.test("a failure of the debugger's webhook makes no further entry", () =>
  withEvents(
    async (standIn) => {
      for (const body of ["one", "two"]) {
        await textFrom(standIn, { from: newPhone(), to: OUR_NUMBER, body });
      }
      await until(() => entries(standIn).length === 2, "both entries");
      const about = entries(standIn).map(({ form }) =>
        debuggerPayload(form).webhook.request.parameters.Body
      );
      assertEquals(about.sort(), ["one", "two"]);
    },
    () => new Response(null, { status: 500 }),
  ));

Deno.test("an entry is an event, too, with the same SID", () =>
  withEvents(async (standIn) => {
    await eventStreams(standIn.url, "POST", { types: ["com.twilio.error-logs.error.logged"] });
    await textFrom(standIn, { from: newPhone(), to: OUR_NUMBER, body: "Hi" });
    const { form } = await until(() => entries(standIn).at(0), "the entry");
    const event = await until(
      () => standIn.receiver.posts.flatMap(({ events }) => events).at(0),
      "the event",
    );
    assertEvent(event);
    assertEquals([event.id, event.data.error_code, event.data.payload], [
      form.Sid,
      "11200",
      form.Payload,
    ]);
  }, textAnswer(() => new Response(null, { status: 500 }))));
