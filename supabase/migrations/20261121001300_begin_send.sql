-- The outbox begins a message: one call checks the rules of the sender's kind and writes the row, which
-- permits one call to Twilio, within seconds. Twilio has no idempotency key, so a send whose outcome is
-- not known is looked for in Twilio's own list before anything is repeated.

-- The moment names the attempt, so it is one that JavaScript's dates hold: whole milliseconds.
create function private.moment_of_send() returns timestamptz
language plpgsql
set search_path = ''
as $$
begin
  return date_trunc('milliseconds', clock_timestamp());
end;
$$;

-- Writes the row of a message and begins its send. The caller has locked the conversation and checked
-- the rules of the message's kind.
--   confirm_after_seconds  after which an unconfirmed send is looked for in Twilio's list
--   status_check_seconds  after which Twilio is asked for the status, if no callback has told it
create function private.begin_message(
  conversation public.recruiting_conversations,
  message_id uuid,
  outbox_kind text,
  body text,
  confirm_after_seconds double precision,
  status_check_seconds double precision,
  media jsonb default '[]',
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
    outbox_kind, idempotency_key, to_phone, begun_at, confirm_due_at, status_check_at, created_at
  )
  values (
    message_id, conversation.id, 'outbound', case when outbox_kind = 'agent' then 'agent' else 'bot' end,
    agent_id, body, media, 'queued', answers_seq, outbox_kind, idempotency_key,
    coalesce(conversation.answer_phone, conversation.recruit_phone),
    moment, moment + make_interval(secs => confirm_after_seconds),
    moment + make_interval(secs => status_check_seconds), moment
  )
  returning m.* into message;
  return message;
end;
$$;

-- Ends the turn. Texts up to seen_seq are answered; for a later one the reply stays pending.
create function private.clear_pending_reply(conversation public.recruiting_conversations, seen_seq bigint) returns void
language plpgsql
set search_path = ''
as $$
declare
  is_later_owed constant boolean := coalesce(conversation.reply_pending_seq > seen_seq, false);
begin
  update public.recruiting_conversations c set
    turn_token = null,
    turn_expires_at = null,
    reply_due_at = case when is_later_owed then c.reply_due_at end,
    reply_pending_seq = case when is_later_owed then c.reply_pending_seq end,
    reply_pending_since = case when is_later_owed then (
      select min(m.created_at) from public.recruiting_messages m
      where m.conversation_id = c.id and m.seq > seen_seq and m.direction = 'inbound'
    ) end
  where c.id = conversation.id;
end;
$$;

revoke execute on function
  private.moment_of_send, private.begin_message, private.clear_pending_reply
from public;

