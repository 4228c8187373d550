/**
 * The answers of sms-send, which browsers may read, too.
 *
 * @see https://supabase.com/docs/guides/functions/cors
 * @module
 */
import { corsHeaders } from "@supabase/supabase-js/cors";
import { errorResponse, type HttpErrorCode } from "../_shared/http/errors.ts";

const CORS = {
  ...corsHeaders,
  "Access-Control-Allow-Methods": "POST, OPTIONS",
  // `invoke(…, { region })` sends x-region, which supabase-js's own list lacks.
  "Access-Control-Allow-Headers": `${corsHeaders["Access-Control-Allow-Headers"]}, x-region`,
};

/** An answer, and what the log says of it. */
export interface Answer {
  response: Response;
  /** Why nothing was sent. */
  reason?: string;
}

/** Answers with JSON. */
export function answer(status: number, body: unknown): Answer {
  return { response: Response.json(body, { status, headers: CORS }) };
}

/** Answers a browser that asks whether it may call. */
export function preflight(): Response {
  return new Response(null, { status: 204, headers: CORS });
}

/** Answers why a message is not sent: in the words of the code, or in `message`. */
export function refusal(code: HttpErrorCode, message?: string): Answer {
  return { response: errorResponse(code, { message, headers: CORS }), reason: code };
}
