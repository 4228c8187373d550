-- Beginning a message writes its row and permits one call to Twilio, within seconds. Twilio has no idempotency
-- key: so the row is written first, and an unconfirmed send is compared with Twilio's list before a retry.

-- The time that names an attempt. Whole milliseconds, because JavaScript's dates hold no less.
create function private.new_attempt_time() returns timestamptz
language plpgsql
set search_path = ''
as $$
begin
  return date_trunc('milliseconds', clock_timestamp());
end;
$$;

-- Writes the row of a message with its first attempt begun. The caller has locked the conversation and checked
-- the rules of the message's kind.
--   argument               meaning
--   confirm_after_seconds  after which an unconfirmed send is compared with Twilio's list
--   status_check_seconds   after which Twilio is asked for the status, if no callback has come
--   answers_seq            for the bot's reply: the seq of the newest text that it answers
--   content_sid            of a template; body is then its text
--   content_variables      of a template: an object of its variables' values
create function private.insert_begun_message(
  conversation public.recruiting_conversations,
  message_id uuid,
  outbox_kind public.recruiting_outbox_kind,
  body text,
  confirm_after_seconds double precision,
  status_check_seconds double precision,
  media jsonb default '[]',
  answers_seq bigint default null,
  agent_id uuid default null,
  idempotency_key text default null,
  content_sid text default null,
  content_variables jsonb default null
) returns public.recruiting_messages
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  moment constant timestamptz := private.new_attempt_time();
  message public.recruiting_messages;
begin
  insert into public.recruiting_messages as m (
    id, conversation_id, direction, sender_type,
    agent_id, body, media, content_sid, content_variables, status, answers_seq, outbox_kind, idempotency_key, to_phone,
    begun_at, confirm_due_at, status_check_at, created_at
  )
  values (
    insert_begun_message.message_id, conversation.id, 'outbound',
    case insert_begun_message.outbox_kind when 'agent' then 'agent'::public.recruiting_sender_type else 'bot' end,
    insert_begun_message.agent_id, insert_begun_message.body, insert_begun_message.media,
    insert_begun_message.content_sid, insert_begun_message.content_variables, 'queued',
    insert_begun_message.answers_seq, insert_begun_message.outbox_kind, insert_begun_message.idempotency_key,
    coalesce(conversation.answer_phone, conversation.recruit_phone),
    moment, moment + make_interval(secs => insert_begun_message.confirm_after_seconds),
    moment + make_interval(secs => insert_begun_message.status_check_seconds), moment
  )
  returning m.* into message;
  return message;
end;
$$;

-- Ends the turn: releases the lease and clears the pending reply up to seen_seq. A later text stays pending.
create function private.finish_turn(conversation public.recruiting_conversations, seen_seq bigint) returns void
language plpgsql
set search_path = ''
as $$
declare
  has_later_text constant boolean := coalesce(conversation.reply_pending_seq > seen_seq, false);
begin
  update public.recruiting_conversations c set
    turn_token = null,
    turn_expires_at = null,
    reply_due_at = case when has_later_text then c.reply_due_at end,
    reply_pending_seq = case when has_later_text then c.reply_pending_seq end,
    reply_pending_since = case when has_later_text then (
      select min(m.created_at) from public.recruiting_messages m
      where m.conversation_id = c.id and m.seq > seen_seq and m.direction = 'inbound'
    ) end
  where c.id = conversation.id;
end;
$$;

revoke execute on function
  private.new_attempt_time, private.insert_begun_message, private.finish_turn
from public;
