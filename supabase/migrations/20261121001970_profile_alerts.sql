-- Services that watch people's public profiles post an alert when one has changed (supabase/functions/profile-alerts).
-- What differs from the stored profile is kept, and the agents of the contact's open conversations are told.

-- A profile's fields as they are compared: its own, and `name`, `company` and `position` where it has none of its own.
--   name      firstName and lastName
--   company   companyName of the first entry of positions.positionHistory
--   position  title of the same entry
create function private.compared_profile(profile jsonb) returns jsonb
language plpgsql immutable
set search_path = ''
as $$
declare
  newest_position constant jsonb := profile #> '{positions,positionHistory,0}';
begin
  return jsonb_build_object(
    'name', nullif(concat_ws(
      ' ',
      case when jsonb_typeof(profile -> 'firstName') = 'string' then nullif(profile ->> 'firstName', '') end,
      case when jsonb_typeof(profile -> 'lastName') = 'string' then nullif(profile ->> 'lastName', '') end
    ), ''),
    'company', newest_position -> 'companyName',
    'position', newest_position -> 'title'
  ) || (
    profile - array(select key from unnest(array['name', 'company', 'position']) key where profile -> key = 'null')
  );
end;
$$;

-- What differs between two profiles, as `{field: {"from", "to"}}`; empty if nothing does. A missing field is null, and
-- the order of keys does not count. Made as json, because jsonb_object_agg takes seconds for a list of 20,000 texts.
create function private.changed_fields(old_profile jsonb, new_profile jsonb) returns jsonb
language plpgsql immutable
set search_path = ''
as $$
begin
  return coalesce((
    select json_object_agg(
      key, json_build_object('from', coalesce(was.value, 'null'), 'to', coalesce(now_is.value, 'null'))
    )::jsonb
    from jsonb_each(private.compared_profile(old_profile)) was
      full join jsonb_each(private.compared_profile(new_profile)) now_is using (key)
    where coalesce(was.value, 'null') <> coalesce(now_is.value, 'null')
  ), '{}');
end;
$$;

-- Tells the agents of a contact's open conversations what has changed: once on each topic, with its conversations.
create function private.broadcast_contact_changed(contact_id uuid, changed jsonb) returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  recipient record;
begin
  for recipient in
    select private.topic_of(c.assigned_agent_id) as topic, jsonb_agg(c.id order by c.id) as conversation_ids
    from public.recruiting_contact_phones p
      join public.recruiting_conversations c on c.canonical_phone = p.canonical
    where p.contact_id = broadcast_contact_changed.contact_id
      and (c.status = 'escalated' or (c.status <> 'closed' and c.assigned_agent_id is not null))
    group by c.assigned_agent_id order by 1
  loop
    perform private.broadcast(recipient.topic, 'contact_changed', jsonb_build_object(
      'contact_id', broadcast_contact_changed.contact_id,
      'conversation_ids', recipient.conversation_ids,
      'changed', broadcast_contact_changed.changed
    ));
  end loop;
end;
$$;

-- The part of an address of a profile that tells it from others: without `www.`, the case of the host, and slashes at
-- the end.
create function private.linkedin_profile_key(linkedin_url text) returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  parts constant text[] := regexp_match(linkedin_url, '^https://(?:www\.)?([^/]*)(.*)$', 'i');
begin
  return lower(parts[1]) || rtrim(parts[2], '/');
end;
$$;

revoke execute on function
  private.compared_profile, private.changed_fields, private.broadcast_contact_changed, private.linkedin_profile_key
from public;

