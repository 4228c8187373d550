/**
 * What the answer to a request without credentials says about a function.
 *
 * @see https://supabase.com/docs/guides/functions/status-codes
 * @module
 */
import { z } from "zod/v3";
import type { HttpAnswer } from "../http_answer.ts";

/** What an answer says. */
export type Meaning =
  /** Our own 401, or the 404 of the function whose path has the secret. */
  | { kind: "ours" }
  /** The function lacks variables. */
  | { kind: "not_configured" }
  | { kind: "not_deployed" }
  /** The gateway asks for a token of its own, so Twilio's requests never reach the function. */
  | { kind: "gateway" }
  /** The function ends before it answers, or does not start. */
  | { kind: "crashes"; status: number }
  /** The project is paused, or its gateway has no way to it. */
  | { kind: "project_away"; status: number }
  | { kind: "redirect"; location: string }
  /** A page, as a tunnel shows it before the first visit. */
  | { kind: "page"; status: number }
  | { kind: "no_answer"; reason: string }
  | { kind: "other"; status: number };

/** The body of our own errors. */
const OurError = z.object({ error: z.object({ code: z.string(), message: z.string() }).strict() })
  .strict();

/** The code of one of our own errors; undefined for another answer. */
export function ourCode(json: unknown): string | undefined {
  return OurError.safeParse(json).data?.error.code;
}

/** Reads the answer to an unsigned request. */
export function meaningOf(answer: HttpAnswer): Meaning {
  if (answer.kind === "no_answer") return answer;
  const { status, json, isHtml, location } = answer;
  const code = ourCode(json);
  if (status === 401 && code === "UNAUTHORIZED") return { kind: "ours" };
  if (status === 404 && code === "NOT_FOUND") return { kind: "ours" };
  if (status === 500 && code === "NOT_CONFIGURED") return { kind: "not_configured" };
  if (status >= 300 && status < 400) return { kind: "redirect", location: hostOf(location) };
  if (isHtml) return { kind: "page", status };
  if (status === 401) return { kind: "gateway" };
  if (status === 404) return { kind: "not_deployed" };
  if (status >= 520 && status <= 545) return { kind: "project_away", status };
  if (status >= 500) return { kind: "crashes", status };
  return { kind: "other", status };
}

/** The host of a redirect, because its path may hold what is secret. */
function hostOf(location = ""): string {
  return URL.canParse(location) ? new URL(location).host : "another path";
}
