-- Since when a recruit has waited for a person, kept in waiting_since so that a list of any length can be read in its
-- order. A message changes it (private.append_message), and so do a change of status, an opt-out or opt-in, and a reply
-- that is deleted because it was not sent.

-- The arrival of the recruit's oldest text after the last answer, and in a closed conversation after the closing; null
-- if there is none. A hand-off text is no answer. In the last 50 messages, so that the cost does not grow with the
-- number of texts.
create function private.unanswered_since(conversation public.recruiting_conversations) returns timestamptz
language plpgsql stable
set search_path = ''
as $$
declare
  first_seq constant bigint := greatest(
    conversation.last_seq - 50, case conversation.status when 'closed' then conversation.status_seq end
  );
  answer_seq bigint;
begin
  select m.seq into answer_seq from public.recruiting_messages m
    where m.conversation_id = conversation.id and m.seq > first_seq and m.direction = 'outbound'
      and (m.outbox_kind is distinct from 'hand_off' or conversation.status = 'closed')
    order by m.seq desc limit 1;
  return (
    select min(m.created_at) from public.recruiting_messages m
    where m.conversation_id = conversation.id and m.direction = 'inbound' and m.seq > greatest(first_seq, answer_seq)
  );
end;
$$;

-- A text is unanswered again when the reply to it is deleted. The deleting function has locked the conversation.
create function private.resume_waiting() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  update public.recruiting_conversations c set waiting_since = private.unanswered_since(c)
    where c.id in (select d.conversation_id from deleted_messages d where d.direction = 'outbound')
      and c.status <> 'bot' and c.opted_out_at is null;
  return null;
end;
$$;

create trigger _500_resume_waiting_after_delete after delete on public.recruiting_messages
  referencing old table as deleted_messages
  for each statement execute function private.resume_waiting();

revoke execute on function private.unanswered_since, private.resume_waiting from public;
-- The attention list calls it with the agent's rights.
grant execute on function private.unanswered_since to authenticated, service_role;
