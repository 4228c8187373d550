/**
 * Copies of attachments that are held, one at each moment at which a fault may come.
 *
 * @module
 */
import type { Halt } from "./checkpoint.ts";
import { startConversation } from "./conversations.ts";
import { type Attachment, textWithMedia } from "./media.ts";
import { messageOf } from "./reconciled_rows.ts";
import type { Reconciler } from "./reconciler.ts";
import { until } from "./wait.ts";

/** A text whose copy is held. */
export interface HeldCopy {
  /** The moment, such as "before the upload". */
  moment: string;
  conversation: Awaited<ReturnType<typeof startConversation>>;
  sid: string;
  halt: Halt;
  /** The call of the run that copies. */
  run: Promise<Response>;
}

const UPLOAD = "/storage/v1/object/";
const CLAIM = "recruiting_claim_media";

/**
 * The moments, and what holds the worker there. A worker repeats a call of the database that is not answered: each
 * attempt is held. The claim is last, because no other copy is claimed while its answers are held.
 */
const MOMENTS: [moment: string, hold: (reconciler: Reconciler, conversationId: string) => Halt][] =
  [
    ["during the download", ({ twilio }) => twilio.haltBefore("/Media/ME")],
    ["before the upload", ({ database }) => database.haltBefore(UPLOAD)],
    ["after the upload", ({ database }) => database.haltAfter(UPLOAD)],
    ["before the record", ({ database }, id) => database.haltBefore(recordOf(id), "every")],
    ["after the record", ({ database }, id) => database.haltAfter(recordOf(id), "every")],
    ["after the claim", ({ database }) => database.haltAfter(CLAIM, "every")],
  ];

function recordOf(conversationId: string) {
  return ({ line, body }: { line: string; body: string }) =>
    line.includes("recruiting_record_media") && body.includes(conversationId);
}

/** Begins a copy for each moment, and resolves when all are held. */
export async function holdCopies(
  reconciler: Reconciler,
  attachment: Attachment,
): Promise<HeldCopy[]> {
  const { sql, standIn, call } = reconciler;
  const copies: HeldCopy[] = [];
  for (const [moment, hold] of MOMENTS) {
    const conversation = await startConversation({ status: "escalated" });
    const halt = hold(reconciler, conversation.id);
    const sid = await textWithMedia(sql, standIn, conversation, [attachment]);
    copies.push({ moment, conversation, sid, halt, run: call({ wait: true }) });
    await halt.reached;
  }
  // The claim that is held first may be an earlier run's, which has found nothing.
  const { sid } = copies.at(-1)!;
  await until(async () => (await messageOf(sql, sid)).media_token !== null, "the last claim");
  return copies;
}

/** Resolves when the runs of copies have ended, or their worker. */
export async function endRuns(copies: HeldCopy[]): Promise<void> {
  await Promise.all(copies.map(async ({ run }) => await (await run).body?.cancel()));
}
