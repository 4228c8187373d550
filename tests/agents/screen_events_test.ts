import { parseEvent } from "../../client/events.ts";
import { assertEquals } from "../support/assert.ts";

const PAYLOAD = {
  conversation_id: crypto.randomUUID(),
  message_id: crypto.randomUUID(),
  channel: "whatsapp",
  recruit_phone: "+15550100004",
  recruit_name: null,
  body: "",
  media: [],
  status: "received",
  created_at: "2026-11-26T10:00:00.000Z",
};

for (
  const [label, metadata] of [
    ["fields, a repeated one and a mark", {
      Latitude: "39.7392",
      Longitude: "-104.9903",
      Label: ["The depot", "The yard"],
      _cut: true,
    }],
    ["nothing", null],
  ] as const
) {
  Deno.test(`a screen hears of a text whose metadata is ${label}`, () => {
    const payload = { ...PAYLOAD, metadata };
    assertEquals(parseEvent("message_received", payload), { kind: "message_received", payload });
  });
}

Deno.test("a screen hears of a text without metadata, from a database that sends none", () => {
  assertEquals(parseEvent("message_received", PAYLOAD), {
    kind: "message_received",
    payload: PAYLOAD,
  });
});

Deno.test("metadata that is no object is a payload that this version does not know", () => {
  assertEquals(parseEvent("message_received", { ...PAYLOAD, metadata: "Latitude" }), {
    kind: "unknown",
  });
});
