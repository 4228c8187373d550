/**
 * A stand-in for Supabase Storage at /storage/v1: that of npm:@supabase/lite, on the stack's Postgres, with the
 * contents in files. Policies on storage.objects count, as when hosted. It has no resumable uploads and no S3 API.
 *
 * @see https://supabase.com/docs/guides/storage
 * @module
 */
import { setExperimental } from "@supabase/lite";
import { jwtVerify } from "jose";
import { z } from "zod/v3";
import { answerPreflight } from "../rest_and_auth/cors.ts";
import { callLite, openLite } from "../rest_and_auth/lite.ts";
import { JWT_SECRET } from "../settings/keys.ts";
import { keepObjectsIn } from "./object_files.ts";
import { folderContents, type ListOptions, withSignedUrls } from "./storage_answers.ts";

/** Answers requests whose path begins with /storage/v1. */
export interface Storage {
  fetch(request: Request): Promise<Response>;
  /** Replaces the connections, after a restart of Postgres. */
  reconnect(): void;
  close(): Promise<void>;
}

/** The body of a list, with the defaults of Storage. */
const ListBody = z.object({
  prefix: z.string().default("").transform((prefix) => prefix.replace(/([^/])$/, "$1/")),
  limit: z.number().int().min(1).default(100),
  offset: z.number().int().min(0).default(0),
  sortBy: z.unknown(),
  search: z.unknown(),
});

const LIST = /^\/storage\/v1\/object\/list\/[^/]+$/;
const SIGN = /^\/storage\/v1\/object\/sign\//;

/**
 * Opens Storage on a database.
 *
 * @param url The database's address as a superuser. Each request runs as the role of its key or token.
 * @param folder The path of the folder with the contents.
 */
export function openStorage(url: string, folder: string): Storage {
  const open = () => {
    const lite = openLite(url, { objects: keepObjectsIn(folder) });
    // After init(), because lite warns of experimental features that are on before.
    return { ...lite, ready: lite.app.init().then(() => setExperimental("storage", true)) };
  };
  let lite = open();
  const call = async (request: Request) => {
    const { app, ready } = lite;
    await ready;
    return await callLite(app, request);
  };
  return {
    async fetch(request) {
      const preflight = answerPreflight(request);
      if (preflight) return preflight;
      const { pathname } = new URL(request.url);
      if (request.method === "GET" && SIGN.test(pathname) && !await hasValidToken(request)) {
        return refusal("InvalidJWT", "The signed URL is not valid, or not any more");
      }
      if (request.method === "POST" && SIGN.test(pathname)) {
        return await mended(await call(request), withSignedUrls);
      }
      if (request.method === "POST" && LIST.test(pathname)) return await list(request, call);
      return allowReading(await call(request));
    },
    reconnect() {
      const { connection } = lite;
      lite = open();
      connection.close().catch(() => {});
    },
    close: () => lite.connection.close(),
  };
}

/** Lists a folder. Lite gets no limit, because it counts the objects of the folders below, too. */
async function list(
  request: Request,
  call: (request: Request) => Promise<Response>,
): Promise<Response> {
  const body = ListBody.safeParse(await request.json().catch(() => undefined));
  if (!body.success) return refusal("InvalidRequest", "The body must be JSON with a prefix");
  const { limit, offset, ...wanted } = body.data;
  const options: ListOptions = { prefix: wanted.prefix, limit, offset };
  const headers = new Headers(request.headers);
  headers.delete("content-length");
  const asked = new Request(request.url, { method: "POST", headers, body: JSON.stringify(wanted) });
  return await mended(await call(asked), (answer) => folderContents(answer, options));
}

/** Changes the JSON of a successful answer. */
async function mended(
  response: Response,
  mend: (answer: unknown) => unknown,
): Promise<Response> {
  if (!response.ok) return allowReading(response);
  return allowReading(Response.json(mend(await response.json())));
}

/** Lite answers 500 to a token that has expired, and prints the error. */
async function hasValidToken({ url }: Request): Promise<boolean> {
  const token = new URL(url).searchParams.get("token") ?? "";
  const secret = new TextEncoder().encode(JWT_SECRET);
  return await jwtVerify(token, secret).then(() => true, () => false);
}

/** Storage answers 400 with the true status in the body. */
function refusal(error: string, message: string): Response {
  return allowReading(Response.json({ statusCode: "400", error, message }, { status: 400 }));
}

/** Lets a page of any origin read an answer. */
function allowReading(response: Response): Response {
  const { status, body } = response;
  const headers = new Headers(response.headers);
  headers.set("Access-Control-Allow-Origin", "*");
  return new Response(body, { status, headers });
}
