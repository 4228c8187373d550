-- The outbox records what Twilio answered: accepted, or refused, or to be tried again.

-- The reason of an escalation that a failed message of the bot's causes.
create function private.failure_reason(error_code text, error_message text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return 'The bot''s message failed: ' || coalesce('error ' || error_code, error_message, 'no reason given');
end;
$$;

-- The agent reads why the bot stopped: so a late error code replaces the reason without it. The newest of
-- the bot's failures before the escalation caused it; another message's code leaves the reason as it is.
create function private.add_code_to_reason(message public.recruiting_messages, reason_without_code text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.recruiting_conversations c
    set escalation_reason = private.failure_reason(message.error_code, message.error_message)
    where c.id = message.conversation_id and c.escalation_reason = reason_without_code
      and message.failed_at = (
        select max(m.failed_at) from public.recruiting_messages m
        where m.conversation_id = c.id and m.sender_type = 'bot' and m.failed_at <= c.escalated_at
      );
end;
$$;

-- A message that Twilio refuses, or that fails later. Some error codes tell that the recruit has opted
-- out. Any other failure of the bot's hands the conversation off to a person.
create function private.message_fails() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  conversation public.recruiting_conversations;
begin
  select * into conversation from public.recruiting_conversations where id = new.conversation_id;
  if new.error_code = any (private.opted_out_codes()) then
    -- Twilio's word is about the time of the send: an opt-in that came since is newer.
    perform private.record_consent(
      conversation.recruit_phone, conversation.channel, 'opt_out', 'twilio',
      coalesce(new.begun_at, new.created_at), conversation.twilio_phone, new.message_sid, new.error_code
    );
  -- A hand-off text says that a person comes: it fails alone once the conversation was handed back.
  elsif new.sender_type = 'bot' and new.outbox_kind is distinct from 'hand_off'
    and conversation.status = 'bot' and conversation.opted_out_at is null
  then
    perform public.recruiting_escalate_conversation(
      conversation.id, private.failure_reason(new.error_code, new.error_message)
    );
  end if;
  if old.status = 'failed' and new.sender_type = 'bot' then
    perform private.add_code_to_reason(new, private.failure_reason(null, old.error_message));
  end if;
  return null;
end;
$$;

-- Also when the error code comes later than the failure. Fires before the trigger that broadcasts the
-- status, so that the agent who has the conversation then is told.
create trigger message_fails after update of status, error_code on public.recruiting_messages
  for each row when (
    new.status = 'failed' and (old.status <> 'failed' or old.error_code is distinct from new.error_code)
  )
  execute function private.message_fails();

-- Stores the SID and the state that came with it, as if it were a first event. A row that has its SID
-- already, from a callback, keeps it; a SID that another row has stays there.
create function private.store_sid(
  message_id uuid,
  sid text,
  twilio_status text,
  num_segments int,
  error_code text default null,
  error_message text default null
) returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  message public.recruiting_messages;
  answer public.recruiting_message_events;
begin
  update public.recruiting_messages m set message_sid = sid
    where m.id = message_id and m.message_sid is null
      and not exists (select from public.recruiting_messages other where other.message_sid = sid);
  update public.recruiting_messages m set num_segments = store_sid.num_segments
    where m.id = message_id and m.message_sid = sid and m.num_segments is null
      and store_sid.num_segments is not null;
  select * into message from public.recruiting_messages m where m.id = message_id and m.message_sid = sid;
  if found then
    answer.twilio_status := twilio_status;
    answer.received_at := clock_timestamp();
    answer.error_code := error_code;
    answer.error_message := error_message;
    perform private.store_advanced_message(message, private.advance_message(message, answer));
    update public.recruiting_conversations c set turn_attempts = 0
      where c.id = message.conversation_id and message.answers_seq is not null and c.turn_attempts > 1;
  end if;
end;
$$;

-- Fails a send, if it is still this attempt and unconfirmed. Without an error code the failure is
-- provisional: Twilio may still have the message, and its SID replaces the failure.
create function private.fail_send(message_id uuid, begun_at timestamptz, error_code text, error_message text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.recruiting_messages m set
    status = 'failed',
    failed_at = clock_timestamp(),
    error_code = fail_send.error_code,
    error_message = fail_send.error_message
  where m.id = fail_send.message_id and m.begun_at = fail_send.begun_at
    and m.message_sid is null and m.status = 'queued';
end;
$$;

-- Whether a message is a reply of the bot's that was revoked since: by a change of the status, another
-- agent or an opt-out. Undoing that does not bring the reply back.
create function private.is_revoked(
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

-- Why a message that was surely not sent must not be sent again; null if it may. The caller has locked
-- the conversation.
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

-- Begins another attempt of a message that Twilio surely has not accepted.
create function private.begin_attempt(message public.recruiting_messages, confirm_after_seconds double precision)
returns timestamptz
language plpgsql
set search_path = ''
as $$
declare
  moment constant timestamptz := private.moment_of_send();
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
  private.failure_reason, private.add_code_to_reason, private.message_fails, private.store_sid,
  private.fail_send, private.is_revoked, private.reason_not_to_retry, private.begin_attempt
from public;

-- Keeps what Twilio answered. Retrying is safe.
--   begun_at                    which attempt it answers; a refusal of an earlier one changes nothing
--   message_sid, twilio_status  of the message that Twilio accepted; null when it refused
--   num_segments                of an accepted message
--   error_code, error_message   Twilio's code, an HTTP status, or a connection's error such as ECONNREFUSED
-- Returns one row:
--   message_status   the stored status; null if the row is gone
--   reply_due_in_ms  until the next reply of the conversation is due; null if none is pending
--   warnings         private.warnings
create function public.recruiting_record_send(
  message_id uuid,
  begun_at timestamptz,
  message_sid text default null,
  twilio_status text default null,
  num_segments int default null,
  error_code text default null,
  error_message text default null
) returns table (message_status text, reply_due_in_ms int, warnings text[])
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  target_id uuid;
begin
  if message_sid is not null then
    perform private.lock_message_sid(message_sid);
  end if;
  select m.conversation_id into target_id from public.recruiting_messages m
    where m.id = recruiting_record_send.message_id;
  if private.opts_out(array[message_sid], array[recruiting_record_send.error_code]) then
    perform private.lock_recruit(c.recruit_phone)
      from public.recruiting_conversations c where c.id = target_id;
  end if;
  perform private.lock_conversation_of(target_id);

  if message_sid is not null then
    perform private.store_sid(
      recruiting_record_send.message_id, message_sid, twilio_status, num_segments,
      recruiting_record_send.error_code, recruiting_record_send.error_message
    );
  else
    perform private.fail_send(
      recruiting_record_send.message_id, recruiting_record_send.begun_at,
      recruiting_record_send.error_code, recruiting_record_send.error_message
    );
  end if;

  select m.status into message_status from public.recruiting_messages m
    where m.id = recruiting_record_send.message_id;
  select private.ms_until(c.reply_due_at) into reply_due_in_ms
    from public.recruiting_conversations c where c.id = target_id;
  warnings := private.warnings();
  return next;
end;
$$;

-- Begins another attempt in the same worker, after an answer that says that Twilio surely has not
-- accepted the message. A reply that was revoked meanwhile is deleted; any other message that must not
-- be sent any more fails with the reason.
--   begun_at  of the attempt before; if another worker has begun the message anew, nothing changes
-- Returns one row:
--   retry_begun_at  names the attempt; null if the message must not be sent
--   warnings        private.warnings
create function public.recruiting_begin_retry(
  message_id uuid,
  begun_at timestamptz,
  confirm_after_seconds double precision default 60
) returns table (retry_begun_at timestamptz, warnings text[])
language plpgsql security definer
set search_path = ''
as $$
declare
  message public.recruiting_messages;
  conversation public.recruiting_conversations;
  reason text;
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
    reason := private.reason_not_to_retry(message, conversation);
    if private.is_revoked(message, conversation) then
      delete from public.recruiting_messages m where m.id = message.id;
    elsif reason is not null then
      perform private.fail_send(message.id, message.begun_at, null, reason);
    else
      retry_begun_at := private.begin_attempt(message, confirm_after_seconds);
    end if;
  end if;
  warnings := private.warnings();
  return next;
end;
$$;

revoke execute on function
  public.recruiting_record_send, public.recruiting_begin_retry
from public, anon, authenticated, service_role;
grant execute on function
  public.recruiting_record_send, public.recruiting_begin_retry
to service_role;
