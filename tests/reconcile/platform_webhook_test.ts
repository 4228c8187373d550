/** The platform's events, posted to its webhook by the schedule. */
import type postgres from "postgres";
import { Webhook } from "standardwebhooks";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";
import { beginConversation } from "../support/own_rows.ts";
import { readEvents, report, type SentMessage, sentMessage } from "../support/platform_events.ts";
import { type Reconciler, type ReconcilerOptions, withReconciler } from "../support/reconciler.ts";
import { asNewAgent, asServiceRole } from "../support/stack.ts";
import { until } from "../support/wait.ts";
import { newSecret, type Post, startReceiver } from "../support/webhook_receiver.ts";

const receiver = startReceiver();
Deno.test.afterAll(() => receiver.stop());

/** Runs a test whose webhook is known and has nothing to wait for. */
function withWebhook(
  use: (reconciler: Reconciler) => Promise<void>,
  settings: ReconcilerOptions["settings"] = {},
): Promise<void> {
  return withReconciler(async (reconciler) => {
    receiver.reset();
    await reconciler.sql`delete from private.platform_posts`;
    await reconciler.sql`delete from private.given_up_platform_posts`;
    await reconciler.reconcile();
    // What other URLs got meanwhile was posted here, too.
    receiver.reset();
    await use(reconciler);
  }, {
    settings: {
      PLATFORM_WEBHOOK_URL: receiver.url,
      PLATFORM_WEBHOOK_SECRET: receiver.secret,
      ...settings,
    },
  });
}

/** The posts as `<SID> <event>`. */
const posted = () => receiver.posts.map(({ data }) => `${data.message_sid} ${data.event}`);

/** A message of which Twilio reported statuses. */
async function reported(
  sql: postgres.Sql,
  statuses = ["sent"],
  conversation?: SentMessage["conversation"],
): Promise<SentMessage> {
  const message = await sentMessage(sql, conversation);
  for (const status of statuses) await report(sql, message, status);
  return message;
}

const answerAll = (status: number, headers: Record<string, string> = {}) =>
  receiver.answer = () => new Response(null, { status, headers });

/** Makes everything that waits due. */
const letTimePass = (sql: postgres.Sql) =>
  sql`update private.platform_posts set due_at = now() where due_at is not null`;

const waitingPosts = (sql: postgres.Sql) =>
  sql`select position, due_at, attempts, first_attempt_at from private.platform_posts order by position`;

Deno.test("an event is posted once, as the library's own verifier accepts it", () =>
  withWebhook(async ({ sql, reconcile }) => {
    const message = await reported(sql, ["undelivered"]);
    await reconcile();
    await reconcile();
    assertEquals(receiver.posts.length, 1);
    const [{ headers, body }] = receiver.posts;
    assertEquals(headers["content-type"], "application/json");

    const { data: rows } = await asServiceRole().rpc("recruiting_read_platform_events", {
      after: Number(receiver.posts[0].data.position) - 1,
    });
    const [row] = rows!;
    assertEquals([row.message_sid, row.event], [message.sid, "sms_undelivered"]);
    assertEquals(new Webhook(receiver.secret).verify(body, headers), {
      type: "sms_undelivered",
      timestamp: row.occurred_at,
      data: row,
    });
    assertEquals(headers["webhook-id"], `evt_${row.position}`);
    assertThrows(() => new Webhook(newSecret()).verify(body, headers));
    assertThrows(() => new Webhook(receiver.secret).verify(`${body} `, headers));
  }));

const [OLD_SECRET, NEW_SECRET] = [newSecret(), newSecret()];

Deno.test("during a rotation each secret signs", () =>
  withWebhook(async ({ sql, reconcile }) => {
    await reported(sql);
    await reconcile();
    const [{ headers, body }] = receiver.posts;
    for (const secret of [OLD_SECRET, NEW_SECRET]) new Webhook(secret).verify(body, headers);
    assertThrows(() => new Webhook(receiver.secret).verify(body, headers));
    assertEquals(headers["webhook-signature"].split(" ").length, 2);
  }, { PLATFORM_WEBHOOK_SECRET: `${OLD_SECRET}, ${NEW_SECRET}` }));

