/**
 * Finds which texts of Twilio's log belong to us, and which of these the tables do not have.
 *
 * @module
 */
import { z } from "zod/v3";
import { parseInboundMessage } from "../_shared/inbound/inbound_message.ts";
import { judgeText } from "../_shared/opt_out/judge_text.ts";
import type { CallOrThrow } from "./database_calls.ts";
import type { LoggedText } from "./twilio_log.ts";

/** What `recruiting_find_missing_texts` returns: one row. */
const FoundTexts = z.tuple([z.object({
  ours: z.array(z.string()),
  missing: z.array(z.string()),
})]);

/** The SIDs of texts. */
export interface FoundTexts {
  /** Texts to one of our numbers. */
  ours: Set<string>;
  /** Those of `ours` that the tables do not have. */
  missing: Set<string>;
}

/** The most texts in one database call. */
const BATCH_SIZE = 1000;

/**
 * Finds them.
 *
 * @throws {DatabaseFailed} If a database call fails.
 */
export async function findTexts(texts: LoggedText[], call: CallOrThrow): Promise<FoundTexts> {
  const found: FoundTexts = { ours: new Set(), missing: new Set() };
  for (let start = 0; start < texts.length; start += BATCH_SIZE) {
    const listed = texts.slice(start, start + BATCH_SIZE).flatMap(describe);
    const [{ ours, missing }] = await call(
      "recruiting_find_missing_texts",
      { listed: JSON.stringify(listed) },
      FoundTexts,
    );
    for (const sid of ours) found.ours.add(sid);
    for (const sid of missing) found.missing.add(sid);
  }
  return found;
}

/** A text as the database compares it; none if no webhook could have brought it. */
function describe({ sid, sentAt, form }: LoggedText) {
  const message = parseInboundMessage(form);
  if (!message) return [];
  return [{
    sid,
    channel: message.channel,
    recruit_phone: message.recruitPhone,
    twilio_phone: message.twilioPhone,
    sent_at: sentAt,
    verdict: judgeText(message).verdict,
  }];
}
