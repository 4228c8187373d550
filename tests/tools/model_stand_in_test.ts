import { startModel } from "../../local/stand_ins/model/model.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { MODEL_URL } from "../support/stack.ts";

const RESPONSE_FORMATS = [
  { type: "json_object" },
  { type: "json_schema", json_schema: { name: "action", strict: true, schema: {} } },
];

type Content = string | { type: string; text?: string }[];
type Message = { role: "system" | "user" | "assistant"; content: Content };

const user = (content: Content): Message => ({ role: "user", content });
const assistant = (content: string): Message => ({ role: "assistant", content });

/** Calls the running stack's stand-in, as an OpenAI client does. */
function complete(
  messages: Message[],
  { signal, response_format = RESPONSE_FORMATS[1], url = MODEL_URL }: {
    signal?: AbortSignal;
    response_format?: unknown;
    url?: string;
  } = {},
): Promise<Response> {
  return fetch(`${url}/chat/completions`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Authorization": "Bearer any" },
    body: JSON.stringify({ model: "stand-in", messages, response_format }),
    signal,
  });
}

async function contentOf(messages: Message[]): Promise<string> {
  const response = await complete(messages);
  assertEquals(response.status, 200);
  return (await response.json()).choices[0].message.content;
}

/** What the bot is told to do. */
async function actionOf(...messages: Message[]): Promise<{ action: string; text: string }> {
  return JSON.parse(await contentOf(messages));
}

for (const response_format of RESPONSE_FORMATS) {
  Deno.test(`a call for ${response_format.type} is answered with an action, and its tokens`, async () => {
    const response = await complete([user("Hi")], { response_format });
    const { choices, usage, object, model } = await response.json();
    assertEquals([response.status, object, model], [200, "chat.completion", "stand-in"]);
    const { content, ...message } = choices[0].message;
    assertEquals([message.role, choices[0].finish_reason], ["assistant", "stop"]);
    const action = JSON.parse(content);
    assertEquals(Object.keys(action), ["action", "text", "reason"]);
    assertEquals(action.action, "reply");
    assert(usage.prompt_tokens > 0 && usage.completion_tokens > 0, JSON.stringify(usage));
  });
}

Deno.test("the stand-in is among the models", async () => {
  const { data } = await (await fetch(`${MODEL_URL}/models`)).json();
  assertEquals(data.map(({ id }: { id: string }) => id), ["stand-in"]);
});

for (
  const [question, answer] of [
    ["How much is the pay?", /dollars an hour/],
    ["Which shifts are there?", /night shifts/],
    ["Where is it?", /Example Street/],
    ["When could I start?", /Monday/],
    ["¿Cuál es el salario?", /dollars an hour/],
    ["What about the pay and the location?", /dollars an hour.*Example Street/],
  ] as const
) {
  Deno.test(`"${question}" is answered, and one question asked`, async () => {
    const { action, text } = await actionOf({ role: "system", content: "x" }, user(question));
    assertEquals([action, text.split("?").length - 1], ["reply", 1]);
    assertMatch(text, answer);
  });
}

Deno.test("every reply asks the next question, and the same call has the same answer", async () => {
  const messages: Message[] = [];
  const texts: string[] = [];
  for (let turn = 0; turn < 4; turn++) {
    messages.push(user("Sounds good"));
    const { text } = await actionOf(...messages);
    assertEquals((await actionOf(...messages)).text, text);
    texts.push(text);
    messages.push(assistant(text));
  }
  assertEquals(new Set(texts).size, 4);
});

Deno.test("all texts since the last reply are looked at, also among pictures", async () => {
  const { text } = await actionOf(
    user("Where is it?"),
    assistant("There"),
    user([{ type: "text", text: "What is the pay?" }]),
    user("Thanks"),
  );
  assertMatch(text, /dollars an hour/);
  assert(!text.includes("Example Street"), text);
});

for (
  const question of [
    "Are you a bot?",
    "are you human",
    "Is this a real person?",
    "¿Eres una persona?",
  ]
) {
  Deno.test(`"${question}" is answered: an automated assistant`, async () => {
    const { action, text } = await actionOf(user(question));
    assertEquals(action, "reply");
    assertMatch(text, /automated assistant/);
  });
}

for (
  const text of [
    "Can I talk to a person?",
    "human please",
    "AGENT",
    "I want to speak with someone",
    "Could somebody call me?",
    "Quiero hablar con una persona",
    "¿Puedo hablar con alguien?",
    "un agente por favor",
  ]
) {
  Deno.test(`"${text}" escalates`, async () => {
    assertEquals((await actionOf(user(text))).action, "escalate");
  });
}

for (const text of ["Is the interview in person?", "Someone told me about the job"]) {
  Deno.test(`"${text}" does not escalate`, async () => {
    assertEquals((await actionOf(user(text))).action, "reply");
  });
}

Deno.test("magic texts make the model misbehave", async (t) => {
  await t.step("after model: fail it answers 500", async () => {
    const response = await complete([user("Hi"), assistant("Hi"), user("model: fail")]);
    assertEquals(response.status, 500);
    const { error } = await response.json();
    assert(error.message, JSON.stringify(error));
  });
  await t.step("after model: nonsense it answers no JSON", async () => {
    const content = await contentOf([user("model: nonsense")]);
    let isJson = true;
    try {
      JSON.parse(content);
    } catch {
      isJson = false;
    }
    assert(!isJson, content);
  });
  await t.step("after model: empty its text is empty", async () => {
    const { action, text } = await actionOf(user("well, model: empty"));
    assertEquals([action, text], ["reply", ""]);
  });
  await t.step("after model: long its text has 1,000 characters", async () => {
    assertEquals((await actionOf(user("model: long"))).text.length, 1000);
  });
  await t.step("after model: endless its text ends no sentence", async () => {
    const { text } = await actionOf(user("model: endless"));
    assertEquals([text.length, /[.!?]/.test(text)], [1000, false]);
  });
  await t.step("after model: markdown its text is Markdown", async () => {
    assertMatch((await actionOf(user("model: markdown"))).text, /^## .*\*\*.*`.*\]\(https:/s);
  });
  await t.step("after model: typographic its text has typographic characters", async () => {
    assertMatch((await actionOf(user("model: typographic"))).text, /’.*“.*–.*”.*….*—/);
  });
  await t.step("after model: escalate it hands off", async () => {
    assertEquals((await actionOf(user("model: escalate"))).action, "escalate");
  });
  await t.step("a magic text that was answered before does nothing", async () => {
    const { action } = await actionOf(user("model: escalate"), assistant("Hi"), user("Hello"));
    assertEquals(action, "reply");
  });
});

Deno.test("a model that hangs answers nothing, and a stop does not wait for it", async () => {
  const { url, stop } = await startModel({ port: 0 });
  const impatient = complete([user("model: hang")], { url, signal: AbortSignal.timeout(200) });
  const outcome = await impatient.then(() => "answered", (error: Error) => error.name);
  assertEquals(outcome, "TimeoutError");
  const patient = complete([user("model: hang")], { url })
    .then(async (response) => {
      await response.body?.cancel();
      return response.status;
    }, () => 500);
  // The stand-in has the call once it has answered a later one.
  await (await complete([user("Hi")], { url })).body?.cancel();
  await stop();
  assertEquals(await patient, 500);
});
