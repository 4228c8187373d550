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

-- Sends to a private topic. realtime.send fails open, with a warning at most (a missing partition,
-- a payload that is too large), so what it wrote is looked for, and a miss is noted for the
-- transaction: private.broadcast_missed tells of it.
create function private.broadcast(topic text, event text, payload jsonb) returns void
language plpgsql
set search_path = ''
-- Making or dropping a partition locks the whole table: a broadcast does not wait for that.
set lock_timeout = '250ms'
as $$
declare
  -- Below the 256 KB that the free plan delivers.
  fits constant boolean := octet_length(payload::text) <= 250000;
  sent constant jsonb := case
    when fits then payload
    else jsonb_build_object(
      'conversation_id', payload -> 'conversation_id',
      'message_id', payload -> 'message_id',
      'truncated', true
    )
  end;
begin
  perform realtime.send(sent, broadcast.event, broadcast.topic, true);
  -- By time and topic: anything else would look through every partition.
  perform from realtime.messages m
    where m.inserted_at = now()::timestamp and m.topic = broadcast.topic
      and m.extension = 'broadcast' and m.private and m.event = broadcast.event and m.payload @> sent;
  if not found then
    perform set_config('recruiting.broadcast_missed', 'true', true);
  end if;
exception when others then
  perform set_config('recruiting.broadcast_missed', 'true', true);
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

revoke execute on function private.topic_of, private.broadcast, private.broadcast_missed from public;
