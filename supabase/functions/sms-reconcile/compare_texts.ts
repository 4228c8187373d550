/**
 * Compares Twilio's log with the tables: brings in texts whose webhook never came, by the same inbound
 * step, and confirms messages that had failed without Twilio's word.
 *
 * Twilio lists the newest first. So the span is cut into slices, the oldest first: a slice is finished
 * whole, and then the cursor moves to its end. A worker that dies loses one slice's reading and no text.
 *
 * @module
 */
import { z } from "zod/v3";
import type { BotConfiguration } from "../_shared/bot/bot_configuration.ts";
import {
  type CallDatabase,
  databaseDeadline,
  type DatabaseFailure,
  logDatabaseFailure,
} from "../_shared/database/database.ts";
import { parseInboundMessage } from "../_shared/inbound/inbound_message.ts";
import { receiveMessage } from "../_shared/inbound/receive_message.ts";
import type { Log } from "../_shared/log/log.ts";
import { judgeText } from "../_shared/opt_out/judge_text.ts";
import { confirmProvisional } from "../_shared/outbox/confirm.ts";
import type { Outbox } from "../_shared/outbox/outbox.ts";
import {
  type LoggedMessages,
  type LoggedText,
  type Span,
  type TwilioLog,
  TwilioUnreachable,
} from "./twilio_log.ts";

/** The first slice of a span, in ms: of a long and busy one the halving alone would use up a run. */
const FIRST_SLICE_MS = 3_600_000;

/** How long a text waits for its media, in ms. */
const MEDIA_WAIT_MS = 3_600_000;

/** What is compared, and how. */
export interface ComparisonOptions {
  /** A span instead of what the stored cursor leaves; `until` is cut to now less the lag. */
  span?: { since: Date; until?: Date };
  /** Whether to compare even if the run before began to less than a minute ago. */
  isAtOnce: boolean;
  isDryRun: boolean;
  /** On `performance.now()`'s clock: after it nothing more is brought in. */
  endsAt: number;
}

/** What comparing works with. */
export interface ComparisonTools {
  callDatabase: CallDatabase;
  twilioLog: TwilioLog;
  outbox: Outbox | undefined;
  configuration: BotConfiguration & { lagSeconds: number; overlapSeconds: number };
  log: Log;
}

/** What came of it. */
export interface Comparison {
  /** `more`: the time was over first. */
  status: "done" | "more" | "twilio_unreachable" | "unavailable";
  /** Inbound texts to us in the span, each SID once. */
  listed: number;
  broughtIn: number;
  /** Messages that had failed without Twilio's word, and that its log has. */
  confirmed: number;
  /** How far the log is compared: the stored cursor, or where the given span is compared up to. */
  cursor: Date | null;
}

const When = z.string().transform((text) => new Date(text));

/** What `recruiting_begin_comparison` returns: one row, or none if it is not time yet. */
const BegunComparisons = z.array(z.object({
  span_since: When,
  span_until: When,
  stored_cursor: When.nullable(),
})).max(1);

/** What `recruiting_find_inbound` returns: one row. */
const FoundTexts = z.tuple([z.object({
  ours: z.array(z.string()),
  missing: z.array(z.string()),
})]);

/** How many texts the database is asked about at once. */
const FIND_BATCH = 1000;

/** A call of the database has failed, and comparing ends. */
class DatabaseFailed extends Error {
  constructor(readonly failure: DatabaseFailure) {
    super("A call of the database has failed");
  }
}

/** The time is over. */
class TimeOver extends Error {}

/** Compares a span. */
export async function compareTexts(
  options: ComparisonOptions,
  tools: ComparisonTools,
): Promise<Comparison> {
  const { span: wanted, isAtOnce, isDryRun, endsAt } = options;
  const { twilioLog, configuration, log } = tools;
  const call = databaseCalls(tools.callDatabase);
  const result: Comparison = {
    status: "done",
    listed: 0,
    broughtIn: 0,
    confirmed: 0,
    cursor: null,
  };
  // A text that the database answers with an error, again and again, keeps no other text out. But the cursor
  // stays before it.
  let hasFailed = false;
  try {
    const [begun] = await call("recruiting_begin_comparison", {
      lag_seconds: configuration.lagSeconds,
      overlap_seconds: configuration.overlapSeconds,
      at_once: isAtOnce,
      since: wanted?.since.toISOString(),
      until: wanted?.until?.toISOString(),
      dry_run: isDryRun,
    }, BegunComparisons);
    if (!begun) return result;
    const movesCursor = !wanted && !isDryRun;
    const span = { since: begun.span_since, until: begun.span_until };
    result.cursor = wanted ? span.since : begun.stored_cursor;

    let counted = new Set<string>();
    try {
      for await (const { texts, sends, end } of slicesOf(span, twilioLog, endsAt)) {
        const { ours, missing } = await find(texts, call);
        for (const text of texts) {
          if (!ours.has(text.sid) || counted.has(text.sid)) continue;
          if (performance.now() > endsAt) throw new TimeOver();
          result.listed++;
          if (!missing.has(text.sid)) continue;
          const arrival = isDryRun ? "new" : await bringIn(text, tools);
          if (arrival === "new") result.broughtIn++;
          if (arrival === "failed" || arrival === "unreachable") hasFailed = true;
          if (arrival === "unreachable") result.status = "twilio_unreachable";
        }
        const confirmed = sends.length === 0
          ? 0
          : await confirmProvisional(sends, tools, isDryRun ? "preview" : "act");
        if (confirmed === "unavailable") hasFailed = true;
        else result.confirmed += confirmed;
        if (hasFailed) continue;
        // Both ends of a slice are included: its last second is the next one's first.
        counted = new Set(texts.filter(({ sentAt }) => sentAt >= end).map(({ sid }) => sid));
        if (movesCursor) {
          await call(
            "recruiting_move_cursor",
            { cursor: end.toISOString(), has_more: false },
            z.unknown(),
          );
        }
        if (wanted || movesCursor) result.cursor = end;
      }
    } catch (error) {
      if (!(error instanceof TimeOver)) throw error;
      result.status = "more";
      if (movesCursor) {
        await call("recruiting_move_cursor", { has_more: true }, z.unknown());
      }
    }
    if (hasFailed && result.status !== "twilio_unreachable") result.status = "unavailable";
  } catch (error) {
    if (error instanceof DatabaseFailed) {
      logDatabaseFailure(log, error.failure, {});
      result.status = "unavailable";
    } else if (error instanceof TwilioUnreachable) {
      log("error", "twilio_unreachable", { reason: error.message });
      result.status = "twilio_unreachable";
    } else throw error;
  }
  return result;
}

