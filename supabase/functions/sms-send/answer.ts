/**
 * The answers of sms-send, which browsers may read, too.
 *
 * @see https://supabase.com/docs/guides/functions/cors
 * @module
 */
import { corsHeaders } from "@supabase/supabase-js/cors";

const CORS = {
  ...corsHeaders,
  "Access-Control-Allow-Methods": "POST, OPTIONS",
  // `invoke(…, { region })` sends x-region, which supabase-js's own list lacks.
  "Access-Control-Allow-Headers": `${corsHeaders["Access-Control-Allow-Headers"]}, x-region`,
};

/** Why a message is not sent: the HTTP status and the words for it. */
export const REFUSALS = {
  METHOD_NOT_ALLOWED: [405, "Only POST is allowed"],
  UNAUTHORIZED: [401, "Sign in as an agent, or call with the project's secret key"],
  PAYLOAD_TOO_LARGE: [413, "The body is too large"],
  REQUEST_TIMEOUT: [408, "The body did not arrive in time"],
  NOT_FOUND: [404, "There is no such conversation, or the agent may not read it"],
  OPTED_OUT: [409, "The recruit has opted out; nothing may be sent until they opt in again"],
  CLOSED: [409, "The conversation is closed; reopen it first"],
  TAKEN: [409, "Somebody else has the conversation"],
  OUTSIDE_WINDOW: [
    409,
    "WhatsApp allows free text only within 24 hours after the recruit's last text",
  ],
  IDEMPOTENCY_KEY_REUSED: [
    409,
    "The idempotency_key was used for another message in this conversation",
  ],
  NOT_CONFIGURED: [500, "The function is not configured; its log names what is missing"],
  UNAVAILABLE: [503, "The database cannot be reached; the same call may be repeated"],
} as const satisfies Record<string, readonly [number, string]>;

/** A refusal's name. */
export type Refusal = keyof typeof REFUSALS;

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

/** Answers why a message is not sent. */
export function refusal(code: Refusal): Answer {
  const [status, message] = REFUSALS[code];
  return { ...answer(status, { error: { code, message } }), reason: code };
}

/** Answers what is wrong with the input. */
export function invalid(message: string): Answer {
  return { ...answer(422, { error: { code: "INVALID", message } }), reason: "INVALID" };
}
