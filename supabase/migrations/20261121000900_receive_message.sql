-- The inbound step: one call, one transaction, the same result however often it is repeated.

-- Keeps a text in its conversation, whose row the caller has locked, and notes what it asks for.
-- What is adopted after a day is for reading: it asks for nothing. Returns the message's id.
create function private.keep_inbound_message(
  conversation public.recruiting_conversations,
  arrived public.recruiting_unmatched_messages,
  turn_wait interval default '2 seconds'
) returns uuid
language plpgsql
set search_path = ''
as $$
declare
  message_id uuid;
  message_seq bigint;
begin
  if coalesce(conversation.recruit_name, '') = '' and arrived.recruit_name <> '' then
    update public.recruiting_conversations c set recruit_name = arrived.recruit_name where c.id = conversation.id;
  end if;
  if coalesce(conversation.answer_phone, conversation.recruit_phone) <> arrived.recruit_phone then
    -- A text that comes late changes nothing: a later one says where answers go.
    update public.recruiting_conversations c set answer_phone = arrived.recruit_phone
      where c.id = conversation.id and not exists (
        select from public.recruiting_messages m
        where m.conversation_id = c.id and m.direction = 'inbound' and m.created_at > arrived.received_at
      );
  end if;
  insert into public.recruiting_messages (
    conversation_id, direction, sender_type, body, media, metadata, verdict, status, message_sid, num_segments,
    created_at
  )
  values (
    conversation.id, 'inbound', 'recruit', coalesce(arrived.body, ''), coalesce(arrived.media, '[]'),
    arrived.metadata, arrived.verdict, 'received', arrived.message_sid, arrived.num_segments, arrived.received_at
  )
  returning id, seq into message_id, message_seq;

  if arrived.asks_for = 'reply' and arrived.received_at > now() - interval '24 hours' then
    perform private.set_reply_pending(conversation.id, message_seq, arrived.received_at, turn_wait);
  end if;
  return message_id;
end;
$$;

-- Whether an agent has to look at a text before the bot says anything more.
create function private.needs_a_person(arrived public.recruiting_unmatched_messages) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return arrived.asks_for = 'person' and arrived.received_at > now() - interval '24 hours';
end;
$$;

create function private.doubt_reason() returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return 'The recruit may be asking not to be texted';
end;
$$;

-- Counts a new conversation with a stranger: at most 20 a minute on one of our addresses, so that a flood of
-- made-up phones fills no inbox. Returns whether it may begin.
create table private.strangers_pace (
  channel text,
  address text,
  begun_at timestamptz[] not null,
  primary key (channel, address)
);
comment on column private.strangers_pace.begun_at is 'When conversations with strangers began, of the last minute';

create function private.count_stranger(channel text, address text) returns boolean
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  moment constant timestamptz := clock_timestamp();
begin
  insert into private.strangers_pace as p (channel, address, begun_at)
    values (channel, address, array[moment])
    on conflict on constraint strangers_pace_pkey do update set
      begun_at = array(select t from unnest(p.begun_at) t where t > moment - interval '1 minute') || moment
    where (select count(*) from unnest(p.begun_at) t where t > moment - interval '1 minute') < 20;
  return found;
end;
$$;

-- Inserts the conversation of a stranger's text, unless it exists.
-- Another transaction that is creating the same one waits at its end for the phone's lock, which this one
-- holds. So this one waits a moment at most, and raises lock_not_available: the text is adopted there.
create function private.insert_strangers_conversation(
  arrived public.recruiting_unmatched_messages,
  answered_by text,
  assigned_agent_id uuid
) returns void
language plpgsql
set search_path = ''
set lock_timeout = '200ms'
as $$
begin
  insert into public.recruiting_conversations (
    channel, recruit_phone, twilio_phone, recruit_name, status, assigned_agent_id, escalation_reason
  )
  values (
    arrived.channel, arrived.recruit_phone, arrived.twilio_phone, arrived.recruit_name,
    case answered_by when 'escalate' then 'escalated' else 'bot' end, assigned_agent_id,
    case answered_by when 'escalate' then 'A stranger texted this number' end
  )
  on conflict do nothing;
end;
$$;

