/// <reference lib="dom" />
import type { SupabaseClient } from "@supabase/supabase-js";
import { Inbox } from "../../examples/inbox/page/inbox/inbox.ts";
import type { Database } from "../../supabase/functions/_shared/database/database.types.ts";
import { assertEquals } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { clientWithToken } from "../support/realtime.ts";
import { ADMIN_DATABASE_URL, asNewAgent, tokenOf, withSql } from "../support/stack.ts";
import { inboundForm, newPhone, postForStatus } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

// A tab in the background: the inbox asks before it reads what only the bot changes.
Object.assign(globalThis, { document: { hidden: true } });

/** Counts the inbox's reads that a timer has begun, of the timers that are set from now on. */
function countTimedReads(inbox: Inbox) {
  const counted = {
    count: 0,
    [Symbol.dispose]: () => void Object.assign(globalThis, { setTimeout }),
  };
  const { setTimeout } = globalThis;
  const { refresh } = inbox;
  let isTimer = false;
  const begin = (run: VoidFunction) => {
    isTimer = true;
    run();
    isTimer = false;
  };
  Object.assign(globalThis, {
    setTimeout: (run: VoidFunction, ms?: number) => setTimeout(() => begin(run), ms),
  });
  Object.assign(inbox, {
    async refresh() {
      const isTimed = isTimer;
      await refresh();
      if (isTimed) counted.count++;
    },
  });
  return counted;
}

Deno.test("an inbox that is watched again, as after an effect's clean-up, reads and hears again", async () => {
  const { id: agentId } = await asNewAgent();
  const client = clientWithToken(() => tokenOf(agentId)) as SupabaseClient<Database>;
  const { id, recruit_phone } = await startConversation({
    assigned_agent_id: agentId,
    status: "escalated",
  });
  const inbox = new Inbox(client, agentId, () => {});
  // Other tests leave unassigned conversations, which come first.
  inbox.filter.value = "mine";
  const first = inbox.watch();
  await until(() => inbox.connection.value === "connected", "the connection");
  // Its event leaves a timer behind, which the clean-up takes away.
  await postForStatus("sms-inbound", inboundForm({ From: recruit_phone, Body: "one" }));
  const lastBody = () =>
    inbox.conversations.value?.find((one) => one.id === id)?.recruiting_messages[0]?.body;
  await until(() => lastBody() === "one", "the text");

  first.stop();
  const second = inbox.watch();
  await until(() => inbox.connection.value === "connected", "the second connection");
  using timedReads = countTimedReads(inbox);
  await postForStatus("sms-inbound", inboundForm({ From: recruit_phone, Body: "two" }));
  await until(() => lastBody() === "two", "the next text");
  // Of an event whose message the rows do not show.
  const event = {
    conversation_id: id,
    message_id: crypto.randomUUID(),
    status: "sent",
    error_code: null,
  };
  await withSql(async (sql) => {
    await sql`select realtime.send(${
      sql.json(event)
    }, 'message_status_changed', ${`agent:${agentId}`})`;
  }, ADMIN_DATABASE_URL);
  await until(() => timedReads.count > 0, "the second read, which a timer begins");
  assertEquals(inbox.problem.value, undefined);
  await second.stop();
  await client.realtime.disconnect();
});

Deno.test("an inbox lists what needs attention, also behind the newest 100 conversations", async () => {
  const { id: agentId, client } = await asNewAgent();
  const { id, recruit_phone } = await startConversation({
    assigned_agent_id: agentId,
    status: "escalated",
  });
  await postForStatus("sms-inbound", inboundForm({ From: recruit_phone, Body: "Hello?" }));
  await withSql(async (sql) => {
    try {
      // What waits longest is listed first, whatever other tests have left.
      await sql`update recruiting_messages set created_at = '2001-01-01' where conversation_id = ${id}`;
      await sql`update recruiting_conversations set escalated_at = '2001-01-01', waiting_since = '2001-01-01' where id = ${id}`;
      const prefix = newPhone().slice(0, 9);
      await sql`insert into recruiting_conversations
          (recruit_phone, twilio_phone, status, assigned_agent_id, last_message_at)
        select ${prefix} || lpad(n::text, 6, '0'), '+15550100000', 'closed', ${agentId}, now() + interval '1 hour'
        from generate_series(1, 100) n`;
      const inbox = new Inbox(client, agentId, () => {});
      inbox.filter.value = "mine";
      await inbox.refresh();
      const needsAttention = inbox.attention.value.some(({ conversationId }) =>
        conversationId === id
      );
      const isListed = inbox.conversations.value?.some((one) => one.id === id);
      assertEquals([inbox.problem.value, needsAttention, isListed], [undefined, true, true]);
    } finally {
      await sql`delete from recruiting_conversations where assigned_agent_id = ${agentId}`;
    }
  });
});
