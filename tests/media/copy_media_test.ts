/** Attachments on their way from Twilio to Storage, and to the agents who may open them. */
import type postgres from "postgres";
import type { SupabaseClient } from "@supabase/supabase-js";
import { agentTopic, UNASSIGNED_TOPIC } from "../../client/events.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { kill } from "../support/faults.ts";
import { endRuns, holdCopies } from "../support/held_copies.ts";
import { textWithMedia } from "../support/media.ts";
import { assertPayload, listen } from "../support/realtime.ts";
import { messageOf } from "../support/reconciled_rows.ts";
import { type ReconcilerOptions, withReconciler } from "../support/reconciler.ts";
import { asNewAgent, asServiceRole } from "../support/stack.ts";
import { until } from "../support/wait.ts";

const BUCKET = "recruiting-media";

/** A picture of one dot. */
const DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
const DOT_SIZE = 42;

const PICTURE = { url: DOT, content_type: "image/gif" };

/** Opens an attachment as a screen does. Undefined if Storage refuses. */
async function open(client: SupabaseClient, path: string): Promise<Response | undefined> {
  const { data } = await client.storage.from(BUCKET).createSignedUrl(path, 60);
  return data ? await fetch(data.signedUrl) : undefined;
}

async function mayOpen(client: SupabaseClient, path: string): Promise<boolean> {
  const response = await open(client, path);
  await response?.body?.cancel();
  return response?.ok ?? false;
}

/** The names of the objects of a conversation. */
async function objectsOf(sql: postgres.Sql, conversationId: string): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`select name from storage.objects
    where bucket_id = ${BUCKET} and name like ${`${conversationId}/%`} order by name`;
  return rows.map(({ name }) => name);
}

/** Fails unless Storage refuses an attempt. */
async function assertRefused(attempt: Promise<{ error: unknown }>, label: string) {
  const { error } = await attempt;
  assert(error, `not refused: ${label}`);
}

/** Makes what waits due now. */
const makeDue = (sql: postgres.Sql, sid: string) =>
  sql`update recruiting_messages set media_due_at = now() where message_sid = ${sid}`;

/** What a row says of the copying. */
async function stateOf(sql: postgres.Sql, sid: string) {
  const { media, media_attempts, media_due_at } = await messageOf(sql, sid);
  const dueInSeconds = media_due_at && Math.round((media_due_at.getTime() - Date.now()) / 1000);
  return { media, attempts: media_attempts, dueInSeconds };
}

Deno.test("a picture is copied, its agent is told and opens it, and no other agent can", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const [agent, other] = [await asNewAgent(), await asNewAgent()];
    const conversation = await startConversation({
      status: "escalated",
      assigned_agent_id: agent.id,
    });
    const listener = await listen(agent.client, agentTopic(agent.id));
    try {
      const sid = await textWithMedia(sql, standIn, conversation, [PICTURE, PICTURE]);
      await reconcile();
      const { id, media, media_due_at } = await messageOf(sql, sid);
      const path = `${conversation.id}/${id}/0`;
      assertEquals(
        media.map(({ path, size }: { path: string; size: number }) => [path, size]),
        [[path, DOT_SIZE], [`${conversation.id}/${id}/1`, DOT_SIZE]],
      );
      assertEquals([media[0].content_type, media_due_at], ["image/gif", null]);
      assertMatch(media[0].url, /^https:\/\/api\.twilio\.com\//);

      assertEquals(await listener.events(2), ["message_received", "message_media_stored"]);
      listener.heard.forEach(assertPayload);
      const { payload } = listener.heard[1];
      assertEquals([payload.conversation_id, payload.message_id, payload.media], [
        conversation.id,
        id,
        media,
      ]);

      const opened = await open(agent.client, path);
      assertEquals(await opened?.bytes(), await (await fetch(DOT)).bytes());
      assertEquals(opened?.headers.get("content-type"), "image/gif");
      assertEquals(await mayOpen(other.client, path), false);

      const { data } = await agent.client.storage.from(BUCKET).createSignedUrls([path], 60);
      assertEquals(data?.map(({ error }) => error), [null]);
    } finally {
      await listener.stop();
    }
  }));

Deno.test("who may open an attachment follows the conversation: released, taken by another, handed back", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const [agent, other] = [await asNewAgent(), await asNewAgent()];
    const conversation = await startConversation({
      status: "escalated",
      assigned_agent_id: agent.id,
    });
    const sid = await textWithMedia(sql, standIn, conversation, [PICTURE]);
    await reconcile();
    const [{ path }] = (await messageOf(sql, sid)).media;
    const mayOpenIt = () => Promise.all([agent, other].map(({ client }) => mayOpen(client, path)));
    const update = async (client: SupabaseClient, assigned_agent_id: string | null) => {
      const { error } = await client.from("recruiting_conversations")
        .update({ assigned_agent_id }).eq("id", conversation.id);
      assertEquals(error, null);
    };
    assertEquals(await mayOpenIt(), [true, false]);
    await update(agent.client, null);
    assertEquals(await mayOpenIt(), [true, true]);
    await update(other.client, other.id);
    assertEquals(await mayOpenIt(), [false, true]);
    await sql`delete from recruiting_agents where user_id = ${other.id}`;
    assertEquals(await mayOpenIt(), [true, false]);
  }));

