-- Agents are told by Realtime broadcast, in the transaction that changes the rows: the row is the
-- truth, the broadcast a hint. A broadcast that fails never blocks what it tells of.
-- https://supabase.com/docs/guides/realtime/broadcast

-- Whoever is an agent may listen to their own topic and to that of unassigned conversations; the
-- server asks this policy at each join. There is no policy for INSERT: no client may send.
create policy "Agents hear their own topic and of unassigned conversations" on realtime.messages
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

-- Whether a broadcast of this transaction is missing.
create function private.broadcast_missed() returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return coalesce(current_setting('recruiting.broadcast_missed', true), '') = 'true';
end;
$$;

-- How many rows this session has added to realtime.messages of late, from the counters that Postgres
-- keeps for each table. Only the difference of two calls means anything; its cost is the same however
-- many rows there are.
-- https://www.postgresql.org/docs/17/monitoring-stats.html#MONITORING-STATS-FUNCTIONS
create function private.added_broadcasts() returns bigint
language plpgsql
set search_path = ''
as $$
begin
  return (
    select coalesce(sum(pg_stat_get_xact_tuples_inserted(i.inhrelid)), 0)
    from pg_catalog.pg_inherits i where i.inhparent = 'realtime.messages'::regclass
  );
end;
$$;

-- Sends to a private topic. realtime.send fails open, with a warning at most (a missing partition),
-- so the rows that it adds are counted, and a miss is noted for the transaction:
-- private.broadcast_missed tells of it. After a miss the transaction sends nothing more: each further
-- broadcast might wait for the same lock.
-- Realtime drops the messages of all agents for up to a minute when too many come at once. So of a
-- transaction that would send thousands only the first 5,000 are sent: screens read the rows every 30 s.
create function private.broadcast(topic text, event text, payload jsonb) returns void
language plpgsql
set search_path = ''
-- Making or dropping a partition locks the whole table: a broadcast does not wait for that.
set lock_timeout = '250ms'
as $$
declare
  number int;
  added_before bigint;
begin
  number := coalesce(nullif(current_setting('recruiting.broadcasts', true), '')::int, 0) + 1;
  if number > 5000 or private.broadcast_missed() then
    return;
  end if;
  perform set_config('recruiting.broadcasts', number::text, true);
  -- Below the 256 KB that the free plan delivers.
  if octet_length(payload::text) > 250000 then
    payload := jsonb_build_object(
      'conversation_id', payload -> 'conversation_id',
      'message_id', payload -> 'message_id',
      'truncated', true
    );
  end if;
  added_before := private.added_broadcasts();
  perform realtime.send(payload, event, topic, true);
  if private.added_broadcasts() = added_before then
    perform set_config('recruiting.broadcast_missed', 'true', true);
  end if;
exception when others then
  perform set_config('recruiting.broadcast_missed', 'true', true);
end;
$$;

revoke execute on function
  private.topic_of, private.added_broadcasts, private.broadcast, private.broadcast_missed
from public;
