/**
 * An inbound text as the guides of Twilio and Supabase lead to it: a REST call a step.
 *
 * @module
 */
import { readSignedForm } from "../signed_form.ts";
import { supabase, UNIQUE_VIOLATION } from "../supabase.ts";

const TWIML = "<Response/>";

export default {
  async fetch(request: Request): Promise<Response> {
    const form = await readSignedForm(request, "sms-inbound");
    if (!form) return new Response("Forbidden", { status: 403 });

    const conversation = await supabase.from("conversations")
      .select("id, recruit_phone, recruit_name, status, assigned_agent_id")
      .eq("recruit_phone", form.From).eq("twilio_phone", form.To)
      .single();
    if (conversation.error) throw conversation.error;
    const { id, recruit_phone, recruit_name, status, assigned_agent_id } = conversation.data;

    const media = Array.from({ length: Number(form.NumMedia) }, (_, index) => ({
      url: form[`MediaUrl${index}`],
      content_type: form[`MediaContentType${index}`],
    }));
    const message = await supabase.from("messages").insert({
      conversation_id: id,
      message_sid: form.MessageSid,
      direction: "inbound",
      body: form.Body,
      media,
      num_segments: Number(form.NumSegments),
      status: "received",
    }).select("id, created_at").single();
    // Twilio repeats a text whose answer it did not get.
    if (message.error?.code === UNIQUE_VIOLATION) return twiml();
    if (message.error) throw message.error;

    const updated = await supabase.from("conversations")
      .update({ last_message_at: message.data.created_at })
      .eq("id", id).lt("last_message_at", message.data.created_at);
    if (updated.error) throw updated.error;

    if (status !== "bot") {
      const notified = await supabase.rpc("notify_agents", {
        topic: assigned_agent_id ? `agent:${assigned_agent_id}` : "agents:unassigned",
        event: "message_received",
        payload: JSON.stringify({
          conversation_id: id,
          message_id: message.data.id,
          recruit_phone,
          recruit_name,
          body: form.Body,
          media,
          status: "received",
          created_at: message.data.created_at,
        }),
      });
      if (notified.error) throw notified.error;
    }
    return twiml();
  },
};

function twiml(): Response {
  return new Response(TWIML, { headers: { "Content-Type": "text/xml" } });
}
