-- A message that Twilio has not accepted is sent again as it is, if its conversation still allows it.

-- Whether a message is a reply of the bot's that was revoked: by a change of status, another agent or an
-- opt-out. It stays revoked when that is undone.
create function private.is_revoked_reply(
  message public.recruiting_messages,
  conversation public.recruiting_conversations
) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return message.answers_seq is not null and message.seq <= conversation.revoked_seq;
end;
$$;

-- Why there must be no retry of a message that was not sent; null if there may be one. The caller has
-- locked the conversation.
create function private.reason_not_to_retry(
  message public.recruiting_messages,
  conversation public.recruiting_conversations
) returns text
language plpgsql
set search_path = ''
as $$
begin
  return case
    when conversation.opted_out_at is not null then 'The recruit has opted out'
    when conversation.status = 'closed' then 'The conversation is closed'
    when message.outbox_kind = 'hand_off' and conversation.status <> 'escalated'
      then 'The conversation was handed back before the text could be sent'
    when message.outbox_kind = 'agent' and conversation.assigned_agent_id is distinct from message.agent_id
      then 'The agent no longer has the conversation'
    when message.outbox_kind = 'platform' and conversation.status <> 'bot'
      then 'An agent has taken over'
  end;
end;
$$;

-- Begins the next attempt of a message that Twilio has not accepted. Returns the time that identifies it.
create function private.begin_next_attempt(message public.recruiting_messages, confirm_after_seconds double precision)
returns timestamptz
language plpgsql
set search_path = ''
as $$
declare
  moment constant timestamptz := private.new_attempt_time();
begin
  update public.recruiting_messages m set
    begun_at = moment,
    not_found_at = null,
    confirm_due_at = moment + make_interval(secs => confirm_after_seconds)
  where m.id = message.id;
  return moment;
end;
$$;

revoke execute on function
  private.is_revoked_reply, private.reason_not_to_retry, private.begin_next_attempt
from public;

-- Begins the next attempt in the worker that made the last one, after an answer with which Twilio refused the
-- message. A reply that was revoked meanwhile is deleted; any other message that must not be sent any more fails
-- with the reason.
--   argument               meaning
--   begun_at               identifies the last attempt; if it is no longer the newest one, nothing changes
--   confirm_after_seconds  see private.insert_begun_message
-- Returns one row:
--   column          meaning
--   retry_begun_at  identifies the next attempt; null if the worker must not send the message
--   warnings        private.warnings
create function public.recruiting_begin_retry(
  message_id uuid,
  begun_at timestamptz,
  confirm_after_seconds double precision default 60
) returns table (retry_begun_at timestamptz, warnings public.recruiting_warning[])
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  message public.recruiting_messages;
  conversation public.recruiting_conversations;
  reason_to_fail text;
begin
  select c.* into conversation
    from public.recruiting_conversations c
    join public.recruiting_messages m on m.conversation_id = c.id
    where m.id = recruiting_begin_retry.message_id for no key update of c;
  select * into message from public.recruiting_messages m
    where m.id = recruiting_begin_retry.message_id and m.begun_at = recruiting_begin_retry.begun_at
      and m.message_sid is null and m.status = 'queued'
    for no key update;
  if found then
    reason_to_fail := private.reason_not_to_retry(message, conversation);
    if private.is_revoked_reply(message, conversation) then
      delete from public.recruiting_messages m where m.id = message.id;
    elsif reason_to_fail is not null then
      perform private.mark_failed(message.id, message.begun_at, null, reason_to_fail);
    else
      retry_begun_at := private.begin_next_attempt(message, recruiting_begin_retry.confirm_after_seconds);
    end if;
  end if;
  warnings := private.warnings();
  return next;
end;
$$;

revoke execute on function public.recruiting_begin_retry from public, anon, authenticated, service_role;
grant execute on function public.recruiting_begin_retry to service_role;