-- Begins a conversation for the text of a phone that has none, if the sender's strangers says so, and adopts
-- the phone's earlier texts. The caller has locked the phone. Returns null if none begins.
--   keyword, reaction, opted out  never: arrived.asks_for and the verdict tell
--   more than 20 a minute         kept unmatched, as is a text older than 24 hours
-- Raises lock_not_available if another transaction holds the number's pace or the assignment for 900 ms:
-- retrying is safe.
create function private.begin_for_stranger(arrived public.recruiting_unmatched_messages)
returns public.recruiting_conversations
language plpgsql
set search_path = ''
-- Less than deadlock_timeout: a transaction that holds the assignment may wait for the phone at its end.
set lock_timeout = '900ms'
as $$
#variable_conflict use_column
declare
  conversation public.recruiting_conversations;
  answered_by text;
  agent_id uuid;
  is_inserting boolean := false;
begin
  if arrived.asks_for is null or arrived.verdict not in ('reply', 'doubt')
    or arrived.received_at <= now() - interval '24 hours'
  then
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
  set constraints public.adopt_unmatched_messages immediate;
  select * into conversation from public.recruiting_conversations c
    where c.canonical_phone = private.canonical_phone(arrived.recruit_phone)
      and c.twilio_phone = arrived.twilio_phone and c.channel = arrived.channel
    for no key update;
  return conversation;
end;
$$;

revoke execute on function
  private.keep_inbound_message, private.needs_a_person, private.doubt_reason, private.count_stranger,
  private.insert_strangers_conversation, private.begin_for_stranger
from public;

