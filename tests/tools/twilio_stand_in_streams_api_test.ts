import type { Twilio } from "twilio";
import type { CloudEvent } from "../../local/stand_ins/twilio/cloud_event.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { setAccountState } from "../support/account_state.ts";
import { type EventsStandIn, eventStreams, withEvents } from "../support/events_receiver.ts";
import { newPhone } from "../support/twilio.ts";
import { assertLastAnswer, clientWith, withAccount } from "../support/twilio_account.ts";
import { OUR_NUMBER, refusal, text, textFrom } from "../support/twilio_stand_in.ts";
import { until } from "../support/wait.ts";

const DESTINATION = "https://abc.supabase.co/functions/v1/twilio-events";
const SENT = "com.twilio.messaging.message.sent";
const RECEIVED = "com.twilio.messaging.inbound-message.received";

function createSink({ events }: Twilio, configuration: Record<string, unknown> = {}) {
  return events.v1.sinks.create({
    description: "recruiting-sms",
    sinkType: "webhook",
    sinkConfiguration: {
      destination: DESTINATION,
      method: "POST",
      batch_events: true,
      ...configuration,
    },
  });
}

function subscribe({ events }: Twilio, sinkSid: string, types: unknown[]) {
  return events.v1.subscriptions.create({ description: "recruiting-sms", sinkSid, types });
}

/** Waits until events have been told and nothing more waits. */
function untilTold({ url, receiver }: EventsStandIn, events: number): Promise<CloudEvent[]> {
  return until(async () => {
    const { state } = await eventStreams(url, "GET");
    const told = new Map(
      receiver.posts.flatMap(({ events }) => events).map((event) => [event.id, event]),
    );
    return state.is_idle && told.size === events && [...told.values()];
  }, `${events} events`);
}

Deno.test("a sink is created, listed, described anew and deleted; its destination stays", () =>
  withAccount(async ({ client }) => {
    const { sinks } = client.events.v1;
    const { sid, status } = await createSink(client);
    assertLastAnswer("sink", client);
    assertEquals(status, "active");
    const sink = await sinks(sid).fetch();
    assertLastAnswer("sink", client);
    assertEquals(sink.sinkConfiguration, {
      destination: DESTINATION,
      method: "POST",
      batch_events: true,
    });
    const described = await sinks(sid).update({ description: "Old" });
    assertLastAnswer("sink", client);
    assertEquals([described.description, described.sinkConfiguration], [
      "Old",
      sink.sinkConfiguration,
    ]);
    assertEquals((await sinks.list({ inUse: false })).map((sink) => sink.sid), [sid]);
    assertLastAnswer("sinkList", client);
    assertEquals(await sinks.list({ inUse: true }), []);
    assertEquals(await sinks.list({ status: "failed" }), []);
    await sinks(sid).remove();
    assertEquals(await refusal(sinks(sid).fetch()), [404, 20404]);
  }));

Deno.test("a subscription has the types that it names, in the versions that it names", () =>
  withAccount(async ({ client }) => {
    const { subscriptions } = client.events.v1;
    const { sid: sinkSid } = await createSink(client);
    const { sid } = await subscribe(client, sinkSid, [
      { type: SENT, schema_version: 7 },
      { type: RECEIVED },
    ]);
    assertLastAnswer("subscription", client);
    await subscriptions(sid).fetch();
    assertLastAnswer("subscription", client);
    assertEquals((await subscriptions.list({ sinkSid })).map((item) => item.sid), [sid]);
    assertLastAnswer("subscriptionList", client);
    assertEquals(await subscriptions.list({ sinkSid: `DG${"9".repeat(32)}` }), []);

    const { subscribedEvents } = subscriptions(sid);
    const types = async () =>
      (await subscribedEvents.list()).map(({ type, schemaVersion }) => [type, schemaVersion])
        .sort();
    // Without a version it is the newest one.
    assertEquals(await types(), [[RECEIVED, 6], [SENT, 7]]);
    assertLastAnswer("subscribedEventList", client);
    await subscribedEvents(SENT).update({ schemaVersion: 8 });
    assertLastAnswer("subscribedEvent", client);
    await subscribedEvents(RECEIVED).remove();
    await subscribedEvents.create({ type: "com.twilio.error-logs.error.logged", schemaVersion: 1 });
    assertLastAnswer("subscribedEvent", client);
    assertEquals(await types(), [["com.twilio.error-logs.error.logged", 1], [SENT, 8]]);
    await subscriptions(sid).remove();
    assertEquals(await refusal(subscriptions(sid).fetch()), [404, 20404]);
    // Deleting a subscription leaves its sink.
    assertEquals((await client.events.v1.sinks(sinkSid).fetch()).sid, sinkSid);
  }));

Deno.test("the types of events and the versions of their schemas can be read", () =>
  withAccount(async ({ client }) => {
    const { eventTypes, schemas } = client.events.v1;
    const { schemaId } = await eventTypes(SENT).fetch();
    assertLastAnswer("eventType", client);
    const types = await eventTypes.list({ schemaId });
    assertLastAnswer("eventTypeList", client);
    const names = types.map(({ type }) => type);
    assert(names.includes(SENT) && !names.includes(RECEIVED), `the types are ${names}`);
    assertEquals((await schemas(schemaId).fetch()).latestVersion, 8);
    assertLastAnswer("schema", client);
    assertEquals((await schemas(schemaId).versions.list()).length, 8);
    assertLastAnswer("schemaVersionList", client);
    assertEquals(await refusal(eventTypes("com.twilio.messaging.message.lost").fetch()), [
      404,
      20404,
    ]);
  }));

