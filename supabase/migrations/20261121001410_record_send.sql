-- Twilio's answer to the call that sends a message is recorded: accepted, with the SID, or refused, with a code.

-- Confirms a send: stores the SID, and applies the status that came with it like a first callback. A row whose
-- SID came by a callback keeps it; a SID that another row has stays there.
--   body  as Twilio has it. It replaces a template's, whose text is Twilio's to fill in; free text stays as it was
--         written
create function private.mark_confirmed(
  message_id uuid,
  sid text,
  twilio_status text,
  num_segments int,
  error_code text default null,
  error_message text default null,
  body text default null
) returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  message public.recruiting_messages;
  answer public.recruiting_message_events;
begin
  update public.recruiting_messages m set message_sid = mark_confirmed.sid
    where m.id = mark_confirmed.message_id and m.message_sid is null
      and not exists (select from public.recruiting_messages other where other.message_sid = mark_confirmed.sid);
  update public.recruiting_messages m set num_segments = mark_confirmed.num_segments
    where m.id = mark_confirmed.message_id and m.message_sid = mark_confirmed.sid
      and m.num_segments is null and mark_confirmed.num_segments is not null;
  update public.recruiting_messages m set body = mark_confirmed.body
    where m.id = mark_confirmed.message_id and m.message_sid = mark_confirmed.sid
      and m.content_sid is not null and mark_confirmed.body <> '' and m.body <> mark_confirmed.body;
  select * into message from public.recruiting_messages m
    where m.id = mark_confirmed.message_id and m.message_sid = mark_confirmed.sid;
  if found then
    answer.twilio_status := mark_confirmed.twilio_status;
    answer.received_at := clock_timestamp();
    answer.error_code := mark_confirmed.error_code;
    answer.error_message := mark_confirmed.error_message;
    perform private.store_advanced_message(message, private.advance_message(message, answer));
    update public.recruiting_conversations c set turn_attempts = 0
      where c.id = message.conversation_id and message.answers_seq is not null and c.turn_attempts > 1;
  end if;
end;
$$;

-- Marks an attempt as failed if it is still the newest one and unconfirmed. Without an error code the failure
-- is provisional: a SID that comes later replaces it.
create function private.mark_failed(message_id uuid, begun_at timestamptz, error_code text, error_message text)
returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  update public.recruiting_messages m set
    status = 'failed',
    failed_at = clock_timestamp(),
    error_code = mark_failed.error_code,
    error_message = mark_failed.error_message
  where m.id = mark_failed.message_id and m.begun_at = mark_failed.begun_at
    and m.message_sid is null and m.status = 'queued';
end;
$$;

revoke execute on function private.mark_confirmed, private.mark_failed from public;

-- Records Twilio's answer. Retrying is safe.
--   argument       meaning
--   begun_at       identifies the attempt that it answers; a refusal of an earlier attempt changes nothing
--   message_sid    of an accepted message; null if Twilio has refused it
--   twilio_status  of an accepted message
--   num_segments   of an accepted message
--   body           of an accepted message; stored for a template
--   error_code     Twilio's code, an HTTP status, or a connection's error such as ECONNREFUSED
--   error_message  Twilio's words
-- Returns one row:
--   column           meaning
--   message_status   the stored status; null if the row is gone
--   reply_due_in_ms  until the conversation's next reply is due; null if none is pending
--   warnings         private.warnings
create function public.recruiting_record_send(
  message_id uuid,
  begun_at timestamptz,
  message_sid text default null,
  twilio_status text default null,
  num_segments int default null,
  error_code text default null,
  error_message text default null,
  body text default null
) returns table (
  message_status public.recruiting_message_status,
  reply_due_in_ms int,
  warnings public.recruiting_warning[]
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  target_id uuid;
begin
  if recruiting_record_send.message_sid is not null then
    perform private.lock_message_sid(recruiting_record_send.message_sid);
  end if;
  select m.conversation_id into target_id from public.recruiting_messages m
    where m.id = recruiting_record_send.message_id;
  if private.contains_opt_out_code(
    array[recruiting_record_send.message_sid], array[recruiting_record_send.error_code]
  ) then
    perform private.lock_recruit(c.recruit_phone)
      from public.recruiting_conversations c where c.id = target_id;
  end if;
  perform private.lock_conversation_of(target_id);

  if recruiting_record_send.message_sid is not null then
    perform private.mark_confirmed(
      message_id => recruiting_record_send.message_id,
      sid => recruiting_record_send.message_sid,
      twilio_status => recruiting_record_send.twilio_status,
      num_segments => recruiting_record_send.num_segments,
      error_code => recruiting_record_send.error_code,
      error_message => recruiting_record_send.error_message,
      body => recruiting_record_send.body
    );
  else
    perform private.mark_failed(
      message_id => recruiting_record_send.message_id,
      begun_at => recruiting_record_send.begun_at,
      error_code => recruiting_record_send.error_code,
      error_message => recruiting_record_send.error_message
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

revoke execute on function public.recruiting_record_send from public, anon, authenticated, service_role;
grant execute on function public.recruiting_record_send to service_role;
