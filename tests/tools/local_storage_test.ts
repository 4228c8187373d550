/** The local Storage answers supabase-js as Supabase's does. */
import { assert, assertEquals, assertMatch, rejection } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { API_URL, asAnon, asNewAgent, asServiceRole, withSql } from "../support/stack.ts";

const BUCKET = "recruiting-media";

/** Bytes that are no text in any encoding. */
const CONTENT = new Uint8Array([0xff, 0xd8, 0xff, 0x00, 0x80]);

/** The platform's view of the bucket, and a folder that no other test uses. */
async function ownFolder() {
  const { id } = await startConversation();
  return { folder: id, bucket: asServiceRole().storage.from(BUCKET) };
}

const upload = (bucket: Awaited<ReturnType<typeof ownFolder>>["bucket"], name: string) =>
  bucket.upload(name, CONTENT, { contentType: "image/jpeg", upsert: true });

Deno.test("an object is uploaded, replaced, downloaded, listed and removed", async () => {
  const { folder, bucket } = await ownFolder();
  const names = [`${folder}/one/0`, `${folder}/one/1`, `${folder}/two`];
  for (const name of names) assertEquals((await upload(bucket, name)).error, null);
  assertEquals((await upload(bucket, names[0])).error, null);
  const again = await bucket.upload(names[0], CONTENT);
  assertMatch(again.error?.message ?? "", /exists/);

  const { data } = await bucket.download(names[0]);
  assertEquals([await data?.bytes(), data?.type], [CONTENT, "image/jpeg"]);
  const listed = async (path: string, options = {}) =>
    (await bucket.list(path, options)).data?.map(({ name, id }) => [name, id !== null]);
  assertEquals(await listed(folder), [["one", false], ["two", true]]);
  assertEquals(await listed(`${folder}/one`), [["0", true], ["1", true]]);
  assertEquals(await listed(folder, { limit: 1, offset: 1 }), [["two", true]]);

  const removed = await bucket.remove([names[0], `${folder}/three`]);
  assertEquals(removed.data?.map(({ name }) => name), [names[0]]);
  assertEquals(await listed(`${folder}/one`), [["1", true]]);
  assert((await bucket.download(names[0])).error, "a file that was removed was downloaded");
});

Deno.test("signed URLs open what they name, until they end, and nothing else", async () => {
  const { folder, bucket } = await ownFolder();
  const name = `${folder}/picture`;
  await upload(bucket, name);
  const { data } = await bucket.createSignedUrl(name, 60);
  const url = data?.signedUrl ?? "";
  assert(url.startsWith(`${API_URL}/storage/v1/object/sign/${BUCKET}/${name}?token=`), url);
  const opened = await fetch(url);
  assertEquals(await opened.bytes(), CONTENT);
  assertEquals(opened.headers.get("content-type"), "image/jpeg");
  assertEquals(opened.headers.get("access-control-allow-origin"), "*");

  const several = await bucket.createSignedUrls([name, `${folder}/none`], 60);
  assertEquals(several.data?.map(({ signedUrl, error }) => [Boolean(signedUrl), error === null]), [
    [true, true],
    [false, false],
  ]);
  assertEquals(await (await fetch(several.data?.[0].signedUrl ?? "")).bytes(), CONTENT);

  const expired = (await bucket.createSignedUrl(name, -1)).data?.signedUrl ?? "";
  for (const wrong of [expired, `${url}x`, url.replace("/picture", "/other")]) {
    const response = await fetch(wrong);
    await response.body?.cancel();
    assert(response.status >= 400 && response.status < 500, `${response.status}`);
  }
  assert(
    (await bucket.createSignedUrl(`${folder}/none`, 60)).error,
    "a file that is not there got a URL",
  );
});

Deno.test("a bucket takes no file that is larger or of another type than it allows", async () => {
  const { folder } = await ownFolder();
  const bucket = asServiceRole().storage.from("recruiting-attachments");
  const put = (content: Blob) => bucket.upload(`${folder}/file`, content);
  const large = new Blob([new Uint8Array(5 * 1024 * 1024 + 1)], { type: "image/png" });
  assert((await put(large)).error, "a large file was stored");
  assert((await put(new Blob(["<svg/>"], { type: "image/svg+xml" }))).error, "an SVG was stored");
  assertEquals((await put(new Blob([CONTENT], { type: "image/png" }))).error, null);
});

Deno.test("policies on storage.objects count: no visitor and no agent writes, lists or opens", async () => {
  const { bucket } = await ownFolder();
  const agent = await asNewAgent();
  const other = await startConversation({ assigned_agent_id: (await asNewAgent()).id });
  const name = `${other.id}/message/0`;
  await upload(bucket, name);
  for (const client of [asAnon(), agent.client]) {
    const seen = client.storage.from(BUCKET);
    assert((await seen.upload(`${other.id}/message/1`, CONTENT)).error, "a file was added");
    assert((await seen.upload(name, CONTENT, { upsert: true })).error, "the file was replaced");
    assert((await seen.download(name)).error, "the file was downloaded");
    assert((await seen.createSignedUrl(name, 60)).error, "the file got a URL");
    assertEquals((await seen.list(`${other.id}/message`)).data, []);
    assertEquals((await seen.remove([name])).data, []);
  }
  assertEquals(await (await bucket.download(name)).data?.bytes(), CONTENT);
});

Deno.test("Storage's tables refuse DELETE by SQL, and changes", () =>
  withSql(async (sql) => {
    const { folder, bucket } = await ownFolder();
    await upload(bucket, `${folder}/picture`);
    const codeOf = (statement: string) =>
      sql.unsafe(statement).then(() => undefined, ({ code }) => code);
    for (
      const statement of [
        `delete from storage.objects where name = '${folder}/picture'`,
        "delete from storage.buckets",
        "alter table storage.objects add column mine int",
        "drop table storage.objects",
        "create table storage.mine (id int)",
        "alter table storage.buckets disable row level security",
      ]
    ) assertEquals(await codeOf(statement), "42501", statement);
    assertEquals((await bucket.download(`${folder}/picture`)).error, null);
    await sql`create policy "mine" on storage.objects for select to anon using (false)`;
    await sql`drop policy "mine" on storage.objects`;
    assertMatch(
      await rejection(sql`drop trigger protect_objects_delete on storage.objects`),
      /must be owner/,
    );
  }));
