/**
 * The doctor's subject Event Streams.
 *
 * @module
 */
import { DESCRIPTION } from "../../local/configure/event_resources.ts";
import { EVENT_TYPES } from "../../local/configure/event_types.ts";
import { eventsTarget } from "../../local/configure/events_target.ts";
import { eventStreamChecks } from "../../local/doctor/event_stream_checks.ts";
import { sinkUrl } from "../../local/project/webhook_urls.ts";
import { assertEquals, assertMatch } from "../support/assert.ts";
import {
  type Doctor,
  type Fault,
  FUNCTIONS_URL,
  OTHER_URL,
  outcomes,
  provokeEach,
  withDoctor,
} from "../support/doctor_of_twilio.ts";

const READ = "com.twilio.messaging.message.read";
const CONFIGURE = /twilio configure --events --env-file/;

const configure = async ({ twilio }: Doctor) =>
  await (await eventsTarget(twilio, FUNCTIONS_URL)).apply();

/** Creates a sink that posts to a project, with a subscription. */
async function addSink(
  { twilio }: Doctor,
  { functionsUrl = FUNCTIONS_URL, description = DESCRIPTION, method = "POST", batch = true } = {},
): Promise<string> {
  const { sid: sinkSid } = await twilio.events.v1.sinks.create({
    description,
    sinkConfiguration: { destination: sinkUrl(functionsUrl), method, batch_events: batch },
    sinkType: "webhook",
  });
  await twilio.events.v1.subscriptions.create({
    description,
    sinkSid,
    types: Object.entries(EVENT_TYPES).map(([type, schema_version]) => ({ type, schema_version })),
  });
  return sinkSid;
}

/** Deletes every sink and subscription, as a person does in the console. */
async function deleteAll({ twilio }: Doctor): Promise<void> {
  const { sinks, subscriptions } = twilio.events.v1;
  for (const { sid } of await subscriptions.list()) await subscriptions(sid).remove();
  for (const { sid } of await sinks.list()) await sinks(sid).remove();
}

async function subscribedEvents({ twilio }: Doctor) {
  const { subscriptions } = twilio.events.v1;
  const [{ sid }] = await subscriptions.list();
  return subscriptions(sid).subscribedEvents;
}

const FAULTS: Fault[] = [
  {
    name: "a sink of another project alone",
    id: "event_streams.sink",
    cause: async (doctor) => {
      await deleteAll(doctor);
      await addSink(doctor, { functionsUrl: OTHER_URL });
    },
    detail: /^The sink posts to another project \(theirs\.example\.co\)$/,
    mend: CONFIGURE,
    heal: configure,
  },
  {
    name: "GET, and no batches",
    id: "event_streams.sink",
    cause: async (doctor) => {
      await deleteAll(doctor);
      await addSink(doctor, { method: "GET", batch: false });
    },
    detail: /^Sink DG\w+: its method is GET, it does not batch events$/,
    mend: CONFIGURE,
    heal: configure,
  },
  {
    name: "a failed sink",
    id: "event_streams.sink",
    cause: async (doctor) => {
      const [{ sid }] = await doctor.twilio.events.v1.sinks.list();
      await doctor.change({ sinks: [{ sid, status: "failed" }] });
    },
    detail: /^Sink DG\w+: its status is failed$/,
    mend: CONFIGURE,
    heal: configure,
  },
  {
    name: "two sinks",
    id: "event_streams.sink",
    cause: addSink,
    detail: /^2 sinks post here \(DG\w+, DG\w+\), so each event comes more than once$/,
    mend: CONFIGURE,
    heal: configure,
  },
  {
    name: "a sink of another owner",
    id: "event_streams.sink",
    cause: (doctor) => addSink(doctor, { description: "Another product" }),
    detail: /^2 sinks post here/,
    mend: /^Delete the sink DG\w+, which another owner has made/,
    heal: async (doctor) => {
      const { sinks, subscriptions } = doctor.twilio.events.v1;
      const foreign = (await sinks.list()).find(({ description }) => description !== DESCRIPTION);
      const listed = await subscriptions.list();
      const subscription = listed.find(({ sinkSid }) => sinkSid === foreign?.sid);
      await subscriptions(subscription?.sid ?? "").remove();
      await sinks(foreign?.sid ?? "").remove();
    },
  },
  {
    name: "no subscription",
    id: "event_streams.subscription",
    cause: async ({ twilio }) => {
      const { subscriptions } = twilio.events.v1;
      for (const { sid } of await subscriptions.list()) await subscriptions(sid).remove();
    },
    detail: /^Sink DG\w+ has no subscription, so no event comes$/,
    mend: CONFIGURE,
    heal: configure,
  },
  {
    name: "a missing type",
    id: "event_streams.subscription",
    cause: async (doctor) => await (await subscribedEvents(doctor))(READ).remove(),
    detail: /^The subscription lacks message\.read$/,
    mend: CONFIGURE,
    heal: configure,
  },
  {
    name: "an old schema version",
    id: "event_streams.subscription",
    cause: async (doctor) =>
      await (await subscribedEvents(doctor))(READ).update({ schemaVersion: 1 }),
    detail: /^message\.read has schema version 1, not 8$/,
    mend: CONFIGURE,
    heal: configure,
  },
  {
    name: "an old sink of another project",
    id: "event_streams.old_sinks",
    cause: (doctor) => addSink(doctor, { functionsUrl: OTHER_URL }),
    detail:
      /^Sink DG\w+ still posts the account's events to another project \(theirs\.example\.co\)$/,
    mend: CONFIGURE,
    heal: configure,
  },
];

Deno.test("Event Streams: nothing is wrong where it is not set up, and each fault is gone after its mend", async () => {
  await withDoctor(eventStreamChecks, async (doctor) => {
    await deleteAll(doctor);
    const none = await doctor.findings();
    assertEquals(new Set(Object.values(outcomes(none))), new Set([null]));
    assertMatch(none.get("event_streams.sink")?.mend ?? "", CONFIGURE);

    await configure(doctor);
    assertEquals(outcomes(await doctor.findings()), {
      "event_streams.sink": true,
      "event_streams.subscription": true,
      "event_streams.old_sinks": true,
    });
    await provokeEach(doctor, FAULTS);
  });
});

Deno.test("sinks of other products are no business of the project", async () => {
  await withDoctor(eventStreamChecks, async (doctor) => {
    await deleteAll(doctor);
    await doctor.twilio.events.v1.sinks.create({
      description: "Another product",
      sinkConfiguration: {
        destination: "https://elsewhere.example.com/twilio-events",
        method: "POST",
        batch_events: true,
      },
      sinkType: "webhook",
    });
    const found = outcomes(await doctor.findings());
    assertEquals(new Set(Object.values(found)), new Set([null]));
    await configure(doctor);
    const configured = outcomes(await doctor.findings());
    assertEquals(new Set(Object.values(configured)), new Set([true]), JSON.stringify(configured));
  });
});
