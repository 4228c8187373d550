-- The obvious index for an agent's inbox: without the order in which agents read.
drop index public.recruiting_conversations_inbox;
drop index public.recruiting_conversations_unassigned;
create index recruiting_conversations_assigned_agent
  on public.recruiting_conversations (assigned_agent_id, status);
