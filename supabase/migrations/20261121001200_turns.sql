-- A turn is one worker's right to answer a conversation. It is a lease, so that the turn of a worker that has
-- died is due again when the lease expires.

-- Whether the bot, an agent or the platform may send free text. On WhatsApp 24 hours after the recruit's last
-- text only templates may be sent.
-- https://www.twilio.com/docs/whatsapp/key-concepts#the-24-hour-window
create function private.allows_free_text(conversation public.recruiting_conversations) returns boolean
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

-- Why a person must take over before the bot replies; null if the bot may reply. The counts end a talk between
-- two machines that answer each other.
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
    return 'The bot failed to finish a reply in five turns';
  end if;
  if not private.allows_free_text(conversation) then
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
    when replies >= 10 then 'The bot has sent 10 replies since an agent last wrote'
    when replies_in_a_minute >= 5 then 'The bot has sent 5 replies within a minute'
  end;
end;
$$;

-- Whether a worker holds the turn: the lease is the permission to send. A change of status, an assignment and
-- an opt-out revoke it (private.change_conversation).
create function private.holds_turn(conversation public.recruiting_conversations, turn_token uuid) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return coalesce(
    conversation.turn_token = turn_token and conversation.turn_expires_at > clock_timestamp(), false
  );
end;
$$;

-- What the model reads: the last 30 messages, oldest first, as JSON: array of {sender_type, body,
-- content_types, metadata}; null for none. metadata has only the fields that replace a text without words.
create function private.history_of(conversation_id uuid) returns jsonb
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  return (
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
    )
    from (
      select * from public.recruiting_messages m
      where m.conversation_id = history_of.conversation_id and m.status <> 'failed'
      order by m.seq desc limit 30
    ) m
  );
end;
$$;

revoke execute on function
  private.allows_free_text, private.reason_to_escalate, private.holds_turn, private.history_of
from public;

-- Claims the turn of a conversation, or reads it again for the worker that holds it. Retrying is safe: the same
-- token is the same turn.
--   argument       meaning
--   turn_token     chosen by the caller; identifies the lease
--   lease_seconds  after which another worker may claim the turn
-- Returns no row if no reply is due, another worker holds the turn, or a send of the conversation is
-- unconfirmed. Otherwise one row:
--   column              meaning
--   seen_seq            the seq of the newest message in history
--   recruit_name        of the conversation
--   sender_name         the sender's display_name; null if recruiting_senders has no such sender
--   bot_instructions    of the sender; null as above
--   is_first_reply      whether the bot has never replied in the conversation
--   reason_to_escalate  why a person must take over; null if the bot may reply
--   history             private.history_of
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
  reason_to_escalate text,
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
  if not private.holds_turn(conversation, recruiting_claim_turn.turn_token) then
    moment := clock_timestamp();
    update public.recruiting_conversations c set
      turn_token = recruiting_claim_turn.turn_token,
      turn_expires_at = moment + make_interval(secs => recruiting_claim_turn.lease_seconds),
      turn_attempts = c.turn_attempts + 1
    -- As in private.pending_turns, which would read the conversation twice.
    where c.id = conversation.id
      and c.reply_due_at <= moment and (c.turn_expires_at is null or c.turn_expires_at <= moment)
      and not exists (
        select from public.recruiting_messages m
        where m.conversation_id = c.id and m.confirm_due_at is not null
      )
    returning c.* into conversation;
    if not found then
      return;
    end if;
  end if;

  seen_seq := conversation.last_seq;
  recruit_name := conversation.recruit_name;
  reason_to_escalate := private.reason_to_escalate(conversation);
  select s.display_name, s.bot_instructions into sender_name, bot_instructions
    from public.recruiting_senders s
    where s.channel = conversation.channel and s.address = conversation.twilio_phone;
  is_first_reply := not exists (
    select from public.recruiting_messages m
    where m.conversation_id = conversation.id and m.answers_seq is not null and m.status <> 'failed'
  );
  history := private.history_of(conversation.id);
  return next;
end;
$$;

revoke execute on function public.recruiting_claim_turn from public, anon, authenticated, service_role;
grant execute on function public.recruiting_claim_turn to service_role;
