-- Erasure deletes everything about one phone in one transaction. An opt-out stays, and a keyed hash of the
-- phone, so that nothing from before comes back.

-- The hashes of phones are keyed: there are so few phones that all of them could be hashed.
create table private.phone_hash_key (
  is_only_row boolean primary key default true check (is_only_row),
  key bytea not null
);
insert into private.phone_hash_key (key) values (
  sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'))
);

create table private.forgotten_phones (
  phone_hash bytea primary key,
  forgotten_at timestamptz not null
);

-- The same for every spelling of a phone.
create function private.phone_hash(phone text) returns bytea
language plpgsql
set search_path = ''
as $$
begin
  return (
    select sha256(k.key || convert_to(private.canonical_phone(phone), 'UTF8')) from private.phone_hash_key k
  );
end;
$$;

-- Whether the phone was forgotten at that time or later. The caller holds the phone's lock or that of a
-- conversation of the phone, so that the answer stays true.
create function private.is_forgotten(phone text, at timestamptz) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  if not exists (select from private.forgotten_phones) then
    return false;
  end if;
  return exists (
    select from private.forgotten_phones f
    where f.phone_hash = private.phone_hash(phone) and f.forgotten_at >= at
  );
end;
$$;

-- Every way in which Twilio writes a phone: each spelling, with and without the prefix of a channel.
create function private.twilio_addresses_of(phone text) returns text[]
language plpgsql immutable
set search_path = ''
as $$
begin
  return array(
    select prefix || spelling
    from unnest(private.spellings_of(phone)) spelling,
      unnest(array['', 'whatsapp:', 'rcs:', 'messenger:']) prefix
  );
end;
$$;

