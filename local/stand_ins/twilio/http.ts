/**
 * HTTP requests and answers of the stand-in.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { parse } from "node:querystring";

/** A request whose body has been read. */
export interface Call {
  method: string;
  /** The path without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: string;
}

/** An answer. */
export interface Answer {
  status: number;
  /** The body, sent as JSON; absent for an empty one. */
  body?: unknown;
  headers?: Record<string, string>;
  /** The delay before it is sent, in ms. */
  delayMs?: number;
}

/** Drops the connection instead of an answer. */
export const DROP = Symbol("drop");

/** Reads a request with its whole body. */
export async function readCall(request: IncomingMessage): Promise<Call> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  return {
    method: request.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: await new Blob(chunks as BlobPart[]).text(),
  };
}

/** Reads the parameters in a call's query. */
export function queryOf({ query }: Call): Record<string, unknown> {
  return fieldsOf(query.toString());
}

/** Reads the parameters in a call's form. */
export function formOf({ body }: Call): Record<string, unknown> {
  return fieldsOf(body);
}

/** Parses a form. A repeated field has an array of its values. */
function fieldsOf(text: string): Record<string, unknown> {
  return { ...parse(text, "&", "=", { maxKeys: 0 }) };
}

/** Tests for JSON, which a page of another origin cannot send without a CORS preflight. */
export function isJson({ headers }: Call): boolean {
  return headers["content-type"]?.startsWith("application/json") ?? false;
}

/** Sends an answer. */
export function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, {
    ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    ...headers,
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
