-- An agent or the platform sends a message. The conversation decides who may; an idempotency key makes a
-- repeated request the same message.

-- Whether a message is the one that a request describes. Templates are the same by SID and variables: the body may
-- differ, because each request reads it from Twilio.
--   media              array of {url, content_type}
--   content_sid        null for free text
--   content_variables  null if there are none
create function private.is_same_message(
  message public.recruiting_messages,
  body text,
  media jsonb,
  content_sid text,
  content_variables jsonb
) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  return message.content_sid is not distinct from content_sid
    and message.content_variables is not distinct from content_variables
    and (
      message.content_sid is not null
      or (message.body = body and message.media = media)
    );
end;
$$;

revoke execute on function private.is_same_message from public;

-- What recruiting_begin_message did. With any outcome but begun it has written nothing.
--   begun           the message is begun, now or by an earlier call with the same message_id
--   repeated        idempotency_key was used for this message before
--   key_reused      idempotency_key was used for another message
--   opted_out       the recruit has opted out
--   closed          the conversation is closed
--   taken           agent_id is no agent, or the conversation is another agent's; for the platform: a person
--                   has taken over
--   outside_window  WhatsApp allows no free text any more; a template may go all the same
create type public.recruiting_begin_message_outcome as enum (
  'begun', 'repeated', 'key_reused', 'opted_out', 'closed', 'taken', 'outside_window'
);

-- Begins a message of an agent's or the platform's. Retrying is safe: the same message_id is the same message.
-- An agent who sends takes an unassigned conversation, or the bot's, over. Raises 22023 if there is no such
-- conversation.
--   argument               meaning
--   message_id             chosen by the caller
--   media                  array of {url, content_type}, as JSON text
--   content_sid            of a template; body is then its text, and media is empty
--   content_variables      of a template: an object of its variables' values, as JSON text; null if there are none
--   agent_id               the agent who sends; null for the platform
--   idempotency_key        names the message in its conversation, in however many requests
--   confirm_after_seconds  see private.insert_begun_message
--   status_check_seconds   see private.insert_begun_message
-- Returns one row:
--   column           meaning
--   outcome          see the type
--   begun_at         identifies this attempt
--   channel          with recruit_phone and twilio_phone: the addresses to call Twilio with
--   recruit_phone    in the spelling of the recruit's last text
--   twilio_phone     the conversation's own
--   sent_message_id  the message's id: with repeated, that of the first request
--   message_status   the stored status
--   is_confirmed     false while the message is queued without a SID
--   warnings         private.warnings
create function public.recruiting_begin_message(
  conversation_id uuid,
  message_id uuid,
  body text,
  media text default '[]',
  agent_id uuid default null,
  idempotency_key text default null,
  content_sid text default null,
  content_variables text default null,
  confirm_after_seconds double precision default 60,
  status_check_seconds double precision default 900
) returns table (
  outcome public.recruiting_begin_message_outcome,
  begun_at timestamptz,
  channel public.recruiting_channel,
  recruit_phone text,
  twilio_phone text,
  sent_message_id uuid,
  message_status public.recruiting_message_status,
  is_confirmed boolean,
  warnings public.recruiting_warning[]
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  conversation public.recruiting_conversations;
  message public.recruiting_messages;
  variables constant jsonb := recruiting_begin_message.content_variables;
  sending_agent_id constant uuid := recruiting_begin_message.agent_id;
  is_agent constant boolean := sending_agent_id is not null and private.lock_agent(sending_agent_id);
begin
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
    when message.id is not null then case
      when private.is_same_message(
        message => message,
        body => recruiting_begin_message.body,
        media => recruiting_begin_message.media::jsonb,
        content_sid => recruiting_begin_message.content_sid,
        content_variables => variables
      ) then 'repeated'
      else 'key_reused'
    end
    when conversation.opted_out_at is not null then 'opted_out'
    when conversation.status = 'closed' then 'closed'
    when sending_agent_id is null and conversation.status <> 'bot' then 'taken'
    when sending_agent_id is not null and (not is_agent or conversation.assigned_agent_id <> sending_agent_id)
      then 'taken'
    when recruiting_begin_message.content_sid is null and not private.allows_free_text(conversation)
      then 'outside_window'
    else 'begun'
  end;

  if outcome = 'begun' and message.id is null then
    if sending_agent_id is not null then
      -- In the same transaction, so that the bot begins no reply beside the agent's.
      update public.recruiting_conversations c set status = 'escalated', assigned_agent_id = sending_agent_id
        where c.id = conversation.id and (c.status <> 'escalated' or c.assigned_agent_id is null);
    end if;
    message := private.insert_begun_message(
      conversation => conversation,
      message_id => recruiting_begin_message.message_id,
      outbox_kind => case when sending_agent_id is null then 'platform'::public.recruiting_outbox_kind else 'agent' end,
      body => recruiting_begin_message.body,
      confirm_after_seconds => recruiting_begin_message.confirm_after_seconds,
      status_check_seconds => recruiting_begin_message.status_check_seconds,
      media => recruiting_begin_message.media::jsonb,
      agent_id => sending_agent_id,
      idempotency_key => recruiting_begin_message.idempotency_key,
      content_sid => recruiting_begin_message.content_sid,
      content_variables => variables
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

-- What recruiting_agent_access says.
--   granted          the agent may read the conversation
--   no_conversation  there is no such conversation, or it is another agent's
--   not_an_agent     the user is not in recruiting_agents
create type public.recruiting_agent_access_kind as enum ('granted', 'no_conversation', 'not_an_agent');

-- Whether a user may read a conversation, by the same rule as the table's policy. A user who is no agent learns
-- nothing about the conversation.
create function public.recruiting_agent_access(
  agent_id uuid,
  conversation_id uuid
) returns public.recruiting_agent_access_kind
language plpgsql stable security definer
set search_path = ''
as $$
begin
  if not exists (
    select from public.recruiting_agents a where a.user_id = agent_id
  ) then
    return 'not_an_agent';
  end if;
  if exists (
    select from public.recruiting_conversations c
    where c.id = conversation_id
      and (c.assigned_agent_id is null or c.assigned_agent_id = agent_id)
  ) then
    return 'granted';
  end if;
  return 'no_conversation';
end;
$$;

revoke execute on function
  public.recruiting_begin_message, public.recruiting_agent_access
from public, anon, authenticated, service_role;
grant execute on function
  public.recruiting_begin_message, public.recruiting_agent_access
to service_role;
