-- A text that the bot must answer makes a reply pending (private.append_message): a due time on the conversation's row,
-- so that another worker can answer when the text's own worker is gone.

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
-- Each query finds the oldest item in the order of its index and compares the time afterwards. With the time in its
-- condition Postgres plans the query again in each call, because it cannot know how many rows an unknown time leaves.
create function private.work_is_due(except_conversation_id uuid) returns boolean
language plpgsql
set search_path = ''
as $$
declare
  moment constant timestamptz := clock_timestamp();
begin
  return coalesce((
      select m.confirm_due_at from public.recruiting_messages m
      where m.confirm_due_at is not null
      order by m.confirm_due_at limit 1
    ) <= moment, false)
    or coalesce((
      select t.reply_due_at from private.pending_turns t
      where (t.turn_expires_at is null or t.turn_expires_at <= moment)
        and t.conversation_id is distinct from except_conversation_id
      order by t.reply_due_at limit 1
    ) < moment - interval '5 seconds', false);
end;
$$;

revoke execute on function private.ms_until, private.work_is_due from public;
