-- A contact is one person, as the platform knows them, with all their phones: so that an agent sees whose phone texts,
-- and one person's conversations on all numbers and channels.

-- A profile of LinkedIn, on any subdomain. Its path holds no space, quote or backslash, because pages show it as a link.
create function private.is_linkedin_url(url text) returns boolean
language plpgsql immutable
set search_path = ''
as $$
begin
  return length(url) <= 512 and url ~* '^https://([a-z0-9-]+\.)*linkedin\.com/[^[:space:][:cntrl:]"<>\\]*$';
end;
$$;
revoke execute on function private.is_linkedin_url from public;

create table public.recruiting_contacts (
  id uuid primary key default gen_random_uuid(),
  external_id text not null
    constraint recruiting_contacts_external_id_length check (length(external_id) between 1 and 255),
  name text
    constraint recruiting_contacts_name check (length(name) between 1 and 255),
  linkedin_url text
    constraint recruiting_contacts_linkedin_url check (private.is_linkedin_url(linkedin_url)),
  alert_subscription_id text
    constraint recruiting_contacts_alert_subscription_id_length check (length(alert_subscription_id) between 1 and 255),
  profile jsonb
    constraint recruiting_contacts_profile check (jsonb_typeof(profile) = 'object'),
  metadata jsonb not null default '{}'
    constraint recruiting_contacts_metadata check (jsonb_typeof(metadata) = 'object'),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint recruiting_contacts_external_id unique (external_id),
  constraint recruiting_contacts_alert_subscription_id unique (alert_subscription_id)
);

comment on table public.recruiting_contacts is 'One person as the platform knows them';
comment on column public.recruiting_contacts.external_id is 'The platform''s own id of the person';
comment on column public.recruiting_contacts.name is 'Fills the empty recruit_name of the conversations of the contact''s phones';
comment on column public.recruiting_contacts.alert_subscription_id is 'The subscription under which a service sends alerts about the profile';
comment on column public.recruiting_contacts.profile is 'The person of the last profile alert; null before the first one';
comment on column public.recruiting_contacts.metadata is 'The platform''s own data, which agents do not read; an object';

create trigger _100_set_updated_at before update on public.recruiting_contacts
  for each row execute function private.set_updated_at();

create table public.recruiting_contact_phones (
  contact_id uuid not null references public.recruiting_contacts (id) on delete cascade,
  phone text not null,
  canonical text primary key generated always as (private.canonical_phone(phone)) stored,
  label text
    constraint recruiting_contact_phones_label check (length(label) between 1 and 64)
);

comment on table public.recruiting_contact_phones is 'One phone of one contact; a phone has one contact at most';
comment on column public.recruiting_contact_phones.phone is 'As it was given, without the channel prefix; on messenger any id, on whatsapp also an id such as US.1234';
comment on column public.recruiting_contact_phones.canonical is 'The canonical phone; that of a conversation finds its contact';
comment on column public.recruiting_contact_phones.label is 'mobile, home, work, whatsapp, or any other; null if none was given';

create index recruiting_contact_phones_contact on public.recruiting_contact_phones (contact_id);

create table public.recruiting_profile_alerts (
  id uuid primary key default gen_random_uuid(),
  contact_id uuid not null references public.recruiting_contacts (id) on delete cascade,
  changed jsonb not null
    constraint recruiting_profile_alerts_changed check (jsonb_typeof(changed) = 'object'),
  received_at timestamptz not null default clock_timestamp()
);

comment on table public.recruiting_profile_alerts is 'One change of a contact''s profile that a service reported';
comment on column public.recruiting_profile_alerts.changed is 'What differs: {field: {from, to}}';

-- A contact's alerts, the newest last.
create index recruiting_profile_alerts_contact on public.recruiting_profile_alerts (contact_id, received_at);

-- The name of a phone's contact; null without a contact, or if the contact has no name.
create function private.contact_name(canonical_phone text) returns text
language plpgsql stable
set search_path = ''
as $$
begin
  return (
    select k.name from public.recruiting_contact_phones p
    join public.recruiting_contacts k on k.id = p.contact_id
    where p.canonical = canonical_phone
  );
end;
$$;

-- Fills an empty recruit_name with the contact's name. The caller has locked the phone.
create function private.name_conversation(conversation_id uuid) returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.recruiting_conversations c set recruit_name = private.contact_name(c.canonical_phone)
    where c.id = conversation_id and coalesce(c.recruit_name, '') = ''
      and private.contact_name(c.canonical_phone) is not null;
end;
$$;

revoke execute on function private.contact_name, private.name_conversation from public;

-- The contacts whose rows the caller may read: those with a conversation that the caller may read, by the rule of the
-- policy on conversations. A view has the rights of its owner, because a policy on phones cannot read phones under
-- itself; and unlike a function it lets Postgres choose whether to look up each contact or to read all of them once.
create view private.readable_contacts as
select p.contact_id
from public.recruiting_contact_phones p
join public.recruiting_conversations c on c.canonical_phone = p.canonical
where (select private.is_agent())
  and (c.assigned_agent_id is null or c.assigned_agent_id = (select auth.uid()));

comment on view private.readable_contacts is 'One conversation that the caller may read, as the id of its contact';

revoke all on private.readable_contacts from public, anon, authenticated, service_role;
grant select on private.readable_contacts to authenticated;

alter table public.recruiting_contacts enable row level security;
alter table public.recruiting_contact_phones enable row level security;
alter table public.recruiting_profile_alerts enable row level security;

create policy "Agents see the contacts of the conversations that they see" on public.recruiting_contacts
  for select to authenticated
  using (exists (select from private.readable_contacts r where r.contact_id = recruiting_contacts.id));

create policy "Agents see the phones of the contacts that they see" on public.recruiting_contact_phones
  for select to authenticated
  using (exists (select from private.readable_contacts r where r.contact_id = recruiting_contact_phones.contact_id));

create policy "Agents see the alerts of the contacts that they see" on public.recruiting_profile_alerts
  for select to authenticated
  using (exists (select from private.readable_contacts r where r.contact_id = recruiting_profile_alerts.contact_id));

revoke all on public.recruiting_contacts, public.recruiting_contact_phones, public.recruiting_profile_alerts
  from public, anon, authenticated, service_role;
grant select (id, external_id, name, linkedin_url, profile, created_at, updated_at)
  on public.recruiting_contacts to authenticated;
grant select on public.recruiting_contact_phones, public.recruiting_profile_alerts to authenticated;
grant select on public.recruiting_contacts, public.recruiting_contact_phones, public.recruiting_profile_alerts
  to service_role;
