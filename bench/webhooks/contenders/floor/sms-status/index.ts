/**
 * The floor of a status callback: one HMAC, one database call.
 *
 * @module
 */
import { callDatabase } from "../call_database.ts";
import { readSignedForm } from "../signed_form.ts";

export default {
  async fetch(request: Request): Promise<Response> {
    const form = await readSignedForm(request, "sms-status");
    if (!form) return new Response(null, { status: 401 });
    const status = form.get("MessageStatus");
    await callDatabase("record_status", {
      message_sid: form.get("MessageSid"),
      twilio_status: status,
      status: status === "undelivered" ? "failed" : status,
      error_code: form.get("ErrorCode"),
      payload: JSON.stringify(Object.fromEntries(form)),
    });
    return new Response(null, { status: 200 });
  },
};
