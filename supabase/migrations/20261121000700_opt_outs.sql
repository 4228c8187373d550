-- A recruit who says stop is not texted again, on any number or channel, until they opt in.

create table public.recruiting_opt_outs (
  recruit_phone text primary key,
  twilio_phone text not null,
  opted_out_at timestamptz not null default clock_timestamp(),
  message_sid text,
  reason text not null
);

comment on column public.recruiting_opt_outs.twilio_phone is 'The number that was stopped';

-- An opt-out or opt-in touches every conversation of the phone: whoever brings one locks them all,
-- in order of id, and those that are being created by the phone's lock.
create function private.lock_recruit(phone text) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.lock_phone(phone);
  perform from public.recruiting_conversations where recruit_phone = phone order by id for no key update;
end;
$$;

-- Conversations mirror the opt-out. One that another transaction is still creating is invisible
-- here; it looks for itself when it commits, under the same lock.
create function private.mirror_opt_out() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  phone constant text := coalesce(new.recruit_phone, old.recruit_phone);
begin
  perform private.lock_recruit(phone);
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

-- What a text means, judged once, when it arrives:
--   'stop'      an opt-out
--   'start'     an opt-in; such words are ordinary texts unless the phone is opted out
--   'no_reply'  Twilio has answered it (HELP, Advanced Opt-Out), or the phone is opted out
--   'doubt'     perhaps an opt-out: a person decides
--   'reply'     everything else
--     keyword        from opt_keyword, or plain wording: 'stop' or 'doubt'
--     stopped_phone  the number that the phone had stopped; null if it is not opted out
create function private.judge_text(
  keyword text,
  opt_out_type text,
  stopped_phone text,
  twilio_phone text
) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return case
    when keyword = 'stop' then 'stop'
    when stopped_phone is not null
      and (keyword = 'start' or (keyword = 'yes' and stopped_phone = twilio_phone)) then 'start'
    when stopped_phone is not null or keyword = 'help' or opt_out_type <> '' then 'no_reply'
    when keyword = 'doubt' then 'doubt'
    else 'reply'
  end;
end;
$$;

-- The first opt-out counts until it is taken back.
create function private.opt_out(phone text, stopped_phone text, sid text, reason text) returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into public.recruiting_opt_outs (recruit_phone, twilio_phone, message_sid, reason)
    values (phone, stopped_phone, sid, opt_out.reason)
    on conflict do nothing;
end;
$$;

-- Twilio's error for a message to somebody who has opted out.
-- https://www.twilio.com/docs/api/errors/21610
create function private.opted_out_code() returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return '21610';
end;
$$;

revoke execute on function
  private.lock_recruit, private.mirror_opt_out, private.opt_keyword, private.judge_text, private.opt_out,
  private.opted_out_code
from public;

alter table public.recruiting_opt_outs enable row level security;
revoke all on public.recruiting_opt_outs from public, anon, authenticated, service_role;
grant select on public.recruiting_opt_outs to service_role;
