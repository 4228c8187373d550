/** What twilio-events reads, from whom, and how much of it. */
import { readBody } from "../../supabase/functions/_shared/http/request_body.ts";
import { assertEquals, assertMatch } from "../support/assert.ts";
import { withEdgeFunction } from "../support/edge_function.ts";
import { API_URL, logLines, withSql } from "../support/stack.ts";
import {
  type Form,
  inboundForm,
  newPhone,
  newSid,
  post,
  signedRequest,
  statusForm,
} from "../support/twilio.ts";
import {
  cloudEvent,
  debuggerForm,
  debuggerPayload,
  handTo,
  jsonRequest,
  keptEvent,
  postEvents,
} from "../support/twilio_events.ts";
import { stackEnvironment, startWorker } from "../support/function_worker.ts";

const URL_OF_FUNCTION = `${API_URL}/functions/v1/twilio-events`;
const FORM_TYPE = "application/x-www-form-urlencoded";
const MIB = 1024 * 1024;

/** The status and the code of an answer. */
async function answerOf(request: Request | Promise<Response>): Promise<[number, string]> {
  const response = await (request instanceof Request ? fetch(request) : request);
  const { error, status } = await response.json();
  return [response.status, error?.code ?? status];
}

const unsigned = (contentType: string, body: BodyInit, headers: Record<string, string> = {}) =>
  new Request(URL_OF_FUNCTION, {
    method: "POST",
    headers: { "Content-Type": contentType, ...headers },
    body,
  });

for (
  const [label, request, expected] of [
    ["GET", new Request(URL_OF_FUNCTION), [405, "METHOD_NOT_ALLOWED"]],
    ["plain text", unsigned("text/plain", "a=b"), [415, "UNSUPPORTED_MEDIA_TYPE"]],
    ["XML", unsigned("application/xml", "<a/>"), [415, "UNSUPPORTED_MEDIA_TYPE"]],
    ["a type that only begins like JSON", unsigned("application/jsonx", "{}"), [
      415,
      "UNSUPPORTED_MEDIA_TYPE",
    ]],
    ["a form without a signature", unsigned(FORM_TYPE, "a=b"), [401, "UNAUTHORIZED"]],
    ["JSON without a signature", unsigned("application/json", "[]"), [401, "UNAUTHORIZED"]],
    ["a form over 1 MiB", unsigned(FORM_TYPE, `a=${"b".repeat(MIB)}`), [413, "PAYLOAD_TOO_LARGE"]],
    ["JSON over 4 MiB", unsigned("application/json", " ".repeat(4 * MIB + 1)), [
      413,
      "PAYLOAD_TOO_LARGE",
    ]],
    [
      "a wrongly signed form of 1 MiB",
      unsigned(FORM_TYPE, `a=${"b".repeat(MIB - 2)}`, {
        "X-Twilio-Signature": "x",
      }),
      [401, "UNAUTHORIZED"],
    ],
    ["a form of 201 fields", unsigned(FORM_TYPE, "&".repeat(200), { "X-Twilio-Signature": "x" }), [
      413,
      "PAYLOAD_TOO_LARGE",
    ]],
    ["JSON that is signed with another key", jsonRequest("[]", { token: "other" }), [
      401,
      "UNAUTHORIZED",
    ]],
    ["JSON whose hash is another's", jsonRequest("[]", { hashOf: "{}" }), [401, "UNAUTHORIZED"]],
  ] as [string, Request, [number, string]][]
) {
  Deno.test(`twilio-events answers ${expected[0]} to ${label}`, async () => {
    assertEquals(await answerOf(request), expected);
  });
}

Deno.test("signed JSON without bodySHA256 in the URL is refused", async () => {
  const { url, headers } = signedRequest("twilio-events", {});
  const request = new Request(url, {
    method: "POST",
    headers: { ...Object.fromEntries(headers), "content-type": "application/json" },
    body: "[]",
  });
  assertEquals(await answerOf(request), [401, "UNAUTHORIZED"]);
});

for (
  const contentType of [
    "application/json",
    "application/json; charset=utf-8",
    "application/cloudevents+json",
    "application/cloudevents-batch+json; charset=UTF-8",
    "Application/Vnd.Example+JSON",
  ]
) {
  Deno.test(`${contentType} is JSON`, () =>
    withSql(async (sql) => {
      const event = cloudEvent("com.example.x", {});
      assertEquals(await postEvents([event], { contentType }), {
        httpStatus: 200,
        status: "received",
      });
      assertEquals((await keptEvent(sql, event.id))?.id, event.id);
    }));
}

Deno.test("sms-inbound takes no other JSON type, and no larger body than before", async () => {
  const url = `${API_URL}/functions/v1/sms-inbound`;
  for (
    const [type, body, status] of [
      ["application/cloudevents+json", "{}", 415],
      ["application/json", " ".repeat(65_537), 413],
      [FORM_TYPE, `a=${"b".repeat(65_535)}`, 413],
    ] as const
  ) {
    const response = await fetch(url, { method: "POST", headers: { "Content-Type": type }, body });
    await response.body?.cancel();
    assertEquals(response.status, status);
  }
});