Deno.test("no agent writes, replaces or deletes an attachment, not even of their own conversation", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const agent = await asNewAgent();
    const conversation = await startConversation({ assigned_agent_id: agent.id });
    const sid = await textWithMedia(sql, standIn, conversation, [PICTURE]);
    await reconcile();
    const [{ path }] = (await messageOf(sql, sid)).media;
    const bucket = agent.client.storage.from(BUCKET);
    await assertRefused(bucket.upload(`${conversation.id}/x`, "x"), "a new file");
    await assertRefused(bucket.upload(path, "x", { upsert: true }), "the recruit's file");
    assertEquals((await bucket.remove([path])).data, []);
    assertEquals((await objectsOf(sql, conversation.id)).length, 1);
  }));

Deno.test("of an unassigned conversation all agents are told, and while the bot answers none is", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const broadcasts = async (sid: string) => {
      const { id } = await messageOf(sql, sid);
      const rows = await sql`select topic from realtime.messages
        where event = 'message_media_stored' and payload ->> 'message_id' = ${id}`;
      return rows.map(({ topic }) => topic);
    };
    const unassigned = await startConversation({ status: "escalated" });
    const bots = await startConversation();
    const sids = [
      await textWithMedia(sql, standIn, unassigned, [PICTURE]),
      await textWithMedia(sql, standIn, bots, [PICTURE]),
    ];
    await sql`update recruiting_conversations set reply_due_at = null where id = ${bots.id}`;
    await reconcile();
    assertEquals(await Promise.all(sids.map(broadcasts)), [[UNASSIGNED_TOPIC], []]);
    assertEquals((await objectsOf(sql, bots.id)).length, 1);
  }));

Deno.test("a text that came without URLs gets them from Twilio's Media list, and its attachments are copied", () =>
  withReconciler(async ({ sql, standIn, reconcile, twilio }) => {
    const conversation = await startConversation({ status: "escalated" });
    const sid = await textWithMedia(sql, standIn, conversation, [PICTURE, PICTURE], {
      isWithoutUrls: true,
    });
    assertEquals((await messageOf(sql, sid)).media, []);
    await reconcile();
    const { media, num_media } = await messageOf(sql, sid);
    assertEquals([media.length, num_media], [2, 2]);
    assertEquals(media.every(({ path }: { path?: string }) => path !== undefined), true);
    const { length } = twilio.seen.filter(({ line }) => line.includes("Media.json"));
    assertEquals(length, 1);
  }));

Deno.test("an address that is not Twilio's is never called: the attachment says so, the others are copied", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const conversation = await startConversation({ status: "escalated" });
    const sid = await textWithMedia(sql, standIn, conversation, [PICTURE], {
      change: ([media]) => [
        { url: "http://169.254.169.254/latest/meta-data", content_type: "image/png" },
        media,
      ],
    });
    await reconcile();
    const { media, dueInSeconds } = await stateOf(sql, sid);
    assertEquals(media[0], {
      url: "http://169.254.169.254/latest/meta-data",
      content_type: "image/png",
      error: "This is not the address of a file at Twilio",
    });
    assertEquals([typeof media[1].path, dueInSeconds], ["string", null]);
  }));

Deno.test("what Twilio does not give is tried again after 5 s, 30 s, 2 min … and then says why", () =>
  withReconciler(async ({ sql, standIn, reconcile, twilio }) => {
    const conversation = await startConversation({ status: "escalated" });
    const sid = await textWithMedia(sql, standIn, conversation, [PICTURE]);
    twilio.breakBefore("/Media/ME");
    for (const [attempt, seconds] of [5, 30, 120, 600, 3600, 21600, 86400].entries()) {
      await reconcile();
      const { media, attempts, dueInSeconds } = await stateOf(sql, sid);
      assertEquals([media[0].error, attempts], [undefined, attempt + 1]);
      assert(Math.abs(dueInSeconds - seconds) < 5, `${dueInSeconds}`);
      await makeDue(sql, sid);
    }
    await reconcile();
    const { media, dueInSeconds } = await stateOf(sql, sid);
    assertEquals([media[0].error, dueInSeconds], ["Twilio answered HTTP 504", null]);
  }));

