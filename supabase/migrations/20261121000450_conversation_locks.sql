-- A transaction that writes a message or a consent locks conversations first, so that their status, agent and
-- opt-out stay as it has read them.

-- A change of status is broadcast to the agent who has the conversation, so that must not change
-- meanwhile: a SID or a status is stored under the conversation's lock. Returns whether there is such a conversation.
create function private.lock_conversation_of(conversation_id uuid) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  perform from public.recruiting_conversations c
    where c.id = conversation_id for no key update;
  return found;
end;
$$;

-- A transaction that changes consent locks every conversation of the phone, in order of id, and first the
-- phone itself, which covers conversations that are still being created.
create function private.lock_recruit(phone text) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.lock_phone(phone);
  perform from public.recruiting_conversations
    where canonical_phone = private.canonical_phone(phone) order by id for no key update;
end;
$$;

revoke execute on function private.lock_conversation_of, private.lock_recruit from public;
