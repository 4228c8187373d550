-- A text that the bot must answer makes a reply pending: a due time on the conversation's row, so that another
-- worker can answer when the text's own worker is gone.

-- Milliseconds until a time; 0 if it has passed, null for null.
create function private.ms_until(moment timestamptz) returns int
language plpgsql
set search_path = ''
as $$
begin
  -- greatest() ignores null.
  return case
    when moment is not null then greatest(0, ceil(extract(epoch from moment - clock_timestamp()) * 1000))
  end::int;
end;
$$;

-- Makes the reply to a text pending. It is due turn_wait after the newest text, so that the recruit can finish,
-- but at most four times turn_wait after the oldest.
create function private.set_pending_reply(conversation_id uuid, seq bigint, arrived_at timestamptz, turn_wait interval)
returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  update public.recruiting_conversations c set
    reply_pending_since = coalesce(c.reply_pending_since, set_pending_reply.arrived_at),
    reply_pending_seq = set_pending_reply.seq,
    reply_due_at = least(
      set_pending_reply.arrived_at + set_pending_reply.turn_wait,
      coalesce(c.reply_pending_since, set_pending_reply.arrived_at) + 4 * set_pending_reply.turn_wait
    ),
    turn_attempts = case when c.reply_pending_seq is null then 0 else c.turn_attempts end
  where c.id = set_pending_reply.conversation_id and c.status = 'bot' and c.opted_out_at is null;
end;
$$;

-- Conversations whose pending reply may be answered. An unconfirmed send holds the next turn back until it is
-- confirmed, because the bot does not know what the recruit has read.
create view private.pending_turns as
  select c.id as conversation_id, c.reply_due_at, c.turn_expires_at from public.recruiting_conversations c
  where c.reply_due_at is not null and not exists (
    select from public.recruiting_messages m
    where m.conversation_id = c.id and m.confirm_due_at is not null
  );
comment on view private.pending_turns is 'One conversation whose pending reply may be answered';
revoke all on private.pending_turns from public, anon, authenticated, service_role;

-- Whether work is due that no worker holds, other than the turn of except_conversation_id. A turn counts 5 s
-- after it was due: until then its text's own worker claims it.
create function private.work_is_due(except_conversation_id uuid) returns boolean
language plpgsql
set search_path = ''
as $$
declare
  moment constant timestamptz := clock_timestamp();
begin
  return exists (select from public.recruiting_messages m where m.confirm_due_at <= moment)
    or exists (
      select from private.pending_turns t
      where t.reply_due_at < moment - interval '5 seconds'
        and (t.turn_expires_at is null or t.turn_expires_at <= moment)
        and t.conversation_id is distinct from except_conversation_id
    );
end;
$$;

revoke execute on function private.ms_until, private.set_pending_reply, private.work_is_due from public;
