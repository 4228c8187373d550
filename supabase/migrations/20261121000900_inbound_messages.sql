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

-- The escalation_reason of a conversation in which a text asks for a person.
create function private.doubt_reason() returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return 'The recruit may be asking not to be texted';
end;
$$;

revoke execute on function private.keep_inbound_message, private.doubt_reason from public;
