import type { CloudEvent } from "../../local/stand_ins/twilio/cloud_event.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { newPhone } from "../support/twilio.ts";
import {
  ACCOUNT_SID,
  loseText,
  OUR_NUMBER,
  SERVICE,
  text,
  textFrom,
} from "../support/twilio_stand_in.ts";
import {
  assertEvent,
  type EventsStandIn,
  eventStreams,
  withEvents,
} from "../support/events_receiver.ts";
import { until } from "../support/wait.ts";

/** The events so far, each once, sorted by type. */
function eventsOf({ receiver }: EventsStandIn) {
  const events = receiver.posts.flatMap(({ events }) => events);
  return [...new Map(events.map((event) => [event.id, event])).values()]
    .sort((one, other) => one.type < other.type ? -1 : 1);
}

/** Waits until all deliveries and events are through. */
function untilTold(standIn: EventsStandIn, events: number): Promise<CloudEvent[]> {
  return until(async () => {
    const { state } = await eventStreams(standIn.url, "GET");
    const told = eventsOf(standIn);
    return state.is_idle === true && told.length === events && told;
  }, `${events} events`);
}

Deno.test("without a subscription the stand-in tells by forms alone", () =>
  withEvents(async (standIn) => {
    const { status, state } = await eventStreams(standIn.url, "GET");
    assertEquals([status, state.subscription, state.is_idle], [200, null, true]);
    await textFrom(standIn, { from: newPhone(), to: OUR_NUMBER, body: "Hi" });
    assertEquals(standIn.receiver.posts.flatMap(({ events }) => events), []);
    assertEquals(standIn.receiver.posts.map(({ form }) => form.Body), ["Hi"]);
  }));

Deno.test("a subscription tells a message's statuses and texts, in Event Streams' shapes, beside the forms", () =>
  withEvents(async (standIn) => {
    await eventStreams(standIn.url, "POST", {});
    const statusCallback = `${standIn.receiver.url}/sms-status?message=1#rc=2`;
    const sent = await standIn.client.messages.create(
      text({ statusCallback, messagingServiceSid: SERVICE }),
    );
    const from = newPhone();
    const { message_sid } = await textFrom(standIn, {
      from,
      to: OUR_NUMBER,
      body: "enough",
      media: [{ url: "https://example.com/cv.jpg", content_type: "image/jpeg" }],
      opt_out_type: "HELP",
    });
    const events = (await untilTold(standIn, 6)).filter(({ data }) =>
      data.messageSid === sent.sid || data.messageSid === message_sid
    );
    for (const event of events) assertEvent(event);
    assertEquals(
      events.map(({ type, data }) => [type.split(".").at(-1), data.messageStatus]),
      [
        ["received", undefined],
        ["delivered", "DELIVERED"],
        ["queued", "QUEUED"],
        ["sent", "SENT"],
      ],
    );
    const [received, delivered] = events;
    assertEquals(
      [received.data.from, received.data.numMedia, received.data.optOutType, received.data.body],
      [from, 1, "HELP", "enough"],
    );
    assert(!JSON.stringify(received).includes("cv.jpg"), JSON.stringify(received));
    assertEquals(
      [delivered.data.statusCallBackUrl, delivered.data.messagingServiceSid],
      [statusCallback, SERVICE],
    );
    assertMatch(
      delivered.source,
      new RegExp(`/Accounts/${ACCOUNT_SID}/Messages/${sent.sid}.json$`),
    );
    assertEquals(standIn.receiver.posts.filter(({ isSigned }) => !isSigned), []);
    const statuses = standIn.receiver.posts.map(({ form }) => form.MessageStatus);
    assert(statuses.includes("delivered"), `the statuses are ${statuses}`);
  }));

Deno.test("an error code is an integer", () =>
  withEvents(async (standIn) => {
    await eventStreams(standIn.url, "POST", {
      types: ["com.twilio.messaging.message.undelivered"],
    });
    await standIn.client.messages.create(text({ to: "+15005563007" }));
    const [event] = await untilTold(standIn, 1);
    assertEvent(event);
    assertEquals([event.data.errorCode, event.data.messageStatus], [30007, "UNDELIVERED"]);
  }));

Deno.test("without forms, texts and statuses are told by events alone", () =>
  withEvents(async (standIn) => {
    await eventStreams(standIn.url, "POST", { forms: false, batch: 1, faults: false });
    const statusCallback = `${standIn.receiver.url}/sms-status`;
    await standIn.client.messages.create(text({ statusCallback }));
    await loseText(standIn, { from: newPhone(), to: OUR_NUMBER, body: "Hi", is_lost: false });
    await untilTold(standIn, 3);
    assertEquals(standIn.receiver.posts.map(({ events }) => events.length), [1, 1, 1]);
  }));

Deno.test("what is lost is told by no event either", () =>
  withEvents(async (standIn) => {
    await eventStreams(standIn.url, "POST", {});
    await loseText(standIn, { from: newPhone(), to: OUR_NUMBER, body: "Hi" });
    await loseText(standIn, {
      from: "+15005560404",
      to: OUR_NUMBER,
      body: "Hi",
      is_lost: false,
    });
    await standIn.client.messages.create(text({ to: "+15005560404" }));
    await textFrom(standIn, { from: newPhone(), to: OUR_NUMBER, body: "Hi" });
    const [event] = await untilTold(standIn, 1);
    assertEquals(event.data.from !== "+15005560404", true);
  }));

Deno.test("a subscription ends, and what it was to tell is still told", () =>
  withEvents(async (standIn) => {
    await eventStreams(standIn.url, "POST", {});
    await textFrom(standIn, { from: newPhone(), to: OUR_NUMBER, body: "Hi" });
    assertEquals((await eventStreams(standIn.url, "DELETE")).status, 204);
    await textFrom(standIn, { from: newPhone(), to: OUR_NUMBER, body: "Still there?" });
    const [event] = await untilTold(standIn, 1);
    assertEquals(event.data.body, "Hi");
  }));

Deno.test("a dropped batch is in the state", () =>
  withEvents(
    async (standIn) => {
      await eventStreams(standIn.url, "POST", { faults: false });
      await textFrom(standIn, { from: newPhone(), to: OUR_NUMBER, body: "Hi" });
      const { dropped, dropped_batches: [batch] } = await until(async () => {
        const { state } = await eventStreams(standIn.url, "GET");
        return state.dropped > 0 && state;
      }, "the dropped batch");
      assertEquals([dropped, batch.events, batch.reason], [1, 1, "The sink answered 401"]);
    },
    ({ events }) => new Response(null, { status: events.length > 0 ? 401 : 200 }),
  ));

Deno.test("a subscription of another kind is refused", () =>
  withEvents(async ({ url }) => {
    for (
      const [body, field] of [
        [{ types: [] }, "types"],
        [{ types: ["com.twilio.voice.insights"] }, "types.0"],
        [{ batch: 0 }, "batch"],
        [{ batch: 1001 }, "batch"],
        [{ form: false }, "The body"],
        ["on", "The body"],
      ] as const
    ) {
      const { status, state } = await eventStreams(url, "POST", body);
      assertEquals([status, state.message.split(":")[0]], [400, field]);
    }
    assertEquals((await eventStreams(url, "PUT", {})).status, 405);
    const plain = await fetch(`${url}/event-streams`, { method: "POST", body: "{}" });
    await plain.body?.cancel();
    assertEquals(plain.status, 415);
  }));

Deno.test("without a URL for events there is no subscription", () =>
  withEvents(
    async ({ url }) => assertEquals((await eventStreams(url, "POST", {})).status, 409),
    undefined,
    { eventsUrl: undefined },
  ));
