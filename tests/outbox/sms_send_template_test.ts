/** Templates through sms-send, the outbox and Twilio. */
import type postgres from "postgres";
import { SECRET_KEY } from "../../local/settings/keys.ts";
import { TEMPLATES } from "../../local/stand_ins/twilio/content_templates.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { sentTo } from "../support/bot.ts";
import type { Checkpoint, Halt, Seen } from "../support/checkpoint.ts";
import { startConversation } from "../support/conversations.ts";
import { kill, WITHOUT_CALLBACKS } from "../support/faults.ts";
import {
  type Answer,
  type Input,
  invoke,
  QUICK,
  withAgent,
  withWorker,
} from "../support/sms_send.ts";
import { withSql } from "../support/stack.ts";
import { magicPhone, newPhone } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

const [RECEIVED, REMINDER, OFFER, INTERESTED, PICTURE] = TEMPLATES.map(({ sid }) => sid);
const UNKNOWN = `HX${"f".repeat(32)}`;

const VARIABLES = { "1": "Ada", "2": "the night shift" };
const FILLED_IN =
  "Hi Ada, thanks for applying for the night shift. Do you have a minute for three quick questions?";

/** Only Twilio's list can tell what became of a message, and soon. */
const UNCONFIRMED = { ...QUICK, ...WITHOUT_CALLBACKS };

/** A row of the outbox. */
async function rowOf(sql: postgres.Sql, id: string) {
  const [row] = await sql`
    select body, media, content_sid, content_variables, status, message_sid, error_code
    from recruiting_messages where id = ${id}`;
  return row;
}

/** The forms that Twilio was called with. */
function formsOf({ seen }: Checkpoint): Record<string, string>[] {
  return seen.filter(({ line }) => line.endsWith("Messages.json POST"))
    .map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
}

/** Sends a template in a conversation of an agent's own, through a worker. */
function sendTemplate(
  use: (sent: {
    sql: postgres.Sql;
    call: (input: Input) => Promise<Answer>;
    twilio: Checkpoint;
    database: Checkpoint;
    phone: string;
    agentId: string;
    tools: { worker: Parameters<typeof kill>[0]["worker"]; logs: string[] };
  }) => Promise<void>,
  { phone = newPhone(), channel = "sms", settings = {} }: {
    phone?: string;
    channel?: string;
    settings?: Record<string, string>;
  } = {},
): Promise<void> {
  return withSql((sql) =>
    withWorker(
      settings,
      (call, database, twilio, tools) =>
        withAgent(async ({ token, id: agentId }, { id: conversation_id }) => {
          await use({
            sql,
            call: (input) => {
              const body = { conversation_id, idempotency_key: crypto.randomUUID(), ...input };
              // A loaded machine may answer 503, and the call may be repeated.
              return until(async () => {
                const answer = await call(token, body);
                return answer.status !== 503 && answer;
              }, "an answer");
            },
            twilio,
            database,
            phone,
            agentId,
            tools,
          });
        }, { status: "escalated", recruit_phone: phone, channel }),
    )
  );
}

Deno.test("a template goes out with its SID and variables, and the row has its text", () =>
  sendTemplate(async ({ sql, call, twilio, phone }) => {
    const answer = await call({ content_sid: RECEIVED, content_variables: VARIABLES });
    assertEquals(answer.status, 200);
    const [form, ...more] = formsOf(twilio);
    assertEquals([form.ContentSid, JSON.parse(form.ContentVariables), more.length], [
      RECEIVED,
      VARIABLES,
      0,
    ]);
    assertEquals([form.Body, form.MediaUrl], [undefined, undefined]);
    const row = await rowOf(sql, answer.message_id!);
    assertEquals([row.body, row.media, row.content_sid, row.content_variables], [
      FILLED_IN,
      [],
      RECEIVED,
      VARIABLES,
    ]);
    const [message] = await sentTo(phone);
    assertEquals([message.sid, message.body], [row.message_sid, FILLED_IN]);
  }));

for (const content_variables of [undefined, {}]) {
  Deno.test(`a template with ${content_variables ? "empty" : "no"} variables is called without ContentVariables`, () =>
    sendTemplate(async ({ sql, call, twilio }) => {
      const { message_id } = await call({ content_sid: RECEIVED, content_variables });
      assertEquals(formsOf(twilio).map((form) => "ContentVariables" in form), [false]);
      const row = await rowOf(sql, message_id!);
      assertEquals([row.content_variables, row.body], [
        null,
        "Hi there, thanks for applying for the job. Do you have a minute for three quick questions?",
      ]);
    }));
}

