-- Twilio posts more than texts and delivery callbacks: errors, calls, recordings, whatever Event Streams reports of the
-- account. What has no table of its own is kept here, once for each id.

-- What Twilio posted (supabase/functions/twilio-events).
--   fallback     a text that Twilio delivered to the fallback URL
--   debugger     an error or a warning of Twilio's debugger
--   call         a call that was answered with TwiML
--   call_status, recording, video
--   event        an event of Event Streams that no other kind takes
--   unknown      anything else that Twilio has signed
--   refused      an event that the database refused for good
create type public.recruiting_twilio_event_kind as enum (
  'fallback', 'debugger', 'recording', 'call', 'call_status', 'video', 'event', 'unknown', 'refused'
);

create type public.recruiting_twilio_event_level as enum ('error', 'warning');

create table public.recruiting_twilio_events (
  id text primary key,
  kind public.recruiting_twilio_event_kind not null,
  type text,
  resource_sid text,
  level public.recruiting_twilio_event_level,
  error_code text,
  url text,
  phones text[] not null default '{}',
  reason text,
  payload jsonb not null,
  occurred_at timestamptz,
  received_at timestamptz not null default clock_timestamp()
);

comment on table public.recruiting_twilio_events is
  'One thing that Twilio posted and that is neither a text nor a status of a message: an error, a call, an event';
comment on column public.recruiting_twilio_events.id is 'Twilio''s own id, or sha256: and the hash of what was posted';
comment on column public.recruiting_twilio_events.type is 'The type of the CloudEvent; null for a form';
comment on column public.recruiting_twilio_events.resource_sid is 'The SID of the message, the call, the recording, the room or whatever else it is about';
comment on column public.recruiting_twilio_events.url is 'The URL of ours that an error names, without query and password';
comment on column public.recruiting_twilio_events.phones is 'The canonical phones that it names, for the erasure';
comment on column public.recruiting_twilio_events.reason is 'The error with which the database refused it; null for all other kinds';
comment on column public.recruiting_twilio_events.payload is 'The signed form or the CloudEvent, without the request headers and passwords that it quotes';
comment on column public.recruiting_twilio_events.occurred_at is 'Twilio''s time';

-- The errors of the last day, for the attention list.
create index recruiting_twilio_events_errors on public.recruiting_twilio_events (received_at)
  where error_code is not null;

alter table public.recruiting_twilio_events enable row level security;
revoke all on public.recruiting_twilio_events from public, anon, authenticated, service_role;
grant select on public.recruiting_twilio_events to service_role;

-- Whether an event of a message is the platform's. Event Streams reports on the whole account: an event of another
-- product names a SID that no table has, and an address that is not ours.
create function private.is_our_event(reported jsonb) returns boolean
language plpgsql stable
set search_path = ''
as $$
declare
  sid constant text := reported ->> 'message_sid';
begin
  return reported ->> 'step' = 'keep'
    or private.is_our_address((reported ->> 'our_channel')::public.recruiting_channel, reported ->> 'our_address')
    or exists (select from public.recruiting_messages m where m.message_sid = sid)
    or exists (select from public.recruiting_message_events e where e.message_sid = sid)
    or exists (select from public.recruiting_unmatched_messages u where u.message_sid = sid)
    or exists (
      select from public.recruiting_messages m
      where m.id = (reported ->> 'message_id')::uuid and m.direction = 'outbound'
    );
end;
$$;

