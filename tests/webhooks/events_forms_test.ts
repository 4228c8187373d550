/** The forms that twilio-events takes: the first row of the table that fits. */
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { outboundMessage, startConversation } from "../support/conversations.ts";
import { API_URL, withSql } from "../support/stack.ts";
import {
  type Form,
  inboundForm,
  newPhone,
  newSid,
  post,
  postForStatus,
  statusForm,
} from "../support/twilio.ts";
import { debuggerForm, debuggerPayload, keptEvent, postEvents } from "../support/twilio_events.ts";

const send = (form: Form) => postForStatus("twilio-events", form);

const FROM = newPhone();
const TO = "+15550100000";
const parties = { From: FROM, To: TO };

/** What a kept row holds, beside its payload and the columns that are null. */
type Kept = Record<string, unknown>;

const sids = {
  MessageSid: newSid(),
  CallSid: newSid("CA"),
  RecordingSid: newSid("RE"),
  RoomSid: newSid("RM"),
};

const otherCall = newSid("CA");

const ROWS: { label: string; form: Form; id: string; kept: Kept }[] = [
  {
    label: "a recording",
    form: { ...sids, MessageSid: "", RecordingStatus: "completed", ...parties },
    id: `${sids.RecordingSid}:completed`,
    kept: { kind: "recording", resource_sid: sids.RecordingSid, phones: [FROM, TO] },
  },
  {
    label: "a call's status",
    form: {
      CallSid: sids.CallSid,
      CallStatus: "no-answer",
      Direction: "outbound-api",
      ...parties,
      Timestamp: "Fri, 02 Jan 2026 03:04:05 +0000",
    },
    id: `${sids.CallSid}:no-answer`,
    kept: {
      kind: "call_status",
      resource_sid: sids.CallSid,
      phones: [FROM, TO],
      occurred_at: new Date("2026-01-02T03:04:05.000Z"),
    },
  },
  {
    label: "the callback of an inbound call that rings",
    form: {
      CallSid: sids.CallSid,
      CallStatus: "ringing",
      Direction: "inbound",
      CallbackSource: "call-progress-events",
    },
    id: `${sids.CallSid}:ringing`,
    kept: { kind: "call_status", resource_sid: sids.CallSid },
  },
  {
    label: "a call whose direction is given twice",
    form: { CallSid: otherCall, CallStatus: "ringing", Direction: ["inbound", "inbound"] },
    id: `${otherCall}:ringing`,
    kept: { kind: "call_status", resource_sid: otherCall },
  },
];

const NULLS = {
  type: null,
  resource_sid: null,
  level: null,
  error_code: null,
  url: null,
  phones: [],
  reason: null,
  occurred_at: null,
};

for (const { label, form, id, kept } of ROWS) {
  Deno.test(`${label} is kept once`, () =>
    withSql(async (sql) => {
      assertEquals(await send(form), "received");
      assertEquals(await send(form), "received");
      const row = await keptEvent(sql, id);
      assertEquals(row, { ...NULLS, id, ...kept, payload: form });
    }));
}

Deno.test("a debugger's payload whose text Postgres cannot hold is kept with U+FFFD", () =>
  withSql(async (sql) => {
    const url = `${API_URL}/functions/v1/x\0`;
    const form = debuggerForm(debuggerPayload("11200", { url, from: "+1555\0" }));
    assertEquals(await send(form), "received");
    const kept = await keptEvent(sql, form.Sid);
    assertEquals(kept?.url, `${API_URL}/functions/v1/x\uFFFD`);
  }));

Deno.test("no row holds the headers of a request, however the debugger's payload comes", () =>
  withSql(async (sql) => {
    const payload = debuggerPayload("11200");
    const text = JSON.stringify(payload);
    const resource_sid = String(payload.resource_sid);
    assertEquals(await send({ Level: "ERROR", Payload: text }), "received");
    assertEquals(await send(debuggerForm({}, { Payload: JSON.stringify(text) })), "received");
    assertEquals(await send({ Level: "ERROR", Payload: text.slice(0, -50) }), "received");
    for (
      const json of [[{ payload }], { Level: "ERROR", Payload: payload }, { deep: { payload } }]
    ) {
      assertEquals((await postEvents(json)).status, "received");
    }
    const rows = await sql`select payload::text as payload from recruiting_twilio_events
      where strpos(payload::text, ${resource_sid}) > 0`;
    assertEquals(rows.length, 6);
    for (const row of rows) assert(!/quoted-header/.test(row.payload), row.payload);
  }));

Deno.test("the debugger's error is kept with its code, its URL without the query, and no header of the request", () =>
  withSql(async (sql) => {
    const url = `${API_URL}/functions/v1/sms-inbound`;
    const payload = debuggerPayload("11200", { url: `${url}?x=1#rc=3`, from: FROM });
    const form = debuggerForm(payload);
    assertEquals(await send(form), "received");
    assertEquals(await send({ ...form, Level: "WARNING" }), "received");
    const row = await keptEvent(sql, form.Sid);
    const { payload: stored, ...columns } = row!;
    assertEquals(columns, {
      ...NULLS,
      id: form.Sid,
      kind: "debugger",
      resource_sid: payload.resource_sid,
      level: "error",
      error_code: "11200",
      url,
      phones: [FROM, TO],
      occurred_at: new Date(form.Timestamp),
    });
    assert(!JSON.stringify(stored).includes("quoted-header"), JSON.stringify(stored));
    assertEquals(stored.Payload.webhook.request.parameters.Body, "hello");
    assertEquals(stored.Sid, form.Sid);
  }));

