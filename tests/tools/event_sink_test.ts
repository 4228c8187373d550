import {
  type DroppedBatch,
  EventSink,
  type EventSinkOptions,
} from "../../local/stand_ins/twilio/event_sink.ts";
import { type CloudEvent, statusEvent } from "../../local/stand_ins/twilio/cloud_event.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { AUTH_TOKEN } from "../support/twilio.ts";
import { ACCOUNT_SID, OUR_NUMBER } from "../support/twilio_stand_in.ts";
import { type EventsPost, type Scripted, withReceiver } from "../support/events_receiver.ts";

const HOUR_MS = 60 * 60_000;

/** The time for which a batch gathers, before its first post. */
const GATHER_MS = 250;

/** An event whose id ends with a hex digit. */
function event(number: number, digit = "5"): CloudEvent {
  const sid = `SM${String(number).padStart(32, "0")}`;
  const status = { messageSid: sid, status: "sent", from: OUR_NUMBER, to: "+15550100001" } as const;
  const made = statusEvent(status, ACCOUNT_SID, new Date());
  return { ...made, id: made.id.slice(0, -1) + digit };
}

interface Trial {
  sink: EventSink;
  posts: EventsPost[];
  /** The waits between the posts, in ms. */
  waits: number[];
  dropped: DroppedBatch[];
}

/** Runs a test with a sink whose waits take no time. */
function withSink(
  use: (trial: Trial) => Promise<void>,
  answer?: (post: EventsPost) => Scripted,
  options: Partial<EventSinkOptions> = {},
): Promise<void> {
  return withReceiver(async ({ url, posts }) => {
    const waits: number[] = [];
    const dropped: DroppedBatch[] = [];
    const sink = new EventSink({
      url: `${url}/twilio-events`,
      token: AUTH_TOKEN,
      batchSize: 1000,
      hasFaults: false,
      pause: (ms) => {
        waits.push(ms);
        return Promise.resolve();
      },
      signal: new AbortController().signal,
      onDrop: (batch) => dropped.push(batch),
      ...options,
    });
    await use({ sink, posts, waits, dropped });
  }, answer);
}

/** Answers these statuses one after the other, and then 200. */
function answers(...statuses: number[]): () => Response {
  const left = [...statuses];
  return () => new Response(null, { status: left.shift() ?? 200 });
}

for (const status of [200, 201, 202, 204]) {
  Deno.test(`a batch that is answered ${status} is delivered, signed by URL and body hash`, () =>
    withSink(async ({ sink, posts, dropped }) => {
      sink.add(event(1));
      sink.add(event(2));
      await sink.idle();
      assertEquals(posts.map(({ events, isSigned }) => [events.length, isSigned]), [[2, true]]);
      assertEquals([sink.counts, dropped], [{ requests: 1, delivered: 2, dropped: 0 }, []]);
    }, answers(status)));
}

for (const status of [429, 500, 502, 503]) {
  Deno.test(`a batch that is answered ${status} is posted again, the same, after growing waits`, () =>
    withSink(async ({ sink, posts, waits, dropped }) => {
      sink.add(event(1));
      await sink.idle();
      assertEquals(posts.length, 4);
      assertEquals(new Set(posts.map(({ body }) => body)).size, 1);
      assertEquals(waits, [GATHER_MS, 1_000, 2_000, 4_000]);
      assertEquals(dropped, []);
    }, answers(status, status, status)));
}

for (const status of [301, 400, 401, 404, 413, 415]) {
  Deno.test(`a batch that is answered ${status} is dropped for good`, () =>
    withSink(async ({ sink, posts, dropped }) => {
      sink.add(event(1));
      await sink.idle();
      assertEquals(posts.length, 1);
      assertEquals(dropped, [{
        events: 1,
        first_id: event(1).id,
        reason: `The sink answered ${status}`,
      }]);
    }, answers(status)));
}

Deno.test("a batch that is refused for 4 hours is dropped", () =>
  withSink(async ({ sink, waits, dropped }) => {
    sink.add(event(1));
    await sink.idle();
    const waited = waits.slice(1).reduce((sum, wait) => sum + wait, 0);
    assert(waited <= 4 * HOUR_MS && waited > 3.5 * HOUR_MS, `waited ${waited / HOUR_MS} h`);
    assertEquals(Math.max(...waits), HOUR_MS / 4);
    assertMatch(dropped[0].reason, /The sink answered 503, for 4 hours/);
  }, () => new Response(null, { status: 503 })));

Deno.test("a sink that does not answer in time is called again", () => {
  let calls = 0;
  return withSink(
    async ({ sink, posts, dropped }) => {
      sink.add(event(1));
      await sink.idle();
      assertEquals([posts.length, sink.counts.delivered, dropped], [2, 1, []]);
    },
    () => calls++ === 0 ? "hang" : new Response(),
    { timeoutMs: 50 },
  );
});

Deno.test("a sink that is not there is called again", async () => {
  let pauses = 0;
  const stopping = new AbortController();
  const sink = new EventSink({
    url: "http://127.0.0.1:9/twilio-events",
    token: AUTH_TOKEN,
    batchSize: 1000,
    hasFaults: false,
    pause: () => {
      if (++pauses > 3) stopping.abort();
      stopping.signal.throwIfAborted();
      return Promise.resolve();
    },
    signal: stopping.signal,
    onDrop: () => {},
  });
  sink.add(event(1));
  await sink.idle();
  assertEquals(sink.counts, { requests: 3, delivered: 0, dropped: 0 });
});

Deno.test("a batch has no more events than it may", () =>
  withSink(
    async ({ sink, posts }) => {
      for (let number = 0; number < 25; number++) sink.add(event(number));
      await sink.idle();
      assertEquals(posts.map(({ events }) => events.length).sort(), [10, 10, 5]);
    },
    undefined,
    { batchSize: 10 },
  ));

Deno.test("events are repeated and late by their last digit, and a batch is in no order of time", () =>
  withSink(
    async ({ sink, posts }) => {
      for (const [number, digit] of [..."0123456789abcdef"].entries()) {
        sink.add(event(number, digit));
      }
      await sink.idle();
      assertEquals(
        posts.map(({ events }) => events.map(({ id }) => id.slice(-1)).sort().join("")),
        ["0123456789ab", "0123cdef"],
      );
      for (const { events } of posts) {
        const ids = events.map(({ id }) => id);
        assertEquals(ids, [...ids].sort());
      }
    },
    undefined,
    { hasFaults: true },
  ));
