/**
 * What the stand-in's two halves read and write over HTTP.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";

/** A request whose body has been read. */
export interface Call {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: string;
}

/** What goes back. */
export interface Answer {
  status: number;
  /** Sent as JSON; nothing, if absent. */
  body?: unknown;
  headers?: Record<string, string>;
  /** How long it is held back, in ms. */
  delayMs?: number;
}

/** Instead of an answer: the connection is dropped. */
export const DROP = Symbol("drop");

/** Reads a request to its end. */
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

/** Tells whether a call brings JSON, which pages elsewhere cannot send without asking first. */
export function isJson({ headers }: Call): boolean {
  return headers["content-type"]?.startsWith("application/json") ?? false;
}

/** Reads JSON; nothing from what is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Sends an answer. */
export function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, {
    ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    ...headers,
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}
