/**
 * A recruit who talks with the bot.
 *
 * @module
 */
import type postgres from "postgres";
import { type Parties, sentTo, type TestBot, withBot } from "./bot.ts";
import { startConversation } from "./conversations.ts";
import { withSql } from "./stack.ts";
import { newPhone } from "./twilio.ts";
import { until } from "./wait.ts";

/** A sender of the platform that no other test uses, with what the bot needs to answer on it. */
export async function newSender(
  sql: postgres.Sql,
  fields: Record<string, string> = {},
): Promise<string> {
  const sender = {
    address: newPhone(),
    display_name: "Northwind",
    bot_instructions: "Recruit warehouse associates.",
    ...fields,
  };
  await sql`insert into recruiting_senders ${sql(sender)}`;
  return sender.address;
}

/** Waits until so many messages have gone to a recruit. */
export function sent(phone: string, count: number) {
  return until(async () => {
    const messages = await sentTo(phone);
    return messages.length >= count && messages;
  }, `${count} messages at Twilio`);
}

/** A conversation's row. */
export async function conversationOf(sql: postgres.Sql, id: string) {
  const [row] = await sql`select * from recruiting_conversations where id = ${id}`;
  return row;
}

/** Waits for a conversation's status, and returns its row. */
export function untilStatus(sql: postgres.Sql, id: string, status: string) {
  return until(async () => {
    const row = await conversationOf(sql, id);
    return row.status === status && row;
  }, `the conversation to be ${status}`);
}

/** Waits until nothing is under way any more. */
export async function untilQuiet(sql: postgres.Sql, id: string) {
  await until(
    async () => {
      const [row] = await sql`
      select from recruiting_conversations c where id = ${id} and reply_due_at is null
        and not exists (select from recruiting_messages m
          where m.conversation_id = c.id and m.confirm_due_at is not null)`;
      return row !== undefined;
    },
    "the bot to be done",
    60,
  );
}

/** Runs a test with a bot, the database, and a conversation with a sender of its own. */
export function withTalk(
  use: (bot: TestBot, sql: postgres.Sql, conversation: Parties & { id: string }) => Promise<void>,
  {
    settings = {} as Record<string, string>,
    conversation = {} as { channel?: string; recruit_name?: string; recruit_phone?: string },
    sender = {} as Record<string, string>,
  } = {},
) {
  return withSql((sql) =>
    withBot(settings, async (bot) => {
      const twilio_phone = await newSender(sql, {
        ...(conversation.channel ? { channel: conversation.channel } : {}),
        ...sender,
      });
      const started = await startConversation({ ...conversation, twilio_phone });
      await use(bot, sql, started);
      // What is left would be taken up by the next test's bot.
      await untilQuiet(sql, started.id);
    })
  );
}
