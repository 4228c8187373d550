-- Reconciliation: after any outage the tables are compared with Twilio's own log.

-- How far Twilio's log has been compared with the tables. One row.
create table private.log_comparison (
  is_only_row boolean primary key default true check (is_only_row),
  cursor timestamptz,
  begun_at timestamptz,
  has_more boolean not null default false
);
comment on column private.log_comparison.cursor is 'Inbound texts up to here are in the tables; whole seconds';
comment on column private.log_comparison.begun_at is 'When a run last began to compare';
comment on column private.log_comparison.has_more is 'Whether that run ended before the end of its span; then the next one goes on at once';
insert into private.log_comparison default values;

-- Which of our addresses conversations have, for texts whose conversation may not exist yet.
create index recruiting_conversations_twilio_address on public.recruiting_conversations (twilio_phone, channel);

-- Begins to compare a span of Twilio's log.
--   lag_seconds      the newest texts are left out: Twilio may still be calling the webhook
--   overlap_seconds  how far before the cursor the span begins
--   at_once          whether to compare even if the run before began to less than a minute ago
--   since, until     a span to compare instead of going on from the cursor, which then stays
--   dry_run          nothing is stored, and the minute does not count
-- Returns no row if it is not time yet. Otherwise one, in whole seconds:
--   span_since, span_until  the span; empty if the first is not before the second
--   stored_cursor           null before the first run has finished a slice
create function public.recruiting_begin_comparison(
  lag_seconds double precision default 60,
  overlap_seconds double precision default 600,
  at_once boolean default false,
  since timestamptz default null,
  until timestamptz default null,
  dry_run boolean default false
) returns table (span_since timestamptz, span_until timestamptz, stored_cursor timestamptz)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  moment constant timestamptz := clock_timestamp();
begin
  select c.cursor into stored_cursor from private.log_comparison c;
  if recruiting_begin_comparison.since is null and not dry_run then
    update private.log_comparison c set begun_at = moment, has_more = false
      where at_once or c.has_more or c.begun_at is null or c.begun_at <= moment - interval '1 minute';
    if not found then
      return;
    end if;
  end if;
  span_since := date_trunc('second', coalesce(
    recruiting_begin_comparison.since,
    stored_cursor - make_interval(secs => overlap_seconds),
    moment - interval '24 hours'
  ));
  span_until := date_trunc('second', least(
    recruiting_begin_comparison.until, moment - make_interval(secs => lag_seconds)
  ));
  return next;
end;
$$;

-- Notes how far the log has been compared.
--   has_more  whether the next run goes on at once
--   cursor    null leaves it as it is; it never goes back
-- Returns the stored cursor.
create function public.recruiting_move_cursor(has_more boolean, cursor timestamptz default null) returns timestamptz
language plpgsql security definer
set search_path = ''
as $$
declare
  moved timestamptz;
begin
  update private.log_comparison c set
    cursor = greatest(c.cursor, recruiting_move_cursor.cursor),
    has_more = recruiting_move_cursor.has_more
  returning c.cursor into moved;
  return moved;
end;
$$;

-- Which listed texts are to us, and which of these the tables do not have.
--   listed  inbound messages of Twilio's log, as JSON text: array of {sid, channel, recruit_phone,
--           twilio_phone, sent_at, verdict}
-- Returns one row, because the REST API cuts a result of many rows off at its max_rows:
--   ours     the SIDs of texts whose address is one of recruiting_senders or of a conversation
--   missing  those of ours that are in no table; of those from before their recruit's erasure only opt-outs
create function public.recruiting_find_inbound(listed text)
returns table (ours text[], missing text[])
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    with texts as materialized (
      select * from jsonb_to_recordset(listed::jsonb)
        as t (
          sid text, channel text, recruit_phone text, twilio_phone text, sent_at timestamptz,
          verdict public.recruiting_verdict
        )
    ), addresses as materialized (
      select a.channel, a.twilio_phone from (select distinct t.channel, t.twilio_phone from texts t) a
      where exists (
          select from public.recruiting_senders s where s.channel = a.channel and s.address = a.twilio_phone
        ) or exists (
          select from public.recruiting_conversations c
          where c.channel = a.channel and c.twilio_phone = a.twilio_phone
        )
    ), found as (
      select t.sid, not (
          exists (select from public.recruiting_messages m where m.message_sid = t.sid)
          or exists (select from public.recruiting_unmatched_messages u where u.message_sid = t.sid)
          or t.verdict <> 'stop' and private.is_forgotten(t.recruit_phone, t.sent_at)
        ) as is_missing
      from texts t
      join addresses a on a.channel = t.channel and a.twilio_phone = t.twilio_phone
    )
    select coalesce(array_agg(f.sid), '{}'), coalesce(array_agg(f.sid) filter (where f.is_missing), '{}')
      from found f;
end;
$$;