for (
  const [sid, variables, text] of [
    [REMINDER, { "1": "at 9" }, "Your interview is at 9. Can you make it? Answer YES or NO."],
    [OFFER, { first_name: "Ada" }, "Hello Ada, a shift is free at the depot. Are you in?"],
    [
      OFFER,
      { place: "{{first_name}} $& \"'\\" },
      "Hello there, a shift is free at {{first_name}} $& \"'\\. Are you in?",
    ],
    [PICTURE, {}, `[template ${PICTURE}]`],
  ] as [string, Record<string, string>, string][]
) {
  Deno.test(`the template ${sid} with ${JSON.stringify(variables)} is stored as its text`, () =>
    sendTemplate(async ({ sql, call }) => {
      const answer = await call({ content_sid: sid, content_variables: variables });
      assertEquals([answer.status, (await rowOf(sql, answer.message_id!)).body], [200, text]);
    }));
}

for (
  const [label, prepare, reason] of [
    ["is answered with an error", (twilio) => void twilio.breakBefore("/v1/Content"), "HTTP 504"],
    ["is not answered", (twilio) => void twilio.haltBefore("/v1/Content"), undefined],
    [
      "is answered with something else",
      (twilio) => twilio.answer("/v1/Content", ["no"]),
      "no text",
    ],
    ["is answered with null", (twilio) => twilio.answer("/v1/Content", null), undefined],
  ] as [string, (twilio: Checkpoint) => void, string | undefined][]
) {
  Deno.test(`a template whose text ${label} goes out all the same, and Twilio's answer brings the text`, () =>
    sendTemplate(async ({ sql, call, twilio, database, tools }) => {
      prepare(twilio);
      const answer = await call({ content_sid: RECEIVED, content_variables: VARIABLES });
      assertEquals(answer.status, 200);
      const [begun] = database.seen.filter(({ path }) => path.endsWith("recruiting_begin_message"));
      assertEquals(JSON.parse(begun.body).body, `[template ${RECEIVED}]`);
      const [line] = tools.logs.filter((line) => line.includes("template_not_read"));
      assertMatch(line, reason ? new RegExp(`"reason":"${reason}`) : /"level":"warn"/);
      assert(!line.includes("Ada"), line);
      assertEquals((await rowOf(sql, answer.message_id!)).body, FILLED_IN);
    }));
}

Deno.test("a template that Twilio does not have has failed, and stands as its SID", () =>
  sendTemplate(async ({ sql, call }) => {
    const answer = await call({ content_sid: UNKNOWN });
    assertEquals([answer.status, answer.message_status], [200, "failed"]);
    const row = await rowOf(sql, answer.message_id!);
    assertEquals([row.body, row.error_code], [`[template ${UNKNOWN}]`, "21655"]);
  }));

Deno.test("without a body in Twilio's answer the text that was read stays, and free text stays as written", () =>
  sendTemplate(async ({ sql, call, twilio }) => {
    const sid = () => `SM${crypto.randomUUID().replaceAll("-", "")}`;
    const answer = { status: "queued", num_segments: "1", error_code: null };
    twilio.answer(({ body }) => body.includes("ContentSid"), { ...answer, sid: sid(), body: "" });
    twilio.answer("Messages.json POST", { ...answer, sid: sid(), body: "Sent from a trial. Hi" });
    const template = await call({ content_sid: INTERESTED });
    const freeText = await call({ body: "Hi" });
    const bodies = [template, freeText].map(async ({ message_id }) =>
      (await rowOf(sql, message_id!)).body
    );
    assertEquals(await Promise.all(bodies), [
      "We have not heard from you for a while. Are you still looking?",
      "Hi",
    ]);
  }));

