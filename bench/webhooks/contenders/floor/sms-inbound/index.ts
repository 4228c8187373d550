/**
 * The floor of an inbound text: one HMAC, one database call.
 *
 * @module
 */
import { callDatabase } from "../call_database.ts";
import { readSignedForm } from "../signed_form.ts";

export default {
  async fetch(request: Request): Promise<Response> {
    const form = await readSignedForm(request, "sms-inbound");
    if (!form) return new Response(null, { status: 401 });
    const media = [];
    for (let index = 0; index < Number(form.get("NumMedia")); index++) {
      media.push({
        url: form.get(`MediaUrl${index}`),
        content_type: form.get(`MediaContentType${index}`),
      });
    }
    await callDatabase("receive_text", {
      message_sid: form.get("MessageSid"),
      recruit_phone: form.get("From"),
      twilio_phone: form.get("To"),
      body: form.get("Body"),
      media: JSON.stringify(media),
      num_segments: Number(form.get("NumSegments")),
    });
    return new Response("<Response/>", { headers: { "Content-Type": "text/xml" } });
  },
};
