-- The bot's reply is begun under the lease of its turn: so no reply goes out after the turn was revoked, and a
-- burst of texts gets one.

-- What recruiting_begin_reply did. With any outcome but begun it has written nothing.
--   begun           the reply is begun, now or by an earlier call with the same message_id
--   lease_lost      the lease has expired, was revoked, or is another worker's
--   newer_text      a text came after seen_seq
--   outside_window  WhatsApp allows no free text any more
create type public.recruiting_begin_reply_outcome as enum ('begun', 'lease_lost', 'newer_text', 'outside_window');

-- Begins the bot's reply and ends its turn. Retrying is safe: the same message_id is the same message.
--   argument               meaning
--   turn_token             identifies the lease of the turn
--   message_id             chosen by the caller
--   seen_seq               the seq of the newest text that the reply answers
--   may_restart            whether a newer text refuses the reply
--   confirm_after_seconds  see private.insert_begun_message
--   status_check_seconds   see private.insert_begun_message
-- Returns one row:
--   column         meaning
--   outcome        see the type
--   begun_at       identifies this attempt
--   channel        with recruit_phone and twilio_phone: the addresses to call Twilio with
--   recruit_phone  in the spelling of the recruit's last text
--   twilio_phone   the conversation's own
create function public.recruiting_begin_reply(
  conversation_id uuid,
  turn_token uuid,
  message_id uuid,
  body text,
  seen_seq bigint,
  may_restart boolean default false,
  confirm_after_seconds double precision default 60,
  status_check_seconds double precision default 900
) returns table (
  outcome public.recruiting_begin_reply_outcome,
  begun_at timestamptz,
  channel public.recruiting_channel,
  recruit_phone text,
  twilio_phone text
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  conversation public.recruiting_conversations;
  message public.recruiting_messages;
begin
  select * into conversation from public.recruiting_conversations c
    where c.id = recruiting_begin_reply.conversation_id for no key update;
  select * into message from public.recruiting_messages m
    where m.id = recruiting_begin_reply.message_id and m.conversation_id = conversation.id;
  outcome := case
    when message.id is not null then 'begun'
    when not private.holds_turn(conversation, recruiting_begin_reply.turn_token) then 'lease_lost'
    when recruiting_begin_reply.may_restart
      and conversation.reply_pending_seq > recruiting_begin_reply.seen_seq then 'newer_text'
    when not private.allows_free_text(conversation) then 'outside_window'
    else 'begun'
  end;
  if outcome = 'begun' and message.id is null then
    message := private.insert_begun_message(
      conversation => conversation,
      message_id => recruiting_begin_reply.message_id,
      outbox_kind => 'reply',
      body => recruiting_begin_reply.body,
      confirm_after_seconds => recruiting_begin_reply.confirm_after_seconds,
      status_check_seconds => recruiting_begin_reply.status_check_seconds,
      answers_seq => recruiting_begin_reply.seen_seq
    );
    perform private.finish_turn(conversation, recruiting_begin_reply.seen_seq);
  end if;
  begun_at := message.begun_at;
  channel := conversation.channel;
  recruit_phone := message.to_phone;
  twilio_phone := conversation.twilio_phone;
  return next;
end;
$$;

revoke execute on function public.recruiting_begin_reply from public, anon, authenticated, service_role;
grant execute on function public.recruiting_begin_reply to service_role;
