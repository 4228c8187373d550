-- Gives schema storage the owner, grants and guard that it has on hosted Supabase. The tables of
-- npm:@supabase/lite exist before. Run as supabase_admin.

alter schema storage owner to supabase_storage_admin;
grant usage on schema storage to postgres, anon, authenticated, service_role;
grant all on all tables in schema storage to postgres, anon, authenticated, service_role;
alter table storage.buckets owner to supabase_storage_admin;
alter table storage.objects owner to supabase_storage_admin;

-- Only Storage itself deletes, because an object's content is not in the database. Here Storage connects as the
-- superuser.
create function storage.protect_delete() returns trigger
language plpgsql
as $$
begin
  if session_user <> 'supabase_admin' and coalesce(current_setting('storage.allow_delete_query', true), '') <> 'true'
  then
    raise insufficient_privilege using
      message = 'Direct deletion from storage tables is not allowed. Use the Storage API instead.';
  end if;
  return null;
end;
$$;
create trigger protect_buckets_delete before delete on storage.buckets
  for each statement execute function storage.protect_delete();
create trigger protect_objects_delete before delete on storage.objects
  for each statement execute function storage.protect_delete();
