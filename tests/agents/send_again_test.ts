import { newestFailure, sendAgainRequest } from "../../client/send_again.ts";
import { sendObstacle } from "../../client/send_obstacle.ts";
import { waitingWords } from "../../client/waiting_time.ts";
import { outboundMessage, startConversation } from "../support/conversations.ts";
import { assertEquals } from "../support/assert.ts";
import { asNewAgent, withSql } from "../support/stack.ts";

const FAILED = {
  id: "00000000-0000-4000-8000-000000000001",
  conversation_id: "00000000-0000-4000-8000-000000000002",
  direction: "outbound" as const,
  status: "failed",
  body: "When is a good time?",
  media: [{ url: "https://example.com/map.png", content_type: null }],
  content_sid: null,
  content_variables: null,
};

Deno.test("a failed message is sent again with the same words and pictures, under a key of its id", () => {
  assertEquals(sendAgainRequest(FAILED), {
    conversation_id: FAILED.conversation_id,
    idempotency_key: `again:${FAILED.id}`,
    body: FAILED.body,
    media_urls: ["https://example.com/map.png"],
  });
});

Deno.test("a failed template is sent again as the template", () => {
  const content_sid = `HX${"0".repeat(32)}`;
  const call = {
    conversation_id: FAILED.conversation_id,
    idempotency_key: `again:${FAILED.id}`,
    content_sid,
  };
  assertEquals(sendAgainRequest({ ...FAILED, media: [], content_sid }), call);
  const content_variables = { name: "Ada" };
  assertEquals(sendAgainRequest({ ...FAILED, media: [], content_sid, content_variables }), {
    ...call,
    content_variables,
  });
});

Deno.test("only the newest outbound message may be sent again", () => {
  const inbound = { direction: "inbound" as const, status: "received" };
  const sent = { direction: "outbound" as const, status: "sent" };
  assertEquals(newestFailure([inbound, FAILED, sent]), FAILED);
  assertEquals(newestFailure([inbound, sent, FAILED]), undefined);
  assertEquals(newestFailure([inbound]), undefined);
});

Deno.test("two agents' screens that send a failed message again at once send one message", () =>
  withSql(async (sql) => {
    const { id: agentId, client } = await asNewAgent();
    const { id } = await startConversation({ status: "escalated", assigned_agent_id: agentId });
    const messageId = await outboundMessage(sql, id);
    await sql`update recruiting_messages set status = 'failed', failed_at = now(), error_code = '30003'
      where id = ${messageId}`;
    const { data } = await client.from("recruiting_messages").select().eq("id", messageId).single();
    const calls = await Promise.all(
      [1, 2, 3].map(() => client.functions.invoke("sms-send", { body: sendAgainRequest(data!) })),
    );
    const ids = new Set(calls.map(({ data, error }) => {
      assertEquals(error, null);
      return data.message_id;
    }));
    assertEquals(ids.size, 1);
    const [{ count }] = await sql`select count(*)::int from recruiting_messages
      where conversation_id = ${id}`;
    assertEquals(count, 2);
  }));

const NOW = new Date("2026-01-02T12:00:00Z");
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000);

for (
  const [sentence, changed, lastText, obstacle] of [
    ["a text on SMS has no window", {}, undefined, undefined],
    ["WhatsApp's window is open for a day", { channel: "whatsapp" }, hoursAgo(23.9), undefined],
    [
      "WhatsApp's window is closed after a day",
      { channel: "whatsapp" },
      hoursAgo(24),
      "outside_window",
    ],
    [
      "WhatsApp's window is closed before the recruit's first text",
      { channel: "whatsapp" },
      undefined,
      "outside_window",
    ],
    ["a closed conversation takes no text", { status: "closed" }, hoursAgo(1), "closed"],
    [
      "an opt-out is told before any other obstacle",
      { status: "closed", opted_out_at: "2026-01-01T00:00:00Z" },
      hoursAgo(1),
      "opted_out",
    ],
  ] as const
) {
  Deno.test(sentence, () => {
    const conversation = { channel: "sms", status: "escalated", opted_out_at: null, ...changed };
    assertEquals(sendObstacle(conversation, lastText, NOW), obstacle);
  });
}

Deno.test("a wait is told in minutes, hours and days", () => {
  const words = [-1, 0.5, 1, 59, 60, 185, 1439, 1440, 2879, 2880].map((minutes) =>
    waitingWords(hoursAgo(minutes / 60), NOW)
  );
  assertEquals(words, [
    "under 1 min",
    "under 1 min",
    "1 min",
    "59 min",
    "1 h",
    "3 h 5 min",
    "23 h 59 min",
    "1 day",
    "1 day",
    "2 days",
  ]);
});
