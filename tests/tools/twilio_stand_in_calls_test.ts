import type { CallCourse } from "../../local/stand_ins/twilio/calls.ts";
import shapes from "../data/twilio-events.json" with { type: "json" };
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { newPhone } from "../support/twilio.ts";
import { ACCOUNT_SID, OUR_NUMBER } from "../support/twilio_stand_in.ts";
import { debuggerPayload, type EventsPost, withEvents } from "../support/events_receiver.ts";
import { until } from "../support/wait.ts";

async function callFrom(url: string, call: unknown) {
  const response = await fetch(`${url}/phone/calls`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(call),
  });
  return { status: response.status, json: await response.json() };
}

/** Answers a ringing call, and everything else with 200. */
function ringingAnswer(body: string, type = "text/xml") {
  return ({ form }: EventsPost) =>
    form.CallStatus === "ringing"
      ? new Response(body, { headers: { "Content-Type": type } })
      : new Response();
}

for (
  const [twiml, heard, callStatus] of [
    [
      "<Response><Say>Text us, please.</Say><Hangup/></Response>",
      ["Text us, please."],
      "completed",
    ],
    ["<Response><Reject/></Response>", [], "no-answer"],
    ['<Response><Reject reason="busy"/></Response>', [], "busy"],
    ["<Response><Hangup/><Say>Never heard</Say></Response>", [], "completed"],
    ["<Response/>", [], "completed"],
  ] as const
) {
  Deno.test(`a call that is answered ${twiml} ends ${callStatus}`, () =>
    withEvents(async ({ url, receiver: { posts } }) => {
      const from = newPhone();
      const { json } = await callFrom(url, { from, to: OUR_NUMBER });
      const course: CallCourse = json;
      assertEquals([course.heard, course.call_status, course.error], [heard, callStatus, null]);
      const [{ form: ringing }, { form: ended }] = posts;
      assertEquals(posts.map(({ isSigned }) => isSigned), [true, true]);
      assertEquals(
        [ringing.CallSid, ringing.CallStatus, ringing.Direction, ringing.From, ringing.AccountSid],
        [course.call_sid, "ringing", "inbound", from, ACCOUNT_SID],
      );
      assertEquals(ringing.CallbackSource, undefined);
      assertEquals([ended.CallSid, ended.CallStatus, ended.CallbackSource], [
        course.call_sid,
        callStatus,
        "call-progress-events",
      ]);
      assert(shapes.voice.call_status.includes(ended.CallStatus), ended.CallStatus);
      const known = [...shapes.voice.request_fields, ...shapes.voice.status_callback_adds];
      assertEquals(
        Object.keys({ ...ringing, ...ended }).filter((name) => !known.includes(name)),
        [],
      );
    }, ringingAnswer(twiml)));
}

for (
  const [label, body, type, code] of [
    ["JSON", "{}", "application/json", 12300],
    ["broken XML", "<Response><Say>Q&A</Say></Response>", "text/xml", 12100],
    ["a verb of messages", "<Response><Message>Hi</Message></Response>", "text/xml", 12200],
  ] as const
) {
  Deno.test(`a call that is answered with ${label} hears of an error, and the debugger is told ${code}`, () =>
    withEvents(async ({ url, receiver: { posts } }) => {
      const { json } = await callFrom(url, { from: newPhone(), to: OUR_NUMBER });
      assertEquals([json.error.code, json.call_status], [code, "completed"]);
      assertMatch(json.heard[0], /application error/);
      const { form } = await until(() => posts.find(({ form }) => form.Sid), "the entry");
      const payload = debuggerPayload(form);
      assertEquals([payload.resource_sid, payload.error_code], [json.call_sid, String(code)]);
    }, ringingAnswer(body, type)));
}

Deno.test("a call without a phone is refused", () =>
  withEvents(async ({ url }) => {
    for (
      const [call, field] of [
        [{ to: OUR_NUMBER }, "from"],
        [{ from: "anonymous", to: OUR_NUMBER }, "from"],
        [{ from: newPhone(), to: "whatsapp:+15550100000" }, "to"],
        [{ from: newPhone(), to: OUR_NUMBER, call_sid: "SM1" }, "call_sid"],
        [{ from: newPhone(), to: OUR_NUMBER, body: "Hi" }, "The call"],
      ] as const
    ) {
      const { status, json } = await callFrom(url, call);
      assertEquals([status, json.message.split(":")[0]], [400, field]);
    }
  }));
