import { buildPrompt } from "../supabase/functions/_shared/bot/prompt.ts";
import { composeReply } from "../supabase/functions/_shared/bot/reply.ts";
import { assert, assertEquals } from "./support/assert.ts";

const LATER = { isFirstReply: false, senderName: "Northwind" };

for (
  const [label, text, fits] of [
    ["459 characters of GSM-7", "x".repeat(459), true],
    ["460 characters of GSM-7", "x".repeat(460), false],
    ["201 units of UCS-2", "ж".repeat(201), true],
    ["202 units of UCS-2", "ж".repeat(202), false],
    ["229 brackets, which GSM-7 counts twice", "[".repeat(228), true],
    ["a text with one emoji", `${"x".repeat(198)}🙂`, true],
    ["a longer text with one emoji", `${"x".repeat(200)}🙂`, false],
  ] as const
) {
  Deno.test("a text of a million characters is refused, and not counted out", () => {
    assert("problem" in composeReply("x".repeat(1_000_000), LATER));
  });

  Deno.test(`${label}: ${fits ? "fits" : "does not fit"} into three segments`, () => {
    const reply = composeReply(text, LATER);
    assertEquals("body" in reply, fits);
  });
}

Deno.test("the first reply says who writes, that it is automated, and how to stop it", () => {
  const first = (senderName: string | null) =>
    composeReply("Hello!", { isFirstReply: true, senderName });
  assertEquals(first("Northwind"), {
    body: "This is the automated assistant of Northwind. Hello!\nReply STOP to opt out",
  });
  assertEquals(first(null), {
    body: "This is an automated assistant. Hello!\nReply STOP to opt out",
  });
});

Deno.test("a text of a million characters is refused, and not counted out", () => {
  assert("problem" in composeReply("x".repeat(1_000_000), LATER));
});

Deno.test("what is added to a first reply counts", () => {
  const reply = composeReply("x".repeat(400), { isFirstReply: true, senderName: "Northwind" });
  assert("problem" in reply && reply.problem.includes("too long"));
});

for (
  const [label, text, body] of [
    ["control characters go", "a\u0000b\u0007c\u001b[1m\u0085", "abc[1m"],
    ["line feeds stay", " a\r\nb\n", "a\nb"],
    ["half an emoji becomes a replacement character", "a\ud83d", "a\ufffd"],
  ] as const
) {
  Deno.test(`in a reply ${label}`, () => assertEquals(composeReply(text, LATER), { body }));
}

for (const text of ["", "  \n ", "\u0007"]) {
  Deno.test(`${JSON.stringify(text)} is no reply`, () => {
    assert("problem" in composeReply(text, LATER));
  });
}

Deno.test("agents' and the bot's messages are the assistant's, and pictures are named by their type", () => {
  const { messages } = buildPrompt({
    recruitName: null,
    senderName: null,
    botInstructions: null,
    history: [
      { sender_type: "bot", body: "Hello", content_types: [] },
      { sender_type: "recruit", body: "Hi", content_types: ["image/png", null] },
      { sender_type: "agent", body: "Hey", content_types: [] },
    ],
  });
  assertEquals(messages, [
    { role: "assistant", content: "Hello" },
    { role: "user", content: "Hi\n[image/png]\n[attachment]" },
    { role: "assistant", content: "Hey" },
  ]);
});
