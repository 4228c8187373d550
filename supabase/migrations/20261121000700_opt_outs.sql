-- A recruit who says stop is not texted again, on any number or channel, until they opt in. Consent is a
-- log, because texts may come late or in another order: what counts follows from the times in it.

create table public.recruiting_consent_events (
  id uuid primary key default gen_random_uuid(),
  phone text not null,
  channel public.recruiting_channel not null,
  kind public.recruiting_consent_kind not null,
  source public.recruiting_consent_source not null,
  evidence text,
  message_sid text,
  twilio_phone text,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  constraint recruiting_consent_events_once unique (phone, kind, source, occurred_at)
);

comment on table public.recruiting_consent_events is
  'One opt-out, opt-in or consent of one phone, on every number and channel; never rewritten, erasure deletes it';
comment on column public.recruiting_consent_events.phone is 'The canonical phone';
comment on column public.recruiting_consent_events.source is 'keyword: a word that Twilio acts on; wording: the recruit''s own words; twilio: Twilio''s error code; platform: what the recruit told the platform elsewhere';
comment on column public.recruiting_consent_events.evidence is 'Twilio''s error code, or what the platform gave';
comment on column public.recruiting_consent_events.twilio_phone is 'The number that was texted';

-- An update may only clear evidence and message_sid, as erasure does.
create function private.refuse_consent_change() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  old.evidence := case when new.evidence is not null then old.evidence end;
  old.message_sid := case when new.message_sid is not null then old.message_sid end;
  if new is distinct from old then
    raise insufficient_privilege using message = 'Rows of recruiting_consent_events are never changed';
  end if;
  return new;
end;
$$;

create trigger _100_refuse_consent_change before update on public.recruiting_consent_events
  for each row execute function private.refuse_consent_change();

-- Follows from the log.
create table public.recruiting_opt_outs (
  recruit_phone text primary key,
  twilio_phone text,
  opted_out_at timestamptz not null default clock_timestamp(),
  message_sid text,
  reason text not null
);

comment on table public.recruiting_opt_outs is 'One phone that is opted out now; follows from the consent events';
comment on column public.recruiting_opt_outs.recruit_phone is 'The canonical phone';
comment on column public.recruiting_opt_outs.twilio_phone is 'The number on which the recruit opted out; null if the platform recorded it';

-- Conversations mirror the opt-out. A conversation that another transaction is still creating is invisible here; that
-- transaction reads the opt-out when it commits, under the same lock.
create function private.mirror_opt_out() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  changed_phone constant text := coalesce(new.recruit_phone, old.recruit_phone);
begin
  perform private.lock_recruit(changed_phone);
  update public.recruiting_conversations set opted_out_at = new.opted_out_at
    where canonical_phone = private.canonical_phone(changed_phone) and opted_out_at is distinct from new.opted_out_at;
  return null;
end;
$$;

create trigger _500_mirror_opt_out after insert or update or delete on public.recruiting_opt_outs
  for each row execute function private.mirror_opt_out();

-- What a text asks for, decided once, when it arrives; null for nothing. A recruit who has opted out gets no answer.
create function private.asked_for(verdict public.recruiting_verdict, is_opted_out boolean)
returns public.recruiting_asked_for
language plpgsql immutable
set search_path = ''
as $$
begin
  return case
    when is_opted_out then null
    -- Words that opt in are ordinary texts of a recruit who has not opted out.
    when verdict in ('reply', 'start', 'yes') then 'reply'
    when verdict = 'doubt' then 'person'
  end;
end;
$$;

-- Whether a text of that time may have no answer: the phone was opted out then, or has opted out since, which
-- revokes every pending reply. An opt-in does not bring them back.
create function private.was_opted_out(phone text, at timestamptz) returns boolean
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  canonical constant text := private.canonical_phone(was_opted_out.phone);
begin
  return exists (
    select from public.recruiting_consent_events e
    where e.phone = canonical and e.kind = 'opt_out' and not exists (
      select from public.recruiting_consent_events i
      where i.phone = canonical and i.kind <> 'opt_out' and i.occurred_at > e.occurred_at
        and i.occurred_at <= was_opted_out.at
    )
  );
end;
$$;

-- Whether a text of that time is only for reading: it is older than 24 hours, so that an answer would come too late, or
-- the recruit has opted out.
create function private.is_past_answer(phone text, at timestamptz) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return at <= now() - interval '24 hours' or private.was_opted_out(phone, at);
end;
$$;

-- Whether a phone, in any spelling, is opted out now.
create function private.is_opted_out(phone text) returns boolean
language plpgsql
set search_path = ''
as $$
declare
  canonical constant text := private.canonical_phone(phone);
begin
  return exists (select from public.recruiting_opt_outs o where o.recruit_phone = canonical);
end;
$$;

