-- Agents are told by Realtime broadcast, in the transaction that changes the rows: the row is the
-- truth, the broadcast a hint. A broadcast that fails never blocks the change.
-- https://supabase.com/docs/guides/realtime/broadcast

-- An agent may listen to their own topic and to that of unassigned conversations; the
-- server asks this policy at each join. There is no policy for INSERT: no client may send.
create policy "Agents listen to their own topic and to unassigned conversations" on realtime.messages
  for select to authenticated
  using (
    extension = 'broadcast'
    and (select realtime.topic()) in ('agent:' || (select auth.uid())::text, 'agents:unassigned')
    and (select private.is_agent())
  );

create function private.topic_of(assigned_agent_id uuid) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return coalesce('agent:' || assigned_agent_id::text, 'agents:unassigned');
end;
$$;

-- What went wrong beside the work of this transaction; empty if nothing did.
create function private.warnings() returns public.recruiting_warning[]
language plpgsql
set search_path = ''
as $$
begin
  -- Empty, not null, in a session whose earlier transaction has set it.
  return coalesce(nullif(current_setting('recruiting.warnings', true), ''), '{}')::public.recruiting_warning[];
end;
$$;

-- Notes a warning until the transaction ends. A rollback to a savepoint undoes it with the work that it is about.
create function private.note_warning(warning public.recruiting_warning) returns void
language plpgsql
set search_path = ''
as $$
begin
  if warning <> all (private.warnings()) then
    perform set_config('recruiting.warnings', array_append(private.warnings(), warning)::text, true);
  end if;
end;
$$;

-- How many rows this transaction has added to realtime.messages, from the counters that Postgres keeps for each table.
-- Only the difference of two calls means anything; its cost is the same however many rows there are.
--   today  the partition of the transaction's day, which gets the rows; null: the rows of all partitions are added up
-- https://www.postgresql.org/docs/17/monitoring-stats.html#MONITORING-STATS-FUNCTIONS
create function private.added_broadcasts(today regclass) returns bigint
language plpgsql
set search_path = ''
as $$
begin
  if today is not null then
    return pg_stat_get_xact_tuples_inserted(today);
  end if;
  return (
    select coalesce(sum(pg_stat_get_xact_tuples_inserted(i.inhrelid)), 0)
    from pg_catalog.pg_inherits i where i.inhparent = 'realtime.messages'::regclass
  );
end;
$$;

-- Sends to a private topic. realtime.send fails open, with a warning at most (a missing partition),
-- so the rows that it adds are counted, and a miss is noted as a warning. After a miss the transaction
-- sends nothing more: each further broadcast might wait for the same lock.
-- Realtime drops the messages of all agents for up to a minute when too many come at once. So of a
-- transaction that would send thousands only the first 5,000 are sent: screens read the rows every 30 s.
-- Returns whether it was sent, so that an assignment can call it: an expression takes less time than a statement.
create function private.broadcast(topic text, event text, payload jsonb) returns boolean
language plpgsql
set search_path = ''
-- Making or dropping a partition locks the whole table: a broadcast does not wait for that.
set lock_timeout = '250ms'
as $$
declare
  today regclass;
  number text;
  added_before bigint;
  answer text;
begin
  number := coalesce(nullif(current_setting('recruiting.broadcasts', true), '')::int, 0) + 1;
  if number::int > 5000 or 'broadcast_missed' = any (private.warnings()) then
    return false;
  end if;
  number := set_config('recruiting.broadcasts', number, true);
  -- Below the 256 KB that the free plan delivers.
  if octet_length(payload::text) > 250000 then
    payload := jsonb_build_object(
      'conversation_id', payload -> 'conversation_id',
      'message_id', payload -> 'message_id',
      'truncated', true
    ) || jsonb_strip_nulls(jsonb_build_object('contact_id', payload -> 'contact_id'));
  end if;
  today := to_regclass('realtime.messages_' || to_char(now(), 'YYYY_MM_DD'));
  added_before := private.added_broadcasts(today);
  answer := realtime.send(payload, event, topic, true);
  if private.added_broadcasts(today) = added_before then
    perform private.note_warning('broadcast_missed');
    return false;
  end if;
  return true;
exception when others then
  perform private.note_warning('broadcast_missed');
  return false;
end;
$$;

revoke execute on function
  private.topic_of, private.warnings, private.note_warning, private.added_broadcasts, private.broadcast
from public;
