-- A message of the bot's that fails leaves its recruit unanswered: so a person takes over. Some of Twilio's
-- codes say that the recruit has opted out.

-- The escalation_reason of a conversation whose bot's message has failed.
create function private.bot_failure_reason(error_code text, error_message text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return 'The bot''s message failed: ' || coalesce('error ' || error_code, error_message, 'no reason given');
end;
$$;

-- Puts an error code that comes late into the escalation_reason, which the agent reads. Only the code of the
-- message that caused the escalation: the newest failure of the bot's before it.
create function private.add_code_to_escalation_reason(message public.recruiting_messages, reason_without_code text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.recruiting_conversations c
    set escalation_reason = private.bot_failure_reason(message.error_code, message.error_message)
    where c.id = message.conversation_id and c.escalation_reason = reason_without_code
      and message.failed_at = (
        select max(m.failed_at) from public.recruiting_messages m
        where m.conversation_id = c.id and m.sender_type = 'bot' and m.failed_at <= c.escalated_at
      );
end;
$$;

-- Records an opt-out that Twilio's code reports, or hands the conversation of a bot's message off to a person.
-- Also when the error code comes later than the failure.
create function private.act_on_failed_message(old public.recruiting_messages, new public.recruiting_messages) returns void
language plpgsql
set search_path = ''
as $$
declare
  conversation public.recruiting_conversations;
begin
  select * into conversation from public.recruiting_conversations where id = new.conversation_id;
  if new.error_code = any (private.opted_out_codes()) then
    -- As of the time of the send: an opt-in that came since is newer.
    perform private.record_consent(
      phone => conversation.recruit_phone,
      channel => conversation.channel,
      kind => 'opt_out',
      source => 'twilio',
      occurred_at => coalesce(new.begun_at, new.created_at),
      twilio_phone => conversation.twilio_phone,
      message_sid => new.message_sid,
      evidence => new.error_code
    );
  -- A failed hand-off text escalates nothing: the conversation was a person's when it was begun.
  elsif new.sender_type = 'bot' and new.outbox_kind is distinct from 'hand_off'
    and conversation.status = 'bot' and conversation.opted_out_at is null
  then
    perform public.recruiting_escalate_conversation(
      conversation.id, private.bot_failure_reason(new.error_code, new.error_message)
    );
  end if;
  if old.status = 'failed' and new.sender_type = 'bot' then
    perform private.add_code_to_escalation_reason(new, private.bot_failure_reason(null, old.error_message));
  end if;
end;
$$;

revoke execute on function
  private.bot_failure_reason, private.add_code_to_escalation_reason, private.act_on_failed_message
from public;
