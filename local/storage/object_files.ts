/**
 * The contents of objects, as files. The database holds their names and owners.
 *
 * @module
 */
import type { App } from "@supabase/lite";
import { createHash } from "node:crypto";
import { join } from "node:path";

/** What npm:@supabase/lite keeps the contents of objects in. */
export type ObjectStore = NonNullable<App["_storageAdapter"]>;

type ObjectMetadata = Awaited<ReturnType<ObjectStore["headObject"]>>;

/**
 * Keeps contents in a folder. An object is two files named by its hash, because an object's name may be longer than
 * a file's, or hold what a file's name must not.
 *
 * @param folder The path of the folder. It is created at the first upload.
 */
export function keepObjectsIn(folder: string): ObjectStore {
  const fileOf = (bucket: string, key: string) =>
    join(folder, createHash("sha256").update(`${bucket}/${key}`).digest("hex"));

  async function write(file: string, content: Uint8Array, type: string, cacheControl: string) {
    const metadata = {
      cacheControl,
      mimetype: type,
      eTag: `"${createHash("md5").update(content).digest("hex")}"`,
      size: content.byteLength,
      contentLength: content.byteLength,
      lastModified: new Date(),
      httpStatusCode: 200,
    };
    await Deno.mkdir(folder, { recursive: true });
    await writeWhole(file, content);
    await writeWhole(`${file}.json`, new TextEncoder().encode(JSON.stringify(metadata)));
    return metadata;
  }

  async function metadataOf(file: string): Promise<ObjectMetadata> {
    const { lastModified, ...metadata } = JSON.parse(await Deno.readTextFile(`${file}.json`));
    return { ...metadata, lastModified: new Date(lastModified) };
  }

  async function remove(bucket: string, key: string) {
    const file = fileOf(bucket, key);
    for (const path of [file, `${file}.json`]) await Deno.remove(path).catch(ignoreNotFound);
  }

  return {
    driver: undefined,
    async getObject(bucket, key) {
      const file = fileOf(bucket, key);
      const metadata = await metadataOf(file);
      return { metadata, httpStatusCode: 200, body: new Blob([await Deno.readFile(file)]) };
    },
    async uploadObject(bucket, key, _version, body, contentType, cacheControl) {
      const content = new Uint8Array(await new Response(body as BodyInit).arrayBuffer());
      return await write(fileOf(bucket, key), content, contentType, cacheControl);
    },
    deleteObject: remove,
    async deleteObjects(bucket, keys) {
      for (const key of keys) await remove(bucket, key);
    },
    async copyObject(sourceBucket, source, _version, bucket, key) {
      const file = fileOf(sourceBucket, source);
      const { mimetype, cacheControl } = await metadataOf(file);
      return await write(fileOf(bucket, key), await Deno.readFile(file), mimetype, cacheControl);
    },
    headObject: (bucket, key) => metadataOf(fileOf(bucket, key)),
    privateAssetUrl: (bucket, key) => Promise.resolve(`file://${fileOf(bucket, key)}`),
  };
}

/** Writes a file so that a reader finds all of it or the earlier content. */
async function writeWhole(path: string, content: Uint8Array): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}`;
  await Deno.writeFile(temporary, content);
  await Deno.rename(temporary, path);
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
