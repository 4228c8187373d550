/**
 * Reads a span of Twilio's log in slices, oldest first. Twilio lists the newest messages first, so a worker
 * that reads the span as a whole and dies would have compared nothing.
 *
 * @module
 */
import type { LoggedMessages, Span, TwilioLog } from "./twilio_log.ts";

/** A slice of a span. */
export interface Slice extends LoggedMessages {
  /** The end of the slice. The slice includes both its ends. */
  end: Date;
}

/** The first slice's length, in ms. Halving a long and busy span down from its whole would use up a run. */
const FIRST_SLICE_MS = 3_600_000;

/** The shortest slice, in ms: the log's times are whole seconds. */
const SHORTEST_SLICE_MS = 1_000;

/**
 * Reads the slices. One that Twilio does not list in a few pages becomes as short as what these pages held,
 * at most half as long. The next one is twice as long, because the rest may be quieter.
 *
 * @param span The span.
 * @param twilioLog The log.
 * @param endsAt No slice is read after this moment, on `performance.now()`'s clock, in ms.
 * @returns The slices, then `time_over` if the span was not read whole.
 * @throws {TwilioUnreachable} If Twilio does not list a slice.
 */
export async function* readSlices(
  { since, until }: Span,
  twilioLog: TwilioLog,
  endsAt: number,
): AsyncGenerator<Slice | { kind: "time_over" }> {
  let start = since.getTime();
  let lengthMs = FIRST_SLICE_MS;
  while (start < until.getTime()) {
    if (performance.now() > endsAt) {
      yield { kind: "time_over" };
      return;
    }
    const end = Math.min(start + lengthMs, until.getTime());
    const messages = await twilioLog.messages({ since: new Date(start), until: new Date(end) });
    if (messages.kind === "too_many") {
      const fittingMs = Math.min(messages.readMs ?? Infinity, (end - start) / 2);
      lengthMs = Math.max(SHORTEST_SLICE_MS, Math.floor(fittingMs / 1000) * 1000);
      continue;
    }
    yield { ...messages, end: new Date(end) };
    start = end;
    lengthMs *= 2;
  }
}