-- The newest of opt_out, opt_in and consent counts, in whatever order they were stored; at the same time
-- opt_out wins. The opt-out is the first one since the last opt-in. The caller has locked the recruit,
-- and gives the canonical phone.
create function private.apply_consent(phone text) returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  last_opt_in constant timestamptz := (
    select max(e.occurred_at) from public.recruiting_consent_events e
    where e.phone = apply_consent.phone and e.kind <> 'opt_out'
  );
  opt_out public.recruiting_consent_events;
begin
  select * into opt_out from public.recruiting_consent_events e
    where e.phone = apply_consent.phone and e.kind = 'opt_out'
      and e.occurred_at >= coalesce(last_opt_in, '-infinity')
    order by e.occurred_at, e.recorded_at limit 1;
  if not found then
    delete from public.recruiting_opt_outs o where o.recruit_phone = apply_consent.phone;
    return;
  end if;
  insert into public.recruiting_opt_outs as o (recruit_phone, twilio_phone, opted_out_at, message_sid, reason)
    values (
      apply_consent.phone, opt_out.twilio_phone, opt_out.occurred_at, opt_out.message_sid,
      -- Without evidence after an erasure: concat_ws leaves it out.
      case opt_out.source when 'twilio' then concat_ws(' ', 'Twilio', opt_out.evidence) else opt_out.source::text end
    )
    on conflict on constraint recruiting_opt_outs_pkey do update set
      twilio_phone = excluded.twilio_phone, opted_out_at = excluded.opted_out_at,
      message_sid = excluded.message_sid, reason = excluded.reason
    where o.opted_out_at <> excluded.opted_out_at;
end;
$$;

-- Stores one consent event of a phone, in any spelling, and updates recruiting_opt_outs from the log. Retrying
-- is safe: the same phone, kind, source and time is one event. Returns whether the phone is opted out now.
create function private.record_consent(
  phone text,
  channel public.recruiting_channel,
  kind public.recruiting_consent_kind,
  source public.recruiting_consent_source,
  occurred_at timestamptz,
  twilio_phone text default null,
  message_sid text default null,
  evidence text default null
) returns boolean
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  canonical constant text := private.canonical_phone(record_consent.phone);
begin
  perform private.lock_recruit(canonical);
  insert into public.recruiting_consent_events
      (phone, channel, kind, source, occurred_at, twilio_phone, message_sid, evidence)
    values (
      canonical, record_consent.channel, record_consent.kind, record_consent.source, record_consent.occurred_at,
      record_consent.twilio_phone, record_consent.message_sid, record_consent.evidence
    )
    on conflict on constraint recruiting_consent_events_once do nothing;
  if found then
    perform private.apply_consent(canonical);
  end if;
  return private.is_opted_out(canonical);
end;
$$;

-- Whether a YES opts in: on SMS alone, on a number that a keyword or Twilio's 21610 has stopped on SMS since
-- the last opt-in. Elsewhere Twilio does not act on the word, and it is an everyday answer.
create function private.yes_opts_in(
  phone text, channel public.recruiting_channel, twilio_phone text, at timestamptz
) returns boolean
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  canonical constant text := private.canonical_phone(yes_opts_in.phone);
begin
  return yes_opts_in.channel = 'sms' and exists (
    select from public.recruiting_consent_events stop
    where stop.phone = canonical and stop.kind = 'opt_out' and stop.source in ('keyword', 'twilio')
      and stop.channel = 'sms' and stop.twilio_phone = yes_opts_in.twilio_phone and stop.occurred_at < yes_opts_in.at
      and not exists (
        select from public.recruiting_consent_events e
        where e.phone = canonical and e.kind <> 'opt_out'
          and e.occurred_at > stop.occurred_at and e.occurred_at < yes_opts_in.at
      )
  );
end;
$$;

-- A YES that does not opt in is an ordinary text, and no consent event holds it. When the STOP before it comes
-- late, and is in the log now, the YES is found among the texts: when it came, and its SID.
create function private.yes_after(phone text, stopped_phone text, stopped_at timestamptz)
returns table (occurred_at timestamptz, message_sid text)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    select t.created_at, t.message_sid from (
      select m.created_at, m.message_sid from public.recruiting_messages m
        join public.recruiting_conversations c on c.id = m.conversation_id
        where c.canonical_phone = private.canonical_phone(yes_after.phone) and c.twilio_phone = yes_after.stopped_phone
          and c.channel = 'sms' and m.verdict = 'yes'
      union all
      select u.received_at, u.message_sid from public.recruiting_unmatched_messages u
        where u.recruit_phone = any (private.spellings_of(yes_after.phone)) and u.twilio_phone = yes_after.stopped_phone
          and u.channel = 'sms' and u.verdict = 'yes'
    ) t
    where t.created_at > yes_after.stopped_at and private.yes_opts_in(
      phone => yes_after.phone, channel => 'sms', twilio_phone => yes_after.stopped_phone, at => t.created_at
    )
    order by t.created_at limit 1;
