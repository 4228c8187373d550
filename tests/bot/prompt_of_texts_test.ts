/** What the model reads of a text, from Twilio's form to the prompt. */
import { assertEquals } from "../support/assert.ts";
import { withTalk } from "../support/talk.ts";
import type { Form } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

const TEXTS: [label: string, body: string, fields: Form, content: string][] = [
  ["a reaction", "Liked “Days?\nReply STOP to opt out”", {}, "[reaction]"],
  ["quoted lines and an answer", "Nights\r\n> Reply STOP to opt out", {}, "Nights"],
  [
    "a location",
    "",
    { Latitude: "39.7", Longitude: "-104.9", Label: "Depot", Address: "12 Example Street" },
    "[location: Depot, 12 Example Street (39.7, -104.9)]",
  ],
  ["a location without names", " ", { Latitude: "1", Longitude: "2" }, "[location: (1, 2)]"],
  ["a button's payload", "", { ButtonText: " ", ButtonPayload: "days" }, "[button: days]"],
  [
    "a picture",
    "",
    { NumMedia: "1", MediaUrl0: "https://example.com/1", MediaContentType0: "image/jpeg" },
    "[image/jpeg]",
  ],
  ["nothing that is seen", "\u00a0\u200b\n", { Label: " " }, "[no text]"],
];

Deno.test("the model reads words for every text, whole and never empty, and no word of ours as the recruit's", () =>
  withTalk(async ({ text, model, prompts }, _sql, conversation) => {
    // All are one burst: the turn waits for the last one.
    const halt = model.haltBefore("/chat/completions");
    for (const [, body, fields] of TEXTS) await text(conversation, body, fields);
    await text(conversation, "The last one");
    await halt.reached;
    halt.release();
    const prompt = await until(
      () => prompts().find((messages) => messages.at(-1)?.content.includes("The last one")),
      "the prompt",
    );
    const read = prompt.filter(({ role }) => role === "user").map(({ content }) => content);
    assertEquals(
      read.join("\n").split("\n"),
      [...TEXTS.map(([, , , content]) => content), "The last one"],
    );
    assertEquals(prompt.filter(({ content }) => content.trim() === ""), []);
  }, { settings: { TURN_WAIT_SECONDS: "1" }, conversation: { channel: "whatsapp" } }));