-- The moments at which Twilio is asked for a status that is not final: the first step after the send was
-- begun, and 4, 24, 96 and 288 times that. Returns the last one that has passed (null before the first),
-- the one before it, and the next one (null after the last).
create function private.status_check_steps(begun_at timestamptz, first_step interval, moment timestamptz)
returns table (passed_at timestamptz, before_at timestamptz, next_at timestamptz)
language plpgsql immutable
set search_path = ''
as $$
begin
  select max(s.at) filter (where s.at <= moment), min(s.at) filter (where s.at > moment)
    into passed_at, next_at
    from (select begun_at + first_step * factor as at from unnest(array[1, 4, 24, 96, 288]) factor) s;
  select max(s.at) into before_at
    from (select begun_at + first_step * factor as at from unnest(array[0, 1, 4, 24, 96, 288]) factor) s
    where s.at < passed_at;
  return next;
end;
$$;

-- Whether the check that is due is skipped: before the first step, or when a callback came since the step
-- before. Twilio's answer to an earlier check is no callback.
create function private.skips_status_check(
  message_sid text, begun_at timestamptz, first_step interval, moment timestamptz
) returns boolean
language plpgsql
set search_path = ''
as $$
declare
  steps record;
begin
  select * into steps from private.status_check_steps(begun_at, first_step, moment);
  return steps.passed_at is null or exists (
    select from public.recruiting_message_events e
    where e.message_sid = skips_status_check.message_sid and not e.was_asked and e.received_at > steps.before_at
  );
end;
$$;

revoke execute on function private.status_check_steps, private.skips_status_check from public;

-- Claims messages whose status Twilio is to be asked for, the one that has been due longest first. A check
-- is skipped when a callback came since the step before.
--   first_step_seconds  after which Twilio is asked first
--   batch               how many at most
--   lease_seconds       after which another worker may claim them
--   dry_run             whether they are only told, and nothing changes
-- Returns a row for each:
--   message_id, message_sid, channel
--   message_status  the stored one
create function public.recruiting_claim_status_checks(
  first_step_seconds double precision default 900,
  batch int default 50,
  lease_seconds double precision default 60,
  dry_run boolean default false
) returns table (message_id uuid, message_sid text, channel text, message_status text)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  moment constant timestamptz := clock_timestamp();
  first_step constant interval := make_interval(secs => first_step_seconds);
begin
  if not dry_run then
    -- Only what is skipped is locked: another run claims the rest at the same time.
    with due as materialized (
      select m.id, m.message_sid, m.begun_at from public.recruiting_messages m
      where m.status_check_at <= moment and m.message_sid is not null
      order by m.status_check_at limit 1000
    ), skipped as materialized (
      select m.id, m.begun_at from public.recruiting_messages m
      join due on due.id = m.id
        and private.skips_status_check(due.message_sid, due.begun_at, first_step, moment)
      where m.status_check_at <= moment
      for no key update of m skip locked
    )
    update public.recruiting_messages m set status_check_at = (
        select steps.next_at from private.status_check_steps(skipped.begun_at, first_step, moment) steps
      )
      from skipped where m.id = skipped.id;
  end if;
  return query
    with due as materialized (
      select m.id, m.message_sid, m.conversation_id, m.status, m.status_check_at
      from public.recruiting_messages m
      where m.status_check_at <= moment and m.message_sid is not null
        and (not dry_run or not private.skips_status_check(m.message_sid, m.begun_at, first_step, moment))
      order by m.status_check_at limit batch
      for no key update skip locked
    ), claimed as (
      update public.recruiting_messages m
        set status_check_at = moment + make_interval(secs => lease_seconds)
        from due where m.id = due.id and not dry_run
    )
    select due.id, due.message_sid, c.channel, due.status
      from due join public.recruiting_conversations c on c.id = due.conversation_id
      order by due.status_check_at;
end;
$$;

-- Ends a check: the next one is due at the next step.
--   is_gone  whether Twilio does not know the message (404): then it is not asked again
create function public.recruiting_finish_status_check(
  message_id uuid,
  is_gone boolean default false,
  first_step_seconds double precision default 900
) returns void
language plpgsql security definer
set search_path = ''
as $$
begin
  update public.recruiting_messages m set status_check_at = case
    when not is_gone then (
      select s.next_at from private.status_check_steps(
        m.begun_at, make_interval(secs => first_step_seconds), clock_timestamp()
      ) s
    )
  end
  where m.id = recruiting_finish_status_check.message_id and m.status_check_at is not null;
end;
$$;

revoke execute on function
  public.recruiting_begin_comparison, public.recruiting_move_cursor, public.recruiting_find_inbound,
  public.recruiting_claim_status_checks, public.recruiting_finish_status_check
from public, anon, authenticated, service_role;
grant execute on function
  public.recruiting_begin_comparison, public.recruiting_move_cursor, public.recruiting_find_inbound,
  public.recruiting_claim_status_checks, public.recruiting_finish_status_check
to service_role;
