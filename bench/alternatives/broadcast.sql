-- The obvious way to check that realtime.send has inserted a row: select it.
create or replace function private.broadcast(topic text, event text, payload jsonb) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  perform realtime.send(payload, broadcast.event, broadcast.topic, true);
  perform from realtime.messages m
    where m.inserted_at = now()::timestamp and m.topic = broadcast.topic
      and m.extension = 'broadcast' and m.private and m.event = broadcast.event
      and m.payload @> broadcast.payload;
  if not found then
    perform private.note_warning('broadcast_missed');
    return false;
  end if;
  return true;
end;
$$;
