/**
 * A status callback as the guides of Twilio and Supabase lead to it: a REST call a step.
 *
 * @module
 */
import { readSignedForm } from "../signed_form.ts";
import { supabase, UNIQUE_VIOLATION } from "../supabase.ts";

/** How far a message is. Delivered and failed are final. */
const RANKS: Record<string, number> = { queued: 1, sent: 2, delivered: 3, failed: 3 };

export default {
  async fetch(request: Request): Promise<Response> {
    const form = await readSignedForm(request, "sms-status");
    if (!form) return new Response("Forbidden", { status: 403 });
    const { MessageSid, MessageStatus, ErrorCode = null } = form;
    const status = MessageStatus === "undelivered" ? "failed" : MessageStatus;

    const event = await supabase.from("message_events").insert({
      message_sid: MessageSid,
      twilio_status: MessageStatus,
      error_code: ErrorCode,
      payload: form,
    });
    // Twilio repeats a callback whose answer it did not get.
    if (event.error?.code === UNIQUE_VIOLATION) return new Response(null);
    if (event.error) throw event.error;

    const message = await supabase.from("messages")
      .select("id, status, conversations (id, status, assigned_agent_id)")
      .eq("message_sid", MessageSid).eq("direction", "outbound")
      .single<Message>();
    if (message.error) throw message.error;
    if (!(RANKS[status] > RANKS[message.data.status])) return new Response(null);

    const updated = await supabase.from("messages").update({
      status,
      error_code: ErrorCode,
      delivered_at: status === "delivered" ? new Date().toISOString() : null,
    }).eq("id", message.data.id);
    if (updated.error) throw updated.error;

    const { conversations: conversation } = message.data;
    if (conversation.status !== "bot") {
      const notified = await supabase.rpc("notify_agents", {
        topic: conversation.assigned_agent_id
          ? `agent:${conversation.assigned_agent_id}`
          : "agents:unassigned",
        event: "message_status_changed",
        payload: JSON.stringify({
          conversation_id: conversation.id,
          message_id: message.data.id,
          status,
          error_code: ErrorCode,
        }),
      });
      if (notified.error) throw notified.error;
    }
    return new Response(null);
  },
};

/** A message with its conversation. */
interface Message {
  id: string;
  status: string;
  conversations: { id: string; status: string; assigned_agent_id: string | null };
}
