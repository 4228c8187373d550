/**
 * Studio, which comes with @supabase/lite: the tables in a browser. It reads as the service role,
 * and may write what that role may: the platform's own lists of agents and senders.
 *
 * It has a port of its own, as in Supabase's local stack, because it needs no key: whoever has the
 * gateway's address must have one.
 *
 * @see https://docs.lite.dev
 * @module
 */
import { askLite, openLite } from "./lite.ts";

const TYPES: Record<string, string> = {
  css: "text/css",
  ico: "image/x-icon",
  js: "text/javascript",
  json: "application/json",
  svg: "image/svg+xml",
  woff2: "font/woff2",
};

/**
 * Serves Studio on 127.0.0.1.
 *
 * @param url The database's address as a superuser.
 * @returns What stops it.
 */
export function startStudio(url: string, port: number): () => Promise<void> {
  const { app, connection } = openLite(url, { admin: true });
  const closing = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port, signal: closing.signal, onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      return pathname.startsWith("/static/")
        ? await asset(pathname.slice("/static/".length))
        : await askLite(app, request);
    },
  );
  return async () => {
    closing.abort();
    await server.finished;
    await connection.close();
  };
}

/** A file of the package. */
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
