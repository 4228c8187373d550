-- Erasure deletes all data of one phone in one transaction. An opt-out stays, so that the recruit is not texted
-- again.

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

-- A regular expression that finds a phone in JSON, also in a URL's query; null for what is no phone.
create function private.phone_pattern(phones text[]) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return (
    select '(\+|%2[Bb])(' || string_agg(substr(phone, 2), '|') || ')(?![0-9])'
    from unnest(phones) phone where phone ~ '^\+[0-9]+$'
  );
end;
$$;

-- Deletes the consent log of a phone, other than the opt-out that counts, and that opt-out's evidence.
create function private.erase_consent(canonical_phone text) returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.recruiting_opt_outs o set message_sid = null
    where o.recruit_phone = canonical_phone and o.message_sid is not null;
  delete from public.recruiting_consent_events e
    where e.phone = canonical_phone and (
      e.kind <> 'opt_out' or not exists (
        select from public.recruiting_opt_outs o
        where o.recruit_phone = e.phone and e.occurred_at >= o.opted_out_at
      )
    );
  update public.recruiting_consent_events e set message_sid = null, evidence = null
    where e.phone = canonical_phone and (e.message_sid is not null or e.evidence is not null);
end;
$$;

-- Deletes the broadcasts that Realtime has stored, and returns how many. 0 where the migrations' role may not
-- delete them: Realtime itself drops them after three days.
--   contact_id  the contact that was deleted; null if none was
-- https://supabase.com/docs/guides/realtime/broadcast
create function private.erase_broadcasts(phones text[], conversation_ids uuid[], contact_id uuid) returns int
language plpgsql
set search_path = ''
as $$
declare
  deleted int;
begin
  delete from realtime.messages b
    where b.payload ->> 'recruit_phone' = any (phones)
      or b.payload ->> 'conversation_id' = any (conversation_ids::text[])
      or b.payload -> 'conversation_ids' ?| conversation_ids::text[]
      or b.payload ->> 'contact_id' = contact_id::text;
  get diagnostics deleted = row_count;
  return deleted;
exception when insufficient_privilege then
  return 0;
end;
$$;

-- Refuses to erase an address that cannot be a recruit's, such as a phone without its country code: the caller would
-- believe that the recruit is erased. An id of Messenger has no form, so it needs its prefix, or a row that has it.
--   recruit_phone  as the caller has given it
--   bare_phone     without the channel's prefix
create function private.refuse_unknown_address(recruit_phone text, bare_phone text) returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  canonical constant text := private.canonical_phone(refuse_unknown_address.bare_phone);
begin
  if coalesce(btrim(refuse_unknown_address.bare_phone), '') = '' then
    raise invalid_parameter_value using message = 'recruit_phone must not be empty';
  end if;
  if refuse_unknown_address.recruit_phone like 'messenger:%'
    or private.is_recruit_address('whatsapp', refuse_unknown_address.bare_phone)
    or exists (select from public.recruiting_conversations c where c.canonical_phone = canonical)
    or exists (
      select from public.recruiting_unmatched_messages u
      where u.recruit_phone = any (private.spellings_of(refuse_unknown_address.bare_phone))
    )
    or exists (select from public.recruiting_consent_events e where e.phone = canonical)
    or exists (select from public.recruiting_contact_phones p where p.canonical = private.canonical_phone(refuse_unknown_address.bare_phone))
    or private.is_erased(refuse_unknown_address.bare_phone, '-infinity')
  then
    return;
  end if;
  raise invalid_parameter_value using
    message = 'recruit_phone must be E.164, such as +15550100001',
    hint = 'An id of Messenger begins with messenger:';
end;
$$;

-- Takes a phone off its contact, and deletes a contact that has no phone left, with its alerts. Returns the id of a
-- contact that it has deleted. The caller has locked the phone, so that no other transaction gives it to a contact.
create function private.erase_contact_phone(canonical_phone text) returns uuid
language plpgsql
set search_path = ''
as $$
declare
  its_contact_id uuid;
