/** Whether the demo page's inbox must read its rows after an event. */
import type { Conversation, Message } from "../../examples/inbox/page/inbox/conversations.ts";
import { NewEvents } from "../../examples/inbox/page/inbox/new_events.ts";
import type { AgentEvent } from "../../client/events.ts";
import { assertEquals } from "../support/assert.ts";

const ID = "00000000-0000-4000-8000-000000000001";
const AGENT = "00000000-0000-4000-8000-000000000002";
const MESSAGE = { id: "00000000-0000-4000-8000-000000000003", status: "sent", seq: 7 } as Message;
const EARLIER = { ...MESSAGE, id: "00000000-0000-4000-8000-000000000004", seq: 6 };

const ROW = {
  id: ID,
  status: "escalated",
  assigned_agent_id: AGENT,
  last_seq: 7,
  recruiting_messages: [MESSAGE],
} as unknown as Conversation;

const received = (message_id: string): AgentEvent => ({
  kind: "message_received",
  payload: {
    conversation_id: ID,
    message_id,
    channel: "sms",
    recruit_phone: "+15550100001",
    recruit_name: null,
    body: "Hello",
    media: [],
    status: "received",
    created_at: "2026-11-21T15:55:13.22+00:00",
  },
});

const statusChanged = (status: "sent" | "delivered"): AgentEvent => ({
  kind: "message_status_changed",
  payload: { conversation_id: ID, message_id: MESSAGE.id, status, error_code: null },
});

const updated = (
  status: "bot" | "escalated",
  assigned_agent_id: string | null = AGENT,
): AgentEvent => ({
  kind: "conversation_updated",
  payload: { conversation_id: ID, status, assigned_agent_id },
});

/** Each case, an event, the conversation as it was read, and its messages if it is open. */
const CASES: [string, boolean, AgentEvent, Conversation | undefined, Message[]?][] = [
  ["a text that the list shows", false, received(MESSAGE.id), ROW],
  ["a text that the list does not show", true, received(EARLIER.id), ROW],
  ["a text of a conversation that was not read", true, received(MESSAGE.id), undefined],
  ["a text that the open conversation shows, too", false, received(MESSAGE.id), ROW, [MESSAGE]],
  ["a text that only the list shows", true, received(MESSAGE.id), ROW, [EARLIER]],
  ["a status that is shown", false, statusChanged("sent"), ROW],
  ["another status", true, statusChanged("delivered"), ROW],
  ["a status that only the list shows", true, statusChanged("sent"), ROW, [
    { ...MESSAGE, status: "queued" },
  ]],
  ["a conversation as it is shown", false, updated("escalated"), ROW],
  ["another status of a conversation", true, updated("bot"), ROW],
  ["another agent", true, updated("escalated", null), ROW],
  ["an open conversation as it is shown", false, updated("escalated"), ROW, [EARLIER, MESSAGE]],
  ["an open conversation whose newest message was not read", true, updated("escalated"), ROW, [
    EARLIER,
  ]],
  ["a change of a contact", true, {
    kind: "contact_changed",
    payload: { contact_id: ID, conversation_ids: [ID], changed: {} },
  }, ROW],
];

Deno.test("the inbox reads its rows after an event, unless they show all of it", () => {
  for (const [what, isMissing, event, row, open] of CASES) {
    const events = new NewEvents(
      {
        conversation: (id) => id === row?.id ? row : undefined,
        openMessages: () => open,
      },
      () => {},
    );
    events.add(event);
    assertEquals(events.areMissing(), isMissing, what);
    events.clear();
  }
});
