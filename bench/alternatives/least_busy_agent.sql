-- The obvious way to find the agent with the fewest open conversations: count them.
create or replace function private.least_busy_agent() returns uuid
language plpgsql
set search_path = ''
as $$
declare
  agent_id uuid;
begin
  perform pg_advisory_xact_lock(3, 0);
  select a.user_id into agent_id
    from public.recruiting_agents a
    where a.is_available
    order by (
      select count(*) from public.recruiting_conversations c
      where c.assigned_agent_id = a.user_id and c.status in ('bot', 'escalated')
    ), a.user_id
    limit 1
    for share of a skip locked;
  return agent_id;
end;
$$;
