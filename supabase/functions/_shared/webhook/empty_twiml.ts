/**
 * The answer in TwiML, which Twilio executes.
 *
 * @see https://www.twilio.com/docs/messaging/twiml
 * @module
 */

/**
 * Answers Twilio with empty TwiML, which means "no reply". JSON would make Twilio log error 12300 for
 * every message, and plain text would be texted to the recruit.
 *
 * @param request The request, whose User-Agent names Twilio.
 * @param httpStatus The answer's HTTP status.
 * @returns The answer; undefined for every other caller, who gets JSON.
 */
export function emptyTwiml(request: Request, httpStatus: number): Response | undefined {
  if (!request.headers.get("user-agent")?.startsWith("TwilioProxy/")) return undefined;
  return new Response('<?xml version="1.0" encoding="UTF-8"?><Response/>', {
    status: httpStatus,
    headers: { "Content-Type": "text/xml; charset=utf-8" },
  });
}
