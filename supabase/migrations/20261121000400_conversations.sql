-- A conversation is one recruit's address and one Twilio address on one channel. Its status decides who answers, so
-- that the bot and a person never answer at the same time. "phone" in a column's name means the channel's address.

create function private.is_recruit_address(channel public.recruiting_channel, address text) returns boolean
language plpgsql immutable
set search_path = ''
as $$
begin
  return case
    when channel = 'messenger' then address <> '' and length(address) <= 255
    -- A WhatsApp user without a phone has an id: the country, and letters and digits.
    when channel = 'whatsapp' and address ~ '^[A-Z]{2}\.[0-9A-Za-z.]{1,128}$' then true
    else address ~ '^\+[1-9][0-9]{1,14}$'
  end;
end;
$$;

create function private.is_twilio_address(channel public.recruiting_channel, address text) returns boolean
language plpgsql immutable
set search_path = ''
as $$
begin
  return case
    when channel in ('rcs', 'messenger') then address <> '' and length(address) <= 255
    else address ~ '^(\+[1-9][0-9]{1,14}|[0-9]{3,8})$'
  end;
end;
$$;

-- What is wrong with an address that a caller has given; null if nothing is. It never quotes the address.
--   argument  the argument's name
create function private.recruit_address_problem(
  argument text,
  channel public.recruiting_channel,
  address text
) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return case
    when coalesce(private.is_recruit_address(channel, address), false) then null
    else argument || case channel
      when 'messenger' then ' must be an id of 1 to 255 characters'
      when 'whatsapp' then ' must be E.164, such as +15550100001, or the id of a WhatsApp user, such as US.1234'
      else ' must be E.164, such as +15550100001'
    end
  end;
end;
$$;

create function private.twilio_address_problem(
  argument text,
  channel public.recruiting_channel,
  address text
) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return case
    when coalesce(private.is_twilio_address(channel, address), false) then null
    else argument || case
      when channel in ('rcs', 'messenger') then ' must be an id of 1 to 255 characters'
      else ' must be E.164, such as +15550100000, or a short code of 3 to 8 digits'
    end
  end;
end;
$$;

-- Raises 22023 with the first problem, if there is one. The error holds the message alone: the error of a constraint
-- would hold the whole row.
--   problems  each one null, or as recruit_address_problem returns it
create function private.refuse_addresses(variadic problems text[]) returns void
language plpgsql immutable
set search_path = ''
as $$
declare
  problem constant text := (array_remove(problems, null))[1];
begin
  if problem is not null then
    raise invalid_parameter_value using
      message = problem, hint = 'Leave the channel''s prefix out: the channel is an argument of its own';
  end if;
end;
$$;

revoke execute on function
  private.is_recruit_address, private.is_twilio_address,
  private.recruit_address_problem, private.twilio_address_problem, private.refuse_addresses
from public;

create table public.recruiting_conversations (
  id uuid primary key default gen_random_uuid(),
  channel public.recruiting_channel not null default 'sms',
  recruit_phone text not null,
  canonical_phone text not null generated always as (private.canonical_phone(recruit_phone)) stored,
  answer_phone text,
  twilio_phone text not null,
  recruit_name text,
  status public.recruiting_conversation_status not null default 'bot',
  assigned_agent_id uuid references auth.users (id) on delete set null,
  escalation_reason text,
  escalated_at timestamptz,
  opted_out_at timestamptz,
  last_seq bigint not null default 0,
  status_seq bigint not null default 0,
  reply_pending_since timestamptz,
  reply_pending_seq bigint,
  reply_due_at timestamptz,
  turn_token uuid,
  turn_expires_at timestamptz,
  turn_attempts int not null default 0,
  revoked_seq bigint not null default 0,
  last_message_at timestamptz not null default now(),
  waiting_since timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- One conversation for all spellings of a phone. With canonical_phone first, the index also finds all
  -- conversations of one phone.
  constraint recruiting_conversations_addresses unique (canonical_phone, twilio_phone, channel)
)
-- As for recruiting_messages: reply_due_at is a due time, too.
with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000, vacuum_index_cleanup = on);

comment on table public.recruiting_conversations is
  'One recruit''s address and one Twilio address on one channel, with the pending reply and the lease of the bot''s turn';
