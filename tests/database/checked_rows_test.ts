/** What no writer can store: columns that do not fit together, and malformed addresses, SIDs and statuses. */
import type postgres from "postgres";
import { assertEquals } from "../support/assert.ts";
import { outboundMessage, startConversation } from "../support/conversations.ts";
import { withSql } from "../support/stack.ts";
import { newPhone, newSid } from "../support/twilio.ts";

/**
 * SQLSTATE and constraint of the error that a statement ends in. The message names the constraint as that of
 * a check constraint does, because REST tells the message alone.
 */
async function refusalOf(statement: postgres.PendingQuery<postgres.Row[]>): Promise<string[]> {
  const error = await statement.then(() => undefined, (error: postgres.PostgresError) => error);
  const constraint = error?.constraint_name ?? "";
  if (!constraint.endsWith("_status_order")) {
    assertEquals(/constraint "([a-z0-9_]+)"/.exec(error?.message ?? "")?.[1], constraint);
  }
  return [error?.code ?? "", constraint];
}

for (
  const [label, columns, rule] of [
    ["an inbound message of the bot's", { sender_type: "bot" }, "sender"],
    ["an outbound message of a recruit's", { direction: "outbound", status: "queued" }, "sender"],
    ["an inbound message that is queued", { status: "queued" }, "status"],
    [
      "an outbound message that is received",
      { direction: "outbound", sender_type: "bot" },
      "status",
    ],
    ["a recruit's message of an agent", { agent_id: crypto.randomUUID() }, "agent"],
    ["a malformed SID", { message_sid: "SM-1" }, "message_sid_format"],
    ["media that is no array", { media: "{}" }, "media"],
    ["metadata that is no object", { metadata: "[]" }, "metadata"],
    ["a wait for a reply to the bot's message", {
      direction: "outbound",
      sender_type: "bot",
      status: "queued",
      reply_wait: "0",
    }, "reply_wait"],
  ] as const
) {
  Deno.test(`${label} is not stored`, () =>
    withSql(async (sql) => {
      const { id } = await startConversation();
      const row = {
        conversation_id: id,
        direction: "inbound",
        sender_type: "recruit",
        status: "received",
        ...columns,
      };
      assertEquals(await refusalOf(sql`insert into recruiting_messages ${sql(row)}`), [
        "23514",
        `recruiting_messages_${rule}`,
      ]);
    }));
}

Deno.test("an update cannot make a message what an insert could not", () =>
  withSql(async (sql) => {
    const { id } = await startConversation();
    const outbound = await outboundMessage(sql, id);
    const [{ id: inbound }] = await sql`
      insert into recruiting_messages (conversation_id, direction, sender_type, status)
      values (${id}, 'inbound', 'recruit', 'received') returning id`;
    const update = (message: string, columns: Record<string, string>) =>
      refusalOf(sql`update recruiting_messages set ${sql(columns)} where id = ${message}`);
    assertEquals(
      await Promise.all([
        update(outbound, { sender_type: "recruit" }),
        update(outbound, { message_sid: "SM-1" }),
        update(outbound, { media: "{}" }),
        update(outbound, { status: "received" }),
        update(inbound, { status: "queued" }),
        update(inbound, { status: "delivered" }),
      ]),
      ["sender", "message_sid_format", "media", "status_order", "status_order", "status_order"]
        .map((rule) => ["23514", `recruiting_messages_${rule}`]),
    );
  }));

Deno.test("an address that its channel does not have is stored neither by an insert nor by an update", () =>
  withSql(async (sql) => {
    const { id } = await startConversation();
    for (
      const [column, address] of [["recruit_phone", "555"], ["twilio_phone", "none"]] as const
    ) {
      const row = { recruit_phone: newPhone(), twilio_phone: newPhone(), [column]: address };
      const expected = ["23514", `recruiting_conversations_${column}`];
      assertEquals(
        await refusalOf(sql`insert into recruiting_conversations ${sql(row)}`),
        expected,
      );
      assertEquals(
        await refusalOf(
          sql`update recruiting_conversations set ${sql({ [column]: address })} where id = ${id}`,
        ),
        expected,
      );
    }
  }));

Deno.test("a malformed event is not stored", () =>
  withSql(async (sql) => {
    for (
      const [column, value] of [
        ["message_sid", "SM-1"],
        ["twilio_status", "Sent"],
        ["event", "sent"],
      ] as const
    ) {
      const row = { message_sid: newSid(), twilio_status: "sent", [column]: value };
      assertEquals(
        await refusalOf(sql`insert into recruiting_message_events ${sql(row)}`),
        ["23514", `recruiting_message_events_${column}`],
      );
    }
  }));

for (
  const [label, columns] of [
    ["an agent's conversation", { status: "escalated" }],
    ["a closed conversation", { status: "closed" }],
    ["the conversation of a recruit who has opted out", { opted_out_at: new Date() }],
  ] as const
) {
  Deno.test(`no writer makes a reply pending in ${label}`, () =>
    withSql(async (sql) => {
      const { id } = await startConversation();
      await sql`update recruiting_conversations set ${sql(columns)} where id = ${id}`;
      const [{ seq }] = await sql`
        insert into recruiting_messages (conversation_id, direction, sender_type, status, reply_wait)
        values (${id}, 'inbound', 'recruit', 'received', '0') returning seq::int`;
      const [{ last_seq, reply_due_at }] = await sql`
        select last_seq::int, reply_due_at from recruiting_conversations where id = ${id}`;
      assertEquals([seq, last_seq, reply_due_at], [1, 1, null]);
    }));
}
