/**
 * Objects of Supabase Storage, written and deleted with the project's secret key.
 *
 * `fetch` calls the REST API: storage-js would load with supabase-js, which is larger than the rest of the function.
 *
 * @see https://supabase.github.io/storage/
 * @module
 */
import { z } from "zod/v3";
import type { Configuration } from "../configuration/configuration.ts";
import { bearerFor } from "../database/database.ts";
import { parseJson } from "../http/parse_json.ts";

/** Result of a call. */
export type StorageResult =
  | { kind: "done" }
  /** Storage will never take the object: it is too large for the project, or of a type that it does not allow. */
  | { kind: "refused" }
  /** `reason` is for the log. */
  | { kind: "failed"; reason: string };

/** Writes and deletes objects. No method rejects. */
export interface StoredObjects {
  /**
   * Stores an object, in place of one of the same name.
   *
   * @param name The object's name in the bucket `recruiting-media`.
   * @param endsAt When the call must have ended, on `performance.now()`'s clock, in ms.
   */
  put(name: string, content: Blob, contentType: string, endsAt: number): Promise<StorageResult>;
  /**
   * Deletes objects. One that is gone counts as deleted.
   *
   * @param endsAt As for `put`.
   */
  remove(bucket: string, names: string[], endsAt: number): Promise<StorageResult>;
}

/** The bucket of what recruits attach. */
export const MEDIA_BUCKET = "recruiting-media";

/** An error of Storage. It may answer 400 and name the true status in the body. */
const StorageError = z.object({ statusCode: z.coerce.number() });

/** Prepares calls. No connection is made before the first one. */
export function connectStorage({ supabaseUrl, secretKey }: Configuration): StoredObjects {
  const credentials = { apikey: secretKey, ...bearerFor(secretKey) };
  const call = async (
    path: string,
    init: { method: string; headers: Record<string, string>; body: BodyInit },
    endsAt: number,
  ): Promise<StorageResult> => {
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), Math.max(1, endsAt - performance.now()));
    try {
      const response = await fetch(`${supabaseUrl}/storage/v1/object/${path}`, {
        ...init,
        headers: { ...init.headers, ...credentials },
        signal: controller.signal,
      });
      const body = await response.text();
      return response.ok ? { kind: "done" } : failureOf(response.status, body);
    } catch {
      return { kind: "failed", reason: "Storage could not be reached" };
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    put: (name, content, contentType, endsAt) =>
      call(`${MEDIA_BUCKET}/${name}`, {
        method: "POST",
        headers: { "Content-Type": contentType, "x-upsert": "true" },
        body: content,
      }, endsAt),
    remove: (bucket, names, endsAt) =>
      call(bucket, {
        method: "DELETE",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ prefixes: names }),
      }, endsAt),
  };
}

function failureOf(httpStatus: number, body: string): StorageResult {
  // Of a gateway's page, which is no JSON, the HTTP status says all.
  const status = StorageError.safeParse(parseJson(body)).data?.statusCode ?? httpStatus;
  if (status === 413 || status === 415) return { kind: "refused" };
  return { kind: "failed", reason: `Storage answered HTTP ${status}` };
}
