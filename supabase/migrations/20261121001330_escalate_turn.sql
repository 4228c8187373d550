-- A turn that the bot cannot answer ends in a hand-off to a person, and in a text that says so: both in one
-- transaction, so that no recruit waits for an answer that no agent knows of.

-- What recruiting_escalate_turn did.
--   escalated   the conversation is a person's for this reason, now or by an earlier call
--   lease_lost  nothing: the lease has expired, was revoked, or is another worker's
create type public.recruiting_escalate_turn_outcome as enum ('escalated', 'lease_lost');

-- Hands the conversation of a turn off to a person, and begins the hand-off text: the sender's handover_text, if there
-- is one and free text is allowed. Retrying is safe: the same message_id is the same text, and without a text a
-- conversation that is escalated for the same reason stays as it is.
--   argument               meaning
--   turn_token             identifies the lease of the turn
--   message_id             of the hand-off text; chosen by the caller
--   reason                 why, for the agent
--   with_hand_off_text     false where no message can be sent
--   confirm_after_seconds  see private.insert_begun_message
--   status_check_seconds   see private.insert_begun_message
-- Returns one row:
--   column         meaning
--   outcome        see the type
--   body           the hand-off text; null if none is begun
--   begun_at       identifies this attempt; null if none is begun
--   channel        with recruit_phone and twilio_phone: the addresses to call Twilio with
--   recruit_phone  in the spelling of the recruit's last text
--   twilio_phone   the conversation's own
--   warnings       private.warnings
create function public.recruiting_escalate_turn(
  conversation_id uuid,
  turn_token uuid,
  message_id uuid,
  reason text,
  with_hand_off_text boolean default true,
  confirm_after_seconds double precision default 60,
  status_check_seconds double precision default 900
) returns table (
  outcome public.recruiting_escalate_turn_outcome,
  body text,
  begun_at timestamptz,
  channel public.recruiting_channel,
  recruit_phone text,
  twilio_phone text,
  warnings public.recruiting_warning[]
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  conversation public.recruiting_conversations;
  message public.recruiting_messages;
  hand_off_text text;
  was_escalated boolean;
begin
  select * into conversation from public.recruiting_conversations c
    where c.id = recruiting_escalate_turn.conversation_id for no key update;
  select * into message from public.recruiting_messages m
    where m.id = recruiting_escalate_turn.message_id and m.conversation_id = conversation.id;
  was_escalated := message.id is not null or (
    conversation.status = 'escalated' and conversation.escalation_reason = recruiting_escalate_turn.reason
  );
  outcome := 'escalated';
  if was_escalated then
    -- The earlier call's answer, with its warning, may be lost.
    if conversation.assigned_agent_id is null then
      perform private.note_warning('no_agent_available');
    end if;
  elsif not private.holds_turn(conversation, recruiting_escalate_turn.turn_token) then
    outcome := 'lease_lost';
  else
    perform public.recruiting_escalate_conversation(conversation.id, recruiting_escalate_turn.reason);
    if recruiting_escalate_turn.with_hand_off_text and private.allows_free_text(conversation) then
      select s.handover_text into hand_off_text from public.recruiting_senders s
        where s.channel = conversation.channel and s.address = conversation.twilio_phone and s.handover_text <> '';
      if found then
        message := private.insert_begun_message(
          conversation => conversation,
          message_id => recruiting_escalate_turn.message_id,
          outbox_kind => 'hand_off',
          body => hand_off_text,
          confirm_after_seconds => recruiting_escalate_turn.confirm_after_seconds,
          status_check_seconds => recruiting_escalate_turn.status_check_seconds
        );
      end if;
    end if;
  end if;
  body := message.body;
  begun_at := message.begun_at;
  channel := conversation.channel;
  recruit_phone := message.to_phone;
  twilio_phone := conversation.twilio_phone;
  warnings := private.warnings();
  return next;
end;
$$;

revoke execute on function public.recruiting_escalate_turn from public, anon, authenticated, service_role;
grant execute on function public.recruiting_escalate_turn to service_role;
