-- What is deleted elsewhere is noted here in the transaction that makes it needless, because a transaction can delete
-- neither an object of Storage nor a resource of Twilio's.

-- What is deleted.
--   folder        every object of Storage in a folder; target is its bucket and its name: 'recruiting-media/…'
--   twilio_media  a Media resource; target is its URL
create type public.recruiting_deletion_kind as enum ('folder', 'twilio_media');

create table private.deletions (
  target text primary key,
  kind public.recruiting_deletion_kind not null,
  due_at timestamptz not null default clock_timestamp(),
  claim_token uuid,
  attempts int not null default 0,
  keep_until timestamptz
);
comment on table private.deletions is
  'One folder of Storage or one Media resource of Twilio''s that is to be deleted; the row ends with it';
comment on column private.deletions.due_at is 'When it is deleted, or until when a worker holds it';
comment on column private.deletions.claim_token is 'The claim of the worker that deletes it until due_at';
comment on column private.deletions.attempts is 'How often deleting it has failed';
comment on column private.deletions.keep_until is 'Until when an upload to the folder may still end; null where none may';
create index deletions_due on private.deletions (due_at);

-- The objects in a folder of Storage, 200 at most, by their names in the bucket. These operators use the index
-- name_prefix_search of Storage's, whatever the database's collation.
create function private.objects_in(folder_target text) returns text[]
language plpgsql
set search_path = ''
as $$
declare
  bucket constant text := split_part(folder_target, '/', 1);
  folder constant text := substr(folder_target, length(bucket) + 2);
begin
  if to_regclass('storage.objects') is null then
    return '{}';
  end if;
  return array(
    select o.name from storage.objects o
    where o.bucket_id = bucket and o.name ~>=~ (folder || '/') and o.name ~<~ (folder || '0')
    limit 200
  );
end;
$$;

-- Notes a folder for deletion. A transaction takes this row last, after every other lock.
--   keep_until  until when an upload to the folder may still end: it is looked at once more then; null for none
create function private.note_folder_deletion(target text, keep_until timestamptz) returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  if to_regclass('storage.objects') is null then
    return;
  end if;
  insert into private.deletions as d (target, kind, keep_until)
    values (note_folder_deletion.target, 'folder', note_folder_deletion.keep_until)
    on conflict on constraint deletions_pkey do update set
      due_at = excluded.due_at, claim_token = null, keep_until = greatest(d.keep_until, excluded.keep_until);
end;
$$;

-- A text that is deleted leaves no copy of its attachments, also where the platform's own SQL deletes it. A worker
-- that is copying them uploads nothing after its lease.
create function private.delete_media() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.note_folder_deletion(
    format('recruiting-media/%s/%s', old.conversation_id, old.id),
    case when old.media_token is not null then old.media_due_at end
  );
  return null;
end;
$$;

create trigger _500_delete_media after delete on public.recruiting_messages
  for each row when (old.direction = 'inbound' and (old.media <> '[]' or old.num_media is not null))
  execute function private.delete_media();

-- A conversation that is deleted leaves nothing of what its agents attached. What its agent is uploading is not seen
-- here, and a signed URL for an upload is valid for two hours, whatever has become of the conversation. A conversation
-- that has neither an agent nor attachments leaves no row.
-- https://supabase.com/docs/reference/javascript/storage-from-createsigneduploadurl
create function private.delete_attachments() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  folder constant text := 'recruiting-attachments/' || old.id::text;
begin
  if old.assigned_agent_id is not null or private.objects_in(folder) <> '{}' then
    perform private.note_folder_deletion(folder, clock_timestamp() + interval '2 hours');
  end if;
  return null;
end;
$$;

create trigger _500_delete_attachments after delete on public.recruiting_conversations
  for each row execute function private.delete_attachments();

revoke execute on function
  private.objects_in, private.note_folder_deletion, private.delete_media, private.delete_attachments
from public;

-- Claims the deletions that have been due longest, of those that no other transaction is claiming. Retrying is safe,
-- also while the attempt before it still runs: the same token gets the same deletions.
--   argument       meaning
--   claim_token    chosen by the caller; identifies the lease
--   batch          how many at most
--   lease_seconds  after which another worker may claim them
-- Returns a row for each:
--   column    meaning
--   kind      what is deleted
--   target    of a folder its bucket and name, of a resource its URL
--   objects   of a folder: the names of its objects; 200 at most, so that one worker deletes them within its lease
--   attempts  how often deleting it has failed
create function public.recruiting_claim_deletions(
  claim_token uuid,
  batch int default 10,
  lease_seconds double precision default 60
) returns table (kind public.recruiting_deletion_kind, target text, objects text[], attempts int)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  moment timestamptz;
  lease_ends_at timestamptz;
begin
  perform private.lock_claim(recruiting_claim_deletions.claim_token);
  moment := clock_timestamp();
  -- No lease ends later, and deletions that wait for a later attempt are not read.
  lease_ends_at := moment + make_interval(secs => recruiting_claim_deletions.lease_seconds);
  if not exists (
    select from private.deletions d
    where d.claim_token = recruiting_claim_deletions.claim_token and d.due_at > moment and d.due_at <= lease_ends_at
  ) then
    update private.deletions d set
        claim_token = recruiting_claim_deletions.claim_token,
        due_at = lease_ends_at
      from (
        select due.target from private.deletions due
        where due.due_at <= moment
        order by due.due_at limit recruiting_claim_deletions.batch
        for no key update skip locked
      ) due
      where d.target = due.target;
  end if;
  return query
    select d.kind, d.target, case d.kind when 'folder' then private.objects_in(d.target) else '{}' end, d.attempts
      from private.deletions d
      where d.claim_token = recruiting_claim_deletions.claim_token and d.due_at > moment and d.due_at <= lease_ends_at
      order by d.target;
end;
$$;

-- Ends a deletion: the row is deleted, or is due again: a folder at once while it has objects, then at keep_until.
-- A claim that another worker has taken over changes nothing. Retrying is safe.
--   argument       meaning
--   target         of the deletion
--   claim_token    the worker's claim
--   retry_seconds  after which it is tried again; null if it has succeeded
create function public.recruiting_finish_deletion(
  target text,
  claim_token uuid,
  retry_seconds double precision default null
) returns void
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  deletion private.deletions;
  moment timestamptz;
  has_objects boolean;
begin
  select * into deletion from private.deletions d
    where d.target = recruiting_finish_deletion.target and d.claim_token = recruiting_finish_deletion.claim_token
    for no key update;
  if not found then
    return;
  end if;
  moment := clock_timestamp();
  has_objects := deletion.kind = 'folder' and private.objects_in(deletion.target) <> '{}';
  if recruiting_finish_deletion.retry_seconds is null and not has_objects
    and coalesce(deletion.keep_until <= moment, true)
  then
    delete from private.deletions d where d.target = deletion.target;
  else
    update private.deletions d set
        claim_token = null,
        attempts = case when recruiting_finish_deletion.retry_seconds is null then 0 else d.attempts + 1 end,
        due_at = case
          when recruiting_finish_deletion.retry_seconds is not null
            then moment + make_interval(secs => recruiting_finish_deletion.retry_seconds)
          when has_objects then moment
          else d.keep_until
        end
      where d.target = deletion.target;
  end if;
end;
$$;

revoke execute on function
  public.recruiting_claim_deletions, public.recruiting_finish_deletion
from public, anon, authenticated, service_role;
grant execute on function
  public.recruiting_claim_deletions, public.recruiting_finish_deletion
to service_role;
