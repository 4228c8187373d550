-- A conversation begins with what came before it: the phone's opt-out, its contact's name and its unmatched texts.

-- A phone that has opted out has opted out of every later conversation, too.
create function private.begin_conversation() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  select opted_out_at into new.opted_out_at
    from public.recruiting_opt_outs where recruit_phone = private.canonical_phone(new.recruit_phone);
  if coalesce(new.recruit_name, '') = '' then
    new.recruit_name := coalesce(private.contact_name(private.canonical_phone(new.recruit_phone)), new.recruit_name);
  end if;
  if new.status = 'escalated' then
    new.escalated_at := now();
  end if;
  return new;
end;
$$;

create trigger _100_begin_conversation before insert on public.recruiting_conversations
  for each row execute function private.begin_conversation();

-- Runs when the creating transaction commits, however long it was open: locks the phone, then adopts its unmatched
-- texts. A text or an opt-out that comes after finds the conversation.
-- What a text asks for was decided when it came: an opt-out or opt-in is not honoured again.
create function private.adopt_unmatched_messages() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  arrived public.recruiting_unmatched_messages;
  conversation public.recruiting_conversations;
  refused_constraint text;
begin
  perform private.lock_phone(new.canonical_phone);
  perform from public.recruiting_conversations where id = new.id for no key update;
  if not found then
    return null; -- deleted again by the same transaction
  end if;

  update public.recruiting_conversations c set opted_out_at = o.opted_out_at
    from (select) as one
    left join public.recruiting_opt_outs o on o.recruit_phone = new.canonical_phone
    where c.id = new.id and c.opted_out_at is distinct from o.opted_out_at;
  -- Before the texts, which may bring the name that the channel calls the recruit.
  if coalesce(new.recruit_name, '') = '' then
    perform private.name_conversation(new.id);
  end if;

  for arrived in
    select * from public.recruiting_unmatched_messages
    where recruit_phone = any (private.spellings_of(new.recruit_phone))
      and twilio_phone = new.twilio_phone and channel = new.channel and reason <> 'pruned'
    order by received_at, message_sid
  loop
    begin
      select * into conversation from public.recruiting_conversations where id = new.id;
      if private.is_past_answer(arrived.recruit_phone, arrived.received_at) then
        arrived.asks_for := null;
      end if;
      perform private.keep_inbound_message(conversation, arrived);
      -- Without choosing an agent: that lock comes last, and more phones may follow.
      if arrived.asks_for = 'person' then
        update public.recruiting_conversations c
          set status = 'escalated', escalated_at = clock_timestamp(), escalation_reason = private.doubt_reason()
          where c.id = new.id and c.status = 'bot';
      end if;
      delete from public.recruiting_unmatched_messages where message_sid = arrived.message_sid;
    exception when data_exception or integrity_constraint_violation then
      get stacked diagnostics refused_constraint = constraint_name;
      update public.recruiting_unmatched_messages
        set reason = private.refusal(sqlstate, refused_constraint)
        where message_sid = arrived.message_sid;
    end;
  end loop;
  return null;
end;
$$;

create constraint trigger _900_adopt_unmatched_messages after insert on public.recruiting_conversations
  deferrable initially deferred
  for each row execute function private.adopt_unmatched_messages();

revoke execute on function private.begin_conversation, private.adopt_unmatched_messages from public;

-- Begins a conversation, or finds the one that exists, whatever the spelling of the phone, and leaves it as
-- it is. Returns its id. Raises 22023 if an argument is not one of these.
--   channel                      'sms', 'whatsapp', 'rcs' or 'messenger'
--   recruit_phone, twilio_phone  without the channel prefix
--   assigned_agent_id            an agent in recruiting_agents, or null
create function public.recruiting_start_conversation(
  channel text,
  recruit_phone text,
  twilio_phone text,
  recruit_name text default null,
  status text default 'bot',
  assigned_agent_id uuid default null
) returns uuid
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  -- Raises 22P02 if it is not one of the type's.
  known_channel constant public.recruiting_channel := recruiting_start_conversation.channel;
  known_status constant public.recruiting_conversation_status :=
    coalesce(recruiting_start_conversation.status, 'bot');
  found_id uuid;
begin
  perform private.refuse_addresses(
    private.recruit_address_problem('recruit_phone', known_channel, recruiting_start_conversation.recruit_phone),
    private.twilio_address_problem('twilio_phone', known_channel, recruiting_start_conversation.twilio_phone)
  );
  loop
    select c.id into found_id from public.recruiting_conversations c
      where c.canonical_phone = private.canonical_phone(recruiting_start_conversation.recruit_phone)
        and c.twilio_phone = recruiting_start_conversation.twilio_phone
        and c.channel = known_channel;
    if found then
      return found_id;
    end if;

    if recruiting_start_conversation.assigned_agent_id is not null then
      if not private.lock_agent(recruiting_start_conversation.assigned_agent_id) then
        raise invalid_parameter_value using message =
          format('assigned_agent_id %s is not in recruiting_agents', recruiting_start_conversation.assigned_agent_id);
      end if;
    end if;

    insert into public.recruiting_conversations
      (channel, recruit_phone, twilio_phone, recruit_name, status, assigned_agent_id)
    values (
      known_channel,
      recruiting_start_conversation.recruit_phone,
      recruiting_start_conversation.twilio_phone,
      recruiting_start_conversation.recruit_name,
      known_status,
      recruiting_start_conversation.assigned_agent_id
    )
    on conflict do nothing
    returning id into found_id;
    if found then
      return found_id;
    end if;
  end loop;
end;
$$;

revoke execute on function public.recruiting_start_conversation from public, anon, authenticated, service_role;
grant execute on function public.recruiting_start_conversation to service_role;