for (
  const [label, Payload, expected] of [
    ["is no JSON", "{broken", { url: null, error_code: null }],
    ["is cut within the headers", '{"webhook":{"request":{"headers":{"X":"quoted-header', {}],
    ["is null", "null", { url: null }],
    ["is an array", "[1]", { url: null }],
    [
      "names a URL that is not ours",
      JSON.stringify(debuggerPayload("12300", { url: "https://x.example/a" })),
      {
        url: null,
        error_code: "12300",
      },
    ],
    [
      "begins like ours",
      JSON.stringify(debuggerPayload("12300", { url: `${API_URL}/functions/v1.example/a` })),
      {
        url: null,
      },
    ],
  ] as [string, string, Record<string, unknown>][]
) {
  Deno.test(`a debugger's payload that ${label} is kept`, () =>
    withSql(async (sql) => {
      const form = debuggerForm({}, { Payload });
      assertEquals(await send(form), "received");
      const row = (await keptEvent(sql, form.Sid))!;
      assertEquals(row.kind, "debugger");
      for (const [column, value] of Object.entries(expected)) assertEquals(row[column], value);
      assert(!JSON.stringify(row).includes("quoted-header"), JSON.stringify(row));
    }));
}

Deno.test("a level that is neither error nor warning is null", () =>
  withSql(async (sql) => {
    for (const [Level, level] of [["Warning", "warning"], ["Error", "error"], ["INFO", null]]) {
      const form = debuggerForm({}, { Level: Level! });
      assertEquals(await send(form), "received");
      assertEquals((await keptEvent(sql, form.Sid))!.level, level);
    }
  }));

/** The rows that hold a text. */
const rowsWith = (text: string) => {
  let rows: Record<string, unknown>[] = [];
  return withSql(async (sql) => {
    rows = await sql`select * from recruiting_twilio_events
      where payload::text like ${`%${text}%`} order by received_at`;
  }).then(() => rows);
};

Deno.test("a room of Video and what is not known are kept by their hash, the same for any order of the fields", async () => {
  const mark = crypto.randomUUID();
  const room = { RoomSid: newSid("RM"), StatusCallbackEvent: "room-ended", RoomName: mark };
  const reversed = Object.fromEntries(Object.entries(room).reverse());
  for (const form of [room, reversed, room]) assertEquals(await send(form), "received");
  const unknown = { Anything: mark, Repeated: ["b", "a"] };
  for (const Repeated of [["b", "a"], ["a", "b"]]) {
    assertEquals(await send({ ...unknown, Repeated }), "received");
  }
  const rows = await rowsWith(mark);
  assertEquals(rows.map(({ kind, resource_sid }) => [kind, resource_sid]), [
    ["video", room.RoomSid],
    ["unknown", null],
  ]);
  for (const { id } of rows) assertMatch(String(id), /^sha256:[0-9a-f]{64}$/);
});

const long = `SM${"a".repeat(33)}`;

for (
  const [label, form, kind] of [
    ["a MessageSid that is too long", inboundForm({ MessageSid: long }), "unknown"],
    [
      "a MessageSid that is given twice",
      inboundForm({ MessageSid: [newSid(), newSid()] }),
      "unknown",
    ],
    ["a text without a sender", inboundForm({ From: "" }), "unknown"],
    [
      "a status that is too long",
      statusForm(newSid(), "s".repeat(33), { From: "", To: "" }),
      "unknown",
    ],
    [
      "a status that is given twice",
      statusForm(newSid(), "sent", { MessageStatus: ["a", "b"], To: "" }),
      "unknown",
    ],
    [
      "a recording's status with a space",
      { RecordingSid: newSid("RE"), RecordingStatus: "a b" },
      "unknown",
    ],
    ["a recording whose SID is malformed, of a call", {
      RecordingSid: "re",
      RecordingStatus: "completed",
      CallSid: newSid("CA"),
      CallStatus: "completed",
    }, "call_status"],
    [
      "a call whose status is given twice",
      { CallSid: newSid("CA"), CallStatus: ["a", "a"] },
      "unknown",
    ],
    ["a call whose SID is malformed, in a room", {
      CallSid: "x",
      CallStatus: "ringing",
      RoomSid: newSid("RM"),
    }, "video"],
    ["a room whose SID is given twice", { RoomSid: [newSid("RM"), newSid("RM")] }, "unknown"],
    ["a debugger's Sid that is malformed", debuggerForm({}, { Sid: "NO 1" }), "unknown"],
  ] as [string, Form, string][]
) {
  Deno.test(`${label} does not fit its row: kept as ${kind}`, async () => {
    const mark = crypto.randomUUID();
    assertEquals(await send({ ...form, Mark: mark }), "received");
    assertEquals((await rowsWith(mark)).map((row) => row.kind), [kind]);
  });
}

