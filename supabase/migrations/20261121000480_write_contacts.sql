-- The platform writes its contacts by the thousand, and again whenever it likes: one call is one transaction, what is
-- wrong is refused by name, and what is equal stays untouched.

-- One contact of a call.
create type private.given_contact as (
  position int,      -- in the call, from 1
  id uuid,
  is_new boolean,
  external_id text,
  fields jsonb       -- the fields that were given and not refused
);

-- One phone of one contact of a call.
create type private.given_phone as (
  position int,      -- that of its contact
  place int,         -- in the contact's phones, from 0
  contact_id uuid,   -- null until the contact is known
  phone text,
  canonical text,
  label text,
  problem text       -- why it is refused; null if it is not
);

-- One field of one contact of a call that is refused.
create type private.refused_field as (position int, external_id text, field text, reason text);

-- Contacts are written by one transaction at a time: which of two contacts has a phone or a subscription depends on all
-- contacts of both calls.
create function private.lock_contacts() returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.require_read_committed();
  perform pg_advisory_xact_lock(4, 0);
end;
$$;

-- Locks many phones, in order of their hash. The conflict locks a row although it updates none.
-- https://www.postgresql.org/docs/17/sql-insert.html#SQL-ON-CONFLICT
create function private.lock_phones(phones text[]) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.require_read_committed();
  insert into private.phone_locks (phone_hash)
    select distinct private.phone_lock_hash(phone) from unnest(phones) phone order by 1
    on conflict on constraint phone_locks_pkey do update set phone_hash = excluded.phone_hash where false;
end;
$$;

-- Raises 22023 if the contacts are no array of at most 5,000 objects, each with an external_id of its own.
create function private.refuse_contacts(contacts jsonb) returns void
language plpgsql
set search_path = ''
as $$
declare
  wrong_place bigint;
  problem text;
begin
  problem := case
    when contacts is null or jsonb_typeof(contacts) <> 'array' then 'contacts must be an array'
    when jsonb_array_length(contacts) > 5000
      then format('contacts must be at most 5000, not %s', jsonb_array_length(contacts))
  end;
  if problem is null then
    select min(i.n) into wrong_place
      from jsonb_array_elements(contacts) with ordinality i (item, n)
      where coalesce(
        jsonb_typeof(i.item -> 'external_id') <> 'string' or length(i.item ->> 'external_id') not between 1 and 255, true
      );
    if wrong_place is not null then
      problem := format('contacts[%s] must have external_id, a text of 1 to 255 characters', wrong_place - 1);
    end if;
  end if;
  if problem is null then
    select second.n into wrong_place
      from (
        select i.n, row_number() over (partition by i.item ->> 'external_id' order by i.n) as times
        from jsonb_array_elements(contacts) with ordinality i (item, n)
      ) second
      where second.times > 1 order by second.n limit 1;
    if found then
      problem := format('contacts[%s] has the external_id of an item before it', wrong_place - 1);
    end if;
  end if;
  if problem is not null then
    raise invalid_parameter_value using message = problem;
  end if;
end;
$$;

