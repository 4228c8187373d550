-- Other systems of the platform read every delivery event once, in the order of a position. A position is given after
-- the event's commit, under one lock: so a reader that goes on from the last position it saw misses nothing. A
-- sequence would lose an event whose transaction commits after one with a higher number has been read.

create table private.platform_events (
  position bigint primary key,
  message_id uuid not null,
  twilio_status text not null,
  constraint platform_events_event unique (message_id, twilio_status)
);
comment on table private.platform_events is
  'One event of recruiting_message_events with its position among the platform''s events';

create table private.platform_event_numbering (
  is_only_row boolean primary key default true check (is_only_row),
  last_position bigint not null
);
comment on table private.platform_event_numbering is
  'The only row has the highest position that was given; its lock is that of the platform''s events';
insert into private.platform_event_numbering (last_position) values (0);

-- An event as the platform's other systems get it.
create view private.platform_event_rows with (security_invoker = true) as
  select
    p.position,
    e.event,
    c.channel,
    m.conversation_id,
    m.id as message_id,
    m.message_sid,
    e.twilio_status as status,
    e.error_code,
    e.error_message,
    c.recruit_phone,
    c.twilio_phone,
    m.num_segments,
    e.received_at as occurred_at
  from private.platform_events p
  join public.recruiting_messages m on m.id = p.message_id
  join public.recruiting_conversations c on c.id = m.conversation_id
  join public.recruiting_message_events e on e.message_sid = m.message_sid and e.twilio_status = p.twilio_status;
comment on view private.platform_event_rows is 'One event as the platform''s other systems get it';

-- The lock of the numbering step. An erasure takes it, too, before it deletes positions: a numbering step has then
-- either committed its own, or does not see the events any more.
create function private.lock_platform_events() returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.require_read_committed();
  perform from private.platform_event_numbering for no key update;
end;
$$;

-- The numbering step: gives a position to the events that have none and whose transactions have committed, those of
-- at most 10,000 entries of private.unnumbered_messages. Returns whether more are left.
create function private.number_platform_events() returns boolean
language plpgsql
set search_path = ''
as $$
declare
  entries tid[];
begin
  -- Without the lock: entries that another step has taken out are seen until it commits.
  if not exists (select from private.unnumbered_messages) then
    return false;
  end if;
  perform private.lock_platform_events();
  entries := array(select u.ctid from private.unnumbered_messages u limit 10000);
  with taken as (
    delete from private.unnumbered_messages u where u.ctid = any (entries)
    returning u.message_id
  ), unnumbered as (
    select m.id as message_id, e.twilio_status, e.received_at
    from (select distinct t.message_id from taken t) t
    join public.recruiting_messages m on m.id = t.message_id
    join public.recruiting_message_events e on e.message_sid = m.message_sid
    where e.event is not null and not exists (
      select from private.platform_events p where p.message_id = m.id and p.twilio_status = e.twilio_status
    )
  ), numbered as (
    insert into private.platform_events (position, message_id, twilio_status)
    select
      n.last_position + row_number() over (order by u.received_at, u.message_id, u.twilio_status),
      u.message_id,
      u.twilio_status
    from unnumbered u cross join private.platform_event_numbering n
    returning position
  )
  update private.platform_event_numbering n set last_position = given.last_position
    from (select max(position) as last_position from numbered) given
    where given.last_position is not null;
  return cardinality(entries) = 10000;
end;
$$;

-- Deletes the positions of erased messages. The caller has deleted the messages.
create function private.erase_platform_events(message_ids uuid[]) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.lock_platform_events();
  delete from private.unnumbered_messages u where u.message_id = any (message_ids);
  delete from private.platform_events p where p.message_id = any (message_ids);
end;
$$;

revoke execute on function
  private.lock_platform_events, private.number_platform_events, private.erase_platform_events
from public;

-- Returns the events after a position, the lowest position first. All events that were committed before the call have
-- a position then, but where more than 10,000 of them had none; later calls return the rest. Call it in a transaction
-- of its own: it may hold the lock of the numbering step until the transaction ends. Raises 22023 if after is null or
-- batch is not between 1 and 1000.
--   after  the last position that the caller has seen; 0 at the beginning
--   batch  how many events at most
-- Returns a row for each:
--   column           meaning
--   position         above after, and never given twice; erased events leave gaps
--   event            <channel>_<status>
--   channel          of the conversation
--   conversation_id  of the message
--   message_id       of the message
--   message_sid      of the message
--   status           in Twilio's words
--   error_code       Twilio's, if there is one
--   error_message    Twilio's, if there is one
--   recruit_phone    of the conversation
--   twilio_phone     of the conversation
--   num_segments     of the message, if Twilio has reported it
--   occurred_at      when the event was stored
create function public.recruiting_read_platform_events(after bigint default 0, batch int default 100)
returns table (
  "position" bigint,
  event text,
  channel public.recruiting_channel,
  conversation_id uuid,
  message_id uuid,
  message_sid text,
  status text,
  error_code text,
  error_message text,
  recruit_phone text,
  twilio_phone text,
  num_segments int,
  occurred_at timestamptz
)
language plpgsql security definer
set search_path = ''
-- A plan for unknown arguments would be one for a tenth of all events.
set plan_cache_mode = force_custom_plan
as $$
#variable_conflict use_column
declare
  last_position bigint := recruiting_read_platform_events.after;
  missing int := recruiting_read_platform_events.batch;
  positions bigint[];
  returned int;
begin
  if recruiting_read_platform_events.after is null then
    raise invalid_parameter_value using message = 'after must be a position, or 0';
  end if;
  if coalesce(recruiting_read_platform_events.batch not between 1 and 1000, true) then
    raise invalid_parameter_value using message = 'batch must be between 1 and 1000';
  end if;
  perform private.number_platform_events();
  -- The positions are read apart, so that the join is planned for so many rows, whatever Postgres expects of the
  -- tables. Positions of deleted messages join no row: then the next ones follow.
  while missing > 0 loop
    positions := array(
      select p.position from private.platform_events p
      where p.position > last_position order by p.position limit missing
    );
    exit when positions = '{}';
    return query
      select r.* from private.platform_event_rows r where r.position = any (positions) order by r.position;
    get diagnostics returned = row_count;
    missing := missing - returned;
    last_position := positions[cardinality(positions)];
  end loop;
end;
$$;

revoke execute on function public.recruiting_read_platform_events from public, anon, authenticated, service_role;
grant execute on function public.recruiting_read_platform_events to service_role;
