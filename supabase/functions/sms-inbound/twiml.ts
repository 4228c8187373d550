/**
 * The answer that Twilio itself understands.
 *
 * @see https://www.twilio.com/docs/messaging/twiml
 * @module
 */

/**
 * Answers Twilio with empty TwiML, which means "no reply": JSON would make it log error 12300
 * on every message, and plain text would be texted to the recruit.
 *
 * @returns Nothing for callers other than Twilio.
 */
export function twimlResponse(request: Request, httpStatus: number): Response | undefined {
  if (!request.headers.get("user-agent")?.startsWith("TwilioProxy/")) {
    return undefined;
  }
  return new Response('<?xml version="1.0" encoding="UTF-8"?><Response/>', {
    status: httpStatus,
    headers: { "Content-Type": "text/xml; charset=utf-8" },
  });
}