-- Why a field of a contact is refused; null if it is not. JSON's null empties the field.
create function private.contact_field_problem(field text, value jsonb) returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  kind constant text := jsonb_typeof(value);
begin
  return case
    when kind = 'null' then null
    when field = 'name' and (kind <> 'string' or length(value #>> '{}') > 255)
      then 'name must be a text of at most 255 characters'
    when field = 'linkedin_url' and (kind <> 'string' or not private.is_linkedin_url(value #>> '{}'))
      then 'linkedin_url must be an https address on linkedin.com, with a path, of at most 512 characters'
    when field = 'alert_subscription_id' and (kind <> 'string' or length(value #>> '{}') not between 1 and 255)
      then 'alert_subscription_id must be a text of 1 to 255 characters'
    when field = 'metadata' and (kind <> 'object' or octet_length(value::text) > 65536)
      then 'metadata must be an object of at most 65536 bytes'
    when field = 'phones' and (kind <> 'array' or jsonb_array_length(value) > 50)
      then 'phones must be an array of at most 50'
  end;
end;
$$;

-- The contacts of a call, with the fields that are not refused, and the fields that are.
create function private.read_contacts(
  contacts jsonb,
  out given private.given_contact[],
  out refused private.refused_field[]
)
language plpgsql immutable
set search_path = ''
as $$
begin
  with field as materialized (
    select i.n::int as position, i.item ->> 'external_id' as external_id, f.key, f.value,
      private.contact_field_problem(f.key, f.value) as problem
    from jsonb_array_elements(contacts) with ordinality i (item, n)
    cross join jsonb_each(i.item) f
    where f.key in ('external_id', 'name', 'linkedin_url', 'alert_subscription_id', 'metadata', 'phones')
  )
  select
      (
        select array_agg((g.position, null, null, g.external_id, g.fields)::private.given_contact order by g.position)
        from (
          select f.position, f.external_id, jsonb_object_agg(
            f.key, case when f.key = 'name' and btrim(f.value #>> '{}') = '' then 'null' else f.value end
          ) as fields
          from field f where f.problem is null group by f.position, f.external_id
        ) g
      ),
      array(
        select (f.position, f.external_id, f.key, f.problem)::private.refused_field
        from field f where f.problem is not null
      )
    into given, refused;
end;
$$;

-- Why a phone of a contact is refused; null if it is not. A contact has no channel, and any text may be an id of
-- Messenger: so such an id needs its label, a conversation, or more digits than a phone has.
create function private.contact_phone_problem(given jsonb) returns text
language plpgsql stable
set search_path = ''
-- The caller makes a new plan for each of its own statements: here that would be one for each phone.
set plan_cache_mode = force_generic_plan
as $$
declare
  phone constant text := given ->> 'phone';
  label constant text := given ->> 'label';
begin
  return case
    when jsonb_typeof(given) <> 'object' or coalesce(jsonb_typeof(given -> 'phone') <> 'string', true)
      then 'must have phone, a text'
    when jsonb_typeof(given -> 'label') not in ('string', 'null') or length(label) > 64
      then 'must have as label a text of at most 64 characters'
    when private.is_recruit_address('whatsapp', phone) then null
    when private.is_recruit_address('messenger', phone) and phone !~ '^(sms|whatsapp|rcs|messenger):' and (
      label = 'messenger'
      or phone ~ '^[0-9]{16,}$'
      or exists (
        select from public.recruiting_conversations c where c.canonical_phone = phone and c.channel = 'messenger'
      )
    ) then null
    else 'must be E.164, such as +15550100001, the id of a WhatsApp user, or an id with the label messenger'
  end;
end;
$$;

-- The phones of the contacts of a call, each once.
create function private.given_phones(given private.given_contact[]) returns private.given_phone[]
language plpgsql stable
set search_path = ''
as $$
begin
  return array(
    select distinct on (g.position, coalesce(canonical, i.place::text)) (
      g.position, i.place - 1, null, i.item ->> 'phone', canonical, nullif(i.item ->> 'label', ''), problem
    )::private.given_phone
    from unnest(given) g
    cross join jsonb_array_elements(
      case jsonb_typeof(g.fields -> 'phones') when 'array' then g.fields -> 'phones' else '[]' end
    ) with ordinality i (item, place)
    cross join private.contact_phone_problem(i.item) problem
    cross join lateral (
      select case when problem is null then private.canonical_phone(i.item ->> 'phone') end as canonical
    ) one
    order by g.position, coalesce(canonical, i.place::text), i.place
  );
end;
$$;

-- Locks what a call may change: the phones that it gives, those that a contact has whose name changes, because their
-- conversations get the name, and the rows of its contacts and of those that have its phones.
create function private.lock_given(given private.given_contact[], phones private.given_phone[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  ids uuid[];
begin
  perform private.lock_phones(array(
    select p.canonical from unnest(phones) p where p.problem is null
    union all
    select s.canonical from unnest(given) g
      join public.recruiting_contacts k on k.external_id = g.external_id
      join public.recruiting_contact_phones s on s.contact_id = k.id
    where g.fields ? 'name' and g.fields ->> 'name' is distinct from k.name
  ));
  ids := array(
    select k.id from public.recruiting_contacts k join unnest(given) g on g.external_id = k.external_id
    union all
    select s.contact_id from public.recruiting_contact_phones s join unnest(phones) p on p.canonical = s.canonical
  );
  perform from public.recruiting_contacts k where k.id = any (ids) order by k.id for update;
end;
$$;

-- The positions of the contacts whose alert_subscription_id is refused, because another contact has it when the call
-- has ended. A contact whose new one is refused keeps its stored one.
--   who has or gives the same one                                     then it is
--   this contact has it stored                                        accepted
--   a contact that gives none has it stored                           refused
--   a contact whose new one is refused has it stored                  refused
--   one that has it stored, or an earlier one, of the call gives it   refused
--   no other contact                                                  accepted
create function private.refused_subscriptions(given private.given_contact[]) returns int[]
language plpgsql stable
set search_path = ''
as $$
begin
  return array(
    with recursive claim as materialized (
      select g.position, g.id, g.fields ->> 'alert_subscription_id' as wanted, k.alert_subscription_id as stored
      from unnest(given) g left join public.recruiting_contacts k on k.id = g.id
      where g.fields ->> 'alert_subscription_id' is not null
    ), ranked as (
      select c.position, row_number() over (
        partition by c.wanted order by (c.stored is not distinct from c.wanted) desc, c.position
      ) as rank
      from claim c
    ), kept as (
      select k.id, k.alert_subscription_id as stored from public.recruiting_contacts k
      where k.alert_subscription_id in (select c.wanted from claim c)
        and k.id not in (select g.id from unnest(given) g where g.fields ? 'alert_subscription_id')
    ), refused as (
      select r.position from ranked r where r.rank > 1
      union
      select c.position from claim c join kept k on k.stored = c.wanted
      union
      select c.position from refused r
        join claim keeper on keeper.position = r.position
        join claim c on c.wanted = keeper.stored and c.position <> keeper.position
    )
    select r.position from refused r
  );
end;
$$;

-- The phones of a call, with the problem of those that another contact has when the call has ended. A contact that
-- gives its phones gives up the others.
create function private.refuse_taken_phones(
  phones private.given_phone[],
  given private.given_contact[],
  move_phones boolean
) returns private.given_phone[]
language plpgsql stable
set search_path = ''
as $$
begin
  return array(
    select (
      p.position, p.place, mine.id, p.phone, p.canonical, p.label,
      case
        when p.problem is not null then p.problem
        when row_number() over (
          partition by p.canonical, p.problem is null
          order by (not move_phones and owner.contact_id is not distinct from mine.id) desc, p.position
        ) > 1 then 'is a phone of another contact of this call'
        when not move_phones and owner.contact_id <> mine.id and not coalesce(theirs.fields ? 'phones', false)
          then 'is a phone of another contact'
      end
    )::private.given_phone
    from unnest(phones) p
    join unnest(given) mine on mine.position = p.position
    left join public.recruiting_contact_phones owner on owner.canonical = p.canonical
    left join unnest(given) theirs on theirs.id = owner.contact_id
  );
end;
$$;

-- Writes the phones that are not refused. Returns the contacts whose phones have changed.
create function private.write_contact_phones(phones private.given_phone[], given private.given_contact[])
returns uuid[]
language plpgsql
set search_path = ''
as $$
declare
  givers constant uuid[] := array(select g.id from unnest(given) g where g.fields ? 'phones');
  accepted constant text[] := array(select p.canonical from unnest(phones) p where p.problem is null);
  changed uuid[];
  written uuid[];
begin
  with gone as (
    delete from public.recruiting_contact_phones s
      where (s.contact_id = any (givers) or s.canonical = any (accepted)) and (s.contact_id, s.canonical) not in (
        select p.contact_id, p.canonical from unnest(phones) p where p.problem is null
      )
      returning s.contact_id
  )
  select array_agg(distinct g.contact_id) into changed from gone g;
  with new_or_changed as (
    insert into public.recruiting_contact_phones as s (contact_id, phone, label)
      select p.contact_id, p.phone, p.label from unnest(phones) p where p.problem is null
      on conflict on constraint recruiting_contact_phones_pkey
        do update set phone = excluded.phone, label = excluded.label
        where (s.phone, s.label) is distinct from (excluded.phone, excluded.label)
      returning s.contact_id
  )
  select array_agg(distinct w.contact_id) into written from new_or_changed w;
  return coalesce(changed, '{}') || coalesce(written, '{}');
end;
$$;

-- Updates the contacts that differ from what is given, and the updated_at of those whose phones have changed. Returns
-- the ids of all these.
create function private.update_contacts(given private.given_contact[], other_phones uuid[]) returns uuid[]
language plpgsql
set search_path = ''
as $$
declare
  ids constant uuid[] := other_phones || array(select g.id from unnest(given) g where not g.is_new);
  changed uuid[];
begin
  with wanted as materialized (
    select
      k.id,
      case when g.fields ? 'name' then g.fields ->> 'name' else k.name end as name,
      case when g.fields ? 'linkedin_url' then g.fields ->> 'linkedin_url' else k.linkedin_url end as linkedin_url,
      case when g.fields ? 'alert_subscription_id' then g.fields ->> 'alert_subscription_id'
        else k.alert_subscription_id end as alert_subscription_id,
      case when g.fields ? 'metadata' then coalesce(nullif(g.fields -> 'metadata', 'null'), '{}')
        else k.metadata end as metadata
    from public.recruiting_contacts k left join unnest(given) g on g.id = k.id
    where k.id = any (ids)
  ), updated as (
    update public.recruiting_contacts k set
        name = w.name, linkedin_url = w.linkedin_url, metadata = w.metadata,
        alert_subscription_id = w.alert_subscription_id
      from wanted w
      where k.id = w.id and (
        k.id = any (other_phones)
        or (k.name, k.linkedin_url, k.alert_subscription_id, k.metadata)
          is distinct from (w.name, w.linkedin_url, w.alert_subscription_id, w.metadata)
      )
      returning k.id
  )
  select coalesce(array_agg(u.id), '{}') into changed from updated u;
  return changed;
end;
$$;

-- Fills the empty recruit_name of the conversations of contacts. The caller has locked the contacts' phones: a
-- conversation that is being created finds the contact when it commits (private.adopt_unmatched_messages).
create function private.name_conversations(contact_ids uuid[]) returns void
language plpgsql
set search_path = ''
as $$
declare
  phones text[];
  names text[];
  nameless uuid[];
begin
  select array_agg(p.canonical), array_agg(k.name) into phones, names
    from public.recruiting_contact_phones p join public.recruiting_contacts k on k.id = p.contact_id
    where p.contact_id = any (contact_ids) and k.name is not null;
  nameless := array(
    select c.id from public.recruiting_conversations c
    where c.canonical_phone = any (phones) and coalesce(c.recruit_name, '') = ''
    order by c.id for no key update
  );
  update public.recruiting_conversations c set recruit_name = n.name
    from unnest(phones, names) n (phone, name)
    where c.id = any (nameless) and c.canonical_phone = n.phone and coalesce(c.recruit_name, '') = '';
end;
$$;

revoke execute on function
  private.lock_contacts, private.lock_phones, private.refuse_contacts, private.contact_field_problem,
  private.read_contacts, private.contact_phone_problem, private.given_phones, private.lock_given,
  private.refused_subscriptions,
  private.refuse_taken_phones, private.write_contact_phones, private.update_contacts, private.name_conversations
from public;

-- Inserts or updates contacts by their external_id, at most 5,000, in one transaction.
--   contacts     an array of objects:
--     field                  absent  null     else
--     external_id            –       –        the platform's id of the person: text of 1 to 255 characters
--     name                   stays   emptied  text of at most 255 characters
--     linkedin_url           stays   emptied  see private.is_linkedin_url
--     alert_subscription_id  stays   emptied  text of 1 to 255 characters that no other contact has
--     metadata               stays   emptied  an object of at most 65,536 bytes
--     phones                 stay    emptied  [{phone, label}], the contact's whole list, at most 50
--   move_phones  whether a phone of another contact moves to this one; else it is refused
-- Returns {inserted, updated, unchanged, refused: [{external_id, field, reason}]}. A field or phone that is refused is
-- not written, the rest of its contact is. Raises 22023, and writes nothing, if contacts is no array, has more than
-- 5,000 items, an item without external_id or an external_id twice. Retrying is safe.
create function public.recruiting_upsert_contacts(contacts jsonb, move_phones boolean default false) returns jsonb
language plpgsql security definer
set search_path = ''
-- The plans depend on how many contacts there are.
set plan_cache_mode = force_custom_plan
as $$
declare
  given private.given_contact[];
  phones private.given_phone[];
  refused private.refused_field[];
  without_subscription int[];
  changed uuid[];
  updated int;
  inserted int;
begin
  perform private.refuse_contacts(contacts);
  select r.given, r.refused into given, refused from private.read_contacts(contacts) r;

  perform private.lock_contacts();
  phones := private.given_phones(given);
  perform private.lock_given(given, phones);
  given := array(
    select (g.position, coalesce(k.id, gen_random_uuid()), k.id is null, g.external_id, g.fields)::private.given_contact
    from unnest(given) g left join public.recruiting_contacts k on k.external_id = g.external_id
    order by g.position
  );

  without_subscription := private.refused_subscriptions(given);
  refused := refused || array(
    select (
      g.position, g.external_id, 'alert_subscription_id', 'alert_subscription_id is another contact''s'
    )::private.refused_field
    from unnest(given) g where g.position = any (without_subscription)
  );
  given := array(
    select (
      g.position, g.id, g.is_new, g.external_id,
      case when g.position = any (without_subscription) then g.fields - 'alert_subscription_id' else g.fields end
    )::private.given_contact
    from unnest(given) g order by g.position
  );
  phones := private.refuse_taken_phones(phones, given, coalesce(move_phones, false));
  refused := refused || array(
    select (p.position, g.external_id, 'phones', format('phones[%s] %s', p.place, p.problem))::private.refused_field
    from unnest(phones) p join unnest(given) g on g.position = p.position where p.problem is not null
  );

  -- A subscription is given up before another contact gets it.
  with given_up as (
    update public.recruiting_contacts k set alert_subscription_id = null
      from unnest(given) g
      where k.id = g.id and g.fields ? 'alert_subscription_id'
        and k.alert_subscription_id <> coalesce(g.fields ->> 'alert_subscription_id', '')
      returning k.id
  )
  select coalesce(array_agg(u.id), '{}') into changed from given_up u;
  insert into public.recruiting_contacts (id, external_id, name, linkedin_url, alert_subscription_id, metadata)
    select
      g.id, g.external_id, g.fields ->> 'name', g.fields ->> 'linkedin_url', g.fields ->> 'alert_subscription_id',
      coalesce(nullif(g.fields -> 'metadata', 'null'), '{}')
    from unnest(given) g where g.is_new;
  get diagnostics inserted = row_count;
  changed := changed || private.update_contacts(
    given, array(
      select id from unnest(private.write_contact_phones(phones, given)) id
      where id not in (select g.id from unnest(given) g where g.is_new)
    )
  );
  perform private.name_conversations(changed || array(select g.id from unnest(given) g where g.is_new));

  select count(*) into updated from unnest(given) g where not g.is_new and g.id = any (changed);
  return jsonb_build_object(
    'inserted', inserted,
    'updated', updated,
    'unchanged', coalesce(cardinality(given), 0) - inserted - updated,
    'refused', coalesce((
      select jsonb_agg(
        jsonb_build_object('external_id', r.external_id, 'field', r.field, 'reason', r.reason)
        order by r.position, r.field, r.reason
      )
      from unnest(refused) r
    ), '[]')
  );
end;
$$;

-- Deletes a contact, with its phones and alerts; its conversations stay. Returns whether there was one.
create function public.recruiting_delete_contact(external_id text) returns boolean
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  deleted_id uuid;
  phones text[];
begin
  perform private.lock_contacts();
  select k.id into deleted_id from public.recruiting_contacts k
    where k.external_id = recruiting_delete_contact.external_id;
  phones := array(select p.canonical from public.recruiting_contact_phones p where p.contact_id = deleted_id);
  perform private.lock_phones(phones);
  delete from public.recruiting_contacts k where k.id = deleted_id;
  if not found then
    return false;
  end if;
  -- Of a phone that only the contact had, nothing stays.
  perform private.delete_phone_lock(p.phone) from unnest(phones) p (phone);
  return true;
end;
$$;

revoke execute on function public.recruiting_upsert_contacts, public.recruiting_delete_contact
from public, anon, authenticated, service_role;
grant execute on function public.recruiting_upsert_contacts, public.recruiting_delete_contact to service_role;
