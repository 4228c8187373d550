import { DESCRIPTION } from "../../local/configure/event_resources.ts";
import { EVENT_TYPES } from "../../local/configure/event_types.ts";
import { setAccountState } from "../support/account_state.ts";
import { assert, assertEquals } from "../support/assert.ts";
import {
  type Account,
  failingClient,
  FUNCTIONS_URL,
  SHOWN_URL,
  wholeAccount,
  withAccount,
} from "../support/configuring.ts";

const NEW_URL = "https://new.example/functions/v1";
const SINK = `${FUNCTIONS_URL}/twilio-events`;

/** Creates a sink as another owner would. */
async function addSink(
  { twilio }: Account,
  configuration: Record<string, unknown>,
  description = "data warehouse",
): Promise<string> {
  const { sid } = await twilio.events.v1.sinks.create({
    description,
    sinkConfiguration: { method: "POST", batch_events: true, ...configuration },
    sinkType: "webhook",
  });
  return sid;
}

async function addSubscription({ twilio }: Account, sinkSid: string): Promise<string> {
  const { sid } = await twilio.events.v1.subscriptions.create({
    description: "anything",
    sinkSid,
    types: [{ type: "com.twilio.messaging.message.sent", schema_version: 1 }],
  });
  return sid;
}

/** The account's only sink and subscription. */
async function theOne({ twilio }: Account) {
  const [sinks, subscriptions] = await Promise.all([
    twilio.events.v1.sinks.list(),
    twilio.events.v1.subscriptions.list(),
  ]);
  assertEquals([sinks.length, subscriptions.length], [1, 1]);
  const [{ sid, sinkSid }] = subscriptions;
  assertEquals(sinkSid, sinks[0].sid);
  const types = await twilio.events.v1.subscriptions(sid).subscribedEvents.list();
  return {
    sink: sinks[0],
    subscription: sid,
    types: Object.fromEntries(types.map(({ type, schemaVersion }) => [type, schemaVersion])),
  };
}

async function assertRight(account: Account, destination = SINK): Promise<void> {
  const { sink, types } = await theOne(account);
  assertEquals({ ...sink.sinkConfiguration }, {
    destination,
    method: "POST",
    batch_events: true,
  });
  assertEquals([sink.description, types], [DESCRIPTION, EVENT_TYPES]);
}

Deno.test("a sink and one subscription with every type are made; a second run changes nothing", () =>
  withAccount(async (account) => {
    const { twilio, run } = account;
    const { code, out, err } = await run({ events: true, yes: true });
    assertEquals([code, err], [0, ""]);
    assert(out.includes(`${SHOWN_URL}/twilio-events`) && !out.includes("twilio-events#"), out);
    await assertRight(account);
    const before = await wholeAccount(twilio);
    const second = await run({ events: true });
    assertEquals(second.code, 0);
    assert(second.out.includes("Nothing to change"), second.out);
    assertEquals(await wholeAccount(twilio), before);
  }));

Deno.test("another --url: the new sink and subscription come first, then the old ones go", () =>
  withAccount(async (account) => {
    const { twilio, run } = account;
    await run({ events: true, yes: true });
    const { out } = await run({ events: true, url: NEW_URL, json: true, yes: true });
    assertEquals(
      JSON.parse(out).done.map((step: string) => step.replace(/ D\w+$/, "")),
      ["create the sink", "create the subscription", "delete the subscription", "delete the sink"],
    );
    await assertRight(account, `${NEW_URL}/twilio-events`);
    assertEquals((await twilio.events.v1.sinks.list()).length, 1);
  }));

for (const when of ["before", "after"] as const) {
  Deno.test(`a move that breaks off at any step ends with one sink and one subscription (${when} the call)`, () =>
    withAccount(async (account) => {
      const { url, run } = account;
      for (let step = 1; step <= 4; step++) {
        const target = `https://move-${step}.example/functions/v1`;
        if (step === 1) await run({ events: true, yes: true });
        const failed = await run({ events: true, url: target, yes: true }, {
          twilio: failingClient(url, step, when),
        });
        assertEquals(failed.code, 1);
        assertEquals(failed.err.split("✓ done").length - 1, step - 1);
        assertEquals((await run({ events: true, url: target, yes: true })).code, 0);
        await assertRight(account, `${target}/twilio-events`);
      }
    }));
}

