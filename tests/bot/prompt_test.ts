import { buildPrompt, type HistoryMessage } from "../../supabase/functions/_shared/bot/prompt.ts";
import { limitOf } from "../../supabase/functions/_shared/bot/reply.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";

const NOTHING = { body: "", content_types: [], metadata: null };

function promptOf(
  history: Partial<HistoryMessage>[],
  limit = limitOf({ isFirstReply: false, senderName: null }),
) {
  return buildPrompt({
    recruitName: null,
    senderName: null,
    botInstructions: "Recruit warehouse associates.",
    limit,
    history: history.map((message) => ({ sender_type: "recruit", ...NOTHING, ...message })),
  });
}

/** What the model reads of one message. */
const contentOf = (message: Partial<HistoryMessage>) => promptOf([message]).messages[0].content;

Deno.test("agents' and the bot's messages are the assistant's, and pictures are named by their type", () => {
  const { messages } = promptOf([
    { sender_type: "bot", body: "Hello" },
    { body: "Hi", content_types: ["image/png", null] },
    { sender_type: "agent", body: "Hey", content_types: ["image/jpeg"] },
  ]);
  assertEquals(messages, [
    { role: "assistant", content: "Hello" },
    { role: "user", content: "Hi\n[image/png]\n[attachment]" },
    { role: "assistant", content: "Hey\n[image/jpeg]" },
  ]);
});

const PLACE = { Latitude: "39.7", Longitude: "-104.9" };

for (
  const [label, message, content] of [
    ["a picture alone", { content_types: ["image/jpeg"] }, "[image/jpeg]"],
    ["two pictures alone", { content_types: ["image/jpeg", null] }, "[image/jpeg]\n[attachment]"],
    [
      "a location",
      { metadata: { ...PLACE, Label: "Depot", Address: "1 Example St" } },
      "[location: Depot, 1 Example St (39.7, -104.9)]",
    ],
    ["a bare location", { metadata: PLACE }, "[location: (39.7, -104.9)]"],
    ["a button", { metadata: { ButtonText: "Yes!", ButtonPayload: "y" } }, "[button: Yes!]"],
    ["a button without words", { metadata: { ButtonPayload: "y" } }, "[button: y]"],
    ["words with a location", { body: "Here", metadata: PLACE }, "Here"],
    ["nothing", {}, "[no text]"],
    ["white space", { body: " \n\t" }, "[no text]"],
    ["invisible characters", { body: "\u200b\u2060\u3164\ufe0f" }, "[no text]"],
    ["nothing of an agent's", { sender_type: "agent" }, "[no text]"],
    ["white space of the bot's", { sender_type: "bot", body: "\u00a0\n" }, "[no text]"],
    ["an agent's picture", { sender_type: "agent", content_types: ["image/png"] }, "[image/png]"],
    ["a reaction", { body: "Liked “The pay is 21 dollars”" }, "[reaction]"],
    [
      "a reaction and words",
      { body: "Loved “The pay is 21 dollars” When can I start?" },
      "[reaction]\nWhen can I start?",
    ],
    ["quoted lines alone", { body: "> The pay is 21 dollars\n> OK?" }, "[no text]"],
    ["quoted lines with a picture", { body: "> OK?", content_types: ["image/png"] }, "[image/png]"],
    ["quoted lines and words", { body: "> OK?\nYes, nights" }, "Yes, nights"],
    [
      "what looks like a reaction, of an agent's",
      { sender_type: "agent", body: "Liked “that”" },
      "Liked “that”",
    ],
  ] as [string, Partial<HistoryMessage>, string][]
) {
  Deno.test(`the model reads words for ${label}`, () => assertEquals(contentOf(message), content));
}

Deno.test("the prompt states the limit for both alphabets, less the introduction", () => {
  assertMatch(promptOf([]).instructions, /at most 459 characters.* at most 201\./);
  const limit = limitOf({ isFirstReply: true, senderName: "Northwind" });
  assert(limit.gsm7 !== null && limit.gsm7 < 400, `The limit is ${limit.gsm7}`);
  const { instructions } = promptOf([], limit);
  assertMatch(instructions, new RegExp(`at most ${limit.gsm7} .* at most ${limit.other}\\.`));
  assert(!/\b(459|201|280)\b/.test(instructions), instructions);
});

Deno.test("under a name outside GSM-7 the prompt states one limit", () => {
  const limit = limitOf({ isFirstReply: true, senderName: "Así" });
  const { instructions } = promptOf([], limit);
  assertMatch(instructions, new RegExp(`at most ${limit.other} characters`));
  assert(!/GSM/.test(instructions), instructions);
});
