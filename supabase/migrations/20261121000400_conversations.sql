-- A conversation is one recruit's address and one Twilio address on one channel, and its
-- status decides who answers.

create function private.is_recruit_address(channel text, address text) returns boolean
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

create function private.is_twilio_address(channel text, address text) returns boolean
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
revoke execute on function private.is_recruit_address, private.is_twilio_address from public;
-- Checks run as whoever changes the row.
grant execute on function private.is_recruit_address, private.is_twilio_address to authenticated;

create table public.recruiting_conversations (
  id uuid primary key default gen_random_uuid(),
  channel text not null default 'sms'
    constraint recruiting_conversations_channel
    check (channel in ('sms', 'whatsapp', 'rcs', 'messenger')),
  recruit_phone text not null,
  canonical_phone text not null generated always as (private.canonical_phone(recruit_phone)) stored,
  answer_phone text,
  twilio_phone text not null,
  recruit_name text,
  status text not null default 'bot'
    constraint recruiting_conversations_status check (status in ('bot', 'escalated', 'closed')),
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
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint recruiting_conversations_recruit_phone
    check (private.is_recruit_address(channel, recruit_phone)),
  constraint recruiting_conversations_twilio_phone
    check (private.is_twilio_address(channel, twilio_phone)),
  -- One conversation for all spellings of a phone. In this order the index also finds all of one phone.
  constraint recruiting_conversations_addresses unique (canonical_phone, twilio_phone, channel)
);

comment on column public.recruiting_conversations.recruit_phone is 'As it was given: E.164, without the channel prefix; on messenger any id, on whatsapp also an id such as US.1234';
comment on column public.recruiting_conversations.canonical_phone is 'The canonical phone of recruit_phone, by which conversations are found';
comment on column public.recruiting_conversations.answer_phone is 'The spelling that the recruit''s last text came from, where messages go; null while it is recruit_phone';
comment on column public.recruiting_conversations.twilio_phone is 'E.164 or short code, without the channel prefix; on rcs and messenger any id';
comment on column public.recruiting_conversations.escalated_at is 'When it was last escalated, other than by an agent''s own update';
comment on column public.recruiting_conversations.opted_out_at is 'Mirrors recruiting_opt_outs';
comment on column public.recruiting_conversations.last_seq is 'The seq of the newest message; counted under this row''s lock';
comment on column public.recruiting_conversations.status_seq is 'The last_seq when the status last changed';
comment on column public.recruiting_conversations.reply_pending_since is 'When the oldest text arrived that the bot has not answered';
comment on column public.recruiting_conversations.reply_pending_seq is 'The seq of the newest text that the bot owes a reply; null when it owes none';
comment on column public.recruiting_conversations.reply_due_at is 'When the bot''s turn may begin';
comment on column public.recruiting_conversations.turn_token is 'The lease of the turn that is under way: whoever holds the token may send';
comment on column public.recruiting_conversations.turn_attempts is 'How often a turn was begun since a reply last reached Twilio';
comment on column public.recruiting_conversations.revoked_seq is 'The last_seq when what the bot owed was last taken away; no reply up to it may be begun again';

-- An agent's inbox, the newest first, and all that are an agent's when they are removed. A conversation
-- is in one of the two indexes: Postgres reads no order from "is null" in the first one.
create index recruiting_conversations_inbox on public.recruiting_conversations (assigned_agent_id, last_message_at desc, id)
  where assigned_agent_id is not null;
create index recruiting_conversations_unassigned on public.recruiting_conversations (last_message_at desc, id)
  where assigned_agent_id is null;

-- What the bot owes, the oldest first.
create index recruiting_conversations_reply_due on public.recruiting_conversations (reply_due_at)
  where reply_due_at is not null;

