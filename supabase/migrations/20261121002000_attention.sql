-- What needs a person's attention, as one list, so that no recruit waits unseen: recruits without an answer,
-- messages that failed, a bot that stalls, and for the platform unmatched texts, a schedule that does not run, and events
-- that its own webhook does not take.

create type public.recruiting_attention_kind as enum (
  'message_failed', 'waiting_for_agent', 'text_after_closing', 'bot_stalled', 'unmatched', 'schedule',
  'platform_webhook', 'twilio_error'
);

-- Conversations in which a recruit may have texted after an opt-out: no answer may be sent, but an agent must see it. A
-- closed one is among them only with a message after the closing: status_seq is the last_seq when the status last
-- changed. It makes no update less HOT: a message changes last_message_at too, which the inbox's indexes hold.
create index recruiting_conversations_opted_out on public.recruiting_conversations (assigned_agent_id)
  where opted_out_at is not null and (status = 'escalated' or (status = 'closed' and last_seq > status_seq));

-- Failures that need attention, and no others: so the list costs the same however many messages have ever failed. One
-- column, because Postgres overestimates how many rows match a combination of columns.
create index recruiting_messages_attention on public.recruiting_messages (conversation_id)
  where attention_since is not null;

-- Twilio reports a failure also after the next message has gone out: then it needs no attention.
create function private.attention_since(message public.recruiting_messages) returns timestamptz
language plpgsql
set search_path = ''
as $$
begin
  return case when message.failed_at is not null and not exists (
    select from public.recruiting_messages later
    where later.conversation_id = message.conversation_id and later.seq > message.seq
      and later.sender_type = message.sender_type and (later.message_sid is not null or later.failed_at is not null)
  ) then message.failed_at end;
end;
$$;

create function private.begin_attention() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.attention_since := private.attention_since(new);
  return new;
end;
$$;

-- A SID also ends a provisional failure (private.guard_message_history). An insert begins it in private.append_message.
create trigger _400_begin_attention before update of failed_at, message_sid on public.recruiting_messages
  for each row when (new.failed_at is distinct from old.failed_at)
  execute function private.begin_attention();

create function private.end_earlier_attention(message public.recruiting_messages) returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.recruiting_messages m set attention_since = null
    where m.conversation_id = message.conversation_id and m.attention_since is not null
      and m.sender_type = message.sender_type and m.seq < message.seq;
end;
$$;

create function private.end_attention() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  perform private.end_earlier_attention(new);
  return null;
end;
$$;

-- An insert ends it in private.end_attention_and_broadcast.
create trigger _500_end_attention after update of message_sid, failed_at on public.recruiting_messages
  for each row when (
    (old.message_sid is null and new.message_sid is not null) or (old.failed_at is null and new.failed_at is not null)
  )
  execute function private.end_attention();

revoke execute on function
  private.attention_since, private.begin_attention, private.end_earlier_attention, private.end_attention
from public;

-- Whether the caller of a security definer function is the platform: a role that may read unmatched texts, which
-- agents may not. current_user is then the function's owner; the caller's role is in the setting `role`.
create function private.is_platform() returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  return has_table_privilege(
    coalesce(nullif(current_setting('role'), 'none'), session_user),
    'public.recruiting_unmatched_messages', 'select'
  );
end;
$$;

-- Texts that have been unmatched for more than a day, as one row; no row if there are none. Counts up to 1000, so
-- that the cost does not grow with their number.
create function private.unmatched_attention() returns table (reason text, since timestamptz)
language plpgsql stable
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    select
      case
        when count(*) = 1 then '1 text has'
        when count(*) <= 1000 then count(*) || ' texts have'
        else 'More than 1000 texts have'
      end || ' had no conversation for more than a day',
      min(old.received_at)
    from (
      select u.received_at from public.recruiting_unmatched_messages u
      where u.received_at < now() - interval '1 day' and u.reason <> 'pruned'
      order by u.received_at limit 1001
    ) old
    having count(*) > 0;
end;
$$;

