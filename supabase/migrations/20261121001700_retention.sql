-- Retention: what Twilio posted is kept for a time, for support and for disputes, and is then emptied. The rows
-- stay with their SIDs, so that a repeated webhook is still recognised.

-- Events whose payload is not empty, the oldest first. An insert adds one entry, at the index's right end. BRIN
-- would cost the insert nothing; but an emptied row moves to any block with room, so that soon every block range
-- holds old rows and each call reads the whole table.
create index recruiting_message_events_unpruned on public.recruiting_message_events (received_at)
  where payload <> '{}';

create index recruiting_unmatched_messages_unpruned on public.recruiting_unmatched_messages (received_at)
  where reason <> 'pruned';

-- Where the last call ended and the next one begins. The index keeps dead entries until the next vacuum, and a
-- call that began at its left end would read all of them.
create table private.prune_progress (
  is_only_row boolean primary key default true check (is_only_row),
  reached_at timestamptz not null
);
comment on table private.prune_progress is 'The only row says how far events have been emptied';
comment on column private.prune_progress.reached_at is 'The received_at of the newest event that was emptied';
insert into private.prune_progress (reached_at) values ('-infinity');

-- Empties the events that were received in a span, the oldest first, batch at most. Skips those that another
-- transaction has locked. Returns how many it has emptied.
create function private.empty_events(received_from timestamptz, received_before timestamptz, batch int)
returns int
language plpgsql
set search_path = ''
as $$
declare
  emptied int;
  last_received_at timestamptz;
begin
  with due as (
    select e.message_sid, e.twilio_status from public.recruiting_message_events e
    where e.payload <> '{}' and e.received_at >= received_from and e.received_at < received_before
    order by e.received_at limit batch
    for no key update skip locked
  ), changed as (
    update public.recruiting_message_events e set payload = '{}'
    from due where e.message_sid = due.message_sid and e.twilio_status = due.twilio_status
    returning e.received_at
  )
  select count(*), max(received_at) into emptied, last_received_at from changed;

  -- Skipped when a concurrent call has it locked: it only saves reading.
  update private.prune_progress p set reached_at = last_received_at
    from (select from private.prune_progress for no key update skip locked) as free
    where last_received_at is not null;
  return emptied;
end;
$$;

-- Empties unmatched texts that were received before a time, the oldest first, batch at most. Skips those that
-- another transaction has locked. Returns how many it has emptied.
create function private.empty_unmatched_messages(received_before timestamptz, batch int) returns int
language plpgsql
set search_path = ''
as $$
declare
  emptied int;
begin
  with due as (
    select u.message_sid from public.recruiting_unmatched_messages u
    where u.reason <> 'pruned' and u.received_at < received_before
    order by u.received_at limit batch
    for no key update skip locked
  )
  update public.recruiting_unmatched_messages u set
      payload = '{}', body = '', media = '[]', num_media = null, metadata = null, recruit_name = null, reason = 'pruned'
    from due where u.message_sid = due.message_sid;
  get diagnostics emptied = row_count;
  return emptied;
end;
$$;

revoke execute on function private.empty_events, private.empty_unmatched_messages from public;

-- Empties the payload of events and all content of unmatched texts that are older than keep. Such a text's reason
-- becomes 'pruned': a conversation that begins later does not adopt it. Calls at the same time do not wait for
-- each other. Raises 22023 if keep is negative or batch is below 1.
--   keep   how long they are kept
--   batch  how many rows this call empties at most
-- Returns how many rows were emptied: call again until it is fewer than batch.
create function public.recruiting_prune(keep interval default '90 days', batch int default 10000) returns int
language plpgsql security definer
set search_path = ''
as $$
declare
  received_before timestamptz;
  resume_at timestamptz;
  emptied int;
begin
  if keep is null or keep < interval '0' then
    raise invalid_parameter_value using message = 'keep must be zero or more, such as ''90 days''';
  end if;
  if batch is null or batch < 1 then
    raise invalid_parameter_value using message = 'batch must be 1 or more';
  end if;
  received_before := clock_timestamp() - keep;
  select p.reached_at into resume_at from private.prune_progress p;

  emptied := private.empty_events(resume_at, received_before, batch);
  -- Then what earlier calls have skipped, and what was stored late with an older time.
  if emptied < batch then
    emptied := emptied
      + private.empty_events('-infinity', least(resume_at, received_before), batch - emptied);
  end if;
  if emptied < batch then
    emptied := emptied + private.empty_unmatched_messages(received_before, batch - emptied);
  end if;
  return emptied;
end;
$$;

revoke execute on function public.recruiting_prune from public, anon, authenticated, service_role;
grant execute on function public.recruiting_prune to service_role;
