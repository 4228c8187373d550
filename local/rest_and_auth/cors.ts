/**
 * CORS for /rest/v1 and /auth/v1, which pages of every origin may call on hosted Supabase.
 *
 * npm:@supabase/lite does not do it: its preflight of Auth allows none of supabase-js's headers,
 * and it answers 404 to the preflight of a database function.
 *
 * @see https://docs.postgrest.org/en/stable/references/api/cors.html
 * @see https://supabase.com/docs/guides/self-hosting/auth/config
 * @module
 */

/** Answers a preflight request. @returns Undefined for every other request. */
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

/** Adds the headers that let a page of any origin read an answer of Auth. */
export function allowReading(response: Response): Response {
  response.headers.set("Access-Control-Allow-Origin", "*");
  response.headers.set(
    "Access-Control-Expose-Headers",
    "X-Total-Count, Link, X-Supabase-Api-Version",
  );
  return response;
}
