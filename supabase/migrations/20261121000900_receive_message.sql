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
--   sent_at            Twilio's time of a text that is in its log, and whose webhook never came; null for
--                      a webhook. It is the time of arrival
-- Returns one row:
--   outcome              'received', 'repeated', 'no_conversation' (a webhook's repeat of such a text, too), or
--                        'forgotten' (a text in Twilio's log from before the recruit's erasure; nothing is
--                        stored)
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
  turn_wait_seconds double precision default 2,
  sent_at timestamptz default null
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
  carrier_keyword constant text := private.opt_keyword(
    recruiting_receive_message.body, recruiting_receive_message.opt_out_type
  );
  keyword constant text := coalesce(carrier_keyword, private.asks_to_stop(recruiting_receive_message.body));
  stop_source constant text := case when carrier_keyword = 'stop' then 'keyword' else 'wording' end;
  is_phone constant boolean := coalesce(
    private.is_recruit_address(recruiting_receive_message.channel, recruiting_receive_message.recruit_phone),
    false
  );
  is_opted_out boolean;
  is_new boolean;
begin
  arrived.message_sid := recruiting_receive_message.message_sid;
  arrived.received_at := coalesce(sent_at, clock_timestamp());
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
  elsif sent_at is not null and private.is_forgotten(arrived.recruit_phone, sent_at) then
    outcome := 'forgotten';
    -- An opt-out stays when all else is erased, without its evidence.
    if keyword = 'stop' and is_phone then
      perform private.record_consent(
        arrived.recruit_phone, arrived.channel, 'opt_out', stop_source, arrived.received_at, arrived.twilio_phone
      );
    elsif conversation_id is null then
      perform private.forget_phone_lock(arrived.recruit_phone);
    end if;
  else
    is_opted_out := exists (
      select from public.recruiting_opt_outs o where o.recruit_phone = arrived.recruit_phone
    );
    arrived.verdict := case
      when is_phone then private.judge_text(
        keyword, recruiting_receive_message.opt_out_type, is_opted_out,
        keyword = 'yes' and is_opted_out and private.yes_opts_in(
          arrived.recruit_phone, arrived.channel, arrived.twilio_phone, arrived.received_at
        )
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
      outcome := case
        when sent_at is not null and not is_new then 'repeated'
        when refused is null then 'no_conversation'
        else 'received'
      end;
    end if;

    if is_new and arrived.verdict = 'stop' then
      perform private.record_consent(
        arrived.recruit_phone, arrived.channel, 'opt_out', stop_source,
        arrived.received_at, arrived.twilio_phone, arrived.message_sid
      );
      if sent_at is not null and stop_source = 'keyword' and arrived.channel = 'sms' then
        perform private.record_consent(
          arrived.recruit_phone, arrived.channel, 'opt_in', 'keyword',
          y.occurred_at, arrived.twilio_phone, y.message_sid
        ) from private.yes_after(arrived.recruit_phone, arrived.twilio_phone, arrived.received_at) y;
      end if;
    elsif is_new and is_phone and (arrived.verdict = 'start' or keyword = 'start') then
      perform private.record_consent(
        arrived.recruit_phone, arrived.channel, 'opt_in', 'keyword',
        arrived.received_at, arrived.twilio_phone, arrived.message_sid
      );
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