/** Tells which texts are to us, and which of these the tables do not have, by their SIDs. */
async function find(texts: LoggedText[], call: ReturnType<typeof databaseCalls>) {
  const [ours, missing] = [new Set<string>(), new Set<string>()];
  for (let first = 0; first < texts.length; first += FIND_BATCH) {
    const [found] = await call("recruiting_find_inbound", {
      listed: JSON.stringify(
        texts.slice(first, first + FIND_BATCH).flatMap(({ sid, sentAt, form }) => {
          const message = parseInboundMessage(form);
          return message
            ? [{
              sid,
              channel: message.channel,
              recruit_phone: message.recruitPhone,
              twilio_phone: message.twilioPhone,
              sent_at: sentAt,
              verdict: judgeText(message).verdict,
            }]
            : [];
        }),
      ),
    }, FoundTexts);
    for (const sid of found.ours) ours.add(sid);
    for (const sid of found.missing) missing.add(sid);
  }
  return { ours, missing };
}

/**
 * Reads a span in slices, oldest first. A slice that Twilio does not list in a few pages becomes as short as
 * what these held, half as long at the most; the next one is twice as long, because the rest may be quieter.
 */
async function* slicesOf(
  { since, until }: Span,
  twilioLog: TwilioLog,
  endsAt: number,
): AsyncGenerator<LoggedMessages & { end: Date }> {
  let start = since.getTime();
  let lengthMs = FIRST_SLICE_MS;
  while (start < until.getTime()) {
    if (performance.now() > endsAt) throw new TimeOver();
    const end = Math.min(start + lengthMs, until.getTime());
    const messages = await twilioLog.messages({ since: new Date(start), until: new Date(end) });
    if (messages.kind === "too_many") {
      const fits = Math.min(messages.readMs ?? Infinity, (end - start) / 2);
      lengthMs = Math.max(1000, Math.floor(fits / 1000) * 1000);
      continue;
    }
    yield { ...messages, end: new Date(end) };
    start = end;
    lengthMs *= 2;
  }
}

/** Takes one text in. Returns `skipped` if it is stored already, or can never be. */
async function bringIn(
  { sid, sentAt, numMedia, form }: LoggedText,
  { callDatabase, twilioLog, configuration, log }: ComparisonTools,
): Promise<"new" | "skipped" | "failed" | "unreachable"> {
  let media = {};
  try {
    if (numMedia > 0) media = await twilioLog.mediaFields(sid);
  } catch (error) {
    if (!(error instanceof TwilioUnreachable)) throw error;
    log("error", "twilio_unreachable", { reason: error.message, message_sid: sid });
    // Waited for so long, the text comes without its media: it must not hold the cursor for ever.
    if (Date.now() - sentAt.getTime() < MEDIA_WAIT_MS) return "unreachable";
  }
  const whole = { ...form, ...media };
  const message = parseInboundMessage(whole);
  if (!message) return "skipped";
  const { turnWaitSeconds } = configuration;
  const received = await receiveMessage(
    callDatabase,
    message,
    judgeText(message),
    whole,
    { turnWaitSeconds, sentAt },
    log,
  );
  if (received.kind === "deferred") {
    if (received.failure.kind === "unreachable") throw new DatabaseFailed(received.failure);
    logDatabaseFailure(log, received.failure, { message_sid: sid });
    // What the database refuses it will never take; any other error may pass.
    return received.failure.kind === "refused" ? "skipped" : "failed";
  }
  const isNew = received.kind === "received" || received.kind === "no_conversation";
  if (isNew) {
    log("info", "brought_in", { message_sid: sid, conversation_id: received.conversationId });
  }
  return isNew ? "new" : "skipped";
}

/** Calls that throw {@link DatabaseFailed} where they fail. */
function databaseCalls(callDatabase: CallDatabase) {
  return async <Name extends Parameters<CallDatabase>[0], Returned>(
    name: Name,
    args: Parameters<typeof callDatabase<Name, Returned>>[1],
    returns: z.ZodType<Returned, z.ZodTypeDef, unknown>,
  ): Promise<Returned> => {
    const result = await callDatabase(name, args, returns, databaseDeadline());
    if (!result.ok) throw new DatabaseFailed(result.failure);
    return result.data;
  };
}
