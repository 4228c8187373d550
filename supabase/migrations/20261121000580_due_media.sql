-- The attachments of an inbound text are copied to Storage as due work, because no webhook waits for a download.

-- Whether an attachment is neither copied nor given up.
--   media      of the message
--   num_media  of the message: Twilio says of more attachments than media has
create function private.lacks_copies(media jsonb, num_media int) returns boolean
language plpgsql immutable
set search_path = ''
as $$
begin
  return coalesce(num_media, 0) > jsonb_array_length(media) or exists (
    select from jsonb_array_elements(media) attachment
    where not attachment ?| array['path', 'error']
  );
end;
$$;

-- Makes the copying due as soon as a text has attachments, whether they came with it or were filled in later. A due
-- time that is there stays, because it may be a worker's lease.
create function private.make_media_due() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.media_due_at := case
    when private.lacks_copies(new.media, new.num_media) then coalesce(new.media_due_at, clock_timestamp())
  end;
  return new;
end;
$$;

-- A text without attachments pays for the comparison alone.
create trigger _200_make_media_due before insert or update of media, num_media on public.recruiting_messages
  for each row when (new.direction = 'inbound' and (new.media <> '[]' or new.num_media is not null))
  execute function private.make_media_due();

-- Texts whose attachments are due, the oldest first. A text without attachments has no entry.
create index recruiting_messages_media_due on public.recruiting_messages (media_due_at)
  where media_due_at is not null;

revoke execute on function private.lacks_copies, private.make_media_due from public;
