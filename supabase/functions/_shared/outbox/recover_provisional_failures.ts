/**
 * Corrects provisional failures: messages that are stored as failed, without a SID and without Twilio's
 * error code, although Twilio's log has them.
 *
 * @module
 */
import { joinAddress, splitAddress } from "../twilio/channel_address.ts";
import { databaseDeadline, logDatabaseFailure } from "../database/database.ts";
import { decideSend, type Purpose, SendsToConfirm, type SendTools } from "./compare_send.ts";
import type { ListedMessage } from "./twilio_messages.ts";

/** An outbound message of Twilio's log, with its receiver: an address as Twilio writes it. */
export type LoggedSend = ListedMessage & { to: string };

/** Result of comparing provisional failures with Twilio's log. */
export type RecoveredFailures =
  | { kind: "compared"; confirmed: number }
  | { kind: "database_failed" };

/**
 * Confirms each provisional failure that Twilio's log has.
 *
 * @param sends Outbound messages of Twilio's log.
 * @returns How many are confirmed, or with `preview` would be.
 */
export async function recoverProvisionalFailures(
  sends: LoggedSend[],
  tools: SendTools,
  purpose: Purpose,
): Promise<RecoveredFailures> {
  if (sends.length === 0) return { kind: "compared", confirmed: 0 };
  const { callDatabase, log } = tools;
  const listed = sends.map(({ sid, to, date_created }) => {
    const { channel, address } = splitAddress(to);
    return { sid, channel, recruit_phone: address, date_created };
  });
  const found = await callDatabase(
    "recruiting_find_provisional_failures",
    { listed: JSON.stringify(listed) },
    SendsToConfirm,
    databaseDeadline(),
  );
  if (!found.ok) {
    logDatabaseFailure(log, found.failure, {});
    return { kind: "database_failed" };
  }
  let confirmed = 0;
  for (const { message_id, ...send } of found.data) {
    const address = joinAddress({ channel: send.channel, address: send.recruit_phone });
    const messages = sends.filter(({ to }) => to === address);
    const compared = await decideSend(
      message_id,
      send,
      { kind: "listed", messages },
      tools,
      purpose,
    );
    if (compared.kind === "database_failed") return compared;
    if (compared.decision.outcome !== "confirmed") continue;
    confirmed++;
    if (purpose === "store") {
      const fields = { conversation_id: send.conversation_id, message_id };
      log("info", "send_reconciled", { ...fields, reason: "confirmed" });
    }
  }
  return { kind: "compared", confirmed };
}
