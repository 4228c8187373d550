/**
 * A line of the functions' log, as the demo page shows it.
 *
 * @module
 */
import { z } from "zod/v3";

/** What is shown of a line; it holds neither a text nor a phone number. */
const LogLine = z.object({
  level: z.enum(["info", "warn", "error"]),
  event: z.string(),
  function: z.string(),
  message_sid: z.string().optional(),
  duration_ms: z.number().optional(),
  status: z.number().optional(),
  reason: z.string().optional(),
  error_code: z.string().optional(),
});

/** What is shown of a line, and when it came. */
export type LogLine = z.infer<typeof LogLine> & {
  /** Counted from 1 since the stack has started. */
  id: number;
  /** ISO 8601. */
  at: string;
};

/**
 * Reads what a function has printed.
 *
 * @returns Nothing for what is not one of the functions' own lines, such as a stack trace.
 */
export function parseLogLine(text: string): z.infer<typeof LogLine> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return LogLine.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