Deno.test("the receiver of docs/platform-events.md takes what is posted, and refuses what was changed", () =>
  withWebhook(async ({ sql, reconcile }) => {
    const page = await Deno.readTextFile(new URL("../../docs/platform-events.md", import.meta.url));
    const [, snippet] = /^```ts\n(import .*?)^```$/ms.exec(page)!;
    const file = await Deno.makeTempFile({ suffix: ".ts" });
    const stored: string[] = [];
    Object.assign(globalThis, {
      store: (...values: string[]) => Promise.resolve(void stored.push(...values)),
    });
    Deno.env.set("PLATFORM_WEBHOOK_SECRET", receiver.secret);
    try {
      await Deno.writeTextFile(
        file,
        `declare function store(...values: string[]): Promise<void>;\n${snippet}\nexport { receive };`,
      );
      const { receive } = await import(`file://${file}`);
      const message = await reported(sql);
      await reconcile();
      const [{ headers, body }] = receiver.posts;
      const status = async (sent: string) =>
        (await receive(new Request(receiver.url, { method: "POST", headers, body: sent }))).status;
      assertEquals([await status(`${body} `), stored.length], [401, 0]);
      assertEquals([await status(body), stored.slice(1)], [204, ["sms_sent", message.id]]);
    } finally {
      await Deno.remove(file);
    }
  }));

Deno.test("events from before the URL was first seen are not posted", () =>
  withWebhook(async ({ sql, reconcile }) => {
    await sql`delete from private.platform_webhooks`;
    const [read, unread] = [await reported(sql), await reported(sql)];
    await readEvents(sql);
    await report(sql, unread, "delivered");
    await reconcile();
    assertEquals(posted(), []);
    await report(sql, read, "delivered");
    await reconcile();
    assertEquals(posted(), [`${read.sid} sms_delivered`]);
  }));

