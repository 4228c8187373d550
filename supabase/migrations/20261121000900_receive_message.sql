-- The inbound step: one call, one transaction, the same result however often it is repeated.

-- Keeps a text in its conversation, whose row the caller has locked, and notes what it asks for.
-- What is adopted after a day is for reading: it owes no reply. Returns the message's id.
create function private.keep_inbound_message(
  conversation_id uuid,
  arrived public.recruiting_unmatched_messages,
  turn_wait interval default '2 seconds'
) returns uuid
language plpgsql
set search_path = ''
as $$
declare
  message_id uuid;
  message_seq bigint;
begin
  insert into public.recruiting_messages
    (conversation_id, direction, sender_type, body, media, status, message_sid, num_segments, created_at)
  values (
    keep_inbound_message.conversation_id, 'inbound', 'recruit', coalesce(arrived.body, ''),
    coalesce(arrived.media, '[]'), 'received', arrived.message_sid, arrived.num_segments, arrived.received_at
  )
  returning id, seq into message_id, message_seq;

  if arrived.verdict = 'reply' and arrived.received_at > now() - interval '24 hours' then
    perform private.owe_reply(keep_inbound_message.conversation_id, message_seq, arrived.received_at, turn_wait);
  end if;
  return message_id;
end;
$$;

-- Whether an agent has to look at a text before the bot says anything more.
create function private.needs_a_person(arrived public.recruiting_unmatched_messages) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return arrived.verdict = 'doubt' and arrived.received_at > now() - interval '24 hours';
end;
$$;

create function private.doubt_reason() returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return 'The recruit may be asking not to be texted';
end;
$$;

revoke execute on function
  private.keep_inbound_message, private.needs_a_person, private.doubt_reason
from public;

-- Takes in one inbound text.
--   channel, recruit_phone, twilio_phone  From and To, split
--   payload            the signed form, as JSON text: parsed only where it is kept
--   media              array of {url, content_type}, as JSON text
--   refused            why the database refused the text before; it is then kept as unmatched
--   turn_wait_seconds  how long the bot waits for more: after the newest text, and four times as
--                      long after the oldest
-- Returns one row:
--   outcome              'received', 'repeated' or 'no_conversation'
--   conversation_id, conversation_status, message_id  where there are any
--   broadcast_missed     whether an agent should have been told and could not be
--   reply_due_in_ms      until the pending reply is due; null for none
--   work_is_due          whether other work is due that no worker holds: see recruiting_claim_due_work
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
  refused text default null,
  turn_wait_seconds double precision default 2
) returns table (
  outcome text,
  conversation_id uuid,
  conversation_status text,
  message_id uuid,
  broadcast_missed boolean,
  reply_due_in_ms int,
  work_is_due boolean
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  arrived public.recruiting_unmatched_messages;
  keyword constant text := coalesce(
    private.opt_keyword(recruiting_receive_message.body, recruiting_receive_message.opt_out_type),
    private.asks_to_stop(recruiting_receive_message.body)
  );
  is_phone constant boolean := coalesce(
    private.is_recruit_address(recruiting_receive_message.channel, recruiting_receive_message.recruit_phone),
    false
  );
  stopped_phone text;
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

  perform private.lock_message_sid(arrived.message_sid);
  if keyword in ('stop', 'start', 'yes') and is_phone then
    perform private.lock_recruit(arrived.recruit_phone);
  end if;

  select c.id into conversation_id from public.recruiting_conversations c
    where c.recruit_phone = arrived.recruit_phone and c.twilio_phone = arrived.twilio_phone
      and c.channel = arrived.channel
    for no key update;
  if not found then
    -- It may be about to commit: under the lock it either has, or will adopt what is kept here.
    perform private.lock_phone(arrived.recruit_phone);
    select c.id into conversation_id from public.recruiting_conversations c
      where c.recruit_phone = arrived.recruit_phone and c.twilio_phone = arrived.twilio_phone
        and c.channel = arrived.channel
      for no key update;
  end if;

  select m.id into message_id from public.recruiting_messages m where m.message_sid = arrived.message_sid;
  if found then
    outcome := 'repeated';
  else
    select o.twilio_phone into stopped_phone
      from public.recruiting_opt_outs o where o.recruit_phone = arrived.recruit_phone;
    arrived.verdict := case
      when is_phone then private.judge_text(
        keyword, recruiting_receive_message.opt_out_type, stopped_phone, arrived.twilio_phone
      )
      else 'no_reply'
    end;

    if conversation_id is not null and refused is null then
      -- Kept before only if the database had refused it.
      delete from public.recruiting_unmatched_messages u where u.message_sid = arrived.message_sid;
      is_new := not found;
      message_id := private.keep_inbound_message(
        conversation_id, arrived, make_interval(secs => turn_wait_seconds)
      );
      if private.needs_a_person(arrived) then
        perform public.recruiting_escalate_conversation(c.id, private.doubt_reason())
          from public.recruiting_conversations c where c.id = conversation_id and c.status = 'bot';
      end if;
      outcome := 'received';
    else
      arrived.payload := recruiting_receive_message.payload::jsonb;
      arrived.reason := coalesce(refused, 'no_conversation');
      insert into public.recruiting_unmatched_messages select (arrived).* on conflict do nothing;
      is_new := found;
      outcome := case when refused is null then 'no_conversation' else 'received' end;
    end if;

    if is_new and arrived.verdict = 'stop' then
      perform private.opt_out(
        arrived.recruit_phone, arrived.twilio_phone, arrived.message_sid,
        case when private.opt_keyword(arrived.body, recruiting_receive_message.opt_out_type) = 'stop' then 'keyword' else 'wording' end
      );
    elsif is_new and arrived.verdict = 'start' then
      delete from public.recruiting_opt_outs o where o.recruit_phone = arrived.recruit_phone;
    end if;
  end if;

  select c.status, private.ms_until(c.reply_due_at) into conversation_status, reply_due_in_ms
    from public.recruiting_conversations c where c.id = conversation_id;
  work_is_due := private.work_is_due(conversation_id);
  broadcast_missed := private.broadcast_missed();
  return next;
end;
$$;

revoke execute on function public.recruiting_receive_message from public, anon, authenticated, service_role;
grant execute on function public.recruiting_receive_message to service_role;
