/**
 * The answer to a call, in TwiML.
 *
 * @see https://www.twilio.com/docs/voice/twiml
 * @module
 */

/**
 * Answers a call. The SDK's TwiML is not loaded: it takes longer than all else that the function loads, and throws on
 * control characters.
 *
 * @param voiceText What the caller is told; null rejects the call, which costs the caller nothing.
 */
export function voiceAnswer(voiceText: string | null): Response {
  const verbs = voiceText?.trim() ? `<Say>${escaped(voiceText)}</Say><Hangup/>` : "<Reject/>";
  return new Response(`<?xml version="1.0" encoding="UTF-8"?><Response>${verbs}</Response>`, {
    headers: { "Content-Type": "text/xml; charset=utf-8" },
  });
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** A text as XML holds it. What XML 1.0 cannot hold, such as a control character, becomes a space. */
function escaped(text: string): string {
  return text.toWellFormed()
    // deno-lint-ignore no-control-regex -- XML forbids these.
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, " ")
    .replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