-- The names of the secrets that the schedule needs and Vault does not have; null if it has both.
create function private.missing_vault_secrets() returns text
language plpgsql stable
set search_path = ''
as $$
begin
  if to_regclass('vault.decrypted_secrets') is null then
    return 'project_url and sms_reconcile_key';
  end if;
  return (
    select string_agg(needed.name, ' and ' order by needed.name)
    from unnest(array['project_url', 'sms_reconcile_key']) needed (name)
    where not exists (select from vault.decrypted_secrets s where s.name = needed.name)
  );
end;
$$;

-- Why sms-reconcile has given the schedule no good answer for 2 minutes, which is 12 runs, as one row; no row if
-- it has, or without pg_net. since is the time of the last good answer; now() if none is stored.
create function private.schedule_answer_attention() returns table (reason text, since timestamptz)
language plpgsql stable
set search_path = ''
as $$
declare
  answers record;
begin
  if to_regclass('net._http_response') is null then
    return;
  end if;
  select * into answers from private.schedule_answers();
  if answers.last_good_at > now() - interval '2 minutes' then
    return;
  end if;
  reason := case
    when answers.failure_status is not null then 'sms-reconcile answers the schedule with ' || answers.failure_status
    when answers.failure_error is not null then 'The schedule does not reach sms-reconcile: ' || answers.failure_error
    else 'sms-reconcile has not answered the schedule for 2 minutes'
  end;
  since := coalesce(answers.last_good_at, now());
  return next;
end;
$$;

-- What keeps Supabase Cron from calling sms-reconcile, as one row: the first of these obstacles. No row if there
-- is none, or without pg_cron, because then another scheduler may call it.
--   obstacle                               since
--   the job is missing, or not active      now()
--   a secret is missing in Vault           now()
--   the newest finished run has failed     the end of that run; now() if it is not known
--   no good answer for 2 minutes           see private.schedule_answer_attention
--   the extensions have changed            now()
-- https://github.com/citusdata/pg_cron#viewing-job-run-details
create function private.schedule_attention() returns table (reason text, since timestamptz)
language plpgsql stable
set search_path = ''
as $$
declare
  job record;
  run record;
  missing_secrets text;
begin
  if to_regclass('cron.job') is null then
    return;
  end if;
  since := now();

  select j.jobid, to_jsonb(j) ->> 'active' as active into job
    from cron.job j where j.jobname = 'sms-reconcile';
  if job.jobid is null or job.active = 'false' then
    reason := 'Supabase Cron has no active job sms-reconcile';
    return next;
    return;
  end if;

  missing_secrets := private.missing_vault_secrets();
  if missing_secrets is not null then
    reason := 'The schedule needs what Vault does not have: ' || missing_secrets;
    return next;
    return;
  end if;

  select d.status, d.return_message, d.end_time into run from cron.job_run_details d
    where d.jobid = job.jobid and d.status in ('succeeded', 'failed')
    order by d.runid desc limit 1;
  if run.status = 'failed' then
    reason := 'The job sms-reconcile fails: ' || coalesce(run.return_message, 'no reason given');
    since := coalesce(run.end_time, since);
    return next;
    return;
  end if;

  return query select a.reason, a.since from private.schedule_answer_attention() a;
exception when undefined_column or insufficient_privilege then
  -- So that the rest of the list can be read with any version of the extensions.
  reason := 'The schedule cannot be checked: ' || sqlerrm;
  since := now();
  return next;
end;
$$;

-- Events that PLATFORM_WEBHOOK_URL did not take for 3 days, as one row; no row if there are none in the last week.
-- Counts up to 1000, so that the cost does not grow with their number.
create function private.platform_webhook_attention() returns table (reason text, since timestamptz)
language plpgsql stable
set search_path = ''
as $$
begin
  return query
    select
      format(
        'PLATFORM_WEBHOOK_URL did not take %s for 3 days: read them with recruiting_read_platform_events(after => %s)',
        case
          when count(*) = 1 then '1 event'
          when count(*) <= 1000 then count(*) || ' events'
          else 'more than 1000 events'
        end,
        min(given_up.position) - 1
      ),
      min(given_up.given_up_at)
    from (
      select g.position, g.given_up_at from private.given_up_platform_posts g
      where g.given_up_at >= now() - interval '7 days'
      order by g.position limit 1001
    ) given_up
    having count(*) > 0;
