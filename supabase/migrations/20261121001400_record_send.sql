-- What becomes of a send: Twilio has accepted it, or refused it, or it may be tried again.

-- A message that Twilio refuses, or that fails later: to somebody who has opted out it says so, and
-- of the bot's it brings a person in.
create function private.message_fails() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  conversation public.recruiting_conversations;
begin
  select * into conversation from public.recruiting_conversations where id = new.conversation_id;
  if new.error_code = private.opted_out_code() then
    perform private.opt_out(
      conversation.recruit_phone, conversation.twilio_phone, new.message_sid, 'Twilio ' || new.error_code
    );
  elsif new.sender_type = 'bot' and conversation.status = 'bot' and conversation.opted_out_at is null then
    perform public.recruiting_escalate_conversation(
      conversation.id,
      'The bot''s message failed: ' || coalesce('error ' || new.error_code, new.error_message, 'no reason given')
    );
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

-- Keeps what Twilio answered.
--   begun_at                    which try it answers; a refusal of an earlier one changes nothing
--   message_sid, twilio_status  of the message that Twilio accepted; null when it refused
--   error_code, error_message   Twilio's, when it refused
-- Returns one row: the stored status, null if the row is gone; in how many ms the next reply of the
-- conversation is due, null if none is; and whether an agent could not be told.
create function public.recruiting_record_send(
  message_id uuid,
  begun_at timestamptz,
  message_sid text default null,
  twilio_status text default null,
  num_segments int default null,
  error_code text default null,
  error_message text default null
) returns table (message_status text, reply_due_in_ms int, broadcast_missed boolean)
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
  broadcast_missed := private.broadcast_missed();
  return next;
end;
$$;

-- The SID and the state that came with it, as if it were a first event. A row that has its SID
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

-- Whether a message is a reply of the bot's that something has taken away since: a change of the
-- status, another agent, an opt-out. Undoing that does not bring it back.
create function private.is_taken_back(
  message public.recruiting_messages,
  conversation public.recruiting_conversations
) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return message.answers_seq is not null and message.seq <= conversation.taken_back_seq;
end;
$$;

-- What surely was not sent and may be tried again: permits another call. A bot's reply that was
-- taken back meanwhile is deleted instead; nothing goes out to somebody who has opted out, and nothing
-- of the bot's in a closed conversation. The caller has locked the conversation. Returns when it was
-- begun anew, or null.
create function private.begin_send_again(
  message public.recruiting_messages,
  conversation public.recruiting_conversations,
  settle_after_seconds double precision
) returns timestamptz
language plpgsql
set search_path = ''
as $$
declare
  moment constant timestamptz := private.moment_of_send();
begin
  if private.is_taken_back(message, conversation) then
    delete from public.recruiting_messages m where m.id = message.id;
    return null;
  end if;
  if conversation.opted_out_at is not null then
    perform private.fail_send(message.id, message.begun_at, null, 'The recruit has opted out');
    return null;
  end if;
  if message.sender_type = 'bot' and conversation.status = 'closed' then
    perform private.fail_send(message.id, message.begun_at, null, 'The conversation is closed');
    return null;
  end if;
  update public.recruiting_messages m set
    begun_at = moment,
    begun_again = m.begun_again + 1,
    not_found_at = null,
    settle_due_at = moment + make_interval(secs => settle_after_seconds)
  where m.id = message.id;
  return moment;
end;
$$;

-- Permits another try of a message that Twilio surely has not accepted.
--   begun_at  of the try before; if another worker has taken the message over, nothing changes
-- Returns when it was begun anew; null if it must not be sent.
create function public.recruiting_begin_send_again(
  message_id uuid,
  begun_at timestamptz,
  settle_after_seconds double precision default 60
) returns timestamptz
language plpgsql security definer
set search_path = ''
as $$
declare
  message public.recruiting_messages;
  conversation public.recruiting_conversations;
begin
  select c.* into conversation
    from public.recruiting_conversations c
    join public.recruiting_messages m on m.conversation_id = c.id
    where m.id = recruiting_begin_send_again.message_id for no key update of c;
  select * into message from public.recruiting_messages m
    where m.id = recruiting_begin_send_again.message_id and m.begun_at = recruiting_begin_send_again.begun_at
      and m.message_sid is null and m.status = 'queued'
    for no key update;
  if not found then
    return null;
  end if;
  return private.begin_send_again(message, conversation, settle_after_seconds);
end;
$$;

revoke execute on function
  private.message_fails, private.store_sid, private.fail_send, private.is_taken_back, private.begin_send_again
from public;
revoke execute on function
  public.recruiting_record_send, public.recruiting_begin_send_again
from public, anon, authenticated, service_role;
grant execute on function
  public.recruiting_record_send, public.recruiting_begin_send_again
to service_role;
