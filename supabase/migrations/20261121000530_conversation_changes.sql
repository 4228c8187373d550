-- What follows from a change of a conversation's status, agent or opt-out. It is one trigger without a condition, because
-- each text updates its conversation, and Postgres prepares a trigger's condition again in every statement: so a text
-- pays for one comparison. It has no list of columns, so that it also sees what another trigger changes.
--   a new status                         begins at the newest message: the bot's limits and the attention list count from
--                                        status_seq. A conversation that the bot answers again has no reason of an escalation
--   a new status, an opt-out or opt-in   the recruit waits for a person, or no longer does
--   a new status or agent, or an opt-out revokes the lease with the pending reply. The lease is the bot's permission to
--                                        send, so the worker that has claimed the turn can send nothing more. Handing the
--                                        conversation back restores neither the lease nor the pending reply
create function private.change_conversation() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  new.updated_at := clock_timestamp();
  if old.status = new.status and (old.opted_out_at is null) = (new.opted_out_at is null)
    and old.assigned_agent_id is not distinct from new.assigned_agent_id
  then
    return new;
  end if;
  if old.status <> new.status then
    new.status_seq := new.last_seq;
    if new.status = 'bot' then
      new.escalation_reason := null;
    end if;
  end if;
  if old.status <> new.status or (old.opted_out_at is null) <> (new.opted_out_at is null) then
    new.waiting_since := case
      when new.status <> 'bot' and new.opted_out_at is null then private.unanswered_since(new)
    end;
  end if;
  if old.status <> new.status
    or (new.assigned_agent_id is not null and new.assigned_agent_id is distinct from old.assigned_agent_id)
    or (new.opted_out_at is not null and old.opted_out_at is null)
  then
    new.reply_pending_since := null;
    new.reply_pending_seq := null;
    new.reply_due_at := null;
    new.turn_token := null;
    new.turn_expires_at := null;
    new.revoked_seq := new.last_seq;
  end if;
  return new;
end;
$$;

create trigger _300_change_conversation before update on public.recruiting_conversations
  for each row execute function private.change_conversation();

revoke execute on function private.change_conversation from public;