-- Takes all locks that the events need, in the one lock order (20261121000160_locks.sql), so that two batches cannot
-- deadlock: the SIDs, then the phones in order of their hash, then the agents and every conversation of these phones.
create function private.lock_events(events jsonb[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  sids constant text[] := array(
    select reported ->> 'message_sid' from unnest(events) reported where reported ? 'message_sid'
  );
  message_ids constant uuid[] := array(
    select (reported ->> 'message_id')::uuid from unnest(events) reported where reported ->> 'message_id' is not null
  );
  conversation_ids uuid[];
  phones text[];
  wanted record;
begin
  perform private.require_read_committed();
  for wanted in
    select distinct private.message_sid_lock(sid) as number from unnest(sids) sid order by 1
  loop
    perform pg_advisory_xact_lock(2, wanted.number);
  end loop;

  select array_agg(c.id), array_agg(c.canonical_phone) into conversation_ids, phones
    from public.recruiting_messages m join public.recruiting_conversations c on c.id = m.conversation_id
    where m.message_sid = any (sids) or m.id = any (message_ids);
  -- Of an event that is only kept, not our own phones: every call names one of ours, and all would wait for its lock.
  phones := phones || array(
    select phone
    from unnest(events) reported, jsonb_array_elements_text(reported -> 'phones') phone
    where reported ->> 'recruit_phone' is null and not private.is_our_address('sms', phone)
    union all
    select reported ->> 'recruit_phone' from unnest(events) reported where reported ->> 'recruit_phone' is not null
  );
  for wanted in
    select min(phone) as phone from unnest(phones) phone
    group by private.phone_lock_hash(phone) order by private.phone_lock_hash(phone)
  loop
    perform private.lock_phone(wanted.phone);
  end loop;

  conversation_ids := conversation_ids || array(
    select c.id from public.recruiting_conversations c
    where c.canonical_phone = any (array(select private.canonical_phone(phone) from unnest(phones) phone))
  );
  -- The second change of a conversation in one transaction checks its foreign key on users again.
  perform from auth.users u
    where u.id in (
      select c.assigned_agent_id from public.recruiting_conversations c where c.id = any (conversation_ids)
    )
    order by u.id for key share;
  perform from public.recruiting_conversations c
    where c.id = any (conversation_ids) order by c.id for no key update;
end;
$$;

-- Receives the event of a message by the same step as its webhook. Returns whether there is a row of it now.
--   refused  the error with which the database refused the text before; null for the first attempt
create function private.receive_message_event(reported jsonb, turn_wait_seconds double precision, refused text)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  outcome public.recruiting_inbound_outcome;
begin
  if reported ->> 'step' = 'status' then
    perform public.recruiting_record_message_status(
      message_sid => reported ->> 'message_sid',
      twilio_status => reported ->> 'twilio_status',
      channel => (reported ->> 'channel')::public.recruiting_channel,
      error_code => reported ->> 'error_code',
      payload => (reported -> 'payload')::text,
      message_id => (reported ->> 'message_id')::uuid
    );
    return exists (
      select from public.recruiting_message_events e
      where e.message_sid = reported ->> 'message_sid' and e.twilio_status = reported ->> 'twilio_status'
    );
  end if;
  select r.outcome into outcome from public.recruiting_receive_message(
    message_sid => reported ->> 'message_sid',
    channel => (reported ->> 'channel')::public.recruiting_channel,
    recruit_phone => reported ->> 'recruit_phone',
    twilio_phone => reported ->> 'twilio_phone',
    payload => (reported -> 'payload')::text,
    verdict => (reported ->> 'verdict')::public.recruiting_verdict,
    body => reported ->> 'body',
    num_media => (reported ->> 'num_media')::int,
    metadata => reported ->> 'metadata',
    num_segments => (reported ->> 'num_segments')::int,
    consent_source => coalesce((reported ->> 'consent_source')::public.recruiting_consent_source, 'keyword'),
    refused => refused,
    turn_wait_seconds => turn_wait_seconds,
    sent_at => least((reported ->> 'occurred_at')::timestamptz, clock_timestamp())
  ) r;
  return outcome <> 'erased';
end;
$$;

-- Keeps an event, unless it has been kept, or names a phone that was erased after it. The caller has locked its
-- phones. Returns whether there is a row of it now.
--   refusal  the reason of an event that the database refused
create function private.keep_event(
  reported jsonb,
  kept_as public.recruiting_twilio_event_kind,
  refusal text default null
) returns boolean
language plpgsql
set search_path = ''
as $$
declare
  phones constant text[] := array(
    select private.canonical_phone(phone)
    from jsonb_array_elements_text(reported -> 'phones') with ordinality p (phone, n)
    group by private.canonical_phone(phone) order by min(n)
  );
  occurred_at constant timestamptz := (reported ->> 'occurred_at')::timestamptz;
  erased_phones text[];
begin
  erased_phones := array(
    select phone from unnest(phones) phone where private.is_erased(phone, coalesce(occurred_at, now()))
  );
  if erased_phones <> '{}' then
    perform private.delete_phone_lock(phone) from unnest(erased_phones) phone;
    return false;
  end if;
  insert into public.recruiting_twilio_events
    (id, kind, type, resource_sid, level, error_code, url, phones, reason, payload, occurred_at)
  values (
    reported ->> 'id', kept_as, reported ->> 'type', reported ->> 'resource_sid',
    (reported ->> 'level')::public.recruiting_twilio_event_level, reported ->> 'error_code', reported ->> 'url',
    phones, refusal, reported -> 'payload', occurred_at
  )
  on conflict on constraint recruiting_twilio_events_pkey do nothing;
  return true;
end;
$$;

revoke execute on function
  private.is_our_event, private.lock_events, private.receive_message_event,
  private.keep_event
from public;

-- Receives what Twilio reported, in one transaction that first takes all its locks. Retrying is safe: each step is
-- idempotent. An event that the database refuses for good does not hold up the others.
--   events             array of events, as JSON text; their fields: supabase/functions/twilio-events/twilio_event.ts
--   turn_wait_seconds  as in recruiting_receive_message
-- Returns one row:
--   stored    how many events are stored now, by this call or by an earlier one; an event of another product is not
--   refused   the reasons of the events that the database refused; a text of these is kept as unmatched, anything
--             else as kind refused
--   warnings  private.warnings
create function public.recruiting_receive_twilio_events(events text, turn_wait_seconds double precision default 2)
returns table (stored int, refused text[], warnings public.recruiting_warning[])
language plpgsql security definer
set search_path = ''
as $$
declare
  our_events constant jsonb[] := array(
    select e.value from jsonb_array_elements(events::jsonb) with ordinality e (value, n)
    where private.is_our_event(e.value) order by e.n
  );
  to_keep jsonb[] := '{}';
  reported jsonb;
  reason text;
  refused_constraint text;
  is_stored boolean;
begin
  stored := 0;
  refused := '{}';
  -- What would be refused at the commit is refused with its event.
  set constraints all immediate;
  perform private.lock_events(our_events);

  foreach reported in array our_events loop
    if reported ->> 'step' = 'keep' then
      to_keep := to_keep || reported;
      continue;
    end if;
    reason := null;
    begin
      is_stored := private.receive_message_event(reported, turn_wait_seconds, null);
    exception when data_exception or integrity_constraint_violation or program_limit_exceeded then
      get stacked diagnostics refused_constraint = constraint_name;
      reason := private.refusal(sqlstate, refused_constraint);
    end;
    if reason is not null then
      refused := refused || reason;
      is_stored := false;
      begin
        if reported ->> 'step' = 'text' then
          is_stored := private.receive_message_event(reported, turn_wait_seconds, reason);
        end if;
      exception when data_exception or integrity_constraint_violation or program_limit_exceeded then
        null; -- It cannot even be unmatched, and is kept as kind refused.
      end;
      if not is_stored then
        to_keep := to_keep || (reported || jsonb_build_object('kind', 'refused', 'reason', reason));
        continue;
      end if;
    end if;
    stored := stored + is_stored::int;
  end loop;

  -- In order of id: of two transactions that insert the same ids, one waits for the other.
  for reported in select e from unnest(to_keep) e order by e ->> 'id' collate "C" loop
    begin
      is_stored := private.keep_event(
        reported, (reported ->> 'kind')::public.recruiting_twilio_event_kind, reported ->> 'reason'
      );
    exception when data_exception or integrity_constraint_violation or program_limit_exceeded then
      get stacked diagnostics refused_constraint = constraint_name;
      reason := private.refusal(sqlstate, refused_constraint);
      refused := refused || reason;
      is_stored := private.keep_event(
        jsonb_build_object('id', reported -> 'id', 'type', reported -> 'type', 'phones', reported -> 'phones',
          'payload', reported -> 'payload'),
        'refused', reason
      );
    end;
    stored := stored + is_stored::int;
  end loop;
  warnings := private.warnings();
  return next;
end;
$$;

-- Receives a call: keeps it, and returns what is read out to its caller.
--   channel, address  To, split
--   event             as one of recruiting_receive_twilio_events
-- Returns one row:
--   voice_text  of the sender that was called; null if it has none, or there is no such sender
create function public.recruiting_receive_call(channel public.recruiting_channel, address text, event text)
returns table (voice_text text)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  perform public.recruiting_receive_twilio_events(events => format('[%s]', recruiting_receive_call.event));
  voice_text := (
    select s.voice_text from public.recruiting_senders s
    where s.channel = recruiting_receive_call.channel and s.address = recruiting_receive_call.address
  );
  return next;
end;
$$;

revoke execute on function public.recruiting_receive_twilio_events, public.recruiting_receive_call
  from public, anon, authenticated, service_role;
grant execute on function public.recruiting_receive_twilio_events, public.recruiting_receive_call to service_role;
