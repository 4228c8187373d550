/**
 * Sends one request over a connection of its own, unchanged.
 *
 * It uses node:http, because `fetch` cannot abort or stall in a body, and refuses some headers.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type ClientRequest, type IncomingMessage, request as httpRequest } from "node:http";
import type { HostileRequest } from "./hostile_request.ts";

/** An answer. */
export interface Answer {
  status: number;
  contentType: string;
  /** The header Allow. */
  allow: string | undefined;
  body: string;
}

/** The connection broke before an answer came. */
export class ConnectionReset extends Error {}

/** The longest wait for an answer, in ms. A stalled body is answered after 10 s. */
const MAX_WAIT_MS = 25_000;

/**
 * The size of a chunk, in bytes: a prime number, so that chunks cut characters and fields anywhere.
 */
const CHUNK_BYTES = 8_191;

/**
 * Sends a request.
 *
 * @param apiUrl The gateway's address.
 * @param signatures The values of X-Twilio-Signature.
 * @returns The answer; undefined for an aborted delivery.
 * @throws {ConnectionReset} If the connection breaks.
 * @throws {Error} If no answer comes in time.
 */
export function exchange(
  apiUrl: string,
  request: HostileRequest,
  signatures: string[],
): Promise<Answer | undefined> {
  const { webhook, query, method, contentType, userAgent, body, delivery } = request;
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      host: "127.0.0.1",
      port: new URL(apiUrl).port,
      path: `/functions/v1/${webhook}${query}`,
      method,
      agent: false,
      headers: {
        ...(contentType.header === undefined ? {} : { "Content-Type": contentType.header }),
        ...(userAgent === undefined ? {} : { "User-Agent": userAgent }),
        ...(signatures.length > 0 ? { "X-Twilio-Signature": signatures } : {}),
        ...(delivery === "chunked" ? {} : { "Content-Length": String(body.length) }),
      },
    });
    const timer = setTimeout(
      () => outgoing.destroy(new Error(`No answer came within ${MAX_WAIT_MS / 1000} s`)),
      MAX_WAIT_MS,
    );
    const end = (complete: () => void) => {
      clearTimeout(timer);
      complete();
      if (delivery === "stalled") outgoing.destroy();
    };
    outgoing.on(
      "error",
      (error) =>
        end(() => reject(isReset(error) ? new ConnectionReset("The connection was reset") : error)),
    );
    outgoing.on("response", (response) =>
      read(response).then(
        (answer) => end(() => resolve(answer)),
        (error) => end(() => reject(error)),
      ));
    write(outgoing, body, delivery, () =>
      end(() => {
        resolve(undefined);
        outgoing.destroy();
      }));
  });
}

function write(
  outgoing: ClientRequest,
  body: Uint8Array<ArrayBuffer>,
  delivery: HostileRequest["delivery"],
  onAborted: () => void,
): void {
  switch (delivery) {
    case "length":
      outgoing.end(Buffer.from(body));
      break;
    case "chunked":
      for (let at = 0; at < body.length; at += CHUNK_BYTES) {
        outgoing.write(Buffer.from(body.subarray(at, at + CHUNK_BYTES)));
      }
      outgoing.end();
      break;
    case "stalled":
      outgoing.write(Buffer.from(body.subarray(0, -1)));
      break;
    case "aborted":
      outgoing.write(Buffer.from(body.subarray(0, -1)), onAborted);
  }
}

async function read(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const { statusCode = 0, headers } = response;
  return {
    status: statusCode,
    contentType: headers["content-type"] ?? "",
    allow: headers.allow,
    body: Buffer.concat(chunks).toString(),
  };
}

function isReset(error: Error): boolean {
  return "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
}
