/**
 * Answers of npm:@supabase/lite's Storage, in the form of Supabase Storage's.
 *
 * Lite names a signed URL `signedUrl` and begins it with `/storage/v1`; storage-js reads `signedURL`, and adds that
 * path itself. Lite lists whole names, also of objects in folders below; Storage lists one folder, by names in it.
 *
 * @see https://supabase.github.io/storage/
 * @module
 */
import { z } from "zod/v3";

const SignedUrl = z.object({ signedUrl: z.string() });

const ListedObjects = z.array(z.object({ name: z.string() }).passthrough());

/** Mends the answer to `POST /object/sign/<bucket>/<name>`. */
export function withSignedUrl(answer: unknown): unknown {
  const { success, data } = SignedUrl.safeParse(answer);
  return success ? { signedURL: data.signedUrl.replace(/^\/storage\/v1/, "") } : answer;
}

/** What is listed of a folder. */
export interface ListOptions {
  prefix: string;
  limit: number;
  offset: number;
}

/**
 * Mends the answer to `POST /object/list/<bucket>`.
 *
 * @param answer Lite's list of everything whose name begins with the folder, with whole names.
 * @param options What the caller asked for.
 * @returns The folder's objects, and its folders, whose other fields are null.
 */
export function folderContents(answer: unknown, { prefix, limit, offset }: ListOptions): unknown {
  const listed = ListedObjects.safeParse(answer);
  if (!listed.success) return answer;
  const folders = new Set<string>();
  const contents = listed.data.flatMap((object) => {
    if (!object.name.startsWith(prefix)) return [];
    const [name, below] = object.name.slice(prefix.length).split("/", 2);
    if (below === undefined) return [{ ...object, name }];
    if (folders.has(name)) return [];
    folders.add(name);
    return [{
      name,
      id: null,
      updated_at: null,
      created_at: null,
      last_accessed_at: null,
      metadata: null,
    }];
  });
  return contents.slice(offset, offset + limit);
}