-- Receives an alert: compares its profile with the stored one under the contact's lock, and replaces that. Of two alerts
-- at once the second one is compared with what the first one has stored. Retrying is safe: then nothing differs.
--   subscription_id  alert_subscription_id of the contact
--   profile          the profile, a JSON object as text; null changes nothing
-- Returns one row:
--   is_known  whether a contact has the subscription
--   warnings  private.warnings
create function public.recruiting_receive_profile_alert(subscription_id text, profile text default null)
returns table (is_known boolean, warnings public.recruiting_warning[])
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  new_profile constant jsonb := recruiting_receive_profile_alert.profile::jsonb;
  contact_id uuid;
  old_profile jsonb;
  changed jsonb;
begin
  perform private.require_read_committed();
  loop
    select c.id, c.profile into contact_id, old_profile from public.recruiting_contacts c
      where c.alert_subscription_id = recruiting_receive_profile_alert.subscription_id for no key update;
    is_known := found;
    -- A transaction that this one has waited for may have given the subscription to another contact.
    exit when is_known or not exists (
      select from public.recruiting_contacts c
      where c.alert_subscription_id = recruiting_receive_profile_alert.subscription_id
    );
  end loop;

  if is_known and new_profile is not null then
    changed := private.changed_fields(old_profile, new_profile);
    if old_profile is null or old_profile <> new_profile then
      update public.recruiting_contacts c set profile = new_profile where c.id = contact_id;
    end if;
    if old_profile is not null and changed <> '{}' then
      insert into public.recruiting_profile_alerts (contact_id, changed) values (contact_id, changed);
      -- A photo's address and counters change daily: they are kept, and no agent is told.
      if changed ?| array['name', 'headline', 'location', 'company', 'position'] then
        perform private.broadcast_contact_changed(contact_id, changed);
      end if;
    end if;
  end if;
  warnings := private.warnings();
  return next;
end;
$$;

-- Stores the address of a contact's profile, which a service has found. The first one becomes linkedin_url; another one
-- later goes into metadata, key other_linkedin_urls, once. Retrying is safe.
--   contact       the contact's id or external_id
--   linkedin_url  as recruiting_contacts may have it, else an error of class 22 or 23
-- Returns one row, as recruiting_receive_profile_alert does.
create function public.recruiting_resolve_contact(contact text, linkedin_url text)
returns table (is_known boolean, warnings public.recruiting_warning[])
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  found_url constant text := recruiting_resolve_contact.linkedin_url;
  contact_id constant uuid := case
    when recruiting_resolve_contact.contact ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
    then recruiting_resolve_contact.contact::uuid
  end;
  stored public.recruiting_contacts;
  other_urls jsonb;
begin
  perform private.require_read_committed();
  -- An id goes before an external_id of the same spelling.
  select * into stored from public.recruiting_contacts c where c.id = contact_id for no key update;
  if not found then
    select * into stored from public.recruiting_contacts c
      where c.external_id = recruiting_resolve_contact.contact for no key update;
  end if;
  is_known := found;

  if is_known and stored.linkedin_url is null then
    update public.recruiting_contacts c set linkedin_url = found_url where c.id = stored.id;
  elsif is_known then
    other_urls := coalesce(nullif(stored.metadata -> 'other_linkedin_urls', 'null'), '[]');
    if jsonb_typeof(other_urls) <> 'array' then
      other_urls := jsonb_build_array(other_urls);
    end if;
    if private.linkedin_profile_key(found_url) <> private.linkedin_profile_key(stored.linkedin_url)
      and not exists (
        select from jsonb_array_elements_text(other_urls) other_url
        where private.linkedin_profile_key(other_url) = private.linkedin_profile_key(found_url)
      )
    then
      update public.recruiting_contacts c
        set metadata = c.metadata || jsonb_build_object('other_linkedin_urls', other_urls || to_jsonb(found_url))
        where c.id = stored.id;
    end if;
  end if;
  warnings := private.warnings();
  return next;
end;
$$;

revoke execute on function public.recruiting_receive_profile_alert, public.recruiting_resolve_contact
  from public, anon, authenticated, service_role;
grant execute on function public.recruiting_receive_profile_alert, public.recruiting_resolve_contact to service_role;
