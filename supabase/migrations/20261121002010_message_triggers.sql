-- What follows from a message and from a change of its status, in one trigger each and without conditions: Postgres
-- prepares a trigger's condition again in every statement, in half the time that a statement of one row takes.

-- Gives a message its place in the conversation, by one update, whose row lock leaves seq no gap and no tie. A text
-- with a reply_wait makes a reply pending, if the bot may answer: due reply_wait after the newest text, so that the
-- recruit can finish, but at most four times reply_wait after the oldest. Its reply_wait is then the time that is left.
create function private.append_message() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if new.reply_wait is not null then
    update public.recruiting_conversations c set
      last_seq = c.last_seq + 1,
      last_message_at = greatest(c.last_message_at, new.created_at),
      reply_pending_since = coalesce(c.reply_pending_since, new.created_at),
      reply_pending_seq = c.last_seq + 1,
      reply_due_at = least(
        new.created_at + new.reply_wait,
        coalesce(c.reply_pending_since, new.created_at) + 4 * new.reply_wait
      ),
      turn_attempts = case when c.reply_pending_seq is null then 0 else c.turn_attempts end
      where c.id = new.conversation_id and c.status = 'bot' and c.opted_out_at is null
      returning c.last_seq, c.reply_due_at - new.created_at into new.seq, new.reply_wait;
  end if;
  -- Found is false before the first statement.
  if not found then
    new.reply_wait := null;
    update public.recruiting_conversations c set
      last_seq = c.last_seq + 1,
      last_message_at = greatest(c.last_message_at, new.created_at),
      waiting_since = case
        when new.direction = 'inbound' then
          case when c.status <> 'bot' and c.opted_out_at is null then least(c.waiting_since, new.created_at) end
        -- A hand-off text is no answer: it says that one will come.
        when new.outbox_kind = 'hand_off' and c.status = 'escalated' then c.waiting_since
      end
      where c.id = new.conversation_id
      returning c.last_seq into new.seq;
  end if;
  if not found then
    new.seq := 0; -- no such conversation: the foreign key says so
  end if;
  if new.media <> '[]' or new.num_media is not null or new.failed_at is not null then
    if new.direction = 'inbound' then
      new.media_due_at := private.media_due_at(new);
    end if;
    new.attention_since := private.attention_since(new);
  end if;
  return new;
end;
$$;

create trigger _100_append_message before insert on public.recruiting_messages
  for each row execute function private.append_message();

-- Ends the attention to earlier failures of the same sender. Agents hear of a recruit's text at once, unless the bot
-- answers it. What was adopted after a day is for reading, not for alarms.
create function private.end_attention_and_broadcast() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  channel public.recruiting_channel;
  recruit_phone text;
  recruit_name text;
  agent_id uuid;
  is_sent boolean;
begin
  -- The bot replies to a text with a reply_wait.
  if new.reply_wait is not null or new.direction <> 'inbound' or new.created_at <= now() - interval '24 hours' then
    if new.direction = 'outbound' and (new.message_sid is not null or new.failed_at is not null) then
      perform private.end_earlier_attention(new);
    end if;
    return null;
  end if;
  select c.channel, c.recruit_phone, c.recruit_name, c.assigned_agent_id
    into channel, recruit_phone, recruit_name, agent_id
    from public.recruiting_conversations c where c.id = new.conversation_id and c.status <> 'bot';
  if found then
    is_sent := private.broadcast(
      private.topic_of(agent_id),
      'message_received',
      jsonb_build_object(
        'conversation_id', new.conversation_id,
        'message_id', new.id,
        'channel', channel,
        'recruit_phone', recruit_phone,
        'recruit_name', recruit_name,
        'body', new.body,
        'media', new.media,
        'metadata', new.metadata,
        'status', new.status,
        'created_at', new.created_at
      )
    );
  end if;
  return null;
end;
$$;

create trigger _600_end_attention_and_broadcast after insert on public.recruiting_messages
  for each row execute function private.end_attention_and_broadcast();

-- Acts on a failure, and tells the agent who has the conversation then. A SID takes a provisional failure back.
create function private.act_on_failure_and_broadcast() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  agent_id uuid;
  is_sent boolean;
begin
  if new.status = old.status and new.error_code is not distinct from old.error_code then
    return null;
  end if;
  if new.status = 'failed' then
    perform private.act_on_failed_message(old, new);
  end if;
  select c.assigned_agent_id into agent_id
    from public.recruiting_conversations c where c.id = new.conversation_id and c.status <> 'bot';
  if found then
    is_sent := private.broadcast(
      private.topic_of(agent_id),
      'message_status_changed',
      jsonb_build_object(
        'conversation_id', new.conversation_id,
        'message_id', new.id,
        'status', new.status,
        'error_code', new.error_code
      )
    );
  end if;
  return null;
end;
$$;

create trigger _600_act_on_failure_and_broadcast
  after update of status, error_code, message_sid on public.recruiting_messages
  for each row execute function private.act_on_failure_and_broadcast();

revoke execute on function
  private.append_message, private.end_attention_and_broadcast, private.act_on_failure_and_broadcast
from public;
