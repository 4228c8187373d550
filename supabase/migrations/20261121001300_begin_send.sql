-- Sending, for every sender: first the row, with the permission to call Twilio once, within seconds;
-- then the call; then what Twilio answered. Twilio knows no idempotency key, so a send that was
-- interrupted is looked for in Twilio's own list before anything is repeated.

-- The moment names the try, so it is one that JavaScript's dates hold: whole milliseconds.
create function private.moment_of_send() returns timestamptz
language plpgsql
set search_path = ''
as $$
begin
  return date_trunc('milliseconds', clock_timestamp());
end;
$$;

-- Writes the row of a message and marks its send as begun. The caller has locked the conversation.
create function private.write_message_to_send(
  message_id uuid,
  conversation_id uuid,
  sender_type text,
  body text,
  media jsonb,
  settle_after_seconds double precision,
  answers_seq bigint default null,
  agent_id uuid default null,
  idempotency_key text default null
) returns public.recruiting_messages
language plpgsql
set search_path = ''
as $$
declare
  moment constant timestamptz := private.moment_of_send();
  message public.recruiting_messages;
begin
  insert into public.recruiting_messages as m (
    id, conversation_id, direction, sender_type, agent_id, body, media, status, answers_seq,
    idempotency_key, begun_at, settle_due_at, created_at
  )
  values (
    message_id, conversation_id, 'outbound', sender_type, agent_id, body, media, 'queued', answers_seq,
    idempotency_key, moment, moment + make_interval(secs => settle_after_seconds), moment
  )
  returning m.* into message;
  return message;
end;
$$;

