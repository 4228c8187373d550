-- How a conversation comes to a person, and from one to another.

-- The available agent with the fewest open conversations. Whoever asks holds the lock until the end
-- of the transaction, so that two who ask at once do not both see the same agent idle.
create function private.least_busy_agent() returns uuid
language plpgsql
set search_path = ''
as $$
declare
  agent_id uuid;
begin
  perform private.lock_name(3, 'assignment');
  -- An agent who is being removed or changed right now is passed over, not waited for.
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

-- Brings a person in. One that is escalated already stays as it is, and nobody is told again; a
-- closed one is reopened. The assigned agent stays if available.
-- Returns the assigned agent; null if there is nobody. Raises 22023 if there is no such conversation.
create function public.recruiting_escalate_conversation(conversation_id uuid, reason text) returns uuid
language plpgsql security definer
set search_path = ''
as $$
declare
  conversation public.recruiting_conversations;
  agent_id uuid;
begin
  select * into conversation from public.recruiting_conversations c
    where c.id = recruiting_escalate_conversation.conversation_id for no key update;
  if not found then
    raise invalid_parameter_value using message =
      format('There is no conversation %s', recruiting_escalate_conversation.conversation_id);
  end if;
  if conversation.status = 'escalated' then
    return conversation.assigned_agent_id;
  end if;

  select a.user_id into agent_id from public.recruiting_agents a
    where a.user_id = conversation.assigned_agent_id and a.is_available;
  if not found then
    agent_id := private.least_busy_agent();
  end if;
  update public.recruiting_conversations c set
    status = 'escalated',
    assigned_agent_id = agent_id,
    escalation_reason = recruiting_escalate_conversation.reason,
    escalated_at = clock_timestamp()
  where c.id = conversation.id;
  return agent_id;
end;
$$;

-- Passes a conversation on to a named agent, or to nobody. The same agent again changes nothing.
-- Raises 22023 if there is no such conversation, or agent_id is not in recruiting_agents.
create function public.recruiting_assign_conversation(conversation_id uuid, agent_id uuid) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  -- The agent first, as somebody who removes them does: so the two do not deadlock.
  if recruiting_assign_conversation.agent_id is not null then
    perform from public.recruiting_agents a
      where a.user_id = recruiting_assign_conversation.agent_id for key share;
    if not found then
      raise invalid_parameter_value using message =
        format('agent_id %s is not in recruiting_agents', recruiting_assign_conversation.agent_id);
    end if;
  end if;
  perform from public.recruiting_conversations c
    where c.id = recruiting_assign_conversation.conversation_id for no key update;
  if not found then
    raise invalid_parameter_value using message =
      format('There is no conversation %s', recruiting_assign_conversation.conversation_id);
  end if;
  update public.recruiting_conversations c
    set assigned_agent_id = recruiting_assign_conversation.agent_id
    where c.id = recruiting_assign_conversation.conversation_id
      and c.assigned_agent_id is distinct from recruiting_assign_conversation.agent_id;
end;
$$;

revoke execute on function private.least_busy_agent from public;
revoke execute on function public.recruiting_escalate_conversation, public.recruiting_assign_conversation
  from public, anon, authenticated, service_role;
grant execute on function public.recruiting_escalate_conversation, public.recruiting_assign_conversation
  to service_role;
