/** What becomes of two answers of the model, in every order. */
import { askModel } from "../../supabase/functions/_shared/bot/model.ts";
import { composeReply } from "../../supabase/functions/_shared/bot/reply.ts";
import { assertEquals, assertMatch } from "../support/assert.ts";

const answer = (text: string) => JSON.stringify({ action: "reply", text, reason: "" });

const FIRST = "The first answer is far too long. ".repeat(20);
const SECOND = "The second answer is longer. ".repeat(20);

/** An answer's content; a number is an HTTP status. */
const ANSWERS = {
  "fits": answer("Fine."),
  "is too long": answer(FIRST),
  "is too long again": answer(SECOND),
  "is too long, without a sentence end": answer("x".repeat(1000)),
  "is empty": answer(" "),
  "is no JSON": "Sure! {",
  "fails": 500,
  "escalates": JSON.stringify({ action: "escalate", text: "", reason: "asked for a person" }),
};

type Answer = keyof typeof ANSWERS;

/**
 * Asks a model that gives these answers, and returns what comes of it, the prompts, the forms of an answer that the
 * model was asked for, and the log.
 */
async function ask(answers: Answer[]) {
  const prompts: string[] = [];
  const formats: unknown[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { messages, response_format } = await request.json();
    formats.push(response_format);
    const content = ANSWERS[answers[prompts.push(messages[0].content) - 1]];
    return typeof content === "number"
      ? new Response("{}", { status: content })
      : Response.json({ choices: [{ message: { role: "assistant", content }, index: 0 }] });
  });
  const lines: string[] = [];
  try {
    const action = await askModel(
      { baseUrl: `http://127.0.0.1:${server.addr.port}/v1`, apiKey: undefined, name: "any" },
      {
        prompt: { instructions: "Answer.", messages: [{ role: "user", content: "Hi" }] },
        compose: (text) => composeReply(text, { isFirstReply: false, senderName: null }),
        deadline: performance.now() + 10_000,
        conversationId: "00000000-0000-4000-8000-000000000000",
      },
      (...line) => void lines.push(JSON.stringify(line)),
    );
    return { action, prompts, formats, log: lines.join("\n") };
  } finally {
    await server.shutdown();
  }
}

const FIRST_CUT = /^The first answer is far too long\..{350,}long\.$/;
const SECOND_CUT = /^The second answer is longer\..{350,}longer\.$/;
const TOO_LONG = "The language model's answer is too long for a text message";

for (
  const [first, second, result] of [
    ["is too long", "fits", /^Fine\.$/],
    ["is too long", "is too long again", SECOND_CUT],
    ["is too long", "is too long, without a sentence end", FIRST_CUT],
    ["is too long", "is empty", FIRST_CUT],
    ["is too long", "is no JSON", FIRST_CUT],
    ["is too long", "fails", FIRST_CUT],
    ["is too long", "escalates", "asked for a person"],
    ["is too long, without a sentence end", "fits", /^Fine\.$/],
    ["is too long, without a sentence end", "is too long again", SECOND_CUT],
    ["is too long, without a sentence end", "is too long, without a sentence end", TOO_LONG],
    ["is too long, without a sentence end", "is no JSON", TOO_LONG],
    ["is no JSON", "fits", /^Fine\.$/],
    ["is no JSON", "is too long again", SECOND_CUT],
    ["is no JSON", "is too long, without a sentence end", TOO_LONG],
    ["is no JSON", "is empty", null],
    ["is empty", "is too long again", SECOND_CUT],
    ["is empty", "is empty", null],
    ["fails", "is too long again", SECOND_CUT],
    ["fails", "fails", null],
    ["fails", "escalates", "asked for a person"],
  ] as [Answer, Answer, RegExp | string | null][]
) {
  const end = result === null ? "there is none" : result instanceof RegExp ? "a reply" : "a person";
  Deno.test(`the first answer ${first}, the second one ${second}: ${end}`, async () => {
    const { action, prompts } = await ask([first, second]);
    assertEquals(prompts.length, 2);
    if (result instanceof RegExp) {
      assertMatch(action?.kind === "reply" ? action.body : "", result);
    } else {
      assertEquals(action, result === null ? undefined : { kind: "escalate", reason: result });
    }
  });
}

Deno.test("an answer that fits is the only one", async () => {
  const { action, prompts } = await ask(["fits", "escalates"]);
  assertEquals([action, prompts.length], [{ kind: "reply", body: "Fine." }, 1]);
});

Deno.test("the model is told once what was wrong, and the log tells it without a word of the text", async () => {
  const { prompts, log } = await ask(["is too long", "is too long again"]);
  assertEquals(prompts[0], "Answer.");
  assertMatch(
    prompts[1],
    /^Answer\.\n\nYour last answer could not be used: .* at most 459 are poss/,
  );
  assertMatch(log, /model_answered.*too_long[^]*reply_cut/);
  assertEquals(/answer is|longer/.test(log), false);
});

Deno.test("the model is asked for an object with all three properties, in each call", async () => {
  const { formats } = await ask(["is no JSON", "fits"]);
  const format = {
    type: "json_schema",
    json_schema: {
      name: "response",
      strict: true,
      schema: {
        type: "object",
        properties: {
          action: { type: "string", enum: ["reply", "escalate"] },
          text: { type: "string" },
          reason: { type: "string" },
        },
        required: ["action", "text", "reason"],
        additionalProperties: false,
      },
    },
  };
  assertEquals(formats, [format, format]);
});
