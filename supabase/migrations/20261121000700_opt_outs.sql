-- A recruit who says stop is not texted again, on any number or channel, until they opt in.

create table public.recruiting_opt_outs (
  recruit_phone text primary key,
  twilio_phone text not null,
  opted_out_at timestamptz not null default clock_timestamp(),
  message_sid text,
  reason text not null
);

comment on column public.recruiting_opt_outs.twilio_phone is 'The number that was stopped';

-- Conversations mirror the opt-out. One that another transaction is still creating is invisible
-- here; it looks for itself when it commits, under the same lock.
create function private.mirror_opt_out() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  phone constant text := coalesce(new.recruit_phone, old.recruit_phone);
begin
  perform private.lock_phone(phone);
  perform from public.recruiting_conversations where recruit_phone = phone order by id for no key update;
  update public.recruiting_conversations set opted_out_at = new.opted_out_at
    where recruit_phone = phone and opted_out_at is distinct from new.opted_out_at;
  return null;
end;
$$;

create trigger mirror_opt_out after insert or update or delete on public.recruiting_opt_outs
  for each row execute function private.mirror_opt_out();

-- What the whole body says to the carrier: 'stop', 'start', 'yes' (an opt-in, but also an everyday
-- answer), 'help', or null. OptOutType is Twilio's own verdict, with Advanced Opt-Out.
-- https://help.twilio.com/articles/223134027
create function private.opt_keyword(body text, opt_out_type text) returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  -- Every white space of Unicode, and what is as invisible: phones add them.
  blanks constant text := E' \t\n\r\f\u000b\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006'
    '\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff';
  word text := btrim(body, blanks);
begin
  if right(word, 1) = '.' then
    word := btrim(left(word, -1), blanks);
  end if;
  word := case when length(word) <= 20 then upper(word) end;
  return case
    when word in ('STOP', 'UNSUBSCRIBE', 'END', 'QUIT', 'STOPALL', 'REVOKE', 'OPTOUT', 'CANCEL')
      or upper(opt_out_type) = 'STOP' then 'stop'
    when word in ('START', 'UNSTOP') or upper(opt_out_type) = 'START' then 'start'
    when word = 'YES' then 'yes'
    when word in ('HELP', 'INFO') or opt_out_type <> '' then 'help'
  end;
end;
$$;

-- Honours an opt-out or opt-in. The first opt-out counts until it is taken back.
create function private.honour_keyword(
  keyword text,
  phone text,
  stopped_phone text,
  sid text
) returns void
language plpgsql
set search_path = ''
as $$
begin
  if keyword = 'stop' then
    insert into public.recruiting_opt_outs (recruit_phone, twilio_phone, message_sid, reason)
      values (phone, stopped_phone, sid, 'keyword')
      on conflict do nothing;
  elsif keyword in ('start', 'yes') then
    delete from public.recruiting_opt_outs
      where recruit_phone = phone and (keyword = 'start' or twilio_phone = stopped_phone);
  end if;
end;
$$;

revoke execute on function private.mirror_opt_out, private.opt_keyword, private.honour_keyword from public;

alter table public.recruiting_opt_outs enable row level security;
revoke all on public.recruiting_opt_outs from public, anon, authenticated, service_role;
grant select on public.recruiting_opt_outs to service_role;
