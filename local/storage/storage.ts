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
import { folderContents, withSignedUrl } from "./storage_answers.ts";
import { withJson, withNamedFile } from "./storage_requests.ts";

/** Answers requests whose path begins with /storage/v1. */
export interface Storage {
  fetch(request: Request): Promise<Response>;
  /** Replaces the connections, after a restart of Postgres. */
  reconnect(): void;
  close(): Promise<void>;
}

/** Passes a request to lite. */
type CallStorage = (request: Request) => Promise<Response>;

/** The body of a list, with the defaults of Storage. */
const ListBody = z.object({
  prefix: z.string().default("").transform((prefix) => prefix.replace(/([^/])$/, "$1/")),
  limit: z.number().int().min(1).default(100),
  offset: z.number().int().min(0).default(0),
  sortBy: z.unknown(),
  search: z.unknown(),
});

/** The body of signing several URLs. */
const SignBody = z.object({ expiresIn: z.number(), paths: z.array(z.string()) });

const ErrorBody = z.object({ message: z.string() });

const LIST = /^\/storage\/v1\/object\/list\/[^/]+$/;
const SIGN_ONE = /^\/storage\/v1\/object\/sign\/[^/]+\/./;
const SIGN_SEVERAL = /^\/storage\/v1\/object\/sign\/[^/]+$/;
const UPLOAD = /^\/storage\/v1\/object\/[^/]+\/./;

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
      return answerPreflight(request) ?? allowReading(await answer(request, call));
    },
    reconnect() {
      const { connection } = lite;
      lite = open();
      connection.close().catch(() => {});
    },
    close: () => lite.connection.close(),
  };
}

async function answer(request: Request, call: CallStorage): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (request.method === "GET" && SIGN_ONE.test(pathname) && !await hasValidToken(request)) {
    return refusal("InvalidJWT", "The signed URL is not valid, or not any more");
  }
  if (request.method === "POST") {
    if (LIST.test(pathname)) return await list(request, call);
    if (SIGN_SEVERAL.test(pathname)) return await signSeveral(request, call);
    if (SIGN_ONE.test(pathname)) return await mended(await call(request), withSignedUrl);
    if (UPLOAD.test(pathname)) return await call(await withNamedFile(request));
  }
  return await call(request);
}

/** Lists a folder. Lite gets no limit, because it counts the objects of the folders below, too. */
async function list(request: Request, call: CallStorage): Promise<Response> {
  const body = ListBody.safeParse(await request.json().catch(() => undefined));
  if (!body.success) return refusal("InvalidRequest", "The body must be JSON with a prefix");
  const { limit, offset, ...asked } = body.data;
  const listed = await call(withJson(request, request.url, asked));
  return await mended(
    listed,
    (answer) => folderContents(answer, { prefix: asked.prefix, limit, offset }),
  );
}

/** Signs each name by a call of its own, because lite takes the path of several for that of one. */
async function signSeveral(request: Request, call: CallStorage): Promise<Response> {
  const body = SignBody.safeParse(await request.json().catch(() => undefined));
  if (!body.success) {
    return refusal("InvalidRequest", "The body must be JSON with expiresIn, paths");
  }
  const { expiresIn, paths } = body.data;
  const signed = await Promise.all(paths.map(async (path) => {
    const url = `${request.url}/${path.split("/").map(encodeURIComponent).join("/")}`;
    const response = await call(withJson(request, url, { expiresIn }));
    const answer = await response.json();
    const error = ErrorBody.safeParse(answer);
    return error.success
      ? { path, error: error.data.message, signedURL: null }
      : { path, error: null, ...withSignedUrl(answer) as { signedURL: string } };
  }));
  return Response.json(signed);
}

/** Changes the JSON of a successful answer. */
async function mended(response: Response, mend: (answer: unknown) => unknown): Promise<Response> {
  return response.ok ? Response.json(mend(await response.json())) : response;
}

/** Lite answers 500 to a token that has expired, and prints the error. */
async function hasValidToken({ url }: Request): Promise<boolean> {
  const token = new URL(url).searchParams.get("token") ?? "";
  const secret = new TextEncoder().encode(JWT_SECRET);
  return await jwtVerify(token, secret).then(() => true, () => false);
}

/** Storage answers 400 with the true status in the body. */
function refusal(error: string, message: string): Response {
  return Response.json({ statusCode: "400", error, message }, { status: 400 });
}

/** Lets a page of any origin read an answer. */
function allowReading({ status, headers, body }: Response): Response {
  const readable = new Headers(headers);
  readable.set("Access-Control-Allow-Origin", "*");
  return new Response(body, { status, headers: readable });
}