comment on column public.recruiting_conversations.id is 'The conversation';
comment on column public.recruiting_conversations.channel is 'Where the recruit and the platform text each other; the same phone on two channels has two conversations';
comment on column public.recruiting_conversations.recruit_phone is 'As it was given: E.164, without the channel prefix; on messenger any id, on whatsapp also an id such as US.1234';
comment on column public.recruiting_conversations.canonical_phone is 'The canonical phone of recruit_phone. Conversations are looked up by it';
comment on column public.recruiting_conversations.answer_phone is 'Where messages are sent: the address of the recruit''s last text. Null if it is recruit_phone';
comment on column public.recruiting_conversations.twilio_phone is 'E.164 or short code, without the channel prefix; on rcs and messenger any id';
comment on column public.recruiting_conversations.recruit_name is 'The recruit''s name: as it was given, else the contact''s, else the name that the channel sends';
comment on column public.recruiting_conversations.status is 'Who answers: the bot, a person (escalated), or neither until it is reopened (closed)';
comment on column public.recruiting_conversations.assigned_agent_id is 'The agent whose conversation it is; null while it is unassigned';
comment on column public.recruiting_conversations.escalation_reason is 'Why it was handed off to a person, in plain words; null again when the bot gets it back';
comment on column public.recruiting_conversations.escalated_at is 'When the bot or the platform last escalated it; an agent''s own update does not set it';
comment on column public.recruiting_conversations.opted_out_at is 'Mirrors recruiting_opt_outs';
comment on column public.recruiting_conversations.last_seq is 'The seq of the newest message; increased under this row''s lock';
comment on column public.recruiting_conversations.status_seq is 'The last_seq when the status last changed';
comment on column public.recruiting_conversations.reply_pending_since is 'When the oldest text arrived that the bot has not answered';
comment on column public.recruiting_conversations.reply_pending_seq is 'The seq of the newest text that the pending reply answers; null when none is pending';
comment on column public.recruiting_conversations.reply_due_at is 'When the bot''s turn may begin';
comment on column public.recruiting_conversations.turn_token is 'The lease of the turn that is under way: the worker that holds the token may send';
comment on column public.recruiting_conversations.turn_expires_at is 'When the lease of the turn expires';
comment on column public.recruiting_conversations.turn_attempts is 'How often a turn was begun for the pending reply; 0 again when a reply reached Twilio, and for a new pending reply';
comment on column public.recruiting_conversations.revoked_seq is 'The last_seq when the lease and the pending reply were last revoked. A reply whose seq is not greater must not be sent again';
comment on column public.recruiting_conversations.last_message_at is 'When the newest message arrived or was begun';
comment on column public.recruiting_conversations.waiting_since is 'When the recruit''s oldest text arrived that a person has not answered; null while the bot answers, and for a recruit who has opted out';
comment on column public.recruiting_conversations.created_at is 'When the conversation began';
comment on column public.recruiting_conversations.updated_at is 'When the row last changed';

-- An agent's inbox, the newest first. The first index also finds all conversations of an agent who is removed. There
-- are two indexes, because Postgres cannot read an order from one index under "assigned_agent_id is null".
create index recruiting_conversations_inbox on public.recruiting_conversations (assigned_agent_id, last_message_at desc, id)
  where assigned_agent_id is not null;
create index recruiting_conversations_unassigned on public.recruiting_conversations (last_message_at desc, id)
  where assigned_agent_id is null;

-- Recruits who wait for a person, the longest wait first: an agent's, and those that no agent has. The second index also
-- holds, at its end, escalated conversations without an unanswered text, because an agent must take them.
create index recruiting_conversations_waiting
  on public.recruiting_conversations (assigned_agent_id, waiting_since, last_message_at, id)
  where waiting_since is not null;
create index recruiting_conversations_waiting_unassigned
  on public.recruiting_conversations (waiting_since, last_message_at, id)
  where assigned_agent_id is null and (status = 'escalated' or waiting_since is not null);

-- Pending replies, the oldest first.
create index recruiting_conversations_reply_due on public.recruiting_conversations (reply_due_at)
  where reply_due_at is not null;

-- Checks the addresses when they are written. A check constraint would do so in every update, also in that of each text.
create function private.check_addresses() returns trigger
language plpgsql
set search_path = ''
as $$
declare
  wrong_column constant text := case
    when not private.is_recruit_address(new.channel, new.recruit_phone) then 'recruit_phone'
    when not private.is_twilio_address(new.channel, new.twilio_phone) then 'twilio_phone'
  end;
begin
  if wrong_column is not null then
    raise check_violation using
      message = format(
        'The conversation violates check constraint "recruiting_conversations_%s" of channel %s',
        wrong_column, new.channel
      ),
      constraint = 'recruiting_conversations_' || wrong_column,
      column = wrong_column, table = tg_table_name, schema = tg_table_schema;
  end if;
  return new;
end;
$$;

create trigger _050_check_addresses
  before insert or update of channel, recruit_phone, twilio_phone on public.recruiting_conversations
  for each row execute function private.check_addresses();

create function private.set_updated_at() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_at := clock_timestamp();
  return new;
end;
$$;

-- One transaction removes an agent, another assigns a conversation to that agent: neither sees the other's
-- uncommitted row. The lock makes the second one wait, and then it sees both rows.
create function private.lock_assigned_agent() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' and new.assigned_agent_id is not distinct from old.assigned_agent_id then
    return new;
  end if;
  -- Only an agent's own update fails: the platform may assign a conversation to any user.
  if not private.lock_agent(new.assigned_agent_id) and auth.uid() is not null then
    raise insufficient_privilege using message = 'You are no longer an agent';
  end if;
  return new;
end;
$$;

create trigger _200_lock_assigned_agent before insert or update of assigned_agent_id on public.recruiting_conversations
  for each row when (new.assigned_agent_id is not null)
  execute function private.lock_assigned_agent();

