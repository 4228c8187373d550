/**
 * CORS for /rest/v1 and /auth/v1. PostgREST, GoTrue and the gateway before them let pages of every
 * origin in. Lite's preflight of Auth allows no header of supabase-js's, and that of a database
 * function is answered 404.
 *
 * @see https://docs.postgrest.org/en/stable/references/api/cors.html
 * @see https://supabase.com/docs/guides/self-hosting/auth/config
 * @module
 */

/** Answers a preflight; nothing to any other request. */
export function answerPreflight({ method, headers }: Request): Response | undefined {
  if (method !== "OPTIONS" || !headers.has("Access-Control-Request-Method")) return undefined;
  return new Response(null, {
    status: 204,
    headers: {
      "Access-Control-Allow-Origin": "*",
      "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
      "Access-Control-Allow-Headers": headers.get("Access-Control-Request-Headers") ?? "",
      "Access-Control-Max-Age": "86400",
      "Vary": "Access-Control-Request-Headers",
    },
  });
}

/** Lets the page that has called read an answer of Auth. */
export function allowReading(response: Response): Response {
  response.headers.set("Access-Control-Allow-Origin", "*");
  response.headers.set(
    "Access-Control-Expose-Headers",
    "X-Total-Count, Link, X-Supabase-Api-Version",
  );
  return response;
}