end;
$$;

-- What only the platform sees. Agents get no row and no error.
create function private.platform_attention()
returns table (kind public.recruiting_attention_kind, reason text, since timestamptz)
language plpgsql stable security definer
set search_path = ''
as $$
begin
  if private.is_platform() then
    return query
      select 'unmatched'::public.recruiting_attention_kind, u.reason, u.since
        from private.unmatched_attention() u
      union all
      select 'schedule'::public.recruiting_attention_kind, s.reason, s.since
        from private.schedule_attention() s
      union all
      select 'platform_webhook'::public.recruiting_attention_kind, w.reason, w.since
        from private.platform_webhook_attention() w
      union all
      select 'twilio_error'::public.recruiting_attention_kind, t.reason, t.since
        from private.twilio_error_attention() t;
  end if;
end;
$$;

revoke execute on function
  private.is_platform, private.unmatched_attention, private.missing_vault_secrets,
  private.schedule_answer_attention, private.schedule_attention, private.platform_webhook_attention,
  private.platform_attention
from public;
grant execute on function private.platform_attention to authenticated, service_role;

-- Agents see the conversations that they may read; only the platform sees the last three kinds, whose
-- conversation_id is null. A conversation has a row of message_failed for each sender_type, and one row of each
-- other kind.
--   kind                since
--   message_failed      the newest failure, until a later message of the same sender_type has a SID
--   waiting_for_agent   the arrival of the recruit's oldest text after the last answer, or the escalation if that
--                       is later. A hand-off text is no answer: it says that one will come
--   text_after_closing  the arrival of the oldest text after the closing or the last answer
--   bot_stalled         when the reply was due
--   unmatched           the arrival of the oldest text
--   schedule            see private.schedule_attention
--   platform_webhook    when the first of the events was given up
--   twilio_error        the first of these errors in the last day: see private.twilio_error_attention
create view public.recruiting_attention with (security_invoker = true) as
  select
    f.conversation_id,
    'message_failed'::public.recruiting_attention_kind as kind,
    case f.sender_type when 'bot' then 'The bot''s message' else 'An agent''s message' end || coalesce(
      ' was not delivered (error ' || f.error_code || ')', ' failed: ' || f.error_message, ' failed'
    ) as reason,
    f.attention_since as since
  from public.recruiting_messages f
  where f.attention_since is not null and f.status = 'failed'
union all
  select
    c.id,
    case c.status when 'closed' then 'text_after_closing' else 'waiting_for_agent' end
      ::public.recruiting_attention_kind,
    case c.status
      when 'closed' then 'The recruit texted after the conversation was closed'
      else 'The recruit waits for an agent''s answer'
    end,
    case c.status when 'closed' then c.waiting_since else greatest(c.waiting_since, c.escalated_at) end
  from public.recruiting_conversations c
  where c.waiting_since is not null
union all
  select
    c.id,
    case c.status when 'closed' then 'text_after_closing' else 'waiting_for_agent' end
      ::public.recruiting_attention_kind,
    'The recruit texted, and has opted out: no answer may be sent',
    case c.status when 'closed' then unanswered.since else greatest(unanswered.since, c.escalated_at) end
  from public.recruiting_conversations c
  cross join lateral (select private.unanswered_since(c) as since) unanswered
  where c.opted_out_at is not null and (c.status = 'escalated' or (c.status = 'closed' and c.last_seq > c.status_seq))
    and unanswered.since is not null
union all
  select
    c.id, 'bot_stalled', 'The bot has not answered: its reply was due more than 2 minutes ago', c.reply_due_at
  from public.recruiting_conversations c
  where c.reply_due_at < now() - interval '2 minutes'
union all
  select null, p.kind, p.reason, p.since
  from private.platform_attention() p;

comment on view public.recruiting_attention is
  'One thing that needs a person''s attention, in one conversation or, without one, of the platform';

revoke all on public.recruiting_attention from public, anon, authenticated, service_role;
grant select on public.recruiting_attention to authenticated, service_role;