-- Permits one message.
--   message_id            chosen by the caller; the same one again is the same send
--   media                 array of {url, content_type}, as JSON text
--   turn_token, seen_seq  the bot's lease and the newest text that its reply takes into account;
--                         both null for everybody else
--   may_restart           whether a reply is refused because a newer text has come
--   agent_id              who sends, if an agent does; null for the bot and the platform. A
--                         conversation that is nobody's or the bot's becomes the agent's
--   idempotency_key       names the message in its conversation, however often it is asked for
-- Returns one row: outcome 'begun', or 'repeated' (the key has been used for this message), or why
-- not: 'key_reused' (for another one), 'lost' (the lease), 'newer', 'opted_out', 'closed', 'taken'
-- (it is somebody else's conversation) or 'outside_window'; refused, nothing is written. With 'begun',
-- when, and the addresses; with that and 'repeated' the message, its status, and whether that
-- is Twilio's; and whether an agent could not be told. Raises 22023 if there is no such conversation.
create function public.recruiting_begin_send(
  message_id uuid,
  conversation_id uuid,
  body text,
  media text default '[]',
  turn_token uuid default null,
  seen_seq bigint default null,
  may_restart boolean default false,
  agent_id uuid default null,
  idempotency_key text default null,
  settle_after_seconds double precision default 60
) returns table (
  outcome text,
  begun_at timestamptz,
  channel text,
  recruit_phone text,
  twilio_phone text,
  sent_message_id uuid,
  message_status text,
  is_settled boolean,
  broadcast_missed boolean
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  conversation public.recruiting_conversations;
  message public.recruiting_messages;
  is_reply constant boolean := recruiting_begin_send.turn_token is not null;
  sender_id constant uuid := recruiting_begin_send.agent_id;
  is_agent boolean;
begin
  is_agent := sender_id is not null and private.lock_agent(sender_id);
  select * into conversation from public.recruiting_conversations c
    where c.id = recruiting_begin_send.conversation_id for no key update;
  if not found then
    raise invalid_parameter_value using message =
      format('There is no conversation %s', recruiting_begin_send.conversation_id);
  end if;

  select * into message from public.recruiting_messages m
    where m.conversation_id = conversation.id and (
      m.id = recruiting_begin_send.message_id
      or m.idempotency_key = recruiting_begin_send.idempotency_key
    );
  outcome := case
    when message.id = recruiting_begin_send.message_id then 'begun'
    when message.body <> recruiting_begin_send.body
      or message.media <> recruiting_begin_send.media::jsonb then 'key_reused'
    when message.id is not null then 'repeated'
    when conversation.opted_out_at is not null then 'opted_out'
    when is_reply and (
      conversation.turn_token is distinct from recruiting_begin_send.turn_token
      or conversation.turn_expires_at <= clock_timestamp()
    ) then 'lost'
    when conversation.status = 'closed' then 'closed'
    when sender_id is null and conversation.status <> 'bot' then 'taken'
    when sender_id is not null and (not is_agent or conversation.assigned_agent_id <> sender_id) then 'taken'
    when is_reply and may_restart and conversation.reply_owed_seq > recruiting_begin_send.seen_seq then 'newer'
    when not private.is_within_window(conversation) then 'outside_window'
    else 'begun'
  end;

  if outcome = 'begun' and message.id is null then
    if sender_id is not null then
      -- Whoever answers has it: the bot stops in the same moment.
      update public.recruiting_conversations c set status = 'escalated', assigned_agent_id = sender_id
        where c.id = conversation.id and (c.status <> 'escalated' or c.assigned_agent_id is null);
    end if;
    message := private.write_message_to_send(
      recruiting_begin_send.message_id,
      conversation.id,
      case when sender_id is null then 'bot' else 'agent' end,
      recruiting_begin_send.body,
      recruiting_begin_send.media::jsonb,
      settle_after_seconds,
      case when is_reply then recruiting_begin_send.seen_seq end,
      sender_id,
      recruiting_begin_send.idempotency_key
    );
    if is_reply then
      perform private.answer_owed_texts(conversation, recruiting_begin_send.seen_seq);
    end if;
  end if;

  begun_at := message.begun_at;
  channel := conversation.channel;
  recruit_phone := conversation.recruit_phone;
  twilio_phone := conversation.twilio_phone;
  sent_message_id := message.id;
  message_status := message.status;
  is_settled := message.message_sid is not null or message.status <> 'queued';
  broadcast_missed := private.broadcast_missed();
  return next;
end;
$$;

-- Whether an agent may read a conversation, as the policies have it.
create function public.recruiting_agent_reads_conversation(agent_id uuid, conversation_id uuid) returns boolean
language plpgsql stable security definer
set search_path = ''
as $$
begin
  return exists (
    select from public.recruiting_conversations c
    join public.recruiting_agents a on a.user_id = recruiting_agent_reads_conversation.agent_id
    where c.id = recruiting_agent_reads_conversation.conversation_id
      and (c.assigned_agent_id is null or c.assigned_agent_id = a.user_id)
  );
end;
$$;

-- The turn is over: what its reply has seen is no longer owed. A text that came later is.
create function private.answer_owed_texts(conversation public.recruiting_conversations, seen_seq bigint) returns void
language plpgsql
set search_path = ''
as $$
declare
  is_later_owed constant boolean := coalesce(conversation.reply_owed_seq > seen_seq, false);
begin
  update public.recruiting_conversations c set
    turn_token = null,
    turn_expires_at = null,
    reply_due_at = case when is_later_owed then c.reply_due_at end,
    reply_owed_seq = case when is_later_owed then c.reply_owed_seq end,
    reply_owed_since = case when is_later_owed then (
      select min(m.created_at) from public.recruiting_messages m
      where m.conversation_id = c.id and m.seq > seen_seq and m.direction = 'inbound'
    ) end
  where c.id = conversation.id;
end;
$$;

-- Ends a turn by bringing a person in, and begins the sender's handover_text where there is one and
-- it may be sent.
--   message_id     of the handover, chosen by the caller; the same one again is the same call
--   with_handover  false where nothing can be sent
-- Returns one row: outcome 'escalated' or 'lost' (the lease; nothing has changed); with a handover
-- its text, when it was begun, and the addresses; and whether an agent could not be told.
create function public.recruiting_escalate_turn(
  message_id uuid,
  conversation_id uuid,
  turn_token uuid,
  reason text,
  with_handover boolean default true,
  settle_after_seconds double precision default 60
) returns table (
  outcome text,
  body text,
  begun_at timestamptz,
  channel text,
  recruit_phone text,
  twilio_phone text,
  broadcast_missed boolean
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  conversation public.recruiting_conversations;
  message public.recruiting_messages;
begin
  select * into conversation from public.recruiting_conversations c
    where c.id = recruiting_escalate_turn.conversation_id for no key update;
  channel := conversation.channel;
  recruit_phone := conversation.recruit_phone;
  twilio_phone := conversation.twilio_phone;
  broadcast_missed := false;

  select m.body, m.begun_at into body, begun_at from public.recruiting_messages m
    where m.id = recruiting_escalate_turn.message_id and m.conversation_id = conversation.id;
  if found then
    outcome := 'escalated';
    return next;
    return;
  end if;
  if conversation.turn_token is distinct from recruiting_escalate_turn.turn_token
    or conversation.turn_expires_at <= clock_timestamp()
  then
    outcome := 'lost';
    return next;
    return;
  end if;

  outcome := 'escalated';
  perform public.recruiting_escalate_conversation(conversation.id, recruiting_escalate_turn.reason);
  if with_handover and private.is_within_window(conversation) then
    select s.handover_text into body from public.recruiting_senders s
      where s.channel = conversation.channel and s.address = conversation.twilio_phone and s.handover_text <> '';
    if found then
      message := private.write_message_to_send(
        recruiting_escalate_turn.message_id, conversation.id, 'bot', body, '[]', settle_after_seconds
      );
      begun_at := message.begun_at;
    end if;
  end if;
  broadcast_missed := private.broadcast_missed();
  return next;
end;
$$;

revoke execute on function
  private.moment_of_send, private.write_message_to_send, private.answer_owed_texts
from public;
revoke execute on function
  public.recruiting_begin_send, public.recruiting_agent_reads_conversation,
  public.recruiting_escalate_turn
from public, anon, authenticated, service_role;
grant execute on function
  public.recruiting_begin_send, public.recruiting_agent_reads_conversation,
  public.recruiting_escalate_turn
to service_role;
