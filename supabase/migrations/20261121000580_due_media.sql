-- The attachments of an inbound text are copied to Storage as due work, because no webhook waits for a download.

-- Whether an attachment is neither copied nor given up.
--   media      of the message
--   num_media  of the message: Twilio reports more attachments than media has
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

-- When the copying is due: as soon as a text has attachments, whether they came with it or were filled in later. A due
-- time that is there stays, because it may be a worker's lease.
create function private.media_due_at(message public.recruiting_messages) returns timestamptz
language plpgsql
set search_path = ''
as $$
begin
  return case
    when private.lacks_copies(message.media, message.num_media) then coalesce(message.media_due_at, clock_timestamp())
  end;
end;
$$;

create function private.make_media_due() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.media_due_at := private.media_due_at(new);
  return new;
end;
$$;

-- An insert makes it due in private.append_message.
create trigger _200_make_media_due before update of media, num_media on public.recruiting_messages
  for each row when (new.direction = 'inbound' and (new.media <> '[]' or new.num_media is not null))
  execute function private.make_media_due();

-- Texts whose attachments are due, the oldest first. A text without attachments has no entry.
create index recruiting_messages_media_due on public.recruiting_messages (media_due_at)
  where media_due_at is not null;

revoke execute on function private.lacks_copies, private.media_due_at, private.make_media_due from public;