Deno.test("a form of 1 MiB and JSON of 4 MiB are kept whole", () =>
  withSql(async (sql) => {
    const payload = debuggerPayload("11200");
    const form: Form = debuggerForm({ ...payload, more_info: { Msg: "a".repeat(MIB - 10_000) } });
    assertEquals(await answerOf(post("twilio-events", form)), [200, "received"]);
    assertEquals((await keptEvent(sql, String(form.Sid)))!.error_code, "11200");

    const event = cloudEvent("com.example.x", { text: "a".repeat(4 * MIB - 1_000) });
    assertEquals((await postEvents([event])).status, "received");
    const [{ length }] = await sql`select length(payload -> 'data' ->> 'text') as length
      from recruiting_twilio_events where id = ${event.id}`;
    assertEquals(length, 4 * MIB - 1_000);
  }));

Deno.test("a stranger's JSON is not read, however long it is", async () => {
  // A body without an end: the answer can only come if it is not read.
  let pulled = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => {
      pulled++;
      controller.enqueue(new Uint8Array(1024).fill(32));
    },
  }, { highWaterMark: 0 });
  const { verifyWebhook } = await import(
    "../../supabase/functions/_shared/webhook/verify_webhook.ts"
  );
  const request = new Request("http://x.example/twilio-events?bodySHA256=a", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Twilio-Signature": "x" },
    body,
  });
  const verified = await verifyWebhook(
    request,
    "twilio-events",
    { problems: [], webhookSigners: [{ authToken: "key", baseUrl: "https://a.example" }] } as never,
    { maxFormBytes: MIB, maxJsonBytes: 4 * MIB, jsonType: /json/ },
  );
  assertEquals(verified.kind === "rejected" && verified.code, "UNAUTHORIZED");
  assertEquals(pulled, 0);
});

Deno.test("a large body may come in pieces of a few hundred bytes, and in no smaller ones", async () => {
  const inPieces = (bytes: number, size: number) => {
    let left = bytes;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        if (left <= 0) return controller.close();
        controller.enqueue(new Uint8Array(Math.min(size, left)));
        left -= size;
      },
    }, { highWaterMark: 0 });
    return new Request("http://x.example", { method: "POST", body });
  };
  const read = await readBody(inPieces(MIB, 512), Infinity, MIB);
  assertEquals(read.kind === "read" && read.bytes.length, MIB);
  assertEquals(await readBody(inPieces(MIB, 64), Infinity, MIB), { kind: "too_large" });
  assertEquals(await readBody(inPieces(MIB + 1, 65_536), Infinity, MIB), { kind: "too_large" });
});

const AWAY = {
  SUPABASE_URL: "http://127.0.0.1:9",
  TWILIO_WEBHOOK_BASE_URL: `${API_URL}/functions/v1`,
};

for (const DEFERRED_HTTP_STATUS of ["200", "503"]) {
  Deno.test(`while the database is away JSON is deferred with 503, a form with ${DEFERRED_HTTP_STATUS}, and a call is rejected`, () =>
    withSql(async (sql) => {
      const worker = startWorker(
        "twilio-events",
        await stackEnvironment({ ...AWAY, DEFERRED_HTTP_STATUS }),
      );
      try {
        await worker.ready();
        const sid = newSid("RM");
        const call = { CallSid: newSid("CA"), Direction: "inbound", CallStatus: "ringing" };
        const event = cloudEvent("com.example.x", {});
        const [json, object, form, text, status, called] = await Promise.all([
          handTo(worker, jsonRequest(JSON.stringify([event]))),
          handTo(worker, jsonRequest(JSON.stringify(inboundForm()))),
          ...[{ RoomSid: sid }, inboundForm(), statusForm(newSid(), "sent"), call].map((form) =>
            handTo(worker, signedRequest("twilio-events", form))
          ),
        ]);
        assertEquals([json.status, await json.json()], [503, { status: "deferred" }]);
        assertEquals([object.status, await object.json()], [503, { status: "deferred" }]);
        for (const response of [form, text, status]) {
          assertEquals(
            [response.status, await response.json()],
            [Number(DEFERRED_HTTP_STATUS), { status: "deferred" }],
          );
        }
        assertEquals(called.status, 200);
        assertMatch(await called.text(), /<Response><Reject\/><\/Response>$/);
        assertEquals(await keptEvent(sql, event.id), undefined);
        assertEquals(await keptEvent(sql, `${call.CallSid}:call`), undefined);
      } finally {
        await worker.stop();
      }
    }));
}

Deno.test("no line of the log holds what was posted", () =>
  withEdgeFunction("twilio-events", {}, async (post, logs) => {
    const phone = newPhone();
    const secret = crypto.randomUUID();
    const form = debuggerForm(debuggerPayload("11200", { from: phone }), { Extra: secret });
    await (await post(form)).body?.cancel();
    await (await post({ From: phone, Extra: secret })).body?.cancel();
    assertEquals(logs.filter((line) => line.includes(phone) || line.includes(secret)), []);
    assertEquals(await logLines(secret), []);
  }));
