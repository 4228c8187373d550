-- The tables that the quickstart and the floor write, with no index beyond what a webhook needs, and
-- the two functions that the floor calls. Names and types are those that the guides use.

create table public.conversations (
  id uuid primary key default gen_random_uuid(),
  recruit_phone text not null,
  twilio_phone text not null,
  recruit_name text,
  status text not null default 'bot',
  assigned_agent_id uuid,
  last_message_at timestamptz not null default now(),
  unique (recruit_phone, twilio_phone)
);

create table public.messages (
  id uuid primary key default gen_random_uuid(),
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  message_sid text unique,
  direction text not null,
  body text not null,
  media jsonb not null default '[]',
  num_segments int,
  status text not null,
  error_code text,
  delivered_at timestamptz,
  created_at timestamptz not null default clock_timestamp()
);
create index on public.messages (conversation_id, created_at);

create table public.message_events (
  message_sid text not null,
  twilio_status text not null,
  error_code text,
  payload jsonb not null,
  received_at timestamptz not null default clock_timestamp(),
  primary key (message_sid, twilio_status)
);

alter table public.conversations enable row level security;
alter table public.messages enable row level security;
alter table public.message_events enable row level security;
grant select, insert, update on all tables in schema public to service_role;

-- What the quickstart calls to tell an agent's screen: schema realtime is not served over REST. JSON
-- comes as text, because the local stack's REST endpoint passes jsonb as a JSON string.
create function public.notify_agents(topic text, event text, payload text) returns void
language plpgsql
as $$
begin
  perform realtime.send(payload::jsonb, event, topic, true);
end;
$$;

-- The floor's inbound text: find the conversation, insert the message, update the conversation, and
-- broadcast it unless the bot answers.
create function public.receive_text(
  message_sid text, recruit_phone text, twilio_phone text, body text, media text, num_segments int
) returns uuid
language plpgsql
as $$
#variable_conflict use_column
declare
  conversation public.conversations;
  message public.messages;
begin
  select * into conversation from public.conversations c
    where c.recruit_phone = receive_text.recruit_phone and c.twilio_phone = receive_text.twilio_phone;
  insert into public.messages (conversation_id, message_sid, direction, body, media, num_segments, status)
    values (
      conversation.id, receive_text.message_sid, 'inbound', receive_text.body, receive_text.media::jsonb,
      receive_text.num_segments, 'received'
    )
    on conflict (message_sid) do nothing returning * into message;
  if message.id is null then
    return conversation.id;
  end if;
  update public.conversations set last_message_at = greatest(last_message_at, message.created_at)
    where id = conversation.id;
  if conversation.status <> 'bot' then
    perform realtime.send(
      jsonb_build_object(
        'conversation_id', conversation.id, 'message_id', message.id,
        'recruit_phone', conversation.recruit_phone, 'recruit_name', conversation.recruit_name,
        'body', message.body, 'media', message.media, 'status', message.status,
        'created_at', message.created_at
      ),
      'message_received', coalesce('agent:' || conversation.assigned_agent_id, 'agents:unassigned'), true
    );
  end if;
  return conversation.id;
end;
$$;

-- The floor's status callback: insert the event, update the message, and broadcast the status unless
-- the bot answers. A status never goes back.
create function public.record_status(
  message_sid text, twilio_status text, status text, error_code text, payload text
) returns text
language plpgsql
as $$
#variable_conflict use_column
declare
  message public.messages;
  conversation public.conversations;
begin
  insert into public.message_events (message_sid, twilio_status, error_code, payload)
    values (
      record_status.message_sid, record_status.twilio_status, record_status.error_code,
      record_status.payload::jsonb
    )
    on conflict (message_sid, twilio_status) do nothing;
  if not found then
    return null;
  end if;
  update public.messages m set
      status = record_status.status,
      error_code = record_status.error_code,
      delivered_at = case record_status.status when 'delivered' then clock_timestamp() end
    where m.message_sid = record_status.message_sid and m.direction = 'outbound' and (
      m.status = 'queued' or (m.status = 'sent' and record_status.status in ('delivered', 'failed'))
    )
    returning * into message;
  if message.id is null then
    return null;
  end if;
  select * into conversation from public.conversations where id = message.conversation_id;
  if conversation.status <> 'bot' then
    perform realtime.send(
      jsonb_build_object(
        'conversation_id', conversation.id, 'message_id', message.id, 'status', message.status,
        'error_code', message.error_code
      ),
      'message_status_changed', coalesce('agent:' || conversation.assigned_agent_id, 'agents:unassigned'),
      true
    );
  end if;
  return message.status;
end;
$$;

revoke execute on all functions in schema public from public;
grant execute on all functions in schema public to service_role;
