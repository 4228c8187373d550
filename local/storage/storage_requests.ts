/**
 * Requests of storage-js, in the form that npm:@supabase/lite's Storage reads.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/**
 * Names the file of an upload as a form. Lite reads the field `file`; storage-js sends the file under an empty name,
 * which Deno's parser drops.
 *
 * @returns The request itself if it is no form.
 */
export async function withNamedFile(request: Request): Promise<Request> {
  if (!request.headers.get("content-type")?.startsWith("multipart/form-data")) return request;
  // As latin1 every byte is one character, so that the file stays as it is.
  const form = Buffer.from(await request.arrayBuffer()).toString("latin1")
    .replace('form-data; name=""', 'form-data; name="file"');
  const headers = new Headers(request.headers);
  headers.delete("content-length");
  const body = Buffer.from(form, "latin1");
  return new Request(request.url, { method: request.method, headers, body });
}

/** Makes a request with another path and other JSON. */
export function withJson(request: Request, path: string, body: unknown): Request {
  const headers = new Headers(request.headers);
  headers.delete("content-length");
  return new Request(new URL(path, request.url), {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
}