Deno.test("a file that does not come in the time of a run is an attempt like any other", () =>
  withReconciler(async ({ sql, standIn, reconcile, twilio }) => {
    const conversation = await startConversation({ status: "escalated" });
    const sid = await textWithMedia(sql, standIn, conversation, [PICTURE]);
    const halt = twilio.haltBefore("/Media/ME");
    await reconcile();
    halt.drop();
    const { media, attempts } = await stateOf(sql, sid);
    assertEquals([media[0].error, attempts], [undefined, 1]);
  }));

/** Credentials that Twilio refuses. */
const WRONG_TOKEN: ReconcilerOptions = { settings: { TWILIO_AUTH_TOKEN: "local-wrong" } };

Deno.test("credentials that Twilio refuses are an error in the log, without the token", () =>
  withReconciler(async ({ sql, standIn, call, logs }) => {
    const conversation = await startConversation({ status: "escalated" });
    const sid = await textWithMedia(sql, standIn, conversation, [PICTURE]);
    await (await call({ wait: true })).body?.cancel();
    const line = await until(
      () => logs.find((line) => line.includes("media_failed")),
      "the line of the failure",
    );
    const { level, event, message_sid, reason } = JSON.parse(line);
    assertEquals([level, event, message_sid], ["error", "media_failed", sid]);
    assertMatch(reason, /HTTP 401/);
    assertEquals(logs.filter((line) => line.includes("local-wrong")), []);
    assertEquals((await stateOf(sql, sid)).attempts, 1);
  }, WRONG_TOKEN));

Deno.test("while Storage is away nothing is given up, however often it was tried", () =>
  withReconciler(async ({ sql, standIn, reconcile, database }) => {
    const conversation = await startConversation({ status: "escalated" });
    const sid = await textWithMedia(sql, standIn, conversation, [PICTURE]);
    const outage = database.breakBefore("/storage/v1/object/");
    await reconcile();
    await sql`update recruiting_messages set media_attempts = 7, media_due_at = now()
      where message_sid = ${sid}`;
    await reconcile();
    const { media, attempts, dueInSeconds } = await stateOf(sql, sid);
    assertEquals([media[0].error, attempts], [undefined, 8]);
    assert(dueInSeconds > 80_000, `${dueInSeconds}`);
    outage.mend();
    await makeDue(sql, sid);
    await reconcile();
    assertEquals(typeof (await stateOf(sql, sid)).media[0].path, "string");
  }));

Deno.test("a worker that is killed at any moment of a copy leaves one copy and one broadcast", () =>
  withReconciler(async (reconciler) => {
    const { sql, reconcile } = reconciler;
    const copies = await holdCopies(reconciler, PICTURE);
    await kill(reconciler);
    for (const { halt } of copies) halt.drop();
    await endRuns(copies);
    // As when the leases have expired.
    await sql`update recruiting_messages set media_due_at = now() where media_due_at is not null`;
    await reconcile();
    for (const { moment, conversation, sid } of copies) {
      const { id, media } = await messageOf(sql, sid);
      assertEquals([moment, await objectsOf(sql, conversation.id)], [moment, [media[0].path]]);
      const told = await sql`select from realtime.messages
        where event = 'message_media_stored' and payload ->> 'message_id' = ${id}`;
      assertEquals([moment, told.length], [moment, 1]);
    }
  }));

Deno.test("two runs at once copy each attachment once", () =>
  withReconciler(async ({ sql, standIn, call, twilio }) => {
    const sids = await Promise.all(Array.from({ length: 6 }, async () => {
      const conversation = await startConversation({ status: "escalated" });
      return await textWithMedia(sql, standIn, conversation, [PICTURE]);
    }));
    const runs = await Promise.all([1, 2].map(() => call({ wait: true })));
    await Promise.all(runs.map((run) => run.body?.cancel()));
    for (const sid of sids) {
      assertEquals(typeof (await messageOf(sql, sid)).media[0].path, "string");
      const fetches = twilio.seen.filter(({ path }) => path.includes(`${sid}/Media/ME`));
      assertEquals(fetches.length, 1);
    }
  }));

Deno.test("with TWILIO_DELETE_MEDIA the resource is deleted at Twilio, after the copy is recorded", () =>
  withReconciler(async ({ sql, standIn, reconcile, twilio, database }) => {
    const conversation = await startConversation({ status: "escalated" });
    const sid = await textWithMedia(sql, standIn, conversation, [PICTURE, PICTURE]);
    const listed = async () => (await standIn.client.messages(sid).media.list()).length;
    const lost = database.breakBefore("recruiting_record_media");
    await reconcile();
    assertEquals(await listed(), 2);
    lost.mend();
    await makeDue(sql, sid);
    const outage = twilio.breakBefore(({ line }) => line.includes("DELETE"));
    await reconcile();
    await reconcile();
    const waiting = await sql`select kind, attempts from private.deletions`;
    assertEquals(waiting.map(({ kind, attempts }) => [kind, attempts]), [
      ["twilio_media", 1],
      ["twilio_media", 1],
    ]);
    assertEquals(await listed(), 2);
    outage.mend();
    // One is gone already, as when the answer of its deletion was lost.
    const [{ sid: first }] = await standIn.client.messages(sid).media.list();
    await standIn.client.messages(sid).media(first).remove();
    await sql`update private.deletions set due_at = now()`;
    await reconcile();
    assertEquals(await listed(), 0);
    assertEquals([...await sql`select from private.deletions`], []);
    assertEquals((await objectsOf(sql, conversation.id)).length, 2);
  }, { settings: { TWILIO_DELETE_MEDIA: "true" } }));

