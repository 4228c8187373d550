-- Two private buckets of Storage hold what recruits and agents attach. Storage's tables belong to others: a row and
-- policies are all that is added to them.
-- https://supabase.com/docs/guides/storage/security/access-control

-- Whether the caller may read the conversation that a folder of Storage is named by; false for a folder of another
-- name. The text is compared with the id as Postgres writes it, so that one conversation has one folder.
create function private.may_read_conversation(folder text) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  return case
    when folder ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then exists (
      -- Under the caller's own policies.
      select from public.recruiting_conversations c where c.id = folder::uuid
    )
    else false
  end;
end;
$$;
revoke execute on function private.may_read_conversation from public;
grant execute on function private.may_read_conversation to authenticated;

-- Makes the buckets and their policies, unless they are there. Without schema storage it does nothing: call it again
-- when Storage has been switched on.
--   recruiting-media        what recruits attach: <conversation_id>/<message_id>/<number from 0>
--   recruiting-attachments  what agents attach: <conversation_id>/…, of the types and the size that Twilio takes
-- https://www.twilio.com/docs/messaging/guides/accepted-mime-types
create function private.set_up_media_storage() returns void
language plpgsql
set search_path = ''
as $$
begin
  if to_regclass('storage.objects') is null or to_regclass('storage.buckets') is null then
    return;
  end if;
  insert into storage.buckets (id, name, public) values ('recruiting-media', 'recruiting-media', false)
    on conflict do nothing;
  insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values (
    'recruiting-attachments', 'recruiting-attachments', false, 5 * 1024 * 1024,
    array['image/jpeg', 'image/png', 'image/gif', 'application/pdf']
  ) on conflict do nothing;

  drop policy if exists "Agents open what recruits attached to conversations that they see" on storage.objects;
  create policy "Agents open what recruits attached to conversations that they see" on storage.objects
    for select to authenticated
    using (bucket_id = 'recruiting-media' and private.may_read_conversation((storage.foldername(name))[1]));

  drop policy if exists "Agents open what they attached to conversations that they see" on storage.objects;
  create policy "Agents open what they attached to conversations that they see" on storage.objects
    for select to authenticated
    using (bucket_id = 'recruiting-attachments' and private.may_read_conversation((storage.foldername(name))[1]));

  drop policy if exists "Agents attach to conversations that they see" on storage.objects;
  create policy "Agents attach to conversations that they see" on storage.objects
    for insert to authenticated
    with check (bucket_id = 'recruiting-attachments' and private.may_read_conversation((storage.foldername(name))[1]));
end;
$$;
revoke execute on function private.set_up_media_storage from public;

select private.set_up_media_storage();