-- The lease is the bot's permission to send. Whatever makes it somebody else's turn takes the lease
-- and what is owed away in the same statement, so that a reply which is being thought of cannot
-- be sent, and handing the conversation back does not bring it to life again.
create function private.conversation_changes() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_at := clock_timestamp();
  if new.status <> old.status then
    new.status_seq := new.last_seq;
  end if;
  if new.status = 'bot' and old.status <> 'bot' then
    new.escalation_reason := null;
  end if;
  if new.status <> old.status
    or (new.assigned_agent_id is not null and new.assigned_agent_id is distinct from old.assigned_agent_id)
    or (new.opted_out_at is not null and old.opted_out_at is null)
  then
    new.reply_pending_since := null;
    new.reply_pending_seq := null;
    new.reply_due_at := null;
    new.turn_token := null;
    new.turn_expires_at := null;
    new.revoked_seq := new.last_seq;
  end if;
  return new;
end;
$$;

create trigger conversation_changes before update on public.recruiting_conversations
  for each row execute function private.conversation_changes();

-- An agent who is being removed and a conversation that is being given to them do not see each
-- other's uncommitted rows. The lock makes one of the two wait; whoever comes second sees all.
create function private.hold_assigned_agent() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' and new.assigned_agent_id is not distinct from old.assigned_agent_id then
    return new;
  end if;
  if not private.lock_agent(new.assigned_agent_id) and auth.uid() is not null then
    raise insufficient_privilege using message = 'You are no longer an agent';
  end if;
  return new;
end;
$$;

create trigger hold_assigned_agent before insert or update of assigned_agent_id on public.recruiting_conversations
  for each row when (new.assigned_agent_id is not null)
  execute function private.hold_assigned_agent();

-- All conversations of users who are no agents any more become unassigned, in one statement: thousands
-- take a fraction of a second. An update may leave the user as it was: PostgREST's upsert writes the
-- key, too.
create function private.give_conversations_back() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  removed_ids constant uuid[] := array(
    select r.user_id from removed r
    where not exists (select from public.recruiting_agents a where a.user_id = r.user_id)
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

create trigger give_conversations_back after delete on public.recruiting_agents
  referencing old table as removed
  for each statement execute function private.give_conversations_back();

create trigger give_conversations_back_of_renamed after update on public.recruiting_agents
  referencing old table as removed
  for each statement execute function private.give_conversations_back();

-- Tells the agents whom a change concerns. Agents' own updates run with their rights, which do not
-- reach to sending: so this runs with its owner's.
create function private.tell_of_conversation() returns trigger
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
  -- Of a removed agent's conversations only the open ones need another agent.
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

create trigger tell_of_new_conversation after insert on public.recruiting_conversations
  for each row when (new.status = 'escalated')
  execute function private.tell_of_conversation();

create trigger tell_of_conversation after update on public.recruiting_conversations
  for each row when (
    old.status is distinct from new.status
    or old.assigned_agent_id is distinct from new.assigned_agent_id
  )
  execute function private.tell_of_conversation();

revoke execute on function
  private.conversation_changes, private.hold_assigned_agent, private.give_conversations_back,
  private.tell_of_conversation
from public;

alter table public.recruiting_conversations enable row level security;

create policy "Agents see their own and unassigned conversations" on public.recruiting_conversations
  for select to authenticated
  using (
    (select private.is_agent())
    and (assigned_agent_id is null or assigned_agent_id = (select auth.uid()))
  );

create policy "Agents take, release and close what they see" on public.recruiting_conversations
  for update to authenticated
  using (
    (select private.is_agent())
    and (assigned_agent_id is null or assigned_agent_id = (select auth.uid()))
  )
  with check (
    (select private.is_agent())
    and (assigned_agent_id is null or assigned_agent_id = (select auth.uid()))
  );

revoke all on public.recruiting_conversations from public, anon, authenticated, service_role;
grant select, update (status, assigned_agent_id) on public.recruiting_conversations to authenticated;
grant select on public.recruiting_conversations to service_role;
