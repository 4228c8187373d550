/**
 * A line of the functions' log, as the demo page shows it.
 *
 * @module
 */
import { z } from "zod/v3";
import { parseJson } from "../../local/parse_json.ts";

/** The fields of a line that the page shows. None of them holds a text or a phone number. */
const LogLine = z.object({
  level: z.enum(["info", "warn", "error"]),
  event: z.string(),
  function: z.string(),
  message_sid: z.string().optional(),
  duration_ms: z.number().optional(),
  status: z.number().optional(),
  twilio_status: z.string().optional(),
  reason: z.string().optional(),
  error_code: z.string().optional(),
});

/** A log line on the page. */
export type LogLine = z.infer<typeof LogLine> & {
  /** The line's number, counted from 1 since the start of the stack. */
  id: number;
  /** The time at which the stack received the line, ISO 8601. */
  at: string;
};

/**
 * Parses a line that an Edge Function has printed.
 *
 * @returns Undefined for a line in another format, such as one of a stack trace.
 */
export function parseLogLine(text: string): z.infer<typeof LogLine> | undefined {
  return LogLine.safeParse(parseJson(text)).data;
}