-- All conversations of users who are no longer agents become unassigned, in one statement: thousands take a
-- fraction of a second. The trigger also fires for an update that leaves user_id as it was, because PostgREST's
-- upsert writes every column: such agents are filtered out.
create function private.unassign_conversations() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  removed_ids constant uuid[] := array(
    select o.user_id from old_agents o
    where not exists (select from public.recruiting_agents a where a.user_id = o.user_id)
  );
begin
  if removed_ids <> '{}' then
    perform private.require_read_committed();
    with theirs as (
      select id from public.recruiting_conversations
      where assigned_agent_id = any (removed_ids) order by id for no key update
    )
    update public.recruiting_conversations c set assigned_agent_id = null
      from theirs where c.id = theirs.id;
  end if;
  return null;
end;
$$;

create trigger _500_unassign_conversations_after_delete after delete on public.recruiting_agents
  referencing old table as old_agents
  for each statement execute function private.unassign_conversations();

create trigger _500_unassign_conversations_after_update after update on public.recruiting_agents
  referencing old table as old_agents
  for each statement execute function private.unassign_conversations();

-- Locks the conversations of an agent whose user is being deleted, in the lock order: the foreign key on users changes
-- them in another order, and before private.unassign_conversations, because the cascade's triggers "after" come last.
create function private.lock_conversations_of_deleted_user() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if not exists (select from auth.users u where u.id = old.user_id) then
    perform from public.recruiting_conversations c
      where c.assigned_agent_id = old.user_id order by c.id for no key update;
  end if;
  return old;
end;
$$;

create trigger _100_lock_conversations_of_deleted_user before delete on public.recruiting_agents
  for each row execute function private.lock_conversations_of_deleted_user();

-- Broadcasts a change to the old and the new agent's topic. It runs with its owner's rights, because agents, whose
-- own updates fire it, must not call realtime.send().
create function private.broadcast_conversation() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  topic constant text := private.topic_of(new.assigned_agent_id);
  old_topic constant text := case tg_op when 'UPDATE' then private.topic_of(old.assigned_agent_id) end;
  is_escalation constant boolean := case tg_op
    when 'UPDATE' then new.escalated_at is distinct from old.escalated_at
    else true
  end;
  updated constant jsonb := jsonb_build_object(
    'conversation_id', new.id, 'status', new.status, 'assigned_agent_id', new.assigned_agent_id
  );
begin
  -- A removed agent's closed conversation is not broadcast: it needs no other agent.
  if tg_op = 'UPDATE' and new.status = 'closed'
    and old.assigned_agent_id is not null and new.assigned_agent_id is null
    and not exists (select from public.recruiting_agents a where a.user_id = old.assigned_agent_id)
  then
    return null;
  end if;
  if old_topic <> topic then
    perform private.broadcast(old_topic, 'conversation_updated', updated);
  end if;
  if is_escalation then
    perform private.broadcast(topic, 'conversation_escalated', jsonb_build_object(
      'conversation_id', new.id,
      'channel', new.channel,
      'recruit_phone', new.recruit_phone,
      'recruit_name', new.recruit_name,
      'status', new.status,
      'assigned_agent_id', new.assigned_agent_id,
      'reason', new.escalation_reason
    ));
  else
    perform private.broadcast(topic, 'conversation_updated', updated);
  end if;
  return null;
end;
$$;

create trigger _600_broadcast_conversation_after_insert after insert on public.recruiting_conversations
  for each row when (new.status = 'escalated')
  execute function private.broadcast_conversation();

create trigger _600_broadcast_conversation_after_update
  after update of status, assigned_agent_id on public.recruiting_conversations
  for each row when (
    old.status is distinct from new.status
    or old.assigned_agent_id is distinct from new.assigned_agent_id
  )
  execute function private.broadcast_conversation();

revoke execute on function
  private.check_addresses, private.set_updated_at, private.lock_assigned_agent, private.unassign_conversations,
  private.lock_conversations_of_deleted_user, private.broadcast_conversation
from public;

alter table public.recruiting_conversations enable row level security;

-- Which conversations an agent may read and change: their own and the unassigned ones. The policies of messages and
-- events, and the attention list, read conversations under these policies. private.readable_contacts has the same rule,
-- and recruiting_agent_access for an agent who is not the caller. No function holds the rule: with a pinned search_path,
-- which Supabase's linter asks for, Postgres inlines none, and a call for each row would hide the rule from the indexes.
create policy "Agents see their own and unassigned conversations" on public.recruiting_conversations
  for select to authenticated
  using (
    (select private.is_agent())
    and (assigned_agent_id is null or assigned_agent_id = (select auth.uid()))
  );

-- Without "with check" the changed row must pass the same expression.
-- https://www.postgresql.org/docs/17/sql-createpolicy.html
create policy "Agents take over, release and close what they see" on public.recruiting_conversations
  for update to authenticated
  using (
    (select private.is_agent())
    and (assigned_agent_id is null or assigned_agent_id = (select auth.uid()))
  );

revoke all on public.recruiting_conversations from public, anon, authenticated, service_role;
grant select, update (status, assigned_agent_id) on public.recruiting_conversations to authenticated;
grant select on public.recruiting_conversations to service_role;
