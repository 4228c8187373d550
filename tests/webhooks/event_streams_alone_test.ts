import { assertEquals } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { API_URL, asServiceRole, TWILIO_URL } from "../support/stack.ts";
import { eventStreams } from "../support/events_receiver.ts";
import { loseText } from "../support/twilio_stand_in.ts";
import { until } from "../support/wait.ts";

/** Runs a test while the stack's stand-in for Twilio tells of texts and statuses by events alone. */
async function withEventsAlone(use: () => Promise<void>): Promise<void> {
  const { status, state } = await eventStreams(TWILIO_URL, "POST", { forms: false });
  assertEquals([status, state.url], [200, `${API_URL}/functions/v1/twilio-events`]);
  try {
    await use();
    const { dropped, is_idle } = await until(async () => {
      const { state } = await eventStreams(TWILIO_URL, "GET");
      return state.is_idle === true && state;
    }, "every event");
    assertEquals([dropped, is_idle], [0, true]);
  } finally {
    await eventStreams(TWILIO_URL, "DELETE");
  }
}

Deno.test("texts arrive and messages are delivered when Twilio tells by Event Streams alone", () =>
  withEventsAlone(async () => {
    const { id, recruit_phone, twilio_phone } = await startConversation();
    const platform = asServiceRole();
    const bodies = Array.from({ length: 8 }, (_, index) => `Text ${index}`);
    for (const body of bodies) {
      await loseText({ url: TWILIO_URL }, {
        from: recruit_phone,
        to: twilio_phone,
        body,
        is_lost: false,
      });
    }
    for (const body of ["One", "Two", "Three", "Four"]) {
      const { error } = await platform.functions.invoke("sms-send", {
        body: { conversation_id: id, body, idempotency_key: body },
      });
      assertEquals(error, null);
    }
    const rows = await until(async () => {
      const { data } = await platform.from("recruiting_messages").select()
        .eq("conversation_id", id).order("body");
      const isThrough = data?.length === 12 &&
        data.every(({ status }) => status === "received" || status === "delivered");
      return isThrough && data;
    }, "the texts and the deliveries");
    assertEquals(
      rows.filter(({ direction }) => direction === "inbound").map(({ body }) => body),
      bodies,
    );
  }));