begin
  select p.contact_id into its_contact_id from public.recruiting_contact_phones p
    where p.canonical = canonical_phone;
  if not found then
    return null;
  end if;
  perform from public.recruiting_contacts k where k.id = its_contact_id for update;
  delete from public.recruiting_contact_phones p where p.canonical = canonical_phone;
  delete from public.recruiting_contacts k where k.id = its_contact_id and not exists (
    select from public.recruiting_contact_phones p where p.contact_id = k.id
  );
  if found then
    return its_contact_id;
  end if;
  update public.recruiting_contacts k set updated_at = clock_timestamp() where k.id = its_contact_id;
  return null;
end;
$$;

revoke execute on function
  private.twilio_addresses_of, private.phone_pattern, private.erase_consent, private.erase_broadcasts,
  private.erase_contact_phone, private.refuse_unknown_address
from public;

-- Erases a recruit: all data of the phone, in every spelling, on every channel and number, and the contact that has no
-- other phone. A text that arrives at the same time is erased, too, or is the first of a new start. Raises 22023 for what
-- is no recruit's address.
--   recruit_phone  as in recruiting_conversations; a channel's prefix is ignored
-- Returns one row with how many were deleted:
--   column         meaning
--   conversations  rows of recruiting_conversations
--   messages       rows of recruiting_messages
--   events         rows of recruiting_message_events, also those of messages that no table has
--   unmatched      rows of recruiting_unmatched_messages
--   broadcasts     rows that Realtime has stored
--
-- An index that finds the callbacks of unknown messages would cost every callback: so all events are read, about
-- 1 s for each million. The REST API grants this function a minute; above that, call it with SQL.
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
  bare_phone constant text := private.without_channel(recruiting_forget.recruit_phone);
  phones constant text[] := private.spellings_of(bare_phone);
  canonical constant text := phones[1];
  named constant text := private.phone_pattern(phones);
  addresses constant text[] := private.twilio_addresses_of(bare_phone);
  deleted_contact_id uuid;
  conversation_ids uuid[];
  message_ids uuid[];
  sids text[];
  unknown_sids text[];
  moment timestamptz;
begin
  perform private.refuse_unknown_address(recruiting_forget.recruit_phone, bare_phone);
  perform private.lock_phone(bare_phone);
  deleted_contact_id := private.erase_contact_phone(canonical);
  conversation_ids := array(
    select c.id from public.recruiting_conversations c
    where c.canonical_phone = phones[1] order by c.id for update
  );
  moment := clock_timestamp();

  sids := array(
    select m.message_sid from public.recruiting_messages m
      where m.conversation_id = any (conversation_ids) and m.message_sid is not null
    union all
    select u.message_sid from public.recruiting_unmatched_messages u where u.recruit_phone = any (phones)
  );
  with deleted as (
    delete from public.recruiting_messages m where m.conversation_id = any (conversation_ids)
    returning m.id
  )
  select count(*), array_agg(id) into messages, message_ids from deleted;
  delete from public.recruiting_conversations c where c.id = any (conversation_ids);
  get diagnostics conversations = row_count;
  delete from public.recruiting_unmatched_messages u where u.recruit_phone = any (phones);
  get diagnostics unmatched = row_count;
  delete from public.recruiting_twilio_events e
    where e.phones @> array[canonical] or e.payload::text ~ named;

  unknown_sids := array(
    select e.message_sid from public.recruiting_message_events e
    where e.payload ->> 'To' = any (addresses) or e.payload ->> 'From' = any (addresses)
      or e.payload -> 'data' ->> 'to' = any (addresses) or e.payload -> 'data' ->> 'from' = any (addresses)
  );
  delete from public.recruiting_message_events e
    where e.message_sid = any (sids)
      or e.message_sid = any (unknown_sids) and not exists (
        select from public.recruiting_messages m where m.message_sid = e.message_sid
      );
  get diagnostics events = row_count;
  perform private.erase_platform_events(message_ids);
  perform private.erase_platform_posts(conversation_ids);
  broadcasts := private.erase_broadcasts(phones, conversation_ids, deleted_contact_id);

  perform private.erase_consent(phones[1]);
  insert into private.erased_phones as f (phone_hash, erased_at)
    values (private.phone_hash(bare_phone), moment)
    on conflict on constraint erased_phones_pkey do update set erased_at = excluded.erased_at;
  perform private.delete_phone_lock(bare_phone);
  return next;
end;
$$;

revoke execute on function public.recruiting_forget from public, anon, authenticated, service_role;
grant execute on function public.recruiting_forget to service_role;
