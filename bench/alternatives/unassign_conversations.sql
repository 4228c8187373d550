-- The obvious way to release the conversations of a removed agent: one by one, with a broadcast
-- each.
drop trigger _500_unassign_conversations_after_delete on public.recruiting_agents;

create or replace function private.unassign_conversations() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  conversation_id uuid;
begin
  for conversation_id in
    select id from public.recruiting_conversations where assigned_agent_id = old.user_id
  loop
    update public.recruiting_conversations set assigned_agent_id = null where id = conversation_id;
    perform private.broadcast(topic, 'conversation_updated', jsonb_build_object('conversation_id', conversation_id))
      from unnest(array['agent:' || old.user_id, 'agents:unassigned']) topic;
  end loop;
  return null;
end;
$$;

create trigger _500_unassign_conversations_after_delete after delete on public.recruiting_agents
  for each row execute function private.unassign_conversations();
