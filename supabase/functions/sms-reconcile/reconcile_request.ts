/**
 * Reads what a call of sms-reconcile asks for.
 *
 * @module
 */
import { z } from "zod/v3";

/** What is asked for. */
export interface ReconcileRequest {
  /** Whether the answer comes when the work is done. */
  wait: boolean;
}

const Input = z.object({ wait: z.boolean().default(false) }).strict();

/**
 * Reads a body; an empty one asks for nothing special.
 *
 * @returns The request, or what is wrong with it, by the field's name.
 */
export function parseReconcileRequest(text: string): ReconcileRequest | { problem: string } {
  let json: unknown;
  try {
    json = text.trim() === "" ? {} : JSON.parse(text);
  } catch {
    return { problem: "body must be a JSON object" };
  }
  const { success, data, error } = Input.safeParse(json);
  if (success) return data;
  const [issue] = error.issues;
  if (issue.code === "unrecognized_keys") return { problem: `${issue.keys[0]} is not known` };
  const [field = "body"] = issue.path;
  return { problem: `${field} must be ${field === "body" ? "a JSON object" : "true or false"}` };
}
