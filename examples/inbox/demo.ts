/**
 * The demo page: a recruit's phone beside an agents' inbox, and the webhooks between them.
 *
 * It is served on a port of its own, because it is what a platform's front end is: a page elsewhere
 * that has nothing but the project's address and its publishable key.
 *
 * @module
 */
import { apiUrl, type Ports, studioUrl, twilioUrl } from "../../local/settings/addresses.ts";
import { LOCAL_AGENTS } from "../../local/settings/agents.ts";
import { PUBLISHABLE_KEY } from "../../local/settings/keys.ts";
import { LogStream } from "./log_stream.ts";
import { bundlePage } from "./page_bundle.ts";
import { type DemoSettings, RECRUITS, SENDERS } from "./settings.ts";

/** The files that are served as they are, beside the bundled script. */
const FILES: Record<string, { file: string; type: string }> = {
  "/": { file: "page/index.html", type: "text/html" },
  "/page.css": { file: "page/page.css", type: "text/css" },
  "/icon.svg": { file: "page/icon.svg", type: "image/svg+xml" },
};

/** A demo page that is served. */
export interface Demo {
  /** Takes a line that a function has printed. */
  hear(line: string): void;
  stop(): Promise<void>;
}

/** What the page is started with. */
export interface DemoOptions {
  ports: Ports;
  /** Whether a reload of the page brings what has changed in its files. */
  watch: boolean;
}

/** Serves the page on 127.0.0.1. */
export function startDemo({ ports, watch }: DemoOptions): Demo {
  const bundle = bundlePage(watch);
  const log = new LogStream();
  const closing = new AbortController();
  const headers = securityHeaders(ports);

  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (request.method !== "GET") {
      return new Response("Only GET is allowed", { status: 405, headers: { Allow: "GET" } });
    }
    if (pathname === "/settings.json") return Response.json(settingsOf(ports));
    if (pathname === "/webhooks") return log.listen(request);
    if (pathname === "/page.js") return asText(await bundle.script(), "text/javascript");
    if (!Object.hasOwn(FILES, pathname)) return new Response("Not found", { status: 404 });
    const { file, type } = FILES[pathname];
    return asText(await Deno.readTextFile(new URL(file, import.meta.url)), type);
  };

  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: ports.demo,
    signal: closing.signal,
    onListen: () => {},
    onError: (error) => {
      console.error(error);
      return new Response(String(error), { status: 500 });
    },
  }, async (request) => {
    const response = await answer(request);
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    return response;
  });
  return {
    hear: (line) => log.hear(line),
    async stop() {
      closing.abort();
      await Promise.all([server.finished, bundle.stop()]);
    },
  };
}

/** The page may talk to the stack, and to nobody else. */
function securityHeaders(ports: Ports): Record<string, string> {
  const realtimeUrl = apiUrl(ports).replace("http:", "ws:");
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${apiUrl(ports)} ${realtimeUrl} ${twilioUrl(ports)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    "Content-Security-Policy": policy.join("; "),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
  };
}

function settingsOf(ports: Ports): DemoSettings {
  return {
    apiUrl: apiUrl(ports),
    twilioUrl: twilioUrl(ports),
    publishableKey: PUBLISHABLE_KEY,
    studioUrl: studioUrl(ports),
    agents: LOCAL_AGENTS,
    recruits: RECRUITS,
    senders: SENDERS,
  };
}

function asText(text: string, type: string): Response {
  return new Response(text, { headers: { "Content-Type": `${type}; charset=utf-8` } });
}
