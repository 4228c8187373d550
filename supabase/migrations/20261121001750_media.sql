-- Due work copies the attachments of inbound texts to Storage, because Twilio's URLs ask for the account's password
-- and end when Twilio deletes them.

-- Whether attachments can be copied. Where Storage or the bucket is missing they stay at their URLs and due, and
-- are copied once both are there (private.set_up_media_storage).
create function private.has_media_bucket() returns boolean
language plpgsql
set search_path = ''
as $$
begin
  if to_regclass('storage.buckets') is null then
    return false;
  end if;
  return exists (select from storage.buckets b where b.id = 'recruiting-media');
end;
$$;

-- Whether a worker still holds the claim of a text's attachments.
create function private.holds_media(message public.recruiting_messages, claim_token uuid) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return message.media_token = claim_token and message.media_due_at is not null;
end;
$$;

revoke execute on function private.has_media_bucket, private.holds_media from public;

-- Claims the texts whose attachments have been due longest, of those that no other transaction is claiming. Retrying
-- is safe, also while the attempt before it still runs: the same token gets the same texts.
--   argument       meaning
--   claim_token    chosen by the caller; identifies the lease of the attachments
--   batch          how many texts at most
--   lease_seconds  after which another worker may claim them
-- Returns a row for each; none where there is no bucket for them:
--   column           meaning
--   message_id       of the text
--   message_sid      of the text
--   conversation_id  of the text
--   media            array of {url, content_type}, with path or error where nothing is left to do
--   num_media        how many attachments Twilio reports; media may have fewer
--   attempts         how often copying them was tried without success
create function public.recruiting_claim_media(
  claim_token uuid,
  batch int default 2,
  lease_seconds double precision default 60
) returns table (
  message_id uuid,
  message_sid text,
  conversation_id uuid,
  media jsonb,
  num_media int,
  attempts int
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  moment timestamptz;
  claimed_ids uuid[];
begin
  perform private.lock_claim(recruiting_claim_media.claim_token);
  if not private.has_media_bucket() then
    return;
  end if;
  moment := clock_timestamp();
  -- No lease ends later, and texts that wait for a later attempt are not read.
  claimed_ids := array(
    select m.id from public.recruiting_messages m
    where m.media_due_at > moment
      and m.media_due_at <= moment + make_interval(secs => recruiting_claim_media.lease_seconds)
      and m.media_token = recruiting_claim_media.claim_token
  );
  if claimed_ids = '{}' then
    with due as materialized (
      select m.id from public.recruiting_messages m
      where m.media_due_at <= moment
      order by m.media_due_at limit recruiting_claim_media.batch
      for no key update skip locked
    ), claimed as (
      update public.recruiting_messages m set
        media_due_at = moment + make_interval(secs => recruiting_claim_media.lease_seconds),
        media_token = recruiting_claim_media.claim_token
      from due where m.id = due.id
    )
    select array_agg(due.id) into claimed_ids from due;
  end if;
  return query
    select m.id, m.message_sid, m.conversation_id, m.media, coalesce(m.num_media, 0), coalesce(m.media_attempts, 0)
      from public.recruiting_messages m where m.id = any (claimed_ids)
      order by m.id;
end;
$$;

-- Fills in the attachments of a text that came without their URLs, from Twilio's Media list. Attachments that are
-- there stay, and a text that has all of them stays as it is. Retrying is safe.
--   argument     meaning
--   claim_token  the worker's claim of the text
--   listed       array of {url, content_type}, as JSON text
-- Returns the text's attachments; null if the worker's lease has ended or the text is gone.
create function public.recruiting_fill_media(message_id uuid, claim_token uuid, listed text) returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  message public.recruiting_messages;
begin
  select * into message from public.recruiting_messages m
    where m.id = message_id for no key update;
  if not coalesce(private.holds_media(message, claim_token), false) then
    return null;
  end if;
  update public.recruiting_messages m set media = m.media || coalesce((
      select jsonb_agg(attachment order by place)
      from jsonb_array_elements(listed::jsonb) with ordinality l (attachment, place)
      where not exists (
        select from jsonb_array_elements(m.media) known where known -> 'url' = attachment -> 'url'
      )
    ), '[]')
    where m.id = message.id and coalesce(m.num_media, 0) > jsonb_array_length(m.media);
  return (select m.media from public.recruiting_messages m where m.id = message.id);
end;
$$;

revoke execute on function public.recruiting_claim_media, public.recruiting_fill_media
  from public, anon, authenticated, service_role;
grant execute on function public.recruiting_claim_media, public.recruiting_fill_media to service_role;

-- What recruiting_record_media did.
--   recorded    the results are stored
--   superseded  the lease has ended, or the results were recorded before: nothing is stored
--   erased      the text is gone: what was copied is deleted again
create type public.recruiting_media_outcome as enum ('recorded', 'superseded', 'erased');

-- Adds results to attachments: {index, path, size} or {index, error}. An index beyond the list adds an attachment
-- without a URL, which is how a text shows one that Twilio does not list.
create function private.with_media_results(media jsonb, results jsonb) returns jsonb
language plpgsql immutable
set search_path = ''
as $$
declare
  result jsonb;
  place int;
  attachment jsonb;
begin
  for result in select r from jsonb_array_elements(results) r order by (r ->> 'index')::int loop
    place := (result ->> 'index')::int;
    attachment := coalesce(media -> place, '{"url": "", "content_type": ""}');
    if not attachment ?| array['path', 'error'] then
      attachment := attachment || (result - 'index');
      media := case
        when media -> place is null then media || jsonb_build_array(attachment)
        else jsonb_set(media, array[place::text], attachment)
      end;
    end if;
  end loop;
  return media;
end;
$$;

-- Tells the agents that a text's attachments can be opened, where they were told of the text.
create function private.broadcast_media(message public.recruiting_messages) returns void
language plpgsql
set search_path = ''
as $$
declare
  conversation public.recruiting_conversations;
begin
  select * into conversation from public.recruiting_conversations c where c.id = message.conversation_id;
  if conversation.status <> 'bot' then
    perform private.broadcast(
      private.topic_of(conversation.assigned_agent_id),
      'message_media_stored',
      jsonb_build_object(
        'conversation_id', message.conversation_id,
        'message_id', message.id,
        'media', message.media
      )
    );
  end if;
end;
$$;

revoke execute on function private.with_media_results, private.broadcast_media from public;