/** Inputs that are refused, and the field that the answer names. */
const REFUSED: [label: string, input: Input, field: string][] = [
  ["content_sid with body", { content_sid: RECEIVED, body: "Hi" }, "content_sid"],
  ["content_sid with media_urls", {
    content_sid: RECEIVED,
    media_urls: ["https://example.com/a"],
  }, "media_urls"],
  ["none of the three", {}, "content_sid"],
  ["a SID of another kind", { content_sid: `SM${"1".repeat(32)}` }, "content_sid"],
  ["a SID that is too short", { content_sid: "HX1" }, "content_sid"],
  [
    "a SID with a letter that is no hex digit",
    { content_sid: `HX${"g".repeat(32)}` },
    "content_sid",
  ],
  ["a SID that is null", { content_sid: null, body: "Hi" }, "content_sid"],
  ["a value that is a number", {
    content_sid: RECEIVED,
    content_variables: { 1: 7 },
  }, "content_variables.1"],
  ["a value that is null", {
    content_sid: RECEIVED,
    content_variables: { 1: null },
  }, "content_variables.1"],
  ["a value that is empty", {
    content_sid: RECEIVED,
    content_variables: { 1: "" },
  }, "content_variables.1"],
  ["variables in a list", {
    content_sid: RECEIVED,
    content_variables: ["Ada"],
  }, "content_variables"],
  ["variables as JSON text", {
    content_sid: RECEIVED,
    content_variables: '{"1":"Ada"}',
  }, "content_variables"],
  ["variables beside free text", {
    body: "Hi",
    content_variables: { 1: "Ada" },
  }, "content_variables"],
  [
    "empty variables beside free text",
    { body: "Hi", content_variables: {} },
    "content_variables",
  ],
  ["NUL in a variable's name", {
    content_sid: RECEIVED,
    content_variables: { "a\0": "Ada" },
  }, "content_variables"],
];

Deno.test("an input that is refused is answered 422, naming the field, and nothing is sent", (t) =>
  sendTemplate(async ({ call, twilio, phone }) => {
    for (const [label, input, field] of REFUSED) {
      await t.step(`${label}: ${field}`, async () => {
        const { status, code, message } = await call(input);
        assertEquals([status, code], [422, "INVALID"]);
        assert(message?.includes(field), message ?? "no message");
        assertEquals(twilio.seen, []);
      });
    }
    assertEquals(await sentTo(phone), []);
  }));

Deno.test("the same key is the same template with the same variables, however they are ordered", () =>
  sendTemplate(async ({ call, twilio, phone }) => {
    const idempotency_key = crypto.randomUUID();
    const first = await call({
      idempotency_key,
      content_sid: RECEIVED,
      content_variables: VARIABLES,
    });
    // The text cannot be read any more: the message is the same all the same.
    const content = twilio.breakBefore("/v1/Content");
    const again = await call({
      idempotency_key,
      content_sid: RECEIVED,
      content_variables: { "2": VARIABLES["2"], "1": VARIABLES["1"] },
    });
    content.mend();
    assertEquals([first.status, again.status, again.message_id], [200, 200, first.message_id]);
    for (
      const other of [
        { content_sid: REMINDER, content_variables: VARIABLES },
        { content_sid: RECEIVED, content_variables: { ...VARIABLES, "1": "Bob" } },
        { content_sid: RECEIVED },
        { body: FILLED_IN },
      ]
    ) {
      const { status, code } = await call({ idempotency_key, ...other });
      assertEquals([status, code], [409, "IDEMPOTENCY_KEY_REUSED"]);
    }
    assertEquals((await sentTo(phone)).length, 1);
  }));

Deno.test("the key of free text is not a template's, even with the same words", () =>
  sendTemplate(async ({ call }) => {
    const idempotency_key = crypto.randomUUID();
    const body = "We have not heard from you for a while. Are you still looking?";
    assertEquals((await call({ idempotency_key, body })).status, 200);
    assertEquals(
      (await call({ idempotency_key, content_sid: INTERESTED })).code,
      "IDEMPOTENCY_KEY_REUSED",
    );
  }));

Deno.test("30 calls with one key at once send one template, and all name it", () =>
  sendTemplate(async ({ sql, call, phone }) => {
    const input = {
      idempotency_key: crypto.randomUUID(),
      content_sid: RECEIVED,
      content_variables: VARIABLES,
    };
    const answers = await Promise.all(Array.from({ length: 30 }, () => call(input)));
    assertEquals(new Set(answers.map(({ message_id }) => message_id)).size, 1);
    assertEquals(answers.filter(({ status }) => status !== 200 && status !== 202), []);
    await confirmed(sql, answers[0].message_id!);
    assertEquals((await sentTo(phone)).map(({ body }) => body), [FILLED_IN]);
  }));

Deno.test("on WhatsApp a template may go where free text may not, by an agent and by the platform", () =>
  withSql((sql) =>
    withWorker({}, async (call) => {
      const platform = await startConversation({ channel: "whatsapp" });
      const send = (input: Input) => call(SECRET_KEY, { conversation_id: platform.id, ...input });
      const refused = await send({ body: "Hi" });
      assertEquals([refused.status, refused.code], [409, "OUTSIDE_WINDOW"]);
      assertMatch(refused.message ?? "", /content_sid/);
      const sent = await send({ content_sid: RECEIVED, content_variables: VARIABLES });
      assertEquals(sent.status, 200);
      const [row] = await sql`
        select sender_type, agent_id, outbox_kind from recruiting_messages where id = ${sent
        .message_id!}`;
      assertEquals({ ...row }, { sender_type: "bot", agent_id: null, outbox_kind: "platform" });
      const [message] = await sentTo(`whatsapp:${platform.recruit_phone}`);
      assertEquals(message.body, FILLED_IN);

      await withAgent(async ({ token }, { id: conversation_id }) => {
        const answer = await call(token, { conversation_id, content_sid: RECEIVED });
        assertEquals(answer.status, 200);
      }, { channel: "whatsapp", status: "escalated" });
    })
  ));

