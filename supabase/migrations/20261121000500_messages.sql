-- The texts of a conversation, in the order that the database gives them.

create table public.recruiting_messages (
  id uuid primary key default gen_random_uuid(),
  seq bigint not null,
  conversation_id uuid not null references public.recruiting_conversations (id) on delete cascade,
  direction public.recruiting_direction not null,
  sender_type public.recruiting_sender_type not null,
  agent_id uuid references auth.users (id) on delete set null,
  body text not null default '',
  answers_seq bigint,
  media jsonb not null default '[]',
  num_media int,
  media_due_at timestamptz,
  media_token uuid,
  media_attempts int,
  content_sid text,
  content_variables jsonb,
  status public.recruiting_message_status not null,
  message_sid text,
  outbox_kind public.recruiting_outbox_kind,
  idempotency_key text,
  to_phone text,
  begun_at timestamptz,
  confirm_due_at timestamptz,
  confirm_token uuid,
  not_found_at timestamptz,
  status_check_at timestamptz,
  num_segments int,
  metadata jsonb,
  verdict public.recruiting_verdict,
  reply_wait interval,
  error_code text,
  error_message text,
  sent_at timestamptz,
  delivered_at timestamptz,
  read_at timestamptz,
  failed_at timestamptz,
  attention_since timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  constraint recruiting_messages_message_sid unique (message_sid),
  constraint recruiting_messages_order unique (conversation_id, seq)
)
with (
  -- Room for the updates that delivery callbacks bring, so that they stay on the row's page.
  fillfactor = 90,
  -- Vacuum comes after 20,000 changes, however big the table is, and always cleans the indexes. A due time that has
  -- passed leaves a dead entry at the left end of its index, where every search for due work begins: with the default,
  -- a fifth of the table, a text would cost more, the more messages there are.
  -- https://www.postgresql.org/docs/17/sql-createtable.html#RELOPTION-AUTOVACUUM-VACUUM-SCALE-FACTOR
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 20000,
  vacuum_index_cleanup = on
);

comment on table public.recruiting_messages is
  'One text of a conversation, inbound or outbound, with its status and, while it is unconfirmed, its due time';
comment on column public.recruiting_messages.id is 'The message';
comment on column public.recruiting_messages.seq is 'The order in the conversation; created_at is for display';
comment on column public.recruiting_messages.conversation_id is 'The conversation that it belongs to';
comment on column public.recruiting_messages.direction is 'inbound from the recruit, outbound to the recruit';
comment on column public.recruiting_messages.sender_type is 'Who wrote it: the recruit, the bot (also the platform''s server), or an agent';
comment on column public.recruiting_messages.agent_id is 'The agent who wrote it; null for other messages, and after the user was deleted';
comment on column public.recruiting_messages.body is 'The text; empty where a message has attachments or metadata alone';
comment on column public.recruiting_messages.media is 'Array of {url, content_type}; of an inbound text also {path, size} in Storage once an attachment is copied, or {error} where it cannot be';
comment on column public.recruiting_messages.num_media is 'How many attachments an inbound text has, as Twilio says; null for none. media may still lack some';
comment on column public.recruiting_messages.media_due_at is 'When the attachments are copied to Storage; null when none is left to copy';
comment on column public.recruiting_messages.media_token is 'The claim of the worker that copies the attachments until media_due_at';
comment on column public.recruiting_messages.media_attempts is 'How often copying them was tried without success; null before the first time';
comment on column public.recruiting_messages.content_sid is 'The template that is sent; body is its text, or [template HX…] where the text could not be read';
comment on column public.recruiting_messages.content_variables is 'The values of the template''s variables, by name; null when there are none';
comment on column public.recruiting_messages.status is 'received for an inbound text; of an outbound message the latest of queued, sent, delivered and failed';
comment on column public.recruiting_messages.message_sid is 'Twilio''s SID; null until Twilio has accepted an outbound message';
comment on column public.recruiting_messages.metadata is 'The fields of the webhook that no column has, under Twilio''s names; a repeated key as an array; null when there are none';
comment on column public.recruiting_messages.verdict is 'What the words of an inbound text are; null for outbound';
comment on column public.recruiting_messages.reply_wait is 'How long after its arrival the bot''s reply was due, so that a further text may come; null for a message that makes no reply pending';
comment on column public.recruiting_messages.answers_seq is 'The seq of the newest text that a reply of the bot answers; null for other messages';
comment on column public.recruiting_messages.outbox_kind is 'What the outbox checks before it sends: the bot''s reply, a hand-off text, an agent''s or the platform''s message; null for inbound';
comment on column public.recruiting_messages.idempotency_key is 'The caller''s name for the message, unique in its conversation';
comment on column public.recruiting_messages.to_phone is 'The recruit''s address as Twilio was called with it, without the channel prefix';
comment on column public.recruiting_messages.begun_at is 'When the call to Twilio was last permitted; the call follows within seconds, or never';
comment on column public.recruiting_messages.not_found_at is 'When Twilio''s list was first read without it, since it was last begun';
comment on column public.recruiting_messages.confirm_due_at is 'When an unconfirmed send is compared with Twilio''s list; null once it is confirmed or failed';
comment on column public.recruiting_messages.confirm_token is 'The claim of the worker that confirms the send until confirm_due_at';
comment on column public.recruiting_messages.status_check_at is 'When Twilio is asked for the status; null before the SID is known and after the final status';
comment on column public.recruiting_messages.num_segments is 'How many segments Twilio counts; null if it has not said';
comment on column public.recruiting_messages.error_code is 'Why it failed: Twilio''s code, or the name of an error such as ECONNREFUSED; null without an error';
comment on column public.recruiting_messages.error_message is 'The same in words; null without an error';
comment on column public.recruiting_messages.sent_at is 'When Twilio reported that it was sent';
comment on column public.recruiting_messages.delivered_at is 'When Twilio reported that it was delivered';
comment on column public.recruiting_messages.read_at is 'When Twilio reported that it was read';
comment on column public.recruiting_messages.failed_at is 'When it failed';
comment on column public.recruiting_messages.created_at is 'When an inbound text arrived or an outbound message was first begun; for display';
comment on column public.recruiting_messages.attention_since is 'failed_at, until a later message of the same sender_type has a SID or has failed; null for all others';

