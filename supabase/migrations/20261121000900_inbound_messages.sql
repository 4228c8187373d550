-- An inbound text becomes a message of its conversation in one way, whether it has just arrived or waited for the
-- conversation to begin.

-- Inserts the message of a text and makes the reply pending that it asks for. The caller has locked the
-- conversation. Returns the message's id.
--   arrived  the text, in the row type of the unmatched texts, because any text may be kept among them first
create function private.keep_inbound_message(
  conversation public.recruiting_conversations,
  arrived public.recruiting_unmatched_messages,
  turn_wait interval default '2 seconds'
) returns uuid
language plpgsql
set search_path = ''
as $$
declare
  message_id uuid;
  asks_for_reply constant boolean :=
    arrived.asks_for = 'reply' and conversation.status = 'bot' and conversation.opted_out_at is null;
begin
  if coalesce(conversation.recruit_name, '') = '' and arrived.recruit_name <> '' then
    update public.recruiting_conversations c set recruit_name = arrived.recruit_name where c.id = conversation.id;
  end if;
  if coalesce(conversation.answer_phone, conversation.recruit_phone) <> arrived.recruit_phone then
    -- A text that is stored late changes nothing: a newer text says where messages are sent.
    update public.recruiting_conversations c set answer_phone = arrived.recruit_phone
      where c.id = conversation.id and not exists (
        select from public.recruiting_messages m
        where m.conversation_id = c.id and m.direction = 'inbound' and m.created_at > arrived.received_at
      );
  end if;
  insert into public.recruiting_messages (
    conversation_id, direction, sender_type, body, media, num_media, metadata, verdict, reply_wait, status,
    message_sid, num_segments, created_at
  )
  values (
    conversation.id, 'inbound', 'recruit', coalesce(arrived.body, ''), coalesce(arrived.media, '[]'),
    nullif(arrived.num_media, 0), arrived.metadata, arrived.verdict, case when asks_for_reply then turn_wait end,
    'received', arrived.message_sid, arrived.num_segments, arrived.received_at
  )
  returning id into message_id;
  return message_id;
end;
$$;

-- Whether metadata has a key that the stored metadata lacks.
create function private.has_more_keys(metadata jsonb, stored jsonb) returns boolean
language plpgsql immutable
set search_path = ''
as $$
begin
  return exists (
    select from jsonb_object_keys(metadata) key where stored is null or not stored ? key
  );
end;
$$;

-- Twilio reports one text in several ways: by form, by event, in its log. Fills in what the first of them lacked, and
-- changes nothing else. The caller has locked the SID.
--   arrived  the text as it was reported again
create function private.complete_message(message_id uuid, arrived public.recruiting_unmatched_messages) returns void
language plpgsql
set search_path = ''
as $$
begin
  if arrived.recruit_name <> '' then
    update public.recruiting_conversations c set recruit_name = arrived.recruit_name
      from public.recruiting_messages m
      where m.id = message_id and c.id = m.conversation_id and coalesce(c.recruit_name, '') = '';
  end if;
  update public.recruiting_messages m set
      media = case when m.media = '[]' then arrived.media else m.media end,
      num_media = coalesce(m.num_media, nullif(arrived.num_media, 0)),
      num_segments = coalesce(m.num_segments, arrived.num_segments),
      metadata = case when arrived.metadata is null then m.metadata
        else arrived.metadata || coalesce(m.metadata, '{}') end
    where m.id = message_id and m.direction = 'inbound' and (
      m.media = '[]' and arrived.media <> '[]'
      or m.num_media is null and arrived.num_media > 0
      or m.num_segments is null and arrived.num_segments is not null
      or private.has_more_keys(arrived.metadata, m.metadata)
    );
end;
$$;

-- The same for a text that is kept as unmatched. One that retention has emptied stays empty.
create function private.complete_unmatched(arrived public.recruiting_unmatched_messages) returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.recruiting_unmatched_messages u set
      media = case when coalesce(u.media, '[]') = '[]' then arrived.media else u.media end,
      num_media = coalesce(nullif(u.num_media, 0), arrived.num_media),
      num_segments = coalesce(u.num_segments, arrived.num_segments),
      metadata = case when arrived.metadata is null then u.metadata
        else arrived.metadata || coalesce(u.metadata, '{}') end,
      recruit_name = coalesce(nullif(u.recruit_name, ''), arrived.recruit_name)
    where u.message_sid = arrived.message_sid and u.reason <> 'pruned' and (
      coalesce(u.media, '[]') = '[]' and arrived.media <> '[]'
      or coalesce(u.num_media, 0) = 0 and arrived.num_media > 0
      or u.num_segments is null and arrived.num_segments is not null
      or private.has_more_keys(arrived.metadata, u.metadata)
      or coalesce(u.recruit_name, '') = '' and arrived.recruit_name <> ''
    );
end;
$$;

-- Deletes the row of a text that is kept as unmatched. Returns the text with what only that row had.
create function private.take_unmatched(arrived public.recruiting_unmatched_messages)
returns public.recruiting_unmatched_messages
language plpgsql
set search_path = ''
as $$
declare
  kept public.recruiting_unmatched_messages;
begin
  delete from public.recruiting_unmatched_messages u where u.message_sid = arrived.message_sid returning * into kept;
  if coalesce(arrived.media, '[]') = '[]' then
    arrived.media := kept.media;
  end if;
  arrived.num_media := coalesce(nullif(arrived.num_media, 0), kept.num_media);
  arrived.num_segments := coalesce(arrived.num_segments, kept.num_segments);
  arrived.metadata := coalesce(kept.metadata || arrived.metadata, arrived.metadata, kept.metadata);
  arrived.recruit_name := coalesce(nullif(arrived.recruit_name, ''), kept.recruit_name);
  return arrived;
end;
$$;

-- The escalation_reason of a conversation in which a text asks for a person.
create function private.doubt_reason() returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return 'The recruit may be asking not to be texted';
end;
$$;

revoke execute on function
  private.keep_inbound_message, private.has_more_keys, private.complete_message, private.complete_unmatched,
  private.take_unmatched, private.doubt_reason
from public;
