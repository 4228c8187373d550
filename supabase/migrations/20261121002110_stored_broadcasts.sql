-- Realtime keeps broadcasts in a table that the REST API does not serve. `doctor --round-trip` asks here whether a text
-- was broadcast, and whether its erasure has deleted the broadcast.

-- Returns how many broadcasts of a conversation Realtime has stored within the last hour. Reads only.
--   conversation_id  as the payload of the broadcasts names it
create function public.recruiting_count_broadcasts(conversation_id uuid) returns int
language plpgsql stable security definer
set search_path = ''
as $$
begin
  return (
    select count(*) from realtime.messages b
    where b.inserted_at > localtimestamp - interval '1 hour'
      and b.payload ->> 'conversation_id' = conversation_id::text
  );
end;
$$;

revoke execute on function public.recruiting_count_broadcasts from public, anon, authenticated, service_role;
grant execute on function public.recruiting_count_broadcasts to service_role;
