-- What Twilio reports of an outbound message. Every report is kept once; a message's status
-- follows from them in whatever order they come, and never goes back.

create function private.message_status(twilio_status text) returns public.recruiting_message_status
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

-- Whether a status may follow another one: the later one in the order of the type, and none after a final one or
-- after that of an inbound message.
create function private.may_follow(
  next_status public.recruiting_message_status, status public.recruiting_message_status
) returns boolean
language plpgsql immutable
set search_path = ''
as $$
begin
  return next_status > status and status not in ('received', 'delivered', 'failed');
end;
$$;

create table public.recruiting_message_events (
  message_sid text not null,
  twilio_status text not null,
  event text,
  error_code text,
  error_message text,
  payload jsonb not null default '{}',
  was_fetched boolean not null default false,
  received_at timestamptz not null default clock_timestamp(),
  primary key (message_sid, twilio_status)
);

comment on table public.recruiting_message_events is
  'One status that Twilio reported of one SID, with the whole form; append-only';
comment on column public.recruiting_message_events.was_fetched is 'Whether the status was fetched from Twilio; false for a callback';
comment on column public.recruiting_message_events.event is '<channel>_<status>; null for states before sending';

-- Checks what never changes once, in less time than check constraints.
create function private.check_event() returns trigger
language plpgsql
set search_path = ''
as $$
declare
  wrong_column constant text := case
    when new.message_sid !~ '^[A-Z]{2}[0-9A-Za-z]+$' or length(new.message_sid) > 34 then 'message_sid'
    when new.twilio_status !~ '^[a-z_]+$' or length(new.twilio_status) > 32 then 'twilio_status'
    when new.event !~ '^[a-z]+_[a-z_]+$' then 'event'
  end;
begin
  if wrong_column is not null then
    raise check_violation using
      message = format('The event violates check constraint "recruiting_message_events_%s"', wrong_column),
      constraint = 'recruiting_message_events_' || wrong_column,
      column = wrong_column, table = tg_table_name, schema = tg_table_schema;
  end if;
  return new;
end;
$$;

create trigger _050_check_event before insert on public.recruiting_message_events
  for each row execute function private.check_event();

-- Append-only. The owner may delete what must be erased. An update may only fill in an error that was
-- missing, because Twilio may report the same status again, now with its code; or empty the payload and
-- change nothing else, as retention does.
create function private.refuse_event_change() returns trigger
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

create trigger _100_refuse_event_change before update on public.recruiting_message_events
  for each row execute function private.refuse_event_change();
revoke execute on function private.check_event, private.refuse_event_change from public;

-- Messages that have events without a position among the platform's events. A writer adds its message, and the
-- numbering step (private.number_platform_events) takes it out. There is no index, because each delivery callback would
-- pay for it; a message that is in the table twice does no harm.
create table private.unnumbered_messages (
  message_id uuid not null
);
comment on table private.unnumbered_messages is
  'One message of which an event may have no position among the platform''s events yet';

-- What a message becomes when an event reaches it. The status and which times are filled do not depend on the order
-- in which Twilio's events arrive: a late "sent" still fills sent_at, and only the status refuses to go back.
create function private.advance_message(
  message public.recruiting_messages,
  event public.recruiting_message_events
) returns public.recruiting_messages
language plpgsql immutable
set search_path = ''
as $$
declare
  -- What is read was delivered. What is canceled, a scheduled message, is never sent.
  reported_status constant public.recruiting_message_status := case event.twilio_status
    when 'read' then 'delivered'
    when 'canceled' then 'failed'
    else private.message_status(event.twilio_status)
  end;
begin
  if event.twilio_status = 'read' then
    message.read_at := coalesce(message.read_at, event.received_at);
  end if;
  if reported_status = 'sent' then
    message.sent_at := coalesce(message.sent_at, event.received_at);
  end if;
  if private.may_follow(reported_status, message.status) then
    message.status := reported_status;
  end if;
  if reported_status = 'delivered' and message.status = 'delivered' then
    message.delivered_at := coalesce(message.delivered_at, event.received_at);
  end if;
  if reported_status = 'failed' and message.status = 'failed' then
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

-- Returns whether that changes the message. An update that names no column of a failure fires no trigger of these
-- columns.
create function private.store_advanced_message(
  before public.recruiting_messages,
  after public.recruiting_messages
) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  if after is not distinct from before then
    return false;
  end if;
  if after.status = 'failed' then
    update public.recruiting_messages set
      status = after.status,
      sent_at = after.sent_at,
      delivered_at = after.delivered_at,
      read_at = after.read_at,
      failed_at = after.failed_at,
      error_code = after.error_code,
      error_message = after.error_message
    where id = after.id;
  else
    update public.recruiting_messages set
      status = after.status,
      sent_at = after.sent_at,
      delivered_at = after.delivered_at,
      read_at = after.read_at
    where id = after.id;
  end if;
  return true;