Deno.test("without TWILIO_DELETE_MEDIA Twilio keeps the resource", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const conversation = await startConversation({ status: "escalated" });
    const sid = await textWithMedia(sql, standIn, conversation, [PICTURE]);
    await reconcile();
    await reconcile();
    assertEquals((await standIn.client.messages(sid).media.list()).length, 1);
  }));

Deno.test("an agent attaches to a conversation that they may read, and to no other", async () => {
  const [agent, other] = [await asNewAgent(), await asNewAgent()];
  const own = await startConversation({ assigned_agent_id: agent.id });
  const unassigned = await startConversation();
  const picture = await (await fetch(DOT)).blob();
  const attach = async ({ client }: typeof agent, name: string) => {
    const bucket = client.storage.from("recruiting-attachments");
    return (await bucket.upload(name, picture)).error === null;
  };
  assertEquals(await attach(agent, `${own.id}/a.gif`), true);
  assertEquals(await attach(agent, `${unassigned.id}/a.gif`), true);
  assertEquals(await attach(other, `${own.id}/b.gif`), false);
  for (const name of ["a.gif", `${crypto.randomUUID()}/a.gif`, `x/${own.id}/a.gif`, "'/a.gif"]) {
    assertEquals(await attach(agent, name), false, name);
  }
  const sign = async ({ client }: typeof agent) =>
    (await client.storage.from("recruiting-attachments").createSignedUrl(`${own.id}/a.gif`, 60))
      .error === null;
  assertEquals([await sign(agent), await sign(other)], [true, false]);
  assertEquals(
    (await asServiceRole().storage.from("recruiting-attachments").list(own.id)).data?.length,
    1,
  );
});

Deno.test("what an agent attached follows the conversation, and no agent replaces, moves or copies it elsewhere", async () => {
  const [agent, other] = [await asNewAgent(), await asNewAgent()];
  const own = await startConversation({ assigned_agent_id: agent.id });
  const foreign = await startConversation({ assigned_agent_id: other.id });
  const bucketOf = ({ client }: typeof agent) => client.storage.from("recruiting-attachments");
  const bucket = bucketOf(agent);
  const picture = await (await fetch(DOT)).blob();
  const [name, theirs] = [`${own.id}/a.gif`, `${foreign.id}/b.gif`];
  assertEquals((await bucket.upload(name, picture)).error, null);
  assertEquals((await bucketOf(other).upload(theirs, picture)).error, null);
  const toMedia = { destinationBucket: BUCKET };
  for (
    const [label, attempt] of [
      ["upsert", bucket.upload(name, picture, { upsert: true })],
      ["move", bucket.move(name, `${own.id}/c.gif`)],
      ["move away", bucket.move(name, `${foreign.id}/c.gif`)],
      ["move theirs", bucket.move(theirs, `${own.id}/c.gif`)],
      ["copy away", bucket.copy(name, `${foreign.id}/c.gif`)],
      ["copy theirs", bucket.copy(theirs, `${own.id}/c.gif`)],
      ["copy to recruits' media", bucket.copy(name, `${own.id}/message/0`, toMedia)],
      ["upload for another agent", bucket.createSignedUploadUrl(`${foreign.id}/c.gif`)],
    ] as const
  ) await assertRefused(attempt, label);
  assertEquals((await bucket.remove([name, theirs])).data, []);

  const platform = asServiceRole();
  const opens = async (who: typeof agent) =>
    (await bucketOf(who).createSignedUrl(name, 60)).error === null;
  assertEquals([await opens(agent), await opens(other)], [true, false]);
  await platform.rpc("recruiting_assign_conversation", {
    conversation_id: own.id,
    agent_id: other.id,
  });
  assertEquals([await opens(agent), await opens(other)], [false, true]);
  await assertRefused(bucket.upload(`${own.id}/d.gif`, picture), "no longer the agent's");
  await platform.from("recruiting_agents").delete().eq("user_id", other.id);
  assertEquals([await opens(agent), await opens(other)], [true, false]);
  await assertRefused(bucketOf(other).upload(`${own.id}/d.gif`, picture), "no longer an agent");
});
