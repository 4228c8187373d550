-- Who counts as an agent: the platform keeps this list, and every policy asks it.

create table public.recruiting_agents (
  user_id uuid primary key references auth.users (id) on delete cascade,
  display_name text not null,
  is_available boolean not null default true
);

comment on table public.recruiting_agents is 'One Supabase user who is an agent, and whether they are available';

create function private.is_agent() returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (select from public.recruiting_agents where user_id = (select auth.uid()))
$$;
revoke execute on function private.is_agent from public;
grant execute on function private.is_agent to authenticated;

-- Keeps an agent from being removed until the end of the transaction. The user comes first, because
-- deleting a user reaches the agent's row by cascade. Returns whether the user is an agent.
create function private.lock_agent(agent_id uuid) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  perform from auth.users u where u.id = agent_id for key share;
  perform from public.recruiting_agents a where a.user_id = agent_id for key share;
  return found;
end;
$$;
revoke execute on function private.lock_agent from public;

alter table public.recruiting_agents enable row level security;

create policy "Agents see every agent" on public.recruiting_agents
  for select to authenticated
  using ((select private.is_agent()));

revoke all on public.recruiting_agents from public, anon, authenticated, service_role;
grant select on public.recruiting_agents to authenticated;
grant select, insert, update, delete on public.recruiting_agents to service_role;