Deno.test("a type that is missing or has another version is repaired, one that was added stays", () =>
  withAccount(async (account) => {
    const { twilio, run } = account;
    await run({ events: true, yes: true });
    const { subscription } = await theOne(account);
    const { subscribedEvents } = twilio.events.v1.subscriptions(subscription);
    await subscribedEvents("com.twilio.messaging.message.read").remove();
    await subscribedEvents("com.twilio.messaging.message.sent").update({ schemaVersion: 1 });
    const added = "com.twilio.messaging.message.queued";
    await subscribedEvents.create({ type: added, schemaVersion: 8 });
    const { code, out } = await run({ events: true, yes: true });
    assertEquals(code, 0);
    assert(out.includes("2 settings changed"), out);
    assertEquals((await theOne(account)).types, { ...EVENT_TYPES, [added]: 8 });
    assertEquals((await theOne(account)).subscription, subscription);
  }));

Deno.test("a sink that failed, or posts otherwise, is replaced", () =>
  withAccount(async (account) => {
    const { url, run } = account;
    await run({ events: true, yes: true });
    const { sink } = await theOne(account);
    await setAccountState(url, { sinks: [{ sid: sink.sid, status: "failed" }] });
    assertEquals((await run({ events: true, yes: true })).code, 0);
    await assertRight(account);
    assert((await theOne(account)).sink.sid !== sink.sid, `the sink is still ${sink.sid}`);
  }));

Deno.test("of two sinks of ours the right one stays", () =>
  withAccount(async (account) => {
    const { run } = account;
    await addSubscription(
      account,
      await addSink(account, { destination: SINK, method: "GET" }, DESCRIPTION),
    );
    await addSink(account, { destination: SINK }, DESCRIPTION);
    assertEquals((await run({ events: true, yes: true })).code, 0);
    await assertRight(account);
  }));

Deno.test("two runs at once make two sinks, the later one says so, and the next run leaves one", () =>
  withAccount(async (account) => {
    const { url, twilio, run } = account;
    const client = failingClient(url, 0, "before");
    const { httpClient } = client;
    const request = httpClient.request.bind(httpClient);
    let isOtherRun = false;
    httpClient.request = async (options) => {
      if (options.method.toLowerCase() !== "get" && !isOtherRun) {
        isOtherRun = true;
        assertEquals((await run({ events: true, yes: true })).code, 0);
      }
      return await request(options);
    };
    const { code, err } = await run({ events: true, yes: true }, { twilio: client });
    assertEquals([code, (await twilio.events.v1.sinks.list()).length], [1, 2]);
    assert(err.includes("run the same command again"), err);
    assertEquals((await run({ events: true, yes: true })).code, 0);
    await assertRight(account);
  }));

Deno.test("the sinks of other owners are untouched; one with the same destination is said", () =>
  withAccount(async (account) => {
    const { twilio, run } = account;
    const others = [
      await addSink(account, { destination: "https://warehouse.example/twilio-events" }),
      await addSink(account, { destination: "https://warehouse.example/events" }, DESCRIPTION),
      await addSink(account, { destination: SINK }),
    ];
    const subscription = await addSubscription(account, others[0]);
    const { code, out } = await run({ events: true, yes: true });
    assertEquals(code, 0);
    assertEquals(out.split(`The sink ${others[2]} has the same destination`).length, 2, out);
    const sids = (await twilio.events.v1.sinks.list()).map(({ sid }) => sid);
    assertEquals(sids.length, 4);
    assertEquals(others.filter((sid) => !sids.includes(sid)), []);
    await twilio.events.v1.subscriptions(subscription).fetch();
    const again = await run({ events: true });
    assert(again.out.includes("Nothing to change"), again.out);
  }));

Deno.test("what another run has deleted meanwhile is as good as deleted", () =>
  withAccount(async (account) => {
    const { url, run, twilio } = account;
    const old = await addSink(
      account,
      { destination: "https://old.example/twilio-events" },
      DESCRIPTION,
    );
    const oldSubscription = await addSubscription(account, old);
    const client = failingClient(url, 0, "before");
    const { httpClient } = client;
    const request = httpClient.request.bind(httpClient);
    let deletions = 0;
    httpClient.request = async (options) => {
      if (options.method.toLowerCase() === "delete" && deletions++ === 0) {
        await twilio.events.v1.subscriptions(oldSubscription).remove();
        await twilio.events.v1.sinks(old).remove();
      }
      return await request(options);
    };
    const { code, err } = await run({ events: true, yes: true }, { twilio: client });
    assertEquals([code, err, deletions], [0, "", 2]);
    await assertRight(account);
  }));
