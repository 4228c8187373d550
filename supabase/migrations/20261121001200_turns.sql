-- The bot's turn: what it owes, and who is at it. One worker at a time has the turn of a
-- conversation, under a lease; what a dead worker leaves is taken up by another.

-- In how many ms a moment comes; 0 if it has passed, null for none.
create function private.ms_until(moment timestamptz) returns int
language plpgsql
set search_path = ''
as $$
begin
  -- greatest() passes over null.
  return case
    when moment is not null then greatest(0, ceil(extract(epoch from moment - clock_timestamp()) * 1000))
  end::int;
end;
$$;

-- Notes that a text is to be answered: so long after the newest text that nobody is interrupted, and
-- not later than four times as long after the oldest.
create function private.set_reply_pending(conversation_id uuid, seq bigint, arrived_at timestamptz, turn_wait interval)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.recruiting_conversations c set
    reply_pending_since = coalesce(c.reply_pending_since, arrived_at),
    reply_pending_seq = set_reply_pending.seq,
    reply_due_at = least(arrived_at + turn_wait, coalesce(c.reply_pending_since, arrived_at) + 4 * turn_wait),
    turn_attempts = case when c.reply_pending_seq is null then 0 else c.turn_attempts end
  where c.id = set_reply_pending.conversation_id and c.status = 'bot' and c.opted_out_at is null;
end;
$$;

-- Whether work is due that no worker holds, of any conversation but one: a send whose outcome is not
-- known, or a turn that was due 5 s ago. A conversation with such a send has no turn until the send is
-- confirmed.
create function private.work_is_due(except_conversation_id uuid) returns boolean
language plpgsql
set search_path = ''
as $$
declare
  moment constant timestamptz := clock_timestamp();
begin
  return exists (select from public.recruiting_messages m where m.confirm_due_at <= moment)
    or exists (
      select from public.recruiting_conversations c
      where c.reply_due_at < moment - interval '5 seconds'
        and (c.turn_expires_at is null or c.turn_expires_at <= moment)
        and c.id is distinct from except_conversation_id
        and not exists (
          select from public.recruiting_messages m
          where m.conversation_id = c.id and m.confirm_due_at is not null
        )
    );
end;
$$;

-- Outside WhatsApp's 24 hours after the recruit's last text, only templates may be sent.
-- https://www.twilio.com/docs/whatsapp/key-concepts#the-24-hour-window
create function private.is_within_window(conversation public.recruiting_conversations) returns boolean
language plpgsql
set search_path = ''
as $$
declare
  last_text_at timestamptz;
begin
  if conversation.channel <> 'whatsapp' then
    return true;
  end if;
  -- A text that came late has an earlier time than the one before it.
  select max(m.created_at) into last_text_at from (
    select m.created_at from public.recruiting_messages m
    where m.conversation_id = conversation.id and m.direction = 'inbound'
    order by m.seq desc limit 20
  ) m;
  return coalesce(last_text_at > clock_timestamp() - interval '24 hours', false);
end;
$$;

-- Why a person has to come in before the bot says anything more; null if it may. Two machines that
-- text each other would never stop.
create function private.reason_to_escalate(conversation public.recruiting_conversations) returns text
language plpgsql
set search_path = ''
as $$
declare
  last_agent_seq bigint;
  replies int;
  replies_in_a_minute int;
begin
  if conversation.turn_attempts > 5 then
    return 'The bot did not get to the end of a reply';
  end if;
  if not private.is_within_window(conversation) then
    return 'Outside WhatsApp''s 24-hour window';
  end if;
  select max(m.seq) into last_agent_seq from public.recruiting_messages m
    where m.conversation_id = conversation.id and m.seq > conversation.status_seq and m.sender_type = 'agent';
  select count(*), count(*) filter (where m.created_at > clock_timestamp() - interval '60 seconds')
    into replies, replies_in_a_minute
    from public.recruiting_messages m
    where m.conversation_id = conversation.id and m.sender_type = 'bot'
      and m.seq > coalesce(last_agent_seq, conversation.status_seq);
  return case
    when replies >= 10 then 'The bot has sent 10 replies without a person'
    when replies_in_a_minute >= 5 then 'The bot has sent 5 replies within a minute'
  end;
end;
$$;

revoke execute on function
  private.ms_until, private.set_reply_pending, private.work_is_due, private.is_within_window,
  private.reason_to_escalate
from public;

-- Claims the turn of a conversation, or reads it again for the worker that has it.
--   turn_token     chosen by the caller: retrying is safe, because the same one is the same turn
--   lease_seconds  after which another worker may claim it
-- Returns no row if no reply is due, another worker has the turn, or a send of the conversation is
-- unconfirmed. Otherwise one:
--   seen_seq          the newest text that the history holds
--   is_first_reply    whether the bot has never replied in the conversation
--   escalate_because  why a person must take over; null if the bot may reply
--   history           the last 30 messages, oldest first: array of {sender_type, body, content_types,
--                     metadata}; of metadata what stands for a text without words, null for none
create function public.recruiting_claim_turn(
  conversation_id uuid,
  turn_token uuid,
  lease_seconds double precision default 60
) returns table (
  seen_seq bigint,
  recruit_name text,
  sender_name text,
  bot_instructions text,
  is_first_reply boolean,
  escalate_because text,
  history jsonb
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  conversation public.recruiting_conversations;
  moment timestamptz;
begin
  select * into conversation from public.recruiting_conversations c
    where c.id = recruiting_claim_turn.conversation_id for no key update;
  moment := clock_timestamp();
  if conversation.turn_expires_at is null or conversation.turn_expires_at <= moment then
    if conversation.reply_due_at is null or conversation.reply_due_at > moment then
      return;
    end if;
    if exists (
      select from public.recruiting_messages m
      where m.conversation_id = conversation.id and m.confirm_due_at is not null
    ) then
      return;
    end if;
    update public.recruiting_conversations c set
      turn_token = recruiting_claim_turn.turn_token,
      turn_expires_at = moment + make_interval(secs => lease_seconds),
      turn_attempts = c.turn_attempts + 1
    where c.id = conversation.id
    returning * into conversation;
  elsif conversation.turn_token <> recruiting_claim_turn.turn_token then
    return;
  end if;

  seen_seq := conversation.last_seq;
  recruit_name := conversation.recruit_name;
  escalate_because := private.reason_to_escalate(conversation);
  select s.display_name, s.bot_instructions into sender_name, bot_instructions
    from public.recruiting_senders s
    where s.channel = conversation.channel and s.address = conversation.twilio_phone;
  is_first_reply := not exists (
    select from public.recruiting_messages m
    where m.conversation_id = conversation.id and m.answers_seq is not null and m.status <> 'failed'
  );
  select jsonb_agg(
      jsonb_build_object(
        'sender_type', m.sender_type,
        'body', m.body,
        'content_types', jsonb_path_query_array(m.media, '$[*].content_type'),
        'metadata', (
          select jsonb_object_agg(f.key, f.value) from jsonb_each(m.metadata) f
          where f.key in ('Label', 'Address', 'Latitude', 'Longitude', 'ButtonText', 'ButtonPayload')
        )
      ) order by m.seq
    ) into history
    from (
      select * from public.recruiting_messages m
      where m.conversation_id = conversation.id and m.status <> 'failed'
      order by m.seq desc limit 30
    ) m;
  return next;
end;
$$;

revoke execute on function public.recruiting_claim_turn from public, anon, authenticated, service_role;
grant execute on function public.recruiting_claim_turn to service_role;
