/**
 * Studio of @supabase/lite, which shows the tables in a browser. It acts as the service role, which
 * may write the platform's lists of agents and senders.
 *
 * It has a port of its own, as in Supabase's local stack, because its requests carry no key, and
 * the gateway requires one.
 *
 * @see https://docs.lite.dev
 * @module
 */
import { callLite, openLite } from "./lite.ts";

const TYPES: Record<string, string> = {
  css: "text/css",
  ico: "image/x-icon",
  js: "text/javascript",
  json: "application/json",
  svg: "image/svg+xml",
  woff2: "font/woff2",
};

/** The paths of the APIs, which need protection. All other paths are Studio's files. */
const DATA = /^\/(rest|auth|storage|_system)\//;

/**
 * Serves Studio on 127.0.0.1.
 *
 * @param url The database's address as a superuser.
 * @returns A function that stops it.
 * @throws {Error} If the port is in use.
 */
export function startStudio(url: string, port: number): () => Promise<void> {
  const { app, connection } = openLite(url, { admin: true });
  const closing = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port, signal: closing.signal, onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname.startsWith("/static/")) return await asset(pathname.slice("/static/".length));
      if (DATA.test(pathname) && !isOwnRequest(request)) return forbidden();
      const response = await callLite(app, request);
      response.headers.set("Cache-Control", "no-store");
      return response;
    },
  );
  return async () => {
    closing.abort();
    await server.finished;
    await connection.close();
  };
}

/**
 * Whether a request comes from Studio's own page, under a loopback name. That excludes pages of
 * other origins, and names that an attacker points to 127.0.0.1.
 *
 * @see https://developer.mozilla.org/en-US/docs/Web/HTTP/Headers/Sec-Fetch-Site
 */
function isOwnRequest({ url, headers }: Request): boolean {
  const { hostname } = new URL(url);
  const site = headers.get("Sec-Fetch-Site") ?? "same-origin";
  return ["127.0.0.1", "localhost", "[::1]"].includes(hostname) &&
    (site === "same-origin" || site === "none");
}

function forbidden(): Response {
  return Response.json({ message: "Only Studio's own page may call this address" }, {
    status: 403,
  });
}

/** Serves a static file of the package. */
async function asset(path: string): Promise<Response> {
  const type = TYPES[path.split(".").at(-1) ?? ""];
  if (!type || !/^[\w./-]+$/.test(path) || path.includes("..")) return notFound();
  try {
    const file = await Deno.readFile(new URL(import.meta.resolve(`@supabase/lite/static/${path}`)));
    return new Response(file, { headers: { "Content-Type": type } });
  } catch {
    return notFound();
  }
}

function notFound(): Response {
  return new Response("Not found", { status: 404 });
}
