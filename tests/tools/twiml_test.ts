import { parseVoiceTwiml, TwimlError } from "../../local/stand_ins/twilio/twiml.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";

for (
  const [xml, verbs] of [
    ["<Response/>", []],
    ['<?xml version="1.0" encoding="UTF-8"?>\n<Response>\n  <Hangup/>\n</Response>', [
      { kind: "hangup" },
    ]],
    ["<Response><Say>Text us &amp; &#65; &lt;ask&gt; </Say><Hangup/></Response>", [
      { kind: "say", text: "Text us & A <ask>" },
      { kind: "hangup" },
    ]],
    [
      '<Response><Say voice="alice" language="en-US" loop="1">Hi</Say><Pause length="2"/></Response>',
      [
        { kind: "say", text: "Hi" },
        { kind: "pause", seconds: 2 },
      ],
    ],
    ["<Response><Say><![CDATA[A < B]]></Say></Response>", [{ kind: "say", text: "A < B" }]],
    ["<Response><Reject/></Response>", [{ kind: "reject", reason: "rejected" }]],
    ['<Response><Reject reason="busy"/></Response>', [{ kind: "reject", reason: "busy" }]],
  ] as const
) {
  Deno.test(`a call's TwiML ${xml.replaceAll("\n", " ")} is understood`, () => {
    assertEquals(parseVoiceTwiml(xml), verbs as unknown);
  });
}

for (
  const [xml, code] of [
    ["", 12100],
    ["ok", 12100],
    ["<Response>", 12100],
    ["<Response><Say>Q&A</Say></Response>", 12100],
    ["<Response><Say>a < b</Say></Response>", 12100],
    ["<Response/><Response/>", 12100],
    ['<Response/>{"status":"received"}', 12100],
    ["<Response><Say>\u0001</Say></Response>", 12100],
    ["<html/>", 12200],
    ["<response/>", 12200],
    ["<Response>Hello</Response>", 12200],
    ["<Response><say>Hello</say></Response>", 12200],
    ["<Response><Message>Hello</Message></Response>", 12200],
    ["<Response><Say/></Response>", 12200],
    ["<Response><Say><b>Hi</b></Say></Response>", 12200],
    ['<Response><Say pitch="1">Hi</Say></Response>', 12200],
    ['<Response><Reject reason="no"/></Response>', 12200],
    ["<Response><Hangup>Bye</Hangup></Response>", 12200],
    [`<Response><Say>${"a".repeat(4097)}</Say></Response>`, 12200],
  ] as const
) {
  Deno.test(`a call's TwiML ${JSON.stringify(xml.slice(0, 60))} is refused with ${code}`, () => {
    assertThrows(
      () => parseVoiceTwiml(xml),
      (error: unknown) => error instanceof TwimlError && error.code === code,
    );
  });
}