for (
  const [label, answer] of [
    ["400", () => new Response(null, { status: 400 })],
    ["500", () => new Response(null, { status: 500 })],
    ["304", () => new Response(null, { status: 304 })],
    ["a redirect", () => new Response(null, { status: 307, headers: { Location: receiver.url } })],
  ] as [string, () => Response][]
) {
  Deno.test(`an event that is answered with ${label} waits, and is not posted elsewhere`, () =>
    withWebhook(async ({ sql, reconcile, logs }) => {
      receiver.answer = answer;
      const message = await reported(sql);
      await reconcile();
      assertEquals(posted(), [`${message.sid} sms_sent`]);
      assertEquals((await waitingPosts(sql)).length, 1);
      const [line] = logs.map((line) => JSON.parse(line))
        .filter(({ event }) => event === "events_not_posted");
      assertEquals([line.level, line.count, line.reason], [
        "warn",
        1,
        `answered with ${answer().status}`,
      ]);
    }));
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Seconds after each failed attempt. */
const WAITS = [5, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 6 * HOUR];

Deno.test("an event is posted again after 5 s, 1 min, 5 min, 30 min, 2 h, and then every 6 h, with the same id", () =>
  withWebhook(async ({ sql, reconcile }) => {
    answerAll(503);
    await reported(sql);
    for (const seconds of WAITS) {
      const before = Date.now();
      await reconcile();
      const after = Date.now();
      const [{ due_at }] = await waitingPosts(sql);
      const wait = [due_at - after, due_at - before].map((ms) => ms / 1000);
      assert(wait[0] <= seconds && seconds <= wait[1], `${seconds} ${wait}`);
      // Not due yet, and so not posted.
      const count = receiver.posts.length;
      if (seconds > MINUTE) await reconcile();
      assertEquals(receiver.posts.length, count);
      await letTimePass(sql);
    }
    answerAll(200);
    await reconcile();
    assertEquals([...await waitingPosts(sql)], []);
    assertEquals(receiver.posts.length, WAITS.length + 1);
    assertEquals(new Set(receiver.posts.map(({ id }) => id)).size, 1);
    assertEquals(new Set(receiver.posts.map(({ body }) => body)).size, 1);
  }));

Deno.test("within a conversation the order is that of the positions, and a conversation that waits holds up no other", () =>
  withWebhook(async ({ sql, reconcile }) => {
    const [waiting, other] = [await beginConversation(sql), await beginConversation(sql)];
    const messages = [
      await reported(sql, ["sent", "delivered"], waiting),
      await reported(sql, ["sent", "delivered"], other),
      await reported(sql, ["sent"], waiting),
    ];
    receiver.answer = ({ data }) =>
      new Response(null, { status: data.conversation_id === waiting.id ? 500 : 200 });
    await reconcile();
    const [first, second, third] = messages.map(({ sid }) => sid);
    assertEquals(
      posted().toSorted(),
      [
        `${first} sms_sent`,
        `${second} sms_sent`,
        `${second} sms_delivered`,
      ].toSorted(),
    );

    receiver.reset();
    // What comes now, comes last.
    await report(sql, messages[0], "read");
    await letTimePass(sql);
    assertEquals((await reconcile()).status, "done");
    assertEquals(posted(), [
      `${first} sms_sent`,
      `${first} sms_delivered`,
      `${third} sms_sent`,
      `${first} sms_read`,
    ]);
  }));

/** The attention row as a client sees it. */
async function attentionOf(client: ReturnType<typeof asServiceRole>): Promise<string[]> {
  const { data, error } = await client.from("recruiting_attention").select("reason")
    .eq("kind", "platform_webhook");
  assertEquals(error, null);
  return data!.map(({ reason }) => reason!);
}

Deno.test("an event is given up 3 days after its first attempt: the platform is told, and the next event follows", () =>
  withWebhook(async ({ sql, reconcile }) => {
    answerAll(500);
    const conversation = await beginConversation(sql);
    await reported(sql, ["sent", "delivered"], conversation);
    await reconcile();
    const startedAt = (days: number) =>
      sql`update private.platform_posts set due_at = now(), attempts = 12,
        first_attempt_at = now() - ${days} * interval '1 day' where due_at is not null`;

    await startedAt(2.9);
    await reconcile();
    const [{ position, due_at, first_attempt_at }] = await waitingPosts(sql);
    assertEquals(due_at - first_attempt_at, 3 * DAY * 1000);
    assertEquals(await attentionOf(asServiceRole()), []);

    await startedAt(3);
    receiver.reset();
    receiver.answer = ({ id }) =>
      new Response(null, { status: id === `evt_${position}` ? 500 : 200 });
    await reconcile();
    assertEquals(receiver.posts.map(({ data }) => data.event), ["sms_sent", "sms_delivered"]);
    assertEquals([...await waitingPosts(sql)], []);
    assertEquals(await attentionOf(asServiceRole()), [
      `PLATFORM_WEBHOOK_URL did not take 1 event for 3 days: read them with recruiting_read_platform_events(after => ${
        position - 1
      })`,
    ]);
    const agent = await asNewAgent();
    assertEquals(await attentionOf(agent.client), []);

    await sql`update private.given_up_platform_posts set given_up_at = now() - interval '8 days'`;
    await reconcile();
    assertEquals(await attentionOf(asServiceRole()), []);
    assertEquals([...await sql`select from private.given_up_platform_posts`], []);
  }));

Deno.test("a receiver that does not answer is left after 5 s, while other conversations go on", () =>
  withWebhook(async ({ sql, reconcile, logs }) => {
    const hanging = await reported(sql);
    const { promise: ended, resolve: end } = Promise.withResolvers<Response>();
    receiver.answer = ({ data }) =>
      data.message_sid === hanging.sid ? ended : new Response(null, { status: 200 });
    const others = await Promise.all(Array.from({ length: 15 }, () => reported(sql)));
    await reconcile();
    end(new Response());
    assertEquals(
      posted().toSorted(),
      [hanging, ...others].map(({ sid }) => `${sid} sms_sent`).toSorted(),
    );
    assertEquals((await waitingPosts(sql)).length, 1);
    const reasons = logs.map((line) => JSON.parse(line).reason);
    assert(reasons.includes("no answer within 5 s"), `The log has the reasons ${reasons}`);
  }));

Deno.test("an answer's body is not read, however long it is", () =>
  withWebhook(async ({ sql, reconcile }) => {
    let canceled = 0;
    let bytes = 0;
    receiver.answer = () =>
      new Response(
        new ReadableStream({
          pull: (controller) => {
            bytes += 65_536;
            controller.enqueue(new Uint8Array(65_536));
          },
          cancel: () => void canceled++,
        }),
      );
    await reported(sql, ["sent", "delivered"]);
    await reconcile();
    assertEquals([...await waitingPosts(sql)], []);
    await until(() => canceled === 2, "both answers to be broken off");
    assert(bytes < 50_000_000, `${bytes}`);
  }));

Deno.test("a receiver that drops the connection is posted to again", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let connections = 0;
  const dropping = (async () => {
    for await (const connection of listener) {
      connections++;
      connection.close();
    }
  })();
  const url = `http://127.0.0.1:${listener.addr.port}`;
  await withWebhook(async ({ sql, reconcile, logs }) => {
    await reported(sql);
    await reconcile();
    assert(connections > 0, `${connections} connections`);
    const [{ attempts }] = await waitingPosts(sql);
    assertEquals(attempts, 1);
    const reasons = logs.map((line) => JSON.parse(line).reason);
    assert(reasons.includes("cannot be reached"), `The log has the reasons ${reasons}`);
    assertEquals(logs.filter((line) => line.includes(url)), []);
  }, { PLATFORM_WEBHOOK_URL: url });
  listener.close();
  await dropping;
});

