/**
 * CORS for /auth/v1: GoTrue and the gateway before it let pages of every origin sign users in,
 * while lite's preflight allows none of the headers that supabase-js sends.
 *
 * @see https://supabase.com/docs/guides/self-hosting/auth/config
 * @module
 */

/** Answers a preflight of Auth; nothing to any other request. */
export function answerPreflight(request: Request): Response | undefined {
  if (request.method !== "OPTIONS") return undefined;
  return new Response(null, {
    status: 204,
    headers: {
      "Access-Control-Allow-Origin": "*",
      "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
      "Access-Control-Allow-Headers": request.headers.get("Access-Control-Request-Headers") ?? "",
      "Access-Control-Max-Age": "86400",
      "Vary": "Access-Control-Request-Headers",
    },
  });
}

/** Lets the page that has called read the answer. */
export function allowReading(response: Response): Response {
  response.headers.set("Access-Control-Allow-Origin", "*");
  response.headers.set(
    "Access-Control-Expose-Headers",
    "X-Total-Count, Link, X-Supabase-Api-Version",
  );
  return response;
}
