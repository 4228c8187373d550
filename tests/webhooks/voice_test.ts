/** What a caller of one of our numbers is told. */
import { assertEquals, assertMatch } from "../support/assert.ts";
import { asServiceRole, withSql } from "../support/stack.ts";
import { type Form, newPhone, newSid, post } from "../support/twilio.ts";
import { keptEvent } from "../support/twilio_events.ts";

const HEAD = '<?xml version="1.0" encoding="UTF-8"?>';

/** The form of a call that waits for an answer. */
const callTo = (To: string | string[], fields: Form = {}): Form => ({
  CallSid: newSid("CA"),
  AccountSid: `AC${"0".repeat(32)}`,
  From: newPhone(),
  To,
  CallStatus: "ringing",
  Direction: "inbound",
  ApiVersion: "2010-04-01",
  ...fields,
});

/** A sender with a text for its callers. */
async function senderWith(voice_text: string | null): Promise<string> {
  const address = newPhone();
  const { error } = await asServiceRole().from("recruiting_senders").insert({
    address,
    voice_text,
  });
  if (error) throw new Error(error.message);
  return address;
}

/** Calls, and returns the TwiML without its head. */
async function answerTo(form: Form, headers: Record<string, string> = {}): Promise<string> {
  const response = await post("twilio-events", form, { headers });
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("content-type")?.split(";")[0], "text/xml");
  const text = await response.text();
  assertEquals(text.slice(0, HEAD.length), HEAD);
  return text.slice(HEAD.length);
}

const REJECT = "<Response><Reject/></Response>";

for (
  const [label, voiceText, said] of [
    ["plain words", "Please text us.", "Please text us."],
    [
      "markup",
      `</Say><Dial>1</Dial> & "a" 'b'`,
      "&lt;/Say&gt;&lt;Dial&gt;1&lt;/Dial&gt; &amp; &quot;a&quot; &apos;b&apos;",
    ],
    ["control characters", "a\u0001\u001fb\tc\n\ufffed", "a  b\tc\n d"],
    ["an entity and a CDATA end", "&amp; ]]>", "&amp;amp; ]]&gt;"],
    ["other scripts", "¿Qué tal? 你好 👋", "¿Qué tal? 你好 👋"],
  ]
) {
  Deno.test(`a caller is told the sender's voice_text: ${label}`, async () => {
    const to = await senderWith(voiceText);
    assertEquals(await answerTo(callTo(to)), `<Response><Say>${said}</Say><Hangup/></Response>`);
  });
}

Deno.test("every caller gets TwiML, whatever its user agent, and a repeated call the same", () =>
  withSql(async (sql) => {
    const form = callTo(await senderWith("Hello"));
    const answer = await answerTo(form);
    assertEquals(await answerTo(form, { "User-Agent": "TwilioProxy/1.1" }), answer);
    const row = await keptEvent(sql, `${form.CallSid}:call`);
    assertEquals(
      [row?.kind, row?.resource_sid, row?.phones, row?.payload],
      ["call", form.CallSid, [form.From, form.To], form],
    );
  }));

Deno.test("a call is rejected without a sender, without a text, and where the number is missing or given twice", async () => {
  const silent = await senderWith(null);
  for (
    const form of [callTo(newPhone()), callTo(silent), callTo(await senderWith("")), callTo("")]
  ) {
    assertEquals(await answerTo(form), REJECT);
  }
  const to = await senderWith("Hello");
  assertEquals(await answerTo(callTo([to, to])), REJECT);
});

Deno.test("a call on WhatsApp is answered by the sender of that channel", async () => {
  const address = newPhone();
  await asServiceRole().from("recruiting_senders").insert([
    { address, voice_text: "By phone" },
    { address, channel: "whatsapp", voice_text: "By WhatsApp" },
  ]);
  assertMatch(await answerTo(callTo(`whatsapp:${address}`)), /By WhatsApp/);
  assertMatch(await answerTo(callTo(address)), /By phone/);
});

Deno.test("a text over 4,096 characters, which Twilio would not say, is refused", async () => {
  const { error } = await asServiceRole().from("recruiting_senders")
    .insert({ address: newPhone(), voice_text: "a".repeat(4_097) });
  assertEquals(error?.code, "23514");
});
