-- A conversation is handed off to the available agent who has the fewest, and may be passed on to another agent.

-- How many open conversations each agent has, kept so that an escalation need not count them. A
-- change is a row of its own, so that transactions which assign and close do not wait for each other;
-- the next escalation adds the changes up.
create table private.open_conversations (
  agent_id uuid primary key,
  conversations bigint not null
);
comment on table private.open_conversations is
  'One agent, and how many open conversations they have without the changes that are not added up yet';

create table private.open_conversation_changes (
  agent_id uuid not null,
  change int not null
);
comment on table private.open_conversation_changes is
  'One conversation that an agent got (1) or no longer has (-1), not added up yet';

create function private.count_open_conversation() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if tg_op <> 'INSERT' and old.status <> 'closed' and old.assigned_agent_id is not null then
    insert into private.open_conversation_changes values (old.assigned_agent_id, -1);
  end if;
  if tg_op <> 'DELETE' and new.status <> 'closed' and new.assigned_agent_id is not null then
    insert into private.open_conversation_changes values (new.assigned_agent_id, 1);
  end if;
  return null;
end;
$$;

create trigger _500_count_open_conversation_after_insert after insert on public.recruiting_conversations
  for each row when (new.assigned_agent_id is not null)
  execute function private.count_open_conversation();

create trigger _500_count_open_conversation_after_update after update of status, assigned_agent_id on public.recruiting_conversations
  for each row when (
    old.assigned_agent_id is distinct from new.assigned_agent_id
    or (old.status = 'closed') <> (new.status = 'closed')
  )
  execute function private.count_open_conversation();

create trigger _500_count_open_conversation_after_delete after delete on public.recruiting_conversations
  for each row when (old.assigned_agent_id is not null)
  execute function private.count_open_conversation();

-- The available agent with the fewest open conversations; ties go by user_id. Null, with a warning, if no agent is
-- available. The lock is held until the end of the transaction, so that of two escalations at once the second one
-- counts the first.
create function private.least_busy_agent() returns uuid
language plpgsql
set search_path = ''
as $$
declare
  candidate_id uuid;
begin
  perform private.require_read_committed();
  perform pg_advisory_xact_lock(3, 0);

  with changes as (
    delete from private.open_conversation_changes returning *
  )
  insert into private.open_conversations as o (agent_id, conversations)
    select c.agent_id, sum(c.change) from changes c group by c.agent_id
    on conflict on constraint open_conversations_pkey
      do update set conversations = o.conversations + excluded.conversations;

  -- An agent who is being removed or changed is passed over, because a wait here could end in a deadlock: the
  -- deletion of a user locks the user first and the agent second.
  for candidate_id in
    select a.user_id from public.recruiting_agents a
      left join private.open_conversations o on o.agent_id = a.user_id
      where a.is_available
      order by coalesce(o.conversations, 0), a.user_id
  loop
    perform from auth.users u where u.id = candidate_id for key share skip locked;
    continue when not found;
    perform from public.recruiting_agents a
      where a.user_id = candidate_id and a.is_available for share skip locked;
    if found then
      return candidate_id;
    end if;
  end loop;
  perform private.note_warning('no_agent_available');
  return null;
end;
$$;

-- Hands a conversation off to a person. One that is escalated already stays as it is and sends no broadcast; a
-- closed one is reopened. The assigned agent stays if available.
-- Returns the assigned agent; null, with a warning, if no agent is available. Raises 22023 if there is no
-- such conversation.
create function public.recruiting_escalate_conversation(conversation_id uuid, reason text) returns uuid
language plpgsql security definer
set search_path = ''
as $$
declare
  conversation public.recruiting_conversations;
  new_agent_id uuid;
begin
  select * into conversation from public.recruiting_conversations c
    where c.id = conversation_id for no key update;
  if not found then
    raise invalid_parameter_value using message =
      format('There is no conversation %s', conversation_id);
  end if;
  if conversation.status = 'escalated' then
    return conversation.assigned_agent_id;
  end if;

  select a.user_id into new_agent_id from public.recruiting_agents a
    where a.user_id = conversation.assigned_agent_id and a.is_available;
  if not found then
    new_agent_id := private.least_busy_agent();
  end if;
  update public.recruiting_conversations c set
    status = 'escalated',
    assigned_agent_id = new_agent_id,
    escalation_reason = reason,
    escalated_at = clock_timestamp()
  where c.id = conversation.id;
  return new_agent_id;
end;
$$;

-- Assigns a conversation to an agent; null releases it. The same agent again changes nothing.
-- Raises 22023 if there is no such conversation, or agent_id is not in recruiting_agents.
create function public.recruiting_assign_conversation(conversation_id uuid, agent_id uuid) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  if agent_id is not null
    and not private.lock_agent(agent_id)
  then
    raise invalid_parameter_value using message =
      format('agent_id %s is not in recruiting_agents', agent_id);
  end if;
  perform from public.recruiting_conversations c
    where c.id = conversation_id for no key update;
  if not found then
    raise invalid_parameter_value using message =
      format('There is no conversation %s', conversation_id);
  end if;
  update public.recruiting_conversations c
    set assigned_agent_id = agent_id
    where c.id = conversation_id
      and c.assigned_agent_id is distinct from agent_id;
end;
$$;

revoke execute on function private.count_open_conversation, private.least_busy_agent from public;
revoke execute on function public.recruiting_escalate_conversation, public.recruiting_assign_conversation
  from public, anon, authenticated, service_role;
grant execute on function public.recruiting_escalate_conversation, public.recruiting_assign_conversation
  to service_role;
