-- What Twilio reports of an outbound message. Every report is kept once; a message's status
-- follows from them in whatever order they come, and never goes back.

create function private.message_status(twilio_status text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return case twilio_status
    when 'queued' then 'queued'
    when 'sent' then 'sent'
    when 'delivered' then 'delivered'
    when 'undelivered' then 'failed'
    when 'failed' then 'failed'
  end;
end;
$$;

-- How far a message is; null for what is no outbound status.
create function private.status_rank(status text) returns int
language plpgsql immutable
set search_path = ''
as $$
begin
  return case status when 'queued' then 1 when 'sent' then 2 when 'delivered' then 3 when 'failed' then 3 end;
end;
$$;

create table public.recruiting_message_events (
  message_sid text not null
    constraint recruiting_message_events_message_sid check (message_sid ~ '^[A-Z]{2}[0-9A-Za-z]{1,32}$'),
  twilio_status text not null
    constraint recruiting_message_events_twilio_status check (twilio_status ~ '^[a-z_]{1,32}$'),
  event text
    constraint recruiting_message_events_event check (event ~ '^[a-z]+_[a-z_]+$'),
  error_code text,
  error_message text,
  payload jsonb not null default '{}',
  was_asked boolean not null default false,
  received_at timestamptz not null default clock_timestamp(),
  primary key (message_sid, twilio_status)
);

comment on column public.recruiting_message_events.was_asked is 'Twilio was asked for the status; false for a callback';
comment on column public.recruiting_message_events.event is '<channel>_<status>; null for states before sending';

-- Append-only. The owner may delete what must be forgotten. An update may only fill in an error that was
-- missing, because Twilio may report the same status again, now with its code; or empty the payload and
-- change nothing else, as retention does.
create function private.refuse_rewriting() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new.payload = '{}' and old.payload <> '{}' then
    old.payload := '{}';
  else
    old.error_code := coalesce(old.error_code, new.error_code);
    old.error_message := coalesce(old.error_message, new.error_message);
  end if;
  if new is distinct from old then
    raise insufficient_privilege using message = format('Rows of %I are never changed', tg_table_name);
  end if;
  return new;
end;
$$;

create trigger refuse_rewriting before update on public.recruiting_message_events
  for each row execute function private.refuse_rewriting();
revoke execute on function private.refuse_rewriting from public;

-- What a message becomes when an event reaches it. Of the events of one journey, the status and
-- which times are filled do not depend on their order: a late "sent" still fills sent_at, and only
-- the status itself refuses to go back.
create function private.advance_message(
  message public.recruiting_messages,
  event public.recruiting_message_events
) returns public.recruiting_messages
language plpgsql immutable
set search_path = ''
as $$
declare
  -- What is read was delivered. What is canceled, a scheduled message, is never sent.
  status text := case event.twilio_status
    when 'read' then 'delivered'
    when 'canceled' then 'failed'
    else private.message_status(event.twilio_status)
  end;
begin
  if event.twilio_status = 'read' then
    message.read_at := coalesce(message.read_at, event.received_at);
  end if;
  if status = 'sent' then
    message.sent_at := coalesce(message.sent_at, event.received_at);
  end if;
  if private.status_rank(status) > private.status_rank(message.status) then
    message.status := status;
  end if;
  if status = 'delivered' and message.status = 'delivered' then
    message.delivered_at := coalesce(message.delivered_at, event.received_at);
  end if;
  if status = 'failed' and message.status = 'failed' then
    message.failed_at := coalesce(message.failed_at, event.received_at);
    message.error_code := coalesce(message.error_code, event.error_code);
    message.error_message := coalesce(
      message.error_message, event.error_message,
      case event.twilio_status when 'canceled' then 'The message was canceled at Twilio' end
    );
  end if;
  return message;
end;
$$;

create function private.store_advanced_message(
  before public.recruiting_messages,
  after public.recruiting_messages
) returns void
language plpgsql
set search_path = ''
as $$
begin
  if after is distinct from before then
    update public.recruiting_messages set
      status = after.status,
      sent_at = after.sent_at,
      delivered_at = after.delivered_at,
      read_at = after.read_at,
      failed_at = after.failed_at,
      error_code = after.error_code,
      error_message = after.error_message
    where id = after.id;
  end if;
end;
$$;

-- A change of status is broadcast to the agent who has the conversation, so that must not change
-- meanwhile: a SID or a status is stored under the conversation's lock.
create function private.lock_conversation_of(conversation_id uuid) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform from public.recruiting_conversations c
    where c.id = lock_conversation_of.conversation_id for no key update;
end;
$$;

-- An event may come before its message's SID is stored, and the two transactions may overlap so
-- that neither sees the other's row. Both take the SID's lock before they look: the event here,
-- the SID at its commit (below). The second one sees what the first has written.
create function private.event_reaches_message() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  message public.recruiting_messages;
begin
  perform private.lock_message_sid(new.message_sid);
  perform private.lock_conversation_of(m.conversation_id) from public.recruiting_messages m
    where m.message_sid = new.message_sid and m.direction = 'outbound';
  select * into message from public.recruiting_messages
    where message_sid = new.message_sid and direction = 'outbound' for no key update;
  if found then
    perform private.store_advanced_message(message, private.advance_message(message, new));
  end if;
  return null;
end;
$$;

create trigger event_reaches_message after insert or update of error_code on public.recruiting_message_events
  for each row execute function private.event_reaches_message();

create function private.message_meets_its_events() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  message public.recruiting_messages;
  advanced public.recruiting_messages;
  event public.recruiting_message_events;
begin
  if tg_argv[0] = 'at commit' then
    perform private.lock_message_sid(new.message_sid);
  end if;
  select * into message from public.recruiting_messages where id = new.id for no key update;
  advanced := message;
  for event in
    select * from public.recruiting_message_events where message_sid = message.message_sid order by received_at
  loop
    advanced := private.advance_message(advanced, event);
  end loop;
  perform private.store_advanced_message(message, advanced);
  return null;
end;
$$;

-- At once for the transaction's own eyes, and at commit, under the lock, for events that came since.
create trigger message_meets_its_events after insert or update of message_sid on public.recruiting_messages
  for each row when (new.direction = 'outbound' and new.message_sid is not null)
  execute function private.message_meets_its_events('at once');

create constraint trigger message_meets_late_events after insert or update of message_sid on public.recruiting_messages
  deferrable initially deferred
  for each row when (new.direction = 'outbound' and new.message_sid is not null)
  execute function private.message_meets_its_events('at commit');

-- No writer takes a status back.
create function private.guard_message_history() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  -- A failure without Twilio's word is no history yet: private.end_confirmation takes it back.
  if old.message_sid is null and new.message_sid is not null
    and old.status = 'failed' and old.error_code is null
  then
    old.status := 'queued';
    old.error_message := null;
  end if;
  if private.status_rank(new.status) < private.status_rank(old.status)
    or (private.status_rank(old.status) = 3 and new.status <> old.status)
  then
    raise check_violation using
      message = format('A message that is %s cannot become %s', old.status, new.status),
      constraint = 'recruiting_messages_status_order', table = 'recruiting_messages', schema = 'public';
  end if;
  if new.error_code is distinct from coalesce(old.error_code, new.error_code)
    or new.error_message is distinct from coalesce(old.error_message, new.error_message)
    or new.message_sid is distinct from coalesce(old.message_sid, new.message_sid)
    or new.direction <> old.direction
  then
    raise check_violation using
      message = 'A message''s direction stays; its SID and error are filled once and then stay',
      constraint = 'recruiting_messages_filled_once', table = 'recruiting_messages', schema = 'public';
  end if;
  return new;
end;
$$;

create trigger guard_message_history
  before update of status, error_code, error_message, message_sid, direction on public.recruiting_messages
  for each row execute function private.guard_message_history();

-- Whether what is about to be stored under one of these SIDs opts the recruit out: by the code itself
-- or by a report that came before the SID was known. The caller has locked the SIDs, so the answer stays
-- true; if it is yes, the caller locks the recruit before the conversation.
create function private.opts_out(sids text[], error_codes text[]) returns boolean
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

revoke execute on function
  private.message_status, private.status_rank, private.advance_message, private.store_advanced_message, private.lock_conversation_of,
  private.event_reaches_message, private.message_meets_its_events, private.guard_message_history,
  private.opts_out
from public;

-- Keeps one status of Twilio's: of a delivery callback, or asked for. Safe to repeat and to run at the
-- same time as any other. The same status again changes nothing, but fills in an error code that was
-- missing.
--   channel     the channel that the callback names
--   payload     the signed form as JSON; text, because only the table parses it
--   message_id  the row that the callback's URL names; it gets the SID if it has none yet
--   was_asked   whether Twilio was asked for the status, and has not called back
-- Returns one row:
--   message_status   the stored status after the call; null if no outbound message has the SID
--   conversation_id  of that message
--   warnings         private.warnings
create function public.recruiting_record_message_status(
  message_sid text,
  twilio_status text,
  channel text,
  error_code text default null,
  error_message text default null,
  payload text default '{}',
  message_id uuid default null,
  was_asked boolean default false
) returns table (message_status text, conversation_id uuid, warnings text[])
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  sid constant text := recruiting_record_message_status.message_sid;
  target_id uuid;
begin
  perform private.lock_message_sid(sid);
  select m.conversation_id into target_id from public.recruiting_messages m
    where m.id = recruiting_record_message_status.message_id
      and m.direction = 'outbound' and m.message_sid is null;
  if recruiting_record_message_status.error_code = any (private.opted_out_codes())
    or target_id is not null and private.opts_out(array[sid], null)
  then
    perform private.lock_recruit(c.recruit_phone) from public.recruiting_conversations c
      where c.id = coalesce(
        target_id, (select m.conversation_id from public.recruiting_messages m where m.message_sid = sid)
      );
  end if;
  -- An erasure locks the conversation before its events, so this does, too.
  perform private.lock_conversation_of(coalesce(
    target_id, (select m.conversation_id from public.recruiting_messages m where m.message_sid = sid)
  ));
  if not exists (
      select from public.recruiting_messages m
      where m.message_sid = sid
        or m.id = recruiting_record_message_status.message_id and m.direction = 'outbound'
    )
    and private.is_forgotten_event(recruiting_record_message_status.payload)
  then
    warnings := private.warnings();
    return next;
    return;
  end if;
  if target_id is not null then
    begin
      update public.recruiting_messages set message_sid = sid
      where id = recruiting_record_message_status.message_id and message_sid is null
        and not exists (select from public.recruiting_messages m where m.message_sid = sid);
    exception when unique_violation then
      null; -- another row got the SID while this one waited; the event is kept all the same
    end;
  end if;

  insert into public.recruiting_message_events as e
    (message_sid, twilio_status, event, error_code, error_message, payload, was_asked)
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
    recruiting_record_message_status.was_asked
  )
  on conflict on constraint recruiting_message_events_pkey do update set
    error_code = excluded.error_code,
    error_message = coalesce(e.error_message, excluded.error_message)
  where e.error_code is null and excluded.error_code is not null;

  select m.status, m.conversation_id into message_status, conversation_id from public.recruiting_messages m
    where m.message_sid = sid and m.direction = 'outbound';
  warnings := private.warnings();
  return next;
end;
$$;

revoke execute on function public.recruiting_record_message_status
  from public, anon, authenticated, service_role;
grant execute on function public.recruiting_record_message_status to service_role;

alter table public.recruiting_message_events enable row level security;

create policy "Agents see the events of the messages that they see" on public.recruiting_message_events
  for select to authenticated
  using (
    exists (
      select from public.recruiting_messages m
      where m.message_sid = recruiting_message_events.message_sid
    )
  );

revoke all on public.recruiting_message_events from public, anon, authenticated, service_role;
grant select on public.recruiting_message_events to authenticated, service_role;
