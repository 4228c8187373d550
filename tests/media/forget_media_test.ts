/** An erasure leaves no attachment in Storage, whatever a worker is doing at the time. */
import type postgres from "postgres";
import { assertEquals } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { kill } from "../support/faults.ts";
import { endRuns, holdCopies } from "../support/held_copies.ts";
import { textWithMedia } from "../support/media.ts";
import { type Reconciler, withReconciler } from "../support/reconciler.ts";
import { asNewAgent, asServiceRole } from "../support/stack.ts";

const PICTURE = { url: "https://example.com/a.png", content_type: "image/png" };

/** How many objects there are of a conversation, in both buckets. */
async function objectsOf(sql: postgres.Sql, conversationId: string): Promise<number> {
  const [{ count }] = await sql`select count(*)::int as count from storage.objects
    where name like ${`${conversationId}/%`}`;
  return count;
}

/** What is to be deleted, other than folders that only wait for the end of uploads. */
async function deletionsOf(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql`select target from private.deletions
    where due_at is distinct from keep_until order by target`;
  return rows.map(({ target }) => target);
}

/** The folders of recruits' media that wait for the end of uploads. */
function waitingMedia(sql: postgres.Sql) {
  return sql`select target from private.deletions
    where due_at = keep_until and target like 'recruiting-media/%'`;
}

/** Lets the time pass in which an upload may still end. */
async function endUploads(sql: postgres.Sql): Promise<void> {
  await sql`update private.deletions set due_at = now(), keep_until = now()`;
}

async function forget(phone: string): Promise<void> {
  const { error } = await asServiceRole().rpc("recruiting_forget", { recruit_phone: phone });
  assertEquals(error, null);
}

/** A conversation whose text has a copied picture. */
async function withCopy({ sql, standIn, reconcile }: Reconciler) {
  const conversation = await startConversation({ status: "escalated" });
  await textWithMedia(sql, standIn, conversation, [PICTURE, PICTURE]);
  await reconcile();
  assertEquals(await objectsOf(sql, conversation.id), 2);
  return conversation;
}

Deno.test("an erasure notes what is stored, and the next run deletes it; another recruit's stays", () =>
  withReconciler(async (reconciler) => {
    const { sql, reconcile, database } = reconciler;
    const [erased, kept] = [await withCopy(reconciler), await withCopy(reconciler)];
    const agent = await asNewAgent();
    await agent.client.storage.from("recruiting-attachments")
      .upload(`${erased.id}/cv.pdf`, new Blob(["x"], { type: "application/pdf" }));
    assertEquals(await objectsOf(sql, erased.id), 3);
    await forget(erased.recruit_phone);
    assertEquals((await deletionsOf(sql)).length, 2);

    const outage = database.breakBefore(({ line }) => line.includes("DELETE"));
    await reconcile();
    assertEquals([await objectsOf(sql, erased.id), (await deletionsOf(sql)).length], [3, 2]);
    outage.mend();
    await endUploads(sql);
    await reconcile();
    assertEquals([await objectsOf(sql, erased.id), await deletionsOf(sql)], [0, []]);
    assertEquals(await objectsOf(sql, kept.id), 2);
  }));

Deno.test("a deletion whose answer is lost is done again, and ends", () =>
  withReconciler(async (reconciler) => {
    const { sql, reconcile, database } = reconciler;
    const { id, recruit_phone } = await withCopy(reconciler);
    await forget(recruit_phone);
    const outage = database.breakAfter(({ line }) => line.includes("DELETE"));
    await reconcile();
    outage.mend();
    assertEquals([await objectsOf(sql, id), (await deletionsOf(sql)).length], [0, 1]);
    await sql`update private.deletions set due_at = now()`;
    await reconcile();
    assertEquals(await deletionsOf(sql), []);
  }));

Deno.test("a recruit who is erased at any moment of a copy leaves no object, once the copy has ended", () =>
  withReconciler(async (reconciler) => {
    const { sql, reconcile } = reconciler;
    const copies = await holdCopies(reconciler, PICTURE);
    for (const { conversation } of copies) await forget(conversation.recruit_phone);
    for (const { halt } of copies) halt.release();
    await endRuns(copies);
    await sql`update private.deletions set due_at = now()`;
    await reconcile();
    for (const { moment, conversation } of copies) {
      assertEquals([moment, await objectsOf(sql, conversation.id)], [moment, 0]);
    }
  }));