-- For deleting a user; recruits' and the bot's messages are not in it.
create index recruiting_messages_agent on public.recruiting_messages (agent_id)
  where agent_id is not null;

create unique index recruiting_messages_idempotency_key
  on public.recruiting_messages (conversation_id, idempotency_key)
  where idempotency_key is not null;

-- Unconfirmed sends: the oldest first, and whether a conversation has one.
create index recruiting_messages_confirm_due on public.recruiting_messages (confirm_due_at)
  where confirm_due_at is not null;
create index recruiting_messages_unconfirmed on public.recruiting_messages (conversation_id)
  where confirm_due_at is not null;

-- Messages that failed, for the attention list and for what may be one of them in Twilio's list. The
-- predicate names failed_at alone, because an update is HOT only if it changes no column that an index
-- names: a callback that reports no failure leaves failed_at as it is.
-- https://www.postgresql.org/docs/17/storage-hot.html
create index recruiting_messages_failed on public.recruiting_messages (conversation_id)
  where failed_at is not null;

-- When Twilio is asked for a status that no callback has brought.
create index recruiting_messages_status_check on public.recruiting_messages (status_check_at)
  where status_check_at is not null;

-- Checks a message when it is written. Check constraints would do so in every update, also in that of each delivery
-- callback. A message that was inserted as received stays so (private.guard_message_history). Lengths are compared
-- apart from the format, because a count such as {1,32} makes a regular expression ten times as expensive.
create function private.check_message() returns trigger
language plpgsql
set search_path = ''
as $$
declare
  broken_rule text;
begin
  -- One expression for each direction: Postgres prepares a whole expression, also the branches that it never reaches.
  if new.direction = 'inbound' then
    broken_rule := case
      when new.sender_type <> 'recruit' then 'sender'
      when new.status <> 'received' then 'status'
      when new.agent_id is not null then 'agent'
      when new.message_sid !~ '^[A-Z]{2}[0-9A-Za-z]+$' or length(new.message_sid) > 34 then 'message_sid_format'
      when jsonb_typeof(new.media) <> 'array' then 'media'
      when jsonb_typeof(new.metadata) <> 'object' then 'metadata'
      when new.content_sid is not null then 'content_sid'
      when new.content_variables is not null then 'content_variables'
    end;
  else
    broken_rule := case
      when new.sender_type = 'recruit' then 'sender'
      when new.status = 'received' then 'status'
      when new.agent_id is not null and new.sender_type <> 'agent' then 'agent'
      when new.message_sid !~ '^[A-Z]{2}[0-9A-Za-z]+$' or length(new.message_sid) > 34 then 'message_sid_format'
      when jsonb_typeof(new.media) <> 'array' then 'media'
      when jsonb_typeof(new.metadata) <> 'object' then 'metadata'
      when jsonb_typeof(new.content_variables) <> 'object'
        or (new.content_sid is null and new.content_variables is not null) then 'content_variables'
      when new.reply_wait is not null then 'reply_wait'
    end;
  end if;
  if broken_rule is not null then
    raise check_violation using
      -- PostgREST returns the message alone, and the functions log the constraint's name in it.
      message = format('The message violates check constraint "recruiting_messages_%s"', broken_rule),
      constraint = 'recruiting_messages_' || broken_rule, table = tg_table_name, schema = tg_table_schema;
  end if;
  return new;
end;
$$;

create trigger _050_check_message
  before insert or update of direction, sender_type, agent_id, message_sid, media, content_sid, content_variables,
    metadata, reply_wait
  on public.recruiting_messages
  for each row execute function private.check_message();

revoke execute on function private.check_message from public;

alter table public.recruiting_messages enable row level security;

-- The subquery runs under the caller's own policies on conversations.
create policy "Agents see the messages of the conversations that they see" on public.recruiting_messages
  for select to authenticated
  using (exists (select from public.recruiting_conversations c where c.id = conversation_id));

revoke all on public.recruiting_messages from public, anon, authenticated, service_role;
grant select on public.recruiting_messages to authenticated, service_role;
