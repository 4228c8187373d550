/**
 * What became of a simulated text that the webhook has answered with 200. Twilio's answer is the empty
 * TwiML in each case, so the rows tell.
 *
 * @module
 */
import { taskCommand } from "../command_line/task_command.ts";
import { apiUrl, demoUrl, portsFrom } from "../settings/addresses.ts";
import { SECRET_KEY } from "../settings/keys.ts";
import { type TwilioChannel, withoutChannel } from "../stand_ins/twilio/address.ts";
import { localDatabase } from "./stored_rows.ts";

/** Who answers in a conversation. */
export type ConversationStatus = "bot" | "escalated" | "closed";

/** What became of a text. */
export type Fate =
  | { kind: "stored"; status: ConversationStatus }
  /** It is kept in recruiting_unmatched_messages. `isOurs`: its number has a row of recruiting_senders. */
  | { kind: "unmatched"; reason: string; isOurs: boolean }
  /** There is no row: the webhook ignored it, or deferred it to sms-reconcile. */
  | { kind: "not_stored" }
  /** The rows cannot be read. */
  | { kind: "unknown" };

/** A text. */
export interface Text {
  messageSid: string;
  /** The addresses, with the channel's prefix. */
  from: string;
  to: string;
  channel: TwilioChannel;
}

/**
 * Reads what became of a text.
 *
 * @param url The webhook's URL.
 */
export async function fateOfText(
  url: string,
  { messageSid, to, channel }: Text,
): Promise<Fate> {
  const database = localDatabase(url);
  if (!database) return { kind: "unknown" };
  const [messages, unmatched, senders] = await Promise.all([
    database.from("recruiting_messages").select("recruiting_conversations(status)")
      .eq("message_sid", messageSid).maybeSingle(),
    database.from("recruiting_unmatched_messages").select("reason")
      .eq("message_sid", messageSid).maybeSingle(),
    database.from("recruiting_senders").select("address")
      .eq("channel", channel).eq("address", withoutChannel(to)),
  ]);
  if (messages.error || unmatched.error || senders.error) return { kind: "unknown" };
  const status = messages.data?.recruiting_conversations?.status;
  if (status) return { kind: "stored", status: status as ConversationStatus };
  if (unmatched.data) {
    const isOurs = senders.data.length > 0;
    return { kind: "unmatched", reason: unmatched.data.reason, isOurs };
  }
  return { kind: "not_stored" };
}

/** Says what became of a text that no bot will answer; undefined for one that the bot may answer. */
export function noteOnFate(fate: Fate, text: Text): string | undefined {
  switch (fate.kind) {
    case "unknown":
      return undefined;
    case "stored":
      return fate.status === "bot" ? undefined : noteOnPerson(fate.status, text);
    case "unmatched":
      return `The text is answered 200, and kept in recruiting_unmatched_messages (${fate.reason}). ` +
        `This begins the conversation, and the text becomes a message of it:\n\n  ${
          commandToBegin(text)
        }` +
        (fate.isOurs
          ? ""
          : `\n\nNo bot will answer: ${withoutChannel(text.to)} is no row of recruiting_senders`);
    case "not_stored":
      return "The text is answered 200, and not stored: deferred, because the database was not reached in time, " +
        "ignored, or of a recruit who was erased. " +
        `The terminal of \`${
          taskCommand("start")
        }\` says which. sms-reconcile brings in a deferred text from ` +
        "Twilio's log";
  }
}

/** Says that the bot does not answer in a conversation, and how to hand it back. */
export function noteOnPerson(
  status: Exclude<ConversationStatus, "bot">,
  { from, to, channel }: Omit<Text, "messageSid">,
): string {
  const options = `--from ${withoutChannel(from)} --to ${withoutChannel(to)}` +
    (channel === "sms" ? "" : ` --channel ${channel}`);
  const who = status === "escalated"
    ? "A person has this conversation"
    : "This conversation is closed";
  return `${who} (status ${status}): the bot does not answer. An agent answers it, or hands it back to the bot, at ${
    demoUrl(portsFrom(Deno.env.get("PORT_BASE")))
  }. This hands it back here:\n\n  ${taskCommand(`simulate chat ${options} --hand-back`)}`;
}

function commandToBegin({ from, to, channel }: Text): string {
  const conversation = JSON.stringify({
    channel,
    recruit_phone: withoutChannel(from),
    twilio_phone: withoutChannel(to),
  });
  const url = `${apiUrl(portsFrom(Deno.env.get("PORT_BASE")))}/rest/v1/rpc/`;
  return `curl ${url}recruiting_start_conversation -H 'apikey: ${SECRET_KEY}' ` +
    `-H 'Content-Type: application/json' -d '${conversation.replaceAll("'", `'\\''`)}'`;
}
