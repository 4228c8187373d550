/**
 * The demo server: the page's files, its settings, and the functions' log as a stream.
 *
 * It has a port of its own, because a platform's front end is such a page: on another origin, with
 * the project's address and its publishable key alone.
 *
 * @module
 */
import { apiUrl, type Ports, studioUrl, twilioUrl } from "../../local/settings/addresses.ts";
import { LOCAL_AGENTS } from "../../local/settings/agents.ts";
import { PUBLISHABLE_KEY } from "../../local/settings/keys.ts";
import { accountOf } from "../../local/stand_ins/twilio/account.ts";
import { LogStream } from "./log_stream.ts";
import { bundlePage } from "./page_bundle.ts";
import { type DemoSettings, RECRUITS, SENDERS } from "./settings.ts";
import { readTemplates } from "./templates.ts";

/** The style sheets, each in the folder of what it styles. index.html names them in this order. */
const STYLE_SHEETS = [
  "/page.css",
  "/thread/thread.css",
  "/thread/attachment.css",
  "/thread/composer.css",
  "/phone/phone.css",
  "/inbox/inbox.css",
  "/inbox/conversation_list.css",
  "/inbox/conversation.css",
  "/inbox/reply_box.css",
  "/person/person.css",
  "/log/log.css",
];

/** The files that are served unchanged. The script is bundled. */
const FILES: Record<string, { file: string; type: string }> = {
  "/": { file: "page/index.html", type: "text/html" },
  "/icon.svg": { file: "page/icon.svg", type: "image/svg+xml" },
  ...Object.fromEntries(
    STYLE_SHEETS.map((path) => [path, { file: `page${path}`, type: "text/css" }]),
  ),
};

/** A running demo server. */
export interface Demo {
  /** Shows a line that an Edge Function has printed. */
  addLogLine(line: string): void;
  stop(): Promise<void>;
}

/** The options of the demo server. */
export interface DemoOptions {
  ports: Ports;
  /** The functions' settings, with Twilio's account. */
  settings: Record<string, string>;
  /** Whether a changed file of the page shows after a reload. */
  watch: boolean;
}

/**
 * Serves the page on 127.0.0.1.
 *
 * @throws {Error} If the port is in use.
 */
export function startDemo({ ports, settings, watch }: DemoOptions): Demo {
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
    if (pathname === "/templates.json") return await answerTemplates(ports, settings);
    if (pathname === "/webhooks") return log.subscribe(request);
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
    addLogLine: (line) => log.add(line),
    async stop() {
      closing.abort();
      await Promise.all([server.finished, bundle.stop()]);
    },
  };
}

/** Headers that let the page connect to the stack alone. */
function securityHeaders(ports: Ports): Record<string, string> {
  const realtimeUrl = apiUrl(ports).replace("http:", "ws:");
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // Signed URLs of Storage, and pictures that were not uploaded yet.
    `img-src 'self' blob: ${apiUrl(ports)}`,
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

/**
 * The templates that agents may send. A platform's server first checks that the caller is an agent; this one listens on
 * loopback alone.
 */
async function answerTemplates(
  ports: Ports,
  settings: Record<string, string>,
): Promise<Response> {
  try {
    const url = settings.TWILIO_API_BASE_URL || twilioUrl(ports);
    return Response.json(await readTemplates(url, accountOf(settings)));
  } catch (error) {
    console.error(error);
    return Response.json({ error: "Twilio's templates could not be read" }, { status: 502 });
  }
}

function asText(text: string, type: string): Response {
  return new Response(text, { headers: { "Content-Type": `${type}; charset=utf-8` } });
}