create function private.without_channel(address text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return regexp_replace(address, '^(whatsapp|rcs|messenger):', '');
end;
$$;

-- Whether a callback of an unknown message names a forgotten phone: it may come after its message was erased,
-- or wait for the erasure. It counts again once a conversation of the phone has begun since.
create function private.is_forgotten_event(payload text) returns boolean
language plpgsql
set search_path = ''
as $$
declare
  phones text[];
begin
  phones := array(
    select private.without_channel(address)
    from unnest(array[payload::jsonb ->> 'To', payload::jsonb ->> 'From']) address
    where address <> ''
  );
  if phones = '{}' then
    return false;
  end if;
  -- An erasure that is under way commits first. Of an outbound message the recruit is To; one phone only,
  -- because a second lock could be out of order.
  perform private.lock_phone(phones[1]);
  if not exists (
    select from private.forgotten_phones f
    where f.phone_hash in (select private.phone_hash(phone) from unnest(phones) phone)
  ) or exists (
    select from public.recruiting_conversations c, unnest(phones) phone
    where c.canonical_phone = private.canonical_phone(phone)
  ) then
    return false;
  end if;
  perform private.forget_phone_lock(phones[1]);
  return true;
end;
$$;

-- Of the consent log only an opt-out that holds stays, and without its evidence, which names a text.
create function private.forget_evidence(canonical_phone text) returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.recruiting_opt_outs o set message_sid = null
    where o.recruit_phone = forget_evidence.canonical_phone and o.message_sid is not null;
  delete from public.recruiting_consent_events e
    where e.phone = forget_evidence.canonical_phone and (
      e.kind <> 'opt_out' or not exists (
        select from public.recruiting_opt_outs o
        where o.recruit_phone = e.phone and e.occurred_at >= o.opted_out_at
      )
    );
  update public.recruiting_consent_events e set message_sid = null, evidence = null
    where e.phone = forget_evidence.canonical_phone and (e.message_sid is not null or e.evidence is not null);
end;
$$;

-- Deletes the broadcasts that Realtime has stored. Returns how many; none where the platform does not
-- let the migrations' role delete them: Realtime itself drops them after three days.
-- https://supabase.com/docs/guides/realtime/broadcast
create function private.forget_broadcasts(phones text[], conversation_ids uuid[]) returns int
language plpgsql
set search_path = ''
as $$
declare
  deleted int;
begin
  delete from realtime.messages b
    where b.payload ->> 'recruit_phone' = any (phones)
      or b.payload ->> 'conversation_id' = any (conversation_ids::text[]);
  get diagnostics deleted = row_count;
  return deleted;
exception when insufficient_privilege then
  return 0;
end;
$$;

revoke execute on function
  private.phone_hash, private.is_forgotten, private.twilio_addresses_of, private.without_channel,
  private.is_forgotten_event, private.forget_evidence, private.forget_broadcasts
from public;

-- Erases a recruit: all of the phone, in every spelling and on every channel and number. A text that
-- arrives at the same time is deleted, too, or comes after and starts anew.
--   recruit_phone  as in recruiting_conversations; a channel's prefix is ignored
-- Returns one row with how many were deleted:
--   conversations, messages
--   events      delivery callbacks, also those of messages that are unknown here
--   unmatched   texts in recruiting_unmatched_messages
--   broadcasts  stored by Realtime
-- The opt-out stays, without evidence; private.forgotten_phones keeps a hash and the time. Raises 22023 for
-- an empty phone.
--
-- Callbacks of unknown messages have no index, which would cost every callback: all events are read, about
-- 1 s for each million. The REST API grants this function a minute for that; beyond, call it with SQL.
-- https://supabase.com/docs/guides/database/postgres/timeouts
create function public.recruiting_forget(recruit_phone text) returns table (
  conversations int,
  messages int,
  events int,
  unmatched int,
  broadcasts int
)
language plpgsql security definer
set search_path = ''
set statement_timeout = '60s'
as $$
#variable_conflict use_column
declare
  phone constant text := private.without_channel(recruiting_forget.recruit_phone);
  phones constant text[] := private.spellings_of(phone);
  addresses constant text[] := private.twilio_addresses_of(phone);
  conversation_ids uuid[];
  sids text[];
  unknown_sids text[];
  forgotten_at timestamptz;
begin
  if coalesce(btrim(phone), '') = '' then
    raise invalid_parameter_value using message = 'recruit_phone must not be empty';
  end if;
  perform private.lock_phone(phone);
  conversation_ids := array(
    select c.id from public.recruiting_conversations c
    where c.canonical_phone = phones[1] order by c.id for update
  );
  forgotten_at := clock_timestamp();

  sids := array(
    select m.message_sid from public.recruiting_messages m
      where m.conversation_id = any (conversation_ids) and m.message_sid is not null
    union all
    select u.message_sid from public.recruiting_unmatched_messages u where u.recruit_phone = any (phones)
  );
  delete from public.recruiting_messages m where m.conversation_id = any (conversation_ids);
  get diagnostics messages = row_count;
  delete from public.recruiting_conversations c where c.id = any (conversation_ids);
  get diagnostics conversations = row_count;
  delete from public.recruiting_unmatched_messages u where u.recruit_phone = any (phones);
  get diagnostics unmatched = row_count;

  unknown_sids := array(
    select e.message_sid from public.recruiting_message_events e
    where e.payload ->> 'To' = any (addresses) or e.payload ->> 'From' = any (addresses)
  );
  delete from public.recruiting_message_events e
    where e.message_sid = any (sids)
      or e.message_sid = any (unknown_sids) and not exists (
        select from public.recruiting_messages m where m.message_sid = e.message_sid
      );
  get diagnostics events = row_count;
  broadcasts := private.forget_broadcasts(phones, conversation_ids);

  perform private.forget_evidence(phones[1]);
  insert into private.forgotten_phones as f (phone_hash, forgotten_at)
    values (private.phone_hash(phone), forgotten_at)
    on conflict on constraint forgotten_phones_pkey do update set forgotten_at = excluded.forgotten_at;
  perform private.forget_phone_lock(phone);
  return next;
end;
$$;

revoke execute on function public.recruiting_forget from public, anon, authenticated, service_role;
grant execute on function public.recruiting_forget to service_role;