end;
$$;

-- Twilio's error codes for a message to a recruit who has opted out, and on WhatsApp who has blocked the
-- sender or opted out.
-- https://www.twilio.com/docs/api/errors/21610
-- https://www.twilio.com/docs/api/errors/63033
create function private.opted_out_codes() returns text[]
language plpgsql immutable
set search_path = ''
as $$
begin
  return array['21610', '63033', '63014'];
end;
$$;

revoke execute on function
  private.refuse_consent_change, private.mirror_opt_out, private.asked_for, private.was_opted_out,
  private.is_past_answer, private.is_opted_out,
  private.record_consent, private.apply_consent, private.yes_opts_in,
  private.yes_after, private.opted_out_codes
from public;

-- Records what a recruit has told the platform elsewhere: on a form, by phone, on paper.
--   phone        without the channel prefix
--   channel      on which the recruit said it, or may be texted
--   kind         'opt_out', 'opt_in' or 'consent'
--   source       'platform', or what the platform knows it from: 'keyword', 'wording', 'twilio'
--   evidence     what shows it, in the platform's own words
--   occurred_at  when the recruit said it: of several the newest counts
-- Returns whether the phone is opted out now. Raises 22023 if an argument is not one of these, or the time
-- is more than 5 minutes in the future. Retrying is safe with the same occurred_at.
create function public.recruiting_record_consent(
  phone text,
  channel text,
  kind text,
  source text default 'platform',
  evidence text default null,
  occurred_at timestamptz default now()
) returns boolean
language plpgsql security definer
set search_path = ''
as $$
declare
  problem constant text := case
    when channel is null or channel <> all (enum_range(null::public.recruiting_channel)::text[])
      then format('channel "%s" must be one of %s', channel, enum_range(null::public.recruiting_channel))
    when private.recruit_address_problem('phone', channel::public.recruiting_channel, phone) is not null
      then private.recruit_address_problem('phone', channel::public.recruiting_channel, phone)
    when kind is null or kind <> all (enum_range(null::public.recruiting_consent_kind)::text[])
      then format('kind "%s" must be one of %s', kind, enum_range(null::public.recruiting_consent_kind))
    when source is null or source <> all (enum_range(null::public.recruiting_consent_source)::text[])
      then format('source "%s" must be one of %s', source, enum_range(null::public.recruiting_consent_source))
    when occurred_at is null or not isfinite(occurred_at) then 'occurred_at must be a time'
    when occurred_at > clock_timestamp() + interval '5 minutes'
      then format('occurred_at %s is in the future', occurred_at)
  end;
begin
  if problem is not null then
    raise invalid_parameter_value using message = problem;
  end if;
  return private.record_consent(
    phone => phone,
    channel => channel::public.recruiting_channel,
    kind => kind::public.recruiting_consent_kind,
    source => source::public.recruiting_consent_source,
    occurred_at => occurred_at,
    evidence => evidence
  );
end;
$$;

revoke execute on function public.recruiting_record_consent from public, anon, authenticated, service_role;
grant execute on function public.recruiting_record_consent to service_role;

-- The log in the terms of Twilio's Consent API, oldest first: what its bulk call takes.
--   contact_id       the phone; ids of messenger and whatsapp that are no phone are left out
--   sender_id        the number that was texted; null if the platform recorded it: then give your number
--                    or Messaging Service
--   status           'opt-in' or 'opt-out'
--   source           'opt-in-message', 'opt-out-message', or 'others' (Twilio's error code, the platform)
--   date_of_consent  when the recruit said it
--   correlation_id   32 hex digits
-- https://www.twilio.com/docs/messaging/features/bulk-upsert-consents-api
create view public.recruiting_consent_export with (security_invoker = true) as
select
  e.phone as contact_id,
  e.twilio_phone as sender_id,
  case e.kind when 'opt_out' then 'opt-out' else 'opt-in' end as status,
  case
    when e.source not in ('keyword', 'wording') then 'others'
    when e.kind = 'opt_out' then 'opt-out-message'
    else 'opt-in-message'
  end as source,
  e.occurred_at as date_of_consent,
  replace(e.id::text, '-', '') as correlation_id
from public.recruiting_consent_events e
where e.phone like '+%'
order by e.occurred_at, e.recorded_at;
comment on view public.recruiting_consent_export is 'One consent event in the terms of Twilio''s Consent API';

revoke all on public.recruiting_consent_export from public, anon, authenticated, service_role;
grant select on public.recruiting_consent_export to service_role;

alter table public.recruiting_consent_events enable row level security;
revoke all on public.recruiting_consent_events from public, anon, authenticated, service_role;
grant select on public.recruiting_consent_events to service_role;

alter table public.recruiting_opt_outs enable row level security;
revoke all on public.recruiting_opt_outs from public, anon, authenticated, service_role;
grant select on public.recruiting_opt_outs to service_role;