-- Begins the bot's reply, and ends the turn that it comes from.
--   turn_token   the lease of the turn
--   message_id   chosen by the caller: retrying is safe, because the same one is the same message
--   seen_seq     the newest text that the reply takes into account
--   may_restart  whether a newer text refuses the reply
-- Returns one row. With any outcome but 'begun' nothing is written:
--   outcome   'begun'
--             'lost'            the lease has expired, was revoked, or is another worker's
--             'newer'           a text came after seen_seq
--             'outside_window'  WhatsApp allows no free text any more
--   begun_at  names this attempt
--   channel, recruit_phone, twilio_phone  the addresses to call Twilio with
create function public.recruiting_begin_reply(
  conversation_id uuid,
  turn_token uuid,
  message_id uuid,
  body text,
  seen_seq bigint,
  may_restart boolean default false,
  confirm_after_seconds double precision default 60,
  status_check_seconds double precision default 900
) returns table (
  outcome text,
  begun_at timestamptz,
  channel text,
  recruit_phone text,
  twilio_phone text
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
    where c.id = recruiting_begin_reply.conversation_id for no key update;
  select * into message from public.recruiting_messages m
    where m.id = recruiting_begin_reply.message_id and m.conversation_id = conversation.id;
  outcome := case
    when message.id is not null then 'begun'
    -- A change of status, an assignment and an opt-out revoke the lease.
    when conversation.turn_token is distinct from recruiting_begin_reply.turn_token
      or conversation.turn_expires_at <= clock_timestamp() then 'lost'
    when may_restart and conversation.reply_pending_seq > recruiting_begin_reply.seen_seq then 'newer'
    when not private.is_within_window(conversation) then 'outside_window'
    else 'begun'
  end;
  if outcome = 'begun' and message.id is null then
    message := private.begin_message(
      conversation, recruiting_begin_reply.message_id, 'reply', recruiting_begin_reply.body,
      confirm_after_seconds, status_check_seconds,
      answers_seq => recruiting_begin_reply.seen_seq
    );
    perform private.clear_pending_reply(conversation, recruiting_begin_reply.seen_seq);
  end if;
  begun_at := message.begun_at;
  channel := conversation.channel;
  recruit_phone := message.to_phone;
  twilio_phone := conversation.twilio_phone;
  return next;
end;
$$;

-- Begins a message of an agent's or the platform's.
--   message_id       chosen by the caller: retrying is safe, because the same one is the same message
--   media            array of {url, content_type}, as JSON text
--   agent_id         the agent who sends, and who gets a conversation that is unassigned or the bot's;
--                    null for the platform
--   idempotency_key  names the message in its conversation, however often it is asked for
-- Returns one row. With any outcome but 'begun' nothing is written:
--   outcome           'begun'
--                     'repeated'        the key was used for this message
--                     'key_reused'      the key was used for another message
--                     'opted_out', 'closed'
--                     'taken'           the conversation is another agent's, or (platform) not the bot's, or
--                                       agent_id is no agent
--                     'outside_window'  WhatsApp allows no free text any more
--   begun_at          names this attempt
--   channel, recruit_phone, twilio_phone  the addresses to call Twilio with
--   sent_message_id, message_status       of the message
--   is_confirmed      false while the message is queued without a SID
--   warnings          private.warnings
-- Raises 22023 if there is no such conversation.
create function public.recruiting_begin_message(
  conversation_id uuid,
  message_id uuid,
  body text,
  media text default '[]',
  agent_id uuid default null,
  idempotency_key text default null,
  confirm_after_seconds double precision default 60,
  status_check_seconds double precision default 900
) returns table (
  outcome text,
  begun_at timestamptz,
  channel text,
  recruit_phone text,
  twilio_phone text,
  sent_message_id uuid,
  message_status text,
  is_confirmed boolean,
  warnings text[]
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  conversation public.recruiting_conversations;
  message public.recruiting_messages;
  sender_id constant uuid := recruiting_begin_message.agent_id;
  is_agent boolean;
begin
  is_agent := sender_id is not null and private.lock_agent(sender_id);
  select * into conversation from public.recruiting_conversations c
    where c.id = recruiting_begin_message.conversation_id for no key update;
  if not found then
    raise invalid_parameter_value using message =
      format('There is no conversation %s', recruiting_begin_message.conversation_id);
  end if;

  select * into message from public.recruiting_messages m
    where m.conversation_id = conversation.id and (
      m.id = recruiting_begin_message.message_id
      or m.idempotency_key = recruiting_begin_message.idempotency_key
    );
  outcome := case
    when message.id = recruiting_begin_message.message_id then 'begun'
    when message.body <> recruiting_begin_message.body
      or message.media <> recruiting_begin_message.media::jsonb then 'key_reused'
    when message.id is not null then 'repeated'
    when conversation.opted_out_at is not null then 'opted_out'
    when conversation.status = 'closed' then 'closed'
    when sender_id is null and conversation.status <> 'bot' then 'taken'
    when sender_id is not null and (not is_agent or conversation.assigned_agent_id <> sender_id) then 'taken'
    when not private.is_within_window(conversation) then 'outside_window'
    else 'begun'
  end;

  if outcome = 'begun' and message.id is null then
    if sender_id is not null then
      -- The agent who answers takes over: the bot stops in the same moment.
      update public.recruiting_conversations c set status = 'escalated', assigned_agent_id = sender_id
        where c.id = conversation.id and (c.status <> 'escalated' or c.assigned_agent_id is null);
    end if;
    message := private.begin_message(
      conversation, recruiting_begin_message.message_id,
      case when sender_id is null then 'platform' else 'agent' end,
      recruiting_begin_message.body, confirm_after_seconds, status_check_seconds,
      recruiting_begin_message.media::jsonb,
      agent_id => sender_id, idempotency_key => recruiting_begin_message.idempotency_key
    );
  end if;

  begun_at := message.begun_at;
  channel := conversation.channel;
  recruit_phone := message.to_phone;
  twilio_phone := conversation.twilio_phone;
  sent_message_id := message.id;
  message_status := message.status;
  is_confirmed := message.message_sid is not null or message.status <> 'queued';
  warnings := private.warnings();
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

-- Ends a turn by handing the conversation off to a person, and begins the sender's handover_text where
-- there is one and it may be sent.
--   turn_token     the lease of the turn
--   message_id     of the hand-off text, chosen by the caller: retrying is safe
--   with_handover  false where nothing can be sent
-- Returns one row:
--   outcome           'escalated', or 'lost' (the lease has expired, was revoked, or is another worker's;
--                     nothing has changed)
--   body              the hand-off text; null if none is sent
--   begun_at          names this attempt
--   channel, recruit_phone, twilio_phone  the addresses to call Twilio with
--   warnings          private.warnings
create function public.recruiting_escalate_turn(
  conversation_id uuid,
  turn_token uuid,
  message_id uuid,
  reason text,
  with_handover boolean default true,
  confirm_after_seconds double precision default 60,
  status_check_seconds double precision default 900
) returns table (
  outcome text,
  body text,
  begun_at timestamptz,
  channel text,
  recruit_phone text,
  twilio_phone text,
  warnings text[]
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
  select * into message from public.recruiting_messages m
    where m.id = recruiting_escalate_turn.message_id and m.conversation_id = conversation.id;
  if message.id is not null then
    outcome := 'escalated';
  elsif conversation.turn_token is distinct from recruiting_escalate_turn.turn_token
    or conversation.turn_expires_at <= clock_timestamp()
  then
    outcome := 'lost';
  else
    outcome := 'escalated';
    perform public.recruiting_escalate_conversation(conversation.id, recruiting_escalate_turn.reason);
    if with_handover and private.is_within_window(conversation) then
      select s.handover_text into body from public.recruiting_senders s
        where s.channel = conversation.channel and s.address = conversation.twilio_phone and s.handover_text <> '';
      if found then
        message := private.begin_message(
          conversation, recruiting_escalate_turn.message_id, 'hand_off', body,
          confirm_after_seconds, status_check_seconds
        );
      end if;
    end if;
  end if;
  body := message.body;
  begun_at := message.begun_at;
  channel := conversation.channel;
  recruit_phone := message.to_phone;
  twilio_phone := conversation.twilio_phone;
  warnings := private.warnings();
  return next;
end;
$$;

revoke execute on function
  public.recruiting_begin_reply, public.recruiting_begin_message,
  public.recruiting_agent_reads_conversation, public.recruiting_escalate_turn
from public, anon, authenticated, service_role;
grant execute on function
  public.recruiting_begin_reply, public.recruiting_begin_message,
  public.recruiting_agent_reads_conversation, public.recruiting_escalate_turn
to service_role;
