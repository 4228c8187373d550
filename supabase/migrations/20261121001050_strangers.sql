-- A text of a phone without a conversation may begin one, where the sender says so, so that "text JOBS to …" works.

-- Counts a new conversation with a stranger: at most 20 a minute on one of our addresses, so that a flood of
-- made-up phones fills no inbox. Returns whether it may begin.
create table private.strangers_pace (
  channel public.recruiting_channel,
  address text,
  begun_at timestamptz[] not null,
  primary key (channel, address)
);
comment on table private.strangers_pace is 'One of our addresses, and how fast strangers begin conversations on it';
comment on column private.strangers_pace.begun_at is 'When conversations with strangers began, of the last minute';

create function private.count_stranger(channel public.recruiting_channel, address text) returns boolean
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  moment constant timestamptz := clock_timestamp();
begin
  insert into private.strangers_pace as p (channel, address, begun_at)
    values (count_stranger.channel, count_stranger.address, array[moment])
    on conflict on constraint strangers_pace_pkey do update set
      begun_at = array(select t from unnest(p.begun_at) t where t > moment - interval '1 minute') || moment
    where (select count(*) from unnest(p.begun_at) t where t > moment - interval '1 minute') < 20;
  return found;
end;
$$;

-- Inserts the conversation of a stranger's text, unless it exists.
-- Another transaction that is creating the same conversation waits at its end for the phone's lock, which this
-- transaction holds. So this one waits 200 ms at most, and raises lock_not_available: the other one adopts the text.
--   arrived  the text, in the row type of the unmatched texts, because it may have to be kept among them
create function private.insert_strangers_conversation(
  arrived public.recruiting_unmatched_messages,
  answered_by public.recruiting_strangers,
  assigned_agent_id uuid
) returns void
language plpgsql
set search_path = ''
set lock_timeout = '200ms'
as $$
#variable_conflict use_column
begin
  insert into public.recruiting_conversations (
    channel, recruit_phone, twilio_phone, recruit_name, status, assigned_agent_id, escalation_reason
  )
  values (
    arrived.channel, arrived.recruit_phone, arrived.twilio_phone,
    coalesce(private.contact_name(private.canonical_phone(arrived.recruit_phone)), arrived.recruit_name),
    case insert_strangers_conversation.answered_by
      when 'escalate' then 'escalated'::public.recruiting_conversation_status
      else 'bot'
    end,
    insert_strangers_conversation.assigned_agent_id,
    case insert_strangers_conversation.answered_by when 'escalate' then 'A stranger texted this number' end
  )
  on conflict do nothing;
end;
$$;

-- Begins a conversation for the text of a phone that has none, if the sender's strangers says so, and adopts
-- the phone's earlier texts. The caller has locked the phone. Returns null if none begins.
--   keyword, reaction, opted out  never: see the columns asks_for and verdict of the text (arrived)
--   more than 20 a minute         kept unmatched, as is a text older than 24 hours
-- Raises lock_not_available if another transaction holds the number's pace or the assignment for 250 ms:
-- retrying is safe.
create function private.begin_for_stranger(arrived public.recruiting_unmatched_messages)
returns public.recruiting_conversations
language plpgsql
set search_path = ''
-- A transaction that creates the conversation may wait for the phone at its end. So all waits together are shorter
-- than deadlock_timeout: two for the pace (to be next, and for the holder), the assignment and 200 ms to insert.
set lock_timeout = '250ms'
as $$
declare
  conversation public.recruiting_conversations;
  answered_by public.recruiting_strangers;
  agent_id uuid;
  is_inserting boolean := false;
begin
  if arrived.asks_for is null or arrived.verdict not in ('reply', 'doubt') then
    return null;
  end if;
  select s.strangers into answered_by from public.recruiting_senders s
    where s.channel = arrived.channel and s.address = arrived.twilio_phone and s.strangers <> 'keep';
  if not found then
    return null;
  end if;
  begin
    if not private.count_stranger(arrived.channel, arrived.twilio_phone) then
      return null;
    end if;
    if answered_by = 'escalate' then
      agent_id := private.least_busy_agent();
    end if;
    is_inserting := true;
    perform private.insert_strangers_conversation(arrived, answered_by, agent_id);
  exception when lock_not_available then
    if not is_inserting then
      raise;
    end if;
    return null;
  end;
  set constraints public._900_adopt_unmatched_messages immediate;
  select * into conversation from public.recruiting_conversations c
    where c.canonical_phone = private.canonical_phone(arrived.recruit_phone)
      and c.twilio_phone = arrived.twilio_phone and c.channel = arrived.channel
    for no key update;
  return conversation;
end;
$$;

revoke execute on function
  private.count_stranger, private.insert_strangers_conversation, private.begin_for_stranger
from public;
