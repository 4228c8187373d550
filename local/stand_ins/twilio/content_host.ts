/**
 * The host that holds the content of media, to which the API redirects: another port of the same machine. As S3 does,
 * it refuses a request with credentials, because the link's token is what opens the content.
 *
 * @see https://www.twilio.com/docs/messaging/api/media-resource
 * @module
 */
import { createServer } from "node:http";
import { type Content, contentOf } from "./media_content.ts";
import type { Media } from "./message_log.ts";

/** A running host. */
export interface ContentHost {
  /**
   * Makes the address of a medium's content.
   *
   * @param hostname The host by which the caller reached the API.
   */
  linkTo(media: Media, hostname: string): string;
  stop(): Promise<void>;
}

/** The most links that are kept: an older one is forgotten, as Twilio's end after some hours. */
const MAX_LINKS = 10_000;

/** Starts the host on a free port. */
export async function startContentHost(listenOn: string): Promise<ContentHost> {
  const contents = new Map<string, Media>();
  const server = createServer((request, response) => {
    const media = contents.get(new URL(request.url ?? "/", "http://127.0.0.1").pathname);
    if (request.headers.authorization !== undefined) {
      response.writeHead(400, { "Content-Type": "text/plain" });
      return void response.end("Only one auth mechanism allowed");
    }
    if (!media || (request.method !== "GET" && request.method !== "HEAD")) {
      response.writeHead(media ? 405 : 404);
      return void response.end();
    }
    const { bytes, type }: Content = contentOf(media);
    response.writeHead(200, { "Content-Type": type, "Content-Length": bytes.byteLength });
    response.end(request.method === "HEAD" ? undefined : bytes);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, listenOn, resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    linkTo(media, hostname) {
      const path = `/${crypto.randomUUID()}`;
      contents.set(path, media);
      for (const oldest of contents.keys()) {
        if (contents.size <= MAX_LINKS) break;
        contents.delete(oldest);
      }
      return `http://${hostname}:${port}${path}`;
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
