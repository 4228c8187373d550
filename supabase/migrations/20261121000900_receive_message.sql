-- The inbound step: one call, one transaction, the same result however often it is repeated.

-- Keeps a text in its conversation, whose row the caller has locked. Returns the message's id.
create function private.keep_inbound_message(
  conversation_id uuid,
  arrived public.recruiting_unmatched_messages
) returns uuid
language plpgsql
set search_path = ''
as $$
declare
  message_id uuid;
begin
  insert into public.recruiting_messages
    (conversation_id, direction, sender_type, body, media, status, message_sid, num_segments, created_at)
  values (
    keep_inbound_message.conversation_id, 'inbound', 'recruit', coalesce(arrived.body, ''),
    coalesce(arrived.media, '[]'), 'received', arrived.message_sid, arrived.num_segments, arrived.received_at
  )
  returning id into message_id;
  return message_id;
end;
$$;
revoke execute on function private.keep_inbound_message from public;

-- Takes in one inbound text.
--   channel, recruit_phone, twilio_phone  From and To, split
--   payload        the signed form, as JSON text: parsed only where it is kept
--   media          array of {url, content_type}, as JSON text
--   refused        why the database refused the text before; it is then kept as unmatched
-- Returns one row: outcome 'received', 'repeated' or 'no_conversation', and the conversation,
-- its status and the message where there are any, and whether an agent should have been told and
-- could not be.
create function public.recruiting_receive_message(
  message_sid text,
  channel text,
  recruit_phone text,
  twilio_phone text,
  payload text,
  body text default '',
  media text default '[]',
  num_segments int default null,
  opt_out_type text default null,
  refused text default null
) returns table (
  outcome text,
  conversation_id uuid,
  conversation_status text,
  message_id uuid,
  broadcast_missed boolean
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  arrived public.recruiting_unmatched_messages;
  keyword constant text := private.opt_keyword(
    recruiting_receive_message.body, recruiting_receive_message.opt_out_type
  );
  is_phone constant boolean := coalesce(
    private.is_recruit_address(recruiting_receive_message.channel, recruiting_receive_message.recruit_phone),
    false
  );
  is_new boolean;
begin
  arrived.message_sid := recruiting_receive_message.message_sid;
  arrived.received_at := clock_timestamp();
  arrived.channel := recruiting_receive_message.channel;
  arrived.recruit_phone := recruiting_receive_message.recruit_phone;
  arrived.twilio_phone := recruiting_receive_message.twilio_phone;
  arrived.body := recruiting_receive_message.body;
  arrived.media := recruiting_receive_message.media::jsonb;
  arrived.num_segments := recruiting_receive_message.num_segments;
  arrived.opt_out_type := recruiting_receive_message.opt_out_type;

  perform private.lock_message_sid(arrived.message_sid);

  -- An opt-out or opt-in touches every conversation of the phone: lock them all, in order of id.
  if keyword in ('stop', 'start', 'yes') and is_phone then
    perform private.lock_phone(arrived.recruit_phone);
    perform from public.recruiting_conversations c
      where c.recruit_phone = arrived.recruit_phone order by c.id for no key update;
  end if;

  select c.id, c.status into conversation_id, conversation_status
    from public.recruiting_conversations c
    where c.recruit_phone = arrived.recruit_phone and c.twilio_phone = arrived.twilio_phone
      and c.channel = arrived.channel
    for no key update;
  if not found then
    -- It may be about to commit: under the lock it either has, or will adopt what is kept here.
    perform private.lock_phone(arrived.recruit_phone);
    select c.id, c.status into conversation_id, conversation_status
      from public.recruiting_conversations c
      where c.recruit_phone = arrived.recruit_phone and c.twilio_phone = arrived.twilio_phone
        and c.channel = arrived.channel
      for no key update;
  end if;

  select m.id into message_id from public.recruiting_messages m where m.message_sid = arrived.message_sid;
  if found then
    outcome := 'repeated';
    broadcast_missed := false;
    return next;
    return;
  end if;

  if conversation_id is not null and refused is null then
    -- Kept before only if the database had refused it.
    delete from public.recruiting_unmatched_messages u where u.message_sid = arrived.message_sid;
    is_new := not found;
    message_id := private.keep_inbound_message(conversation_id, arrived);
    outcome := 'received';
  else
    arrived.payload := recruiting_receive_message.payload::jsonb;
    arrived.reason := coalesce(refused, 'no_conversation');
    insert into public.recruiting_unmatched_messages select (arrived).* on conflict do nothing;
    is_new := found;
    outcome := case when refused is null then 'no_conversation' else 'received' end;
  end if;

  if is_new and is_phone then
    perform private.honour_keyword(keyword, arrived.recruit_phone, arrived.twilio_phone, arrived.message_sid);
  end if;
  broadcast_missed := private.broadcast_missed();
  return next;
end;
$$;

revoke execute on function public.recruiting_receive_message from public, anon, authenticated, service_role;
grant execute on function public.recruiting_receive_message to service_role;
