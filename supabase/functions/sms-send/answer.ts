/**
 * The answers of sms-send. Browsers may read them: agents' screens call this function.
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

/** An answer, and what the log says about it. */
export interface Answer {
  response: Response;
  /** Why nothing was sent: an error's code. */
  reason?: string;
}

/** Makes a JSON answer. */
export function answer(status: number, body: unknown): Answer {
  return { response: Response.json(body, { status, headers: CORS }) };
}

/** Answers a browser's preflight request. */
export function preflight(): Response {
  return new Response(null, { status: 204, headers: CORS });
}

/** Makes an error answer, with the code's own message or with `message`. */
export function refusal(code: HttpErrorCode, message?: string): Answer {
  return { response: errorResponse(code, { message, headers: CORS }), reason: code };
}