end;
$$;

-- An event may come before its message's SID is stored, and the two transactions may overlap so
-- that neither sees the other's row. Both take the SID's lock before they read: the event here,
-- the SID at its commit (below). The second one sees what the first has written.
create function private.apply_event_to_message() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  is_locked constant boolean := private.lock_message_sid(new.message_sid);
  message public.recruiting_messages;
  has_changed boolean;
begin
  -- Postgres locks the rows in the order in which "of" names them. The row as one value takes less time than its columns.
  message := (
    select m from public.recruiting_conversations c
    join public.recruiting_messages m on m.conversation_id = c.id
    where m.message_sid = new.message_sid and m.direction = 'outbound'
    for no key update of c, m
  );
  if message.id is not null then
    has_changed := private.store_advanced_message(message, private.advance_message(message, new));
    if tg_op = 'INSERT' and new.event is not null then
      insert into private.unnumbered_messages (message_id) values (message.id);
    end if;
  end if;
  return null;
end;
$$;

create trigger _500_apply_event_to_message after insert or update of error_code on public.recruiting_message_events
  for each row execute function private.apply_event_to_message();

-- Applies all stored events of a message's SID to the message.
create function private.apply_events(message_id uuid) returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  message public.recruiting_messages;
  advanced public.recruiting_messages;
  event public.recruiting_message_events;
  has_event boolean := false;
begin
  select * into message from public.recruiting_messages m where m.id = apply_events.message_id for no key update;
  advanced := message;
  for event in
    select * from public.recruiting_message_events where message_sid = message.message_sid order by received_at
  loop
    advanced := private.advance_message(advanced, event);
    has_event := has_event or event.event is not null;
  end loop;
  perform private.store_advanced_message(message, advanced);
  if has_event then
    insert into private.unnumbered_messages (message_id) values (message.id);
  end if;
end;
$$;

-- Applies the events that were stored before the message's SID, so that the transaction that stores it returns their
-- status.
create function private.apply_earlier_events() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.apply_events(new.id);
  return null;
end;
$$;

create trigger _550_apply_earlier_events after update of message_sid on public.recruiting_messages
  for each row when (new.direction = 'outbound' and new.message_sid is not null)
  execute function private.apply_earlier_events();

-- Applies at commit, under the SID's lock, the events that other transactions have stored since, and all events of a
-- message that was inserted with its SID.
create function private.apply_concurrent_events() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.lock_message_sid(new.message_sid);
  perform private.apply_events(new.id);
  return null;
end;
$$;

create constraint trigger _900_apply_concurrent_events after insert or update of message_sid on public.recruiting_messages
  deferrable initially deferred
  for each row when (new.direction = 'outbound' and new.message_sid is not null)
  execute function private.apply_concurrent_events();

-- Clears confirm_due_at once a SID or a final status is stored, and status_check_at once the status is final. A send
-- that has failed without Twilio's word gives way when its SID comes: Twilio has it after all. No writer takes a status
-- back.
create function private.guard_message_history() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if old.message_sid is null and new.message_sid is not null
    and old.status = 'failed' and old.error_code is null
  then
    old.status := 'queued';
    old.error_message := null;
    new.status := 'queued';
    new.failed_at := null;
    new.error_message := null;
    new.status_check_at := clock_timestamp();
  end if;
  if new.message_sid is not null or new.status <> 'queued' then
    new.confirm_due_at := null;
  end if;
  if new.status in ('delivered', 'failed') then
    new.status_check_at := null;
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
  if new.status <> old.status and not private.may_follow(new.status, old.status) then
    raise check_violation using
      message = format('A message that is %s cannot become %s', old.status, new.status),
      constraint = 'recruiting_messages_status_order', table = 'recruiting_messages', schema = 'public';
  end if;
  return new;
end;
$$;

create trigger _300_guard_message_history
  before update of status, error_code, error_message, message_sid, direction on public.recruiting_messages
  for each row execute function private.guard_message_history();

revoke execute on function
  private.message_status, private.may_follow, private.advance_message, private.store_advanced_message,
  private.apply_event_to_message, private.apply_events, private.apply_earlier_events,
  private.apply_concurrent_events, private.guard_message_history
from public;

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