Deno.test("a template goes neither to a recruit who has opted out nor into a closed conversation", () =>
  withSql((sql) =>
    withAgent(async ({ client, id }, conversation) => {
      const closed = await startConversation({ status: "closed", assigned_agent_id: id });
      await sql`insert into recruiting_opt_outs (recruit_phone, twilio_phone, reason)
        values (${conversation.recruit_phone}, '+15550100000', 'test')`;
      const codes = [conversation, closed].map(async (target) =>
        (await invoke(client, { conversation_id: target.id, content_sid: RECEIVED })).code
      );
      assertEquals(await Promise.all(codes), ["OPTED_OUT", "CLOSED"]);
    })
  ));

Deno.test("agents read the template of a message", () =>
  withAgent(async ({ client }, { id: conversation_id }) => {
    const { message_id } = await invoke(client, { conversation_id, content_sid: INTERESTED });
    const { data } = await client.from("recruiting_messages")
      .select("content_sid, content_variables").eq("id", message_id!);
    assertEquals(data, [{ content_sid: INTERESTED, content_variables: null }]);
  }));

/** Waits until a message has its SID. */
async function confirmed(sql: postgres.Sql, id: string) {
  return await until(async () => {
    const row = await rowOf(sql, id);
    return row.message_sid !== null && row;
  }, "the SID");
}

Deno.test("a template that Twilio refuses with 429 twice is retried as the same template", () =>
  sendTemplate(async ({ sql, call, twilio, phone }) => {
    const answer = await call({ content_sid: RECEIVED, content_variables: VARIABLES });
    assertEquals(answer.status, 200);
    const forms = formsOf(twilio);
    assertEquals(forms.map((form) => [form.ContentSid, form.ContentVariables]), [
      [RECEIVED, JSON.stringify(VARIABLES)],
      [RECEIVED, JSON.stringify(VARIABLES)],
      [RECEIVED, JSON.stringify(VARIABLES)],
    ]);
    assertEquals((await rowOf(sql, answer.message_id!)).body, FILLED_IN);
    assertEquals((await sentTo(phone)).length, 1);
  }, { phone: magicPhone("+15005560429") }));

for (const isReadable of [true, false]) {
  Deno.test(`a template whose answer is lost is confirmed by its body${isReadable ? "" : ", which is read only then"}`, () =>
    sendTemplate(async ({ sql, call, twilio, phone }) => {
      const content = isReadable ? undefined : twilio.breakBefore("/v1/Content");
      const answer = await call({ content_sid: RECEIVED, content_variables: VARIABLES });
      assertEquals([answer.status, answer.message_status], [202, "queued"]);
      content?.mend();
      const row = await confirmed(sql, answer.message_id!);
      const messages = await sentTo(phone);
      assertEquals(messages.map(({ sid }) => sid), [row.message_sid]);
      assertEquals(row.body, FILLED_IN);
    }, { phone: magicPhone("+15005560000"), settings: UNCONFIRMED }));
}

Deno.test("a template whose answer is lost and whose text can never be read is confirmed, because it is the only one", () =>
  sendTemplate(async ({ sql, call, twilio, phone }) => {
    twilio.breakBefore("/v1/Content");
    const answer = await call({ content_sid: RECEIVED, content_variables: VARIABLES });
    const row = await confirmed(sql, answer.message_id!);
    assertEquals((await sentTo(phone)).map(({ sid }) => sid), [row.message_sid]);
    assertEquals(row.body, FILLED_IN);
  }, { phone: magicPhone("+15005560000"), settings: UNCONFIRMED }));

Deno.test("two templates whose answers are lost get each its own SID", () =>
  sendTemplate(async ({ sql, call, phone }) => {
    const variables = [{ "1": "Ada" }, { "1": "Bob" }];
    const answers = await Promise.all(
      variables.map((content_variables) => call({ content_sid: RECEIVED, content_variables })),
    );
    const messages = async () => await sentTo(phone);
    for (const [index, { message_id }] of answers.entries()) {
      const { message_sid } = await confirmed(sql, message_id!);
      const message = (await messages()).find(({ sid }) => sid === message_sid);
      assert(
        message?.body.startsWith(`Hi ${variables[index]["1"]},`),
        message?.body ?? "no message",
      );
    }
  }, { phone: magicPhone("+15005560000"), settings: UNCONFIRMED }));