Deno.test("a delivery callback moves its message, as in sms-status, and is kept nowhere else", () =>
  withSql(async (sql) => {
    const { id } = await startConversation();
    const sid = newSid();
    const messageId = await outboundMessage(sql, id);
    const form = statusForm(sid, "delivered");
    assertEquals(
      await postForStatus("twilio-events", form, { query: `?message=${messageId}` }),
      "updated",
    );
    assertEquals(await send(statusForm(sid, "sent")), "ignored");
    assertEquals(await send(statusForm(sid, "no-status")), "ignored");
    const [{ status }] =
      await sql`select status from recruiting_messages where message_sid = ${sid}`;
    assertEquals(status, "delivered");
    assertEquals((await rowsWith(sid)).length, 0);
  }));

Deno.test("a text is stored as in sms-inbound; at the fallback URL its error is kept, too", () =>
  withSql(async (sql) => {
    const { id, recruit_phone } = await startConversation();
    const form = inboundForm({ From: recruit_phone, Body: "first" });
    assertEquals(await send(form), "received");
    const url = `${API_URL}/functions/v1/sms-inbound`;
    const failed = inboundForm({
      From: recruit_phone,
      Body: "second",
      ErrorCode: "11200",
      ErrorUrl: `${url}?a=1`,
    });
    assertEquals(await send(failed), "received");
    assertEquals(await send(failed), "received");
    const rows =
      await sql`select body from recruiting_messages where conversation_id = ${id} order by seq`;
    assertEquals(rows.map(({ body }) => body), ["first", "second"]);
    assertEquals(await keptEvent(sql, `${form.MessageSid}:fallback`), undefined);
    const kept = await keptEvent(sql, `${failed.MessageSid}:fallback`);
    assertEquals(kept, {
      ...NULLS,
      id: `${failed.MessageSid}:fallback`,
      kind: "fallback",
      resource_sid: failed.MessageSid,
      level: "error",
      error_code: "11200",
      url,
      phones: [recruit_phone, TO],
      payload: failed,
    });
    assertEquals(await send(inboundForm()), "no_conversation");
  }));

Deno.test("Twilio itself gets empty TwiML for a text, and JSON for all else", async () => {
  const headers = { "User-Agent": "TwilioProxy/1.1" };
  for (
    const [form, type] of [
      [inboundForm(), "text/xml"],
      [statusForm(newSid(), "sent"), "application/json"],
      [{ RoomSid: newSid("RM") }, "application/json"],
      [{}, "application/json"],
    ] as [Form, string][]
  ) {
    const response = await post("twilio-events", form, { headers });
    await response.body?.cancel();
    assertEquals(response.headers.get("content-type")?.split(";")[0], type);
  }
});

Deno.test("an empty form and JSON that holds nothing are ignored, and nothing is kept", () =>
  withSql(async (sql) => {
    const count = async () =>
      (await sql`select count(*)::int as n from recruiting_twilio_events where payload in ('{}', '[]')`)[
        0
      ].n;
    const before = await count();
    assertEquals(await send({}), "ignored");
    for (const body of ["[]", "{}", "5", "null", '"text"', "true", "", "{broken", "[", "[null]x"]) {
      assertEquals([body, await postEvents(body)], [body, { httpStatus: 200, status: "ignored" }]);
    }
    assertEquals(await count(), before);
  }));

Deno.test("a JSON object with a form's fields is taken like the form", () =>
  withSql(async (sql) => {
    const CallSid = newSid("CA");
    const json = { CallSid, CallStatus: "completed", From: FROM, nested: { a: [1] } };
    assertEquals((await postEvents(json)).status, "received");
    const row = await keptEvent(sql, `${CallSid}:completed`);
    assertEquals([row?.kind, row?.phones, row?.payload], ["call_status", [FROM], json]);
    const { recruit_phone, id } = await startConversation();
    assertEquals((await postEvents(inboundForm({ From: recruit_phone }))).status, "received");
    assertEquals(
      (await sql`select from recruiting_messages where conversation_id = ${id}`).length,
      1,
    );
  }));

Deno.test("NUL, lone surrogates, __proto__ and deep nesting are kept as far as Postgres can", async () => {
  const mark = crypto.randomUUID();
  assertEquals(
    await send({ Mark: mark, Text: "a\0b", __proto__x: "1", ["__proto__"]: "2" }),
    "received",
  );
  const deep = `{"mark":"${mark}","\\u0000":"\\ud800","__proto__":1,"a":${"[".repeat(5000)}${
    "]".repeat(5000)
  }}`;
  assertEquals(await postEvents(deep), { httpStatus: 200, status: "received" });
  const rows = await rowsWith(mark);
  assertEquals(rows.length, 2);
  assertMatch(JSON.stringify(rows[1]), /\uFFFD/);
});
