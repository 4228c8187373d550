import type postgres from "postgres";
import { assert, assertEquals } from "../support/assert.ts";
import { type Parties, sentTo, type TestBot, withBot } from "../support/bot.ts";
import type { Halt } from "../support/checkpoint.ts";
import { startConversation } from "../support/conversations.ts";
import { kill, WITHOUT_CALLBACKS } from "../support/faults.ts";
import { letTimePass } from "../support/scenario.ts";
import { withSql } from "../support/stack.ts";
import { newPhone } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

/** Short, so that two comparisons with Twilio's log are soon done. */
const SHORT_GAP = { SETTLE_GAP_SECONDS: "0.2" };

/**
 * A frozen worker knows by its own clock until when it may call Twilio, so this time must pass. Its delivery callbacks
 * go nowhere.
 */
const FROZEN = { ...SHORT_GAP, SETTLE_AFTER_SECONDS: "3", ...WITHOUT_CALLBACKS };

/** Every step of a turn at which a worker may end, as a request that is held there. */
const STEPS: [label: string, hold: (bot: TestBot) => Halt][] = [
  ["after the claim", ({ database }) => database.haltAfter("recruiting_claim_turn")],
  ["while the model thinks", ({ model }) => model.haltBefore("/chat/completions")],
  ["before the send is begun", ({ database }) => database.haltBefore("recruiting_begin_reply")],
  ["after the send was begun", ({ database }) => database.haltAfter("recruiting_begin_reply")],
  ["after Twilio has accepted", ({ twilio }) => twilio.haltAfter("Messages.json POST")],
  ["before the SID is stored", ({ database }) => database.haltBefore("recruiting_record_send")],
  ["after the SID was stored", ({ database }) => database.haltAfter("recruiting_record_send")],
];

/** Runs sms-reconcile until the conversation has its reply and no other. */
async function untilAnswered(
  sql: postgres.Sql,
  { schedule }: TestBot,
  { id, recruit_phone }: Parties & { id: string },
) {
  await until(
    async () => {
      await schedule.reconcile();
      const [row] = await sql`
      select from recruiting_conversations c
      where id = ${id} and reply_due_at is null and exists (
        select from recruiting_messages m
        where m.conversation_id = c.id and m.direction = 'outbound' and m.message_sid is not null)`;
      return row !== undefined;
    },
    "the reply",
    60,
  );
  await assertAnsweredOnce(sql, id, recruit_phone);
}

async function assertAnsweredOnce(sql: postgres.Sql, id: string, phone: string) {
  const rows = await sql`
    select message_sid, status, sender_type from recruiting_messages
    where conversation_id = ${id} and direction = 'outbound'`;
  const messages = await sentTo(phone);
  assertEquals(rows.map(({ message_sid }) => message_sid), messages.map(({ sid }) => sid));
  assertEquals(rows.length, 1);
  assert(rows[0].status !== "failed", `status ${rows[0].status}`);
  const [{ status }] = await sql`select status from recruiting_conversations where id = ${id}`;
  assertEquals(status, "bot");
}

Deno.test("a worker that is killed at any step, when callbacks arrive: one message, one row", (t) =>
  withSql((sql) =>
    withBot(SHORT_GAP, async (bot) => {
      await bot.schedule.pause();
      for (const [label, hold] of STEPS) {
        await t.step(label, async () => {
          const conversation = await startConversation();
          const halt = hold(bot);
          await bot.text(conversation, "Hi");
          await halt.reached;
          await kill(bot);
          // What was under way arrives all the same.
          halt.release();
          await letTimePass(sql, [conversation]);
          await untilAnswered(sql, bot, conversation);
        });
      }
    })
  ));

Deno.test("a worker that is frozen at any step, until others have taken over: one message, one row", (t) =>
  withSql((sql) =>
    withBot(
      FROZEN,
      (frozen) =>
        withBot(FROZEN, async (other) => {
          await Promise.all([frozen.schedule.pause(), other.schedule.pause()]);
          for (const [label, hold] of STEPS) {
            await t.step(label, async () => {
              const conversation = await startConversation();
              const halt = hold(frozen);
              await frozen.text(conversation, "Hi");
              await halt.reached;
              const [logged, called] = [frozen.logs.length, frozen.database.seen.length];
              Deno.kill(frozen.worker.pid!, "SIGSTOP");
              try {
                await sql`update recruiting_conversations set turn_expires_at = now()
                  where id = ${conversation.id} and turn_expires_at is not null`;
                await untilAnswered(sql, other, conversation);
              } finally {
                Deno.kill(frozen.worker.pid!, "SIGCONT");
                halt.release();
              }
              await until(
                () =>
                  frozen.database.seen.length > called ||
                  frozen.logs.slice(logged).some((line) => line.includes(conversation.id)),
                "the frozen worker to go on",
              );
              // Whatever it still wanted to do, it has done when it answers the next text.
              await frozen.text(
                { recruit_phone: newPhone(), twilio_phone: "+15550100008" },
                "Hi",
              );
              await assertAnsweredOnce(sql, conversation.id, conversation.recruit_phone);
            });
          }
        }),
    )
  ));