/** A moment of a send, and what holds the worker there: a repeated request of the same send, too. */
const MOMENTS: [
  moment: string,
  hold: (tools: { twilio: Checkpoint; database: Checkpoint }, key: string, phone: string) => Halt,
][] = [
  ["before it was begun", ({ database }, key) => database.haltBefore(beginOf(key), "every")],
  ["after it was begun", ({ database }, key) => database.haltAfter(beginOf(key), "every")],
  ["before Twilio has it", ({ twilio }, _, phone) => twilio.haltBefore(postTo(phone), "every")],
  ["when Twilio has it", ({ twilio }, _, phone) => twilio.haltAfter(postTo(phone), "every")],
];

function beginOf(key: string) {
  return ({ line, body }: Seen) => line.includes("recruiting_begin_message") && body.includes(key);
}

function postTo(phone: string) {
  return ({ line, body }: Seen) =>
    line.includes("Messages.json POST") && new URLSearchParams(body).get("To") === phone;
}

Deno.test("a worker that is killed at any moment of a send and a caller who repeats: one template", () =>
  sendTemplate(async ({ sql, call, twilio, database, agentId, tools }) => {
    const sends = await Promise.all(MOMENTS.map(async ([moment, hold]) => {
      const idempotency_key = crypto.randomUUID();
      const phone = newPhone();
      const { id: conversation_id } = await startConversation({
        status: "escalated",
        assigned_agent_id: agentId,
        recruit_phone: phone,
      });
      const halt = hold({ twilio, database }, idempotency_key, phone);
      const input = {
        conversation_id,
        idempotency_key,
        content_sid: RECEIVED,
        content_variables: VARIABLES,
      };
      const calling = call(input).catch(() => undefined);
      return { moment, phone, input, halt, calling };
    }));
    await Promise.all(sends.map(({ halt }) => halt.reached));
    await kill(tools);
    for (const { halt } of sends) halt.drop();
    await Promise.all(sends.map(({ calling }) => calling));
    await tools.worker.ready();
    const answers = await Promise.all(sends.map(({ input }) => call(input)));
    for (const [index, { moment, phone }] of sends.entries()) {
      const row = await confirmed(sql, answers[index].message_id!);
      assertEquals([moment, row.content_sid, row.body], [moment, RECEIVED, FILLED_IN]);
      const messages = await sentTo(phone);
      assertEquals(
        [moment, messages.map(({ sid, body }) => [sid, body])],
        [moment, [[row.message_sid, FILLED_IN]]],
      );
    }
  }, { settings: UNCONFIRMED }));

Deno.test("a template that Twilio never got is sent again as the same template", () =>
  sendTemplate(async ({ sql, call, twilio, phone }) => {
    const halt = twilio.haltBefore("Messages.json POST");
    const calling = call({ content_sid: OFFER, content_variables: { first_name: "Ada" } });
    await halt.reached;
    halt.drop();
    const answer = await calling;
    assertEquals(answer.status, 202);
    await confirmed(sql, answer.message_id!);
    assertEquals((await sentTo(phone)).map(({ body }) => body), [
      "Hello Ada, a shift is free at the depot. Are you in?",
    ]);
  }, { settings: UNCONFIRMED }));

Deno.test("the database refuses a template on an inbound text, and variables without a template", () =>
  withSql(async (sql) => {
    const { id } = await startConversation();
    const insert = (
      direction: string,
      sender: string,
      status: string,
      sid: string | null,
      variables: string | null,
    ) =>
      sql`insert into recruiting_messages
        (conversation_id, direction, sender_type, body, status, content_sid, content_variables)
        values (${id}, ${direction}, ${sender}, 'Hi', ${status}, ${sid}, ${variables}::text::jsonb)`
        .then(() => undefined, (error) => error.constraint_name);
    assertEquals(
      await insert("inbound", "recruit", "received", RECEIVED, null),
      "recruiting_messages_content_sid",
    );
    assertEquals(
      await insert("outbound", "bot", "queued", null, "{}"),
      "recruiting_messages_content_variables",
    );
    assertEquals(
      await insert("outbound", "bot", "queued", RECEIVED, "[]"),
      "recruiting_messages_content_variables",
    );
    assertEquals(await insert("outbound", "bot", "queued", RECEIVED, "{}"), undefined);
  }));