Deno.test("a recruit who is erased at any moment of a copy leaves no object, also where the worker is killed then", () =>
  withReconciler(async (reconciler) => {
    const { sql, reconcile } = reconciler;
    const copies = await holdCopies(reconciler, PICTURE);
    for (const { conversation } of copies) await forget(conversation.recruit_phone);
    await kill(reconciler);
    for (const { halt } of copies) halt.drop();
    await endRuns(copies);
    await reconcile();
    for (const { moment, conversation } of copies) {
      assertEquals([moment, await objectsOf(sql, conversation.id)], [moment, 0]);
    }
  }));

Deno.test("an upload that ends after the first deletion is deleted at the end of the worker's lease", () =>
  withReconciler(async ({ sql, standIn, call, reconcile, database, worker }) => {
    const conversation = await startConversation({ status: "escalated" });
    await textWithMedia(sql, standIn, conversation, [PICTURE]);
    const halt = database.haltBefore("/storage/v1/object/");
    await (await call()).body?.cancel();
    await halt.reached;
    await forget(conversation.recruit_phone);
    await reconcile();
    assertEquals((await waitingMedia(sql)).length, 1);
    // The upload is done, and the worker ends before it can record it.
    const upload = database.haltAfter("recruiting_record_media");
    halt.release();
    await upload.reached;
    await kill({ worker });
    upload.drop();
    await endUploads(sql);
    await reconcile();
    assertEquals([await objectsOf(sql, conversation.id), await deletionsOf(sql)], [0, []]);
  }));

Deno.test("what an agent is uploading while the recruit is erased is deleted at the end of the time for uploads", () =>
  withReconciler(async ({ sql, reconcile }) => {
    const agent = await asNewAgent();
    const { id, recruit_phone } = await startConversation({ assigned_agent_id: agent.id });
    const claims = JSON.stringify({ role: "authenticated", sub: agent.id });
    await sql.begin(async (upload) => {
      await upload`select set_config('role', 'authenticated', true),
        set_config('request.jwt.claims', ${claims}, true)`;
      await upload`insert into storage.objects (bucket_id, name, metadata)
        values ('recruiting-attachments', ${`${id}/cv.pdf`}, '{}')`;
      await forget(recruit_phone);
      await reconcile();
    });
    assertEquals(await objectsOf(sql, id), 1);
    await endUploads(sql);
    await reconcile();
    assertEquals([await objectsOf(sql, id), await deletionsOf(sql)], [0, []]);
  }));

Deno.test("a conversation that SQL deletes leaves no object either", () =>
  withReconciler(async (reconciler) => {
    const { sql, reconcile } = reconciler;
    const { id } = await withCopy(reconciler);
    await sql`delete from recruiting_conversations where id = ${id}`;
    await reconcile();
    assertEquals([await objectsOf(sql, id), await deletionsOf(sql)], [0, []]);
  }));

Deno.test("a folder with more objects than one claim takes is deleted whole, by one run", () =>
  withReconciler(async ({ sql, reconcile, database }) => {
    const { id, recruit_phone } = await startConversation();
    await sql`insert into storage.objects (bucket_id, name, metadata)
      select 'recruiting-attachments', ${id} || '/' || n, '{}' from generate_series(1, 201) n`;
    await forget(recruit_phone);
    const counts: number[] = [];
    // The stand-in for Storage deletes one name after the other: that takes longer than a claim may.
    database.answerBy("/storage/v1/object/recruiting-attachments DELETE", async ({ body }) => {
      const { prefixes } = JSON.parse(body);
      counts.push(prefixes.length);
      return await sql.begin(async (tx) => {
        await tx`select set_config('storage.allow_delete_query', 'true', true)`;
        return await tx`delete from storage.objects
          where bucket_id = 'recruiting-attachments' and name = any (${prefixes}) returning name`;
      });
    });
    await reconcile();
    assertEquals([counts, await objectsOf(sql, id), await deletionsOf(sql)], [[200, 1], 0, []]);
  }));