Deno.test("what Twilio refuses of sinks and subscriptions is refused", () =>
  withAccount(async ({ client, url }) => {
    const { sinks } = client.events.v1;
    const { sid } = await createSink(client);
    for (
      const [call, expected] of [
        [() => createSink(client, { destination: "http://example.com/" }), [400, 20001]],
        [() => createSink(client, { destination: undefined }), [400, 20001]],
        [() => createSink(client, { method: "PUT" }), [400, 20001]],
        [() => createSink(client, { batch: true }), [400, 20001]],
        [() => subscribe(client, `DG${"9".repeat(32)}`, [{ type: SENT }]), [404, 20404]],
        [() => subscribe(client, sid, [{ type: "com.twilio.sms.sent" }]), [400, 20001]],
        [() => subscribe(client, sid, [{ type: SENT, schema_version: 9 }]), [400, 20001]],
        [() => subscribe(client, sid, [{ type: SENT, version: 8 }]), [400, 20001]],
        // One value with all types is not several values.
        [() => subscribe(client, sid, [[{ type: SENT }, { type: RECEIVED }]]), [400, 20001]],
        [() => subscribe(client, sid, []), [400, 20001]],
      ] as const
    ) assertEquals(await refusal(call()), expected);
    await setAccountState(url, { sinks: [{ sid, status: "failed" }] });
    assertEquals((await sinks(sid).fetch()).status, "failed");
    assertEquals(await refusal(subscribe(client, sid, [{ type: SENT }])), [400, 91100]);
    await setAccountState(url, { sinks: [{ sid, status: "active" }] });
    await subscribe(client, sid, [{ type: SENT }]);
    assertEquals(await refusal(subscribe(client, sid, [{ type: SENT }])), [400, 91100]);
    assertEquals(await refusal(sinks(sid).remove()), [400, 91007]);
  }));

Deno.test("a subscription of Twilio's API switches the events of its types on, and its deletion off", () =>
  withEvents(async (standIn) => {
    const { url, receiver } = standIn;
    const client = clientWith(url);
    const destination = `${receiver.url}/twilio-events`;
    const { sid: sinkSid } = await createSink(client, { destination });
    await textFrom(standIn, { from: newPhone(), to: OUR_NUMBER, body: "Too early" });
    const { sid } = await subscribe(client, sinkSid, [{ type: RECEIVED, schema_version: 5 }]);
    assertEquals((await eventStreams(url, "GET")).state.subscription.types, [RECEIVED]);

    await client.messages.create(text());
    await textFrom(standIn, { from: newPhone(), to: OUR_NUMBER, body: "Hi" });
    const [event] = await untilTold(standIn, 1);
    assertEquals([event.data.body, event.dataschema.slice(-2)], ["Hi", "/5"]);
    assertEquals(
      receiver.posts.filter(({ events, isSigned }) => events.length > 0 && !isSigned),
      [],
    );

    await client.events.v1.subscriptions(sid).remove();
    assertEquals((await eventStreams(url, "GET")).state.subscription, null);
    await textFrom(standIn, { from: newPhone(), to: OUR_NUMBER, body: "Too late" });
    assertEquals((await untilTold(standIn, 1))[0].data.body, "Hi");
  }));

Deno.test("without batch_events each event is a post of its own, and a failed sink gets none", () =>
  withEvents(async (standIn) => {
    const { url, receiver } = standIn;
    const client = clientWith(url);
    const destination = `${receiver.url}/twilio-events`;
    const { sid } = await createSink(client, { destination, batch_events: false });
    await subscribe(client, sid, [{ type: RECEIVED }]);
    for (let n = 0; n < 3; n++) {
      await textFrom(standIn, { from: newPhone(), to: OUR_NUMBER, body: `Text ${n}` });
    }
    await untilTold(standIn, 3);
    assertEquals(receiver.posts.filter(({ events }) => events.length > 1), []);
    await setAccountState(url, { sinks: [{ sid, status: "failed" }] });
    await textFrom(standIn, { from: newPhone(), to: OUR_NUMBER, body: "Lost" });
    await untilTold(standIn, 3);
  }));

Deno.test("what simulate streams switches on is a sink and a subscription that the API shows", () =>
  withEvents(async ({ url, receiver }) => {
    const { sinks, subscriptions } = clientWith(url).events.v1;
    for (let time = 0; time < 2; time++) {
      await eventStreams(url, "POST", { types: [SENT] });
      const [sink, ...others] = await sinks.list();
      assertEquals([sink.sinkConfiguration.destination, others], [
        `${receiver.url}/twilio-events`,
        [],
      ]);
      const [{ sid, sinkSid }] = await subscriptions.list();
      assertEquals(sinkSid, sink.sid);
      const [{ type }] = await subscriptions(sid).subscribedEvents.list();
      assertEquals(type, SENT);
    }
    await eventStreams(url, "DELETE");
    assertEquals([await sinks.list(), await subscriptions.list()], [[], []]);
  }));
