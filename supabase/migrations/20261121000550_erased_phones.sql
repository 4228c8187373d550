-- What was erased must not come back with a late webhook or from Twilio's log. So the erasure of a phone leaves a
-- keyed hash with its time, and nothing of the phone from before that time is stored again.

-- A key of the hashes, because there are so few phones that all of them could be hashed.
create table private.phone_hash_key (
  is_only_row boolean primary key default true check (is_only_row),
  key bytea not null
);
comment on table private.phone_hash_key is 'The only row holds the key of the hashes of erased phones';
insert into private.phone_hash_key (key) values (
  sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'))
);

create table private.erased_phones (
  phone_hash bytea primary key,
  erased_at timestamptz not null
);
comment on table private.erased_phones is 'One erased phone as a keyed hash, and when it was last erased';

-- The hash of a phone, the same for all its spellings.
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

-- Whether the phone was erased at a time or later. The caller has locked the phone or one of its conversations,
-- so that the answer stays true.
create function private.is_erased(phone text, at timestamptz) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  if not exists (select from private.erased_phones) then
    return false;
  end if;
  return exists (
    select from private.erased_phones f
    where f.phone_hash = private.phone_hash(phone) and f.erased_at >= at
  );
end;
$$;

-- An address without its channel's prefix.
create function private.without_channel(address text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return regexp_replace(address, '^(whatsapp|rcs|messenger):', '');
end;
$$;

-- The addresses that a status names, the recruit of an outbound message first: To and From of a form, or of a
-- CloudEvent's data.
create function private.addresses_of_event(payload jsonb) returns text[]
language plpgsql immutable
set search_path = ''
as $$
begin
  return array[payload ->> 'To', payload ->> 'From', payload -> 'data' ->> 'to', payload -> 'data' ->> 'from'];
end;
$$;

-- Whether the callback of an unknown message names an erased phone: its message was erased before, or by the
-- transaction that this one waits for. Callbacks are kept again once the phone has a new conversation.
create function private.is_erased_event(payload text) returns boolean
language plpgsql
set search_path = ''
as $$
declare
  phones text[];
begin
  phones := array(
    select private.without_channel(address) from unnest(private.addresses_of_event(payload::jsonb)) address
    where address <> ''
  );
  if phones = '{}' then
    return false;
  end if;
  -- Waits for an erasure that is under way. Only the first phone, which is the recruit of an outbound message:
  -- a second lock could be out of order.
  perform private.lock_phone(phones[1]);
  if not exists (
    select from private.erased_phones f
    where f.phone_hash in (select private.phone_hash(phone) from unnest(phones) phone)
  ) or exists (
    select from public.recruiting_conversations c, unnest(phones) phone
    where c.canonical_phone = private.canonical_phone(phone)
  ) then
    return false;
  end if;
  perform private.delete_phone_lock(phones[1]);
  return true;
end;
$$;

revoke execute on function
  private.phone_hash, private.is_erased, private.without_channel, private.addresses_of_event,
  private.is_erased_event
from public;