-- Takes in one inbound text.
--   channel, recruit_phone, twilio_phone  From and To, split
--   payload            the signed form, as JSON text: parsed only where it is kept
--   verdict            what the words are (_shared/opt_out/judge_text.ts)
--   consent_source     of a stop: 'keyword' (a word that Twilio acts on) or 'wording'
--   media              array of {url, content_type}, as JSON text
--   metadata           the form's fields that no column has, as JSON text; null for none
--   recruit_name       what the channel calls the recruit: fills an empty recruit_name
--   refused            why the database refused the text before; it is then kept as unmatched
--   turn_wait_seconds  how long the bot waits for more: after the newest text, and four times as
--                      long after the oldest
--   sent_at            Twilio's time of a text that is in its log, and whose webhook never came; null for
--                      a webhook. It is the time of arrival
-- Returns one row:
--   outcome              'received', 'repeated', 'no_conversation' (a webhook's repeat of such a text, too), or
--                        'forgotten' (a text in Twilio's log from before the recruit's erasure; nothing is
--                        stored)
--   conversation_id, conversation_status, message_id  where there are any
--   warnings             private.warnings
--   reply_due_in_ms      until the pending reply is due; null for none
--   work_is_due          whether other work is due that no worker holds: see recruiting_claim_due_work
create function public.recruiting_receive_message(
  message_sid text,
  channel text,
  recruit_phone text,
  twilio_phone text,
  payload text,
  verdict public.recruiting_verdict,
  body text default '',
  media text default '[]',
  metadata text default null,
  recruit_name text default null,
  num_segments int default null,
  consent_source text default 'keyword',
  refused text default null,
  turn_wait_seconds double precision default 2,
  sent_at timestamptz default null
) returns table (
  outcome text,
  conversation_id uuid,
  conversation_status text,
  message_id uuid,
  warnings text[],
  reply_due_in_ms int,
  work_is_due boolean
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  arrived public.recruiting_unmatched_messages;
  conversation public.recruiting_conversations;
  is_recruit constant boolean := coalesce(
    private.is_recruit_address(recruiting_receive_message.channel, recruiting_receive_message.recruit_phone),
    false
  );
  is_opted_out boolean;
  opts_in boolean;
  is_new boolean;
begin
  arrived.message_sid := recruiting_receive_message.message_sid;
  arrived.received_at := coalesce(sent_at, clock_timestamp());
  arrived.channel := recruiting_receive_message.channel;
  arrived.recruit_phone := recruiting_receive_message.recruit_phone;
  arrived.twilio_phone := recruiting_receive_message.twilio_phone;
  arrived.body := recruiting_receive_message.body;
  arrived.media := recruiting_receive_message.media::jsonb;
  arrived.metadata := recruiting_receive_message.metadata::jsonb;
  arrived.recruit_name := recruiting_receive_message.recruit_name;
  arrived.num_segments := recruiting_receive_message.num_segments;
  arrived.verdict := recruiting_receive_message.verdict;

  perform private.lock_message_sid(arrived.message_sid);
  if arrived.verdict in ('stop', 'start', 'yes') and is_recruit then
    perform private.lock_recruit(arrived.recruit_phone);
  end if;

  for attempt in 1..2 loop
    select * into conversation from public.recruiting_conversations c
      where c.canonical_phone = private.canonical_phone(arrived.recruit_phone)
        and c.twilio_phone = arrived.twilio_phone and c.channel = arrived.channel
      for no key update;
    exit when found;
    -- It may be about to commit: under the lock it either has, or will adopt what is kept here.
    perform private.lock_phone(arrived.recruit_phone);
  end loop;

  select m.id into message_id from public.recruiting_messages m where m.message_sid = arrived.message_sid;
  if found then
    outcome := 'repeated';
  elsif sent_at is not null and private.is_forgotten(arrived.recruit_phone, sent_at) then
    outcome := 'forgotten';
    -- An opt-out stays when all else is erased, without its evidence.
    if arrived.verdict = 'stop' and is_recruit then
      perform private.record_consent(
        arrived.recruit_phone, arrived.channel, 'opt_out', consent_source, arrived.received_at,
        arrived.twilio_phone
      );
    elsif conversation.id is null then
      perform private.forget_phone_lock(arrived.recruit_phone);
    end if;
  else
    is_opted_out := case
      when conversation.id is not null then conversation.opted_out_at is not null
      else exists (
        select from public.recruiting_opt_outs o
        where o.recruit_phone = private.canonical_phone(arrived.recruit_phone)
      )
    end;
    arrived.asks_for := case when is_recruit then private.asked_for(
      arrived.verdict,
      is_opted_out or sent_at is not null and private.was_opted_out(arrived.recruit_phone, sent_at)
    ) end;
    opts_in := is_recruit and (
      arrived.verdict = 'start'
      or arrived.verdict = 'yes' and is_opted_out and private.yes_opts_in(
        arrived.recruit_phone, arrived.channel, arrived.twilio_phone, arrived.received_at
      )
    );

    if conversation.id is null and refused is null and not exists (
      select from public.recruiting_unmatched_messages u where u.message_sid = arrived.message_sid
    ) then
      conversation := private.begin_for_stranger(arrived);
    end if;
    if conversation.id is not null and refused is null then
      -- Kept before only if the database had refused it.
      delete from public.recruiting_unmatched_messages u where u.message_sid = arrived.message_sid;
      is_new := not found;
      message_id := private.keep_inbound_message(
        conversation, arrived, make_interval(secs => turn_wait_seconds)
      );
      if private.needs_a_person(arrived) then
        perform public.recruiting_escalate_conversation(c.id, private.doubt_reason())
          from public.recruiting_conversations c where c.id = conversation.id and c.status = 'bot';
      end if;
      outcome := 'received';
    else
      arrived.payload := recruiting_receive_message.payload::jsonb;
      arrived.reason := coalesce(refused, 'no_conversation');
      insert into public.recruiting_unmatched_messages select (arrived).* on conflict do nothing;
      is_new := found;
      outcome := case
        when sent_at is not null and not is_new then 'repeated'
        when refused is null then 'no_conversation'
        else 'received'
      end;
    end if;

    if is_new and is_recruit and arrived.verdict = 'stop' then
      perform private.record_consent(
        arrived.recruit_phone, arrived.channel, 'opt_out', consent_source,
        arrived.received_at, arrived.twilio_phone, arrived.message_sid
      );
      if sent_at is not null and consent_source = 'keyword' and arrived.channel = 'sms' then
        perform private.record_consent(
          arrived.recruit_phone, arrived.channel, 'opt_in', 'keyword',
          y.occurred_at, arrived.twilio_phone, y.message_sid
        ) from private.yes_after(arrived.recruit_phone, arrived.twilio_phone, arrived.received_at) y;
      end if;
    elsif is_new and opts_in then
      perform private.record_consent(
        arrived.recruit_phone, arrived.channel, 'opt_in', 'keyword',
        arrived.received_at, arrived.twilio_phone, arrived.message_sid
      );
    end if;
  end if;

  conversation_id := conversation.id;
  select c.status, private.ms_until(c.reply_due_at) into conversation_status, reply_due_in_ms
    from public.recruiting_conversations c where c.id = conversation_id;
  work_is_due := private.work_is_due(conversation_id);
  warnings := private.warnings();
  return next;
end;
$$;

revoke execute on function public.recruiting_receive_message from public, anon, authenticated, service_role;
grant execute on function public.recruiting_receive_message to service_role;