Deno.test("an event whose worker ended between the post and its record is posted again with the same id", () =>
  withWebhook(async ({ sql, call, reconcile, database }) => {
    await reported(sql, ["sent", "delivered"]);
    const broken = database.breakBefore("recruiting_record_platform_post");
    const { status } = await call({ wait: true });
    assertEquals(status, 200);
    broken.mend();
    assertEquals(receiver.posts.length, 1);
    // The lease protects it.
    await reconcile();
    assertEquals(receiver.posts.length, 1);
    await letTimePass(sql);
    await reconcile();
    const [first, again, next] = receiver.posts;
    assertEquals([again.id, again.body], [first.id, first.body]);
    assertEquals([receiver.posts.length, next.data.event], [3, "sms_delivered"]);
  }));

Deno.test("workers at once post each event once, in the order of each conversation, and at most 10 at a time each", () =>
  withWebhook(async ({ sql, reconcile }) => {
    const messages = await Promise.all(Array.from({ length: 24 }, () => reported(sql)));
    for (const message of messages) await report(sql, message, "delivered");
    let open = 0;
    let most = 0;
    const { promise: full, resolve } = Promise.withResolvers<void>();
    receiver.answer = async () => {
      most = Math.max(most, ++open);
      // Two workers fill 20 places before any is free.
      if (open === 20) resolve();
      await full;
      open--;
      return new Response();
    };
    await Promise.all([reconcile(), reconcile()]);
    await reconcile();
    assertEquals(most, 20);
    assertEquals(
      posted().toSorted(),
      messages.flatMap(({ sid }) => [`${sid} sms_sent`, `${sid} sms_delivered`]).toSorted(),
    );
    for (const { sid } of messages) {
      const events = receiver.posts.filter(({ data }: Post) => data.message_sid === sid);
      assertEquals(events.map(({ data }) => data.event), ["sms_sent", "sms_delivered"]);
    }
  }));

Deno.test("another URL gets only later events; what waits for a URL that was removed is deleted after 3 days", () =>
  withWebhook(async ({ sql, reconcile }) => {
    answerAll(500);
    const message = await reported(sql);
    await reconcile();
    receiver.reset();
    const other = `${receiver.url}other`;
    await withReconciler(async (changed) => {
      await changed.reconcile();
      assertEquals(posted(), []);
      await report(sql, message, "delivered");
      await changed.reconcile();
      assertEquals(posted(), [`${message.sid} sms_delivered`]);
    }, {
      settings: { PLATFORM_WEBHOOK_URL: other, PLATFORM_WEBHOOK_SECRET: receiver.secret },
    });

    await withReconciler(async (removed) => {
      await removed.reconcile();
      assertEquals((await waitingPosts(sql)).length, 1);
      await sql`update private.platform_webhooks set seen_at = now() - interval '73 hours'`;
      await removed.reconcile();
      assertEquals([...await waitingPosts(sql)], []);
      assertEquals([...await sql`select from private.platform_webhooks`], []);
    });
    assertEquals(posted().length, 1);
  }));

Deno.test("a removed recruit's events are posted no more, and the others are", () =>
  withWebhook(async ({ sql, reconcile }) => {
    answerAll(500);
    const [erased, kept, deleted] = [await reported(sql), await reported(sql), await reported(sql)];
    await reconcile();
    await sql`select recruiting_forget(${erased.conversation.recruit_phone})`;
    await sql`delete from recruiting_conversations where id = ${deleted.conversation.id}`;
    receiver.reset();
    await letTimePass(sql);
    await reconcile();
    await reconcile();
    assertEquals(posted(), [`${kept.sid} sms_sent`]);
    assertEquals([...await waitingPosts(sql)], []);
  }));

Deno.test("a worker whose URL is not secure names the variable, posts nothing, and logs no value", () =>
  withWebhook(async ({ sql, reconcile, logs, worker }) => {
    await worker.ready();
    await reported(sql);
    await reconcile();
    assertEquals(posted(), []);
    const problems = logs.filter((line) => line.includes("PLATFORM_WEBHOOK"));
    assertEquals(problems.map((line) => JSON.parse(line).event), ["not_configured"]);
    for (const [label, value] of [["URL", "platform.example"], ["secret", receiver.secret]]) {
      assert(!logs.some((line) => line.includes(value)), `The log has the ${label}`);
    }
  }, { PLATFORM_WEBHOOK_URL: "http://platform.example/hooks" }));
