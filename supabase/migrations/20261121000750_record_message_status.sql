-- Twilio's delivery callbacks, and the statuses that Twilio is asked for, come in by one call.

-- Whether what is about to be stored under one of these SIDs opts the recruit out: by one of these codes, or by an
-- event that was stored before the SID was known. The caller has locked the SIDs, so the answer stays
-- true; if it is yes, the caller locks the recruit before the conversation.
create function private.contains_opt_out_code(sids text[], error_codes text[]) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return private.opted_out_codes() && error_codes or exists (
    select from public.recruiting_message_events e
    where e.message_sid = any (sids) and e.error_code = any (private.opted_out_codes())
  );
end;
$$;

revoke execute on function private.contains_opt_out_code from public;

-- Keeps one status of Twilio's: of a delivery callback, or asked for. Safe to repeat and to run at the
-- same time as any other. The same status again changes nothing, but fills in an error code or message that was
-- missing.
--   channel     the channel that the callback names
--   payload     the signed form as JSON; text, because only the table parses it
--   message_id  the row that the callback's URL names; it gets the SID if it has none yet
--   was_fetched whether the status was fetched from Twilio; false for a callback
-- Returns one row:
--   message_status   the stored status after the call; null if no outbound message has the SID
--   conversation_id  of that message
--   warnings         private.warnings
create function public.recruiting_record_message_status(
  message_sid text,
  twilio_status text,
  channel public.recruiting_channel,
  error_code text default null,
  error_message text default null,
  payload text default '{}',
  message_id uuid default null,
  was_fetched boolean default false
) returns table (
  message_status public.recruiting_message_status,
  conversation_id uuid,
  warnings public.recruiting_warning[]
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  sid constant text := recruiting_record_message_status.message_sid;
  target_id uuid;
  is_sid_missing boolean := false;
  is_locked constant boolean := private.lock_message_sid(sid);
begin
  if recruiting_record_message_status.error_code is not null then
    perform private.lock_recruit(c.recruit_phone)
      from public.recruiting_conversations c join public.recruiting_messages m on m.conversation_id = c.id
      where m.message_sid = sid and recruiting_record_message_status.error_code = any (private.opted_out_codes());
  end if;
  -- An erasure locks the conversation before its events, so this does, too. No row is found if the erasure has
  -- committed while this transaction waited.
  select c.id into target_id from public.recruiting_conversations c
    where c.id = (select m.conversation_id from public.recruiting_messages m where m.message_sid = sid)
    for no key update;
  if not found and recruiting_record_message_status.message_id is not null then
    select m.conversation_id, m.message_sid is null into target_id, is_sid_missing
      from public.recruiting_messages m
      where m.id = recruiting_record_message_status.message_id and m.direction = 'outbound';
    if is_sid_missing
      and private.contains_opt_out_code(array[sid], array[recruiting_record_message_status.error_code])
    then
      perform private.lock_recruit(c.recruit_phone) from public.recruiting_conversations c where c.id = target_id;
    end if;
    if not private.lock_conversation_of(target_id) then
      target_id := null;
    end if;
  end if;
  if target_id is null then
    if private.is_erased_event(recruiting_record_message_status.payload) then
      warnings := private.warnings();
      return next;
      return;
    end if;
  elsif is_sid_missing then
    begin
      update public.recruiting_messages set message_sid = sid
      where id = recruiting_record_message_status.message_id and message_sid is null
        and not exists (select from public.recruiting_messages m where m.message_sid = sid);
    exception when unique_violation then
      null; -- another row got the SID while this one waited; the event is kept all the same
    end;
  end if;

  insert into public.recruiting_message_events as e
    (message_sid, twilio_status, event, error_code, error_message, payload, was_fetched)
  values (
    sid,
    recruiting_record_message_status.twilio_status,
    case
      when recruiting_record_message_status.twilio_status
        in ('queued', 'accepted', 'scheduled', 'sending', 'receiving', 'received') then null
      else recruiting_record_message_status.channel || '_' || recruiting_record_message_status.twilio_status
    end,
    recruiting_record_message_status.error_code,
    recruiting_record_message_status.error_message,
    recruiting_record_message_status.payload::jsonb,
    recruiting_record_message_status.was_fetched
  )
  on conflict on constraint recruiting_message_events_pkey do update set
    error_code = coalesce(e.error_code, excluded.error_code),
    error_message = coalesce(e.error_message, excluded.error_message)
  where e.error_code is null and excluded.error_code is not null
    or e.error_message is null and excluded.error_message is not null
      and e.error_code is not distinct from excluded.error_code;

  select m.status, m.conversation_id into message_status, conversation_id from public.recruiting_messages m
    where m.message_sid = sid and m.direction = 'outbound';
  warnings := private.warnings();
  return next;
end;
$$;

revoke execute on function public.recruiting_record_message_status
  from public, anon, authenticated, service_role;
grant execute on function public.recruiting_record_message_status to service_role;
