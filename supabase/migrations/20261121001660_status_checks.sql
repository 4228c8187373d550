-- Twilio is asked for the status of a message whose callbacks do not come, so that a lost callback does not leave
-- a message queued for ever.

-- When Twilio is asked: first_step after the send was begun, and 4, 24, 96 and 288 times that. Returns one row:
--   column     meaning
--   passed_at  the last step that has passed; null before the first
--   before_at  the step before that; for the first step, begun_at
--   next_at    the next step; null after the last
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

-- Whether a check is skipped: before the first step, or when a callback came since the step before. Twilio's
-- answer to an earlier check is no callback. A callback of a state before sent does not count: it may come late, and
-- says nothing about the callbacks after it, which may be lost.
create function private.skips_status_check(
  message_sid text,
  begun_at timestamptz,
  first_step interval,
  moment timestamptz
) returns boolean
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  steps record;
begin
  select * into steps from private.status_check_steps(
    begun_at => skips_status_check.begun_at,
    first_step => skips_status_check.first_step,
    moment => skips_status_check.moment
  );
  return steps.passed_at is null or exists (
    select from public.recruiting_message_events e
    where e.message_sid = skips_status_check.message_sid and not e.was_fetched and e.received_at > steps.before_at
      and private.message_status(e.twilio_status) >= 'sent'
  );
end;
$$;

-- Moves the due checks that are skipped to their next step. Locks only those: another run claims the rest at the
-- same time.
create function private.postpone_skipped_checks(first_step interval, moment timestamptz) returns void
language plpgsql
set search_path = ''
as $$
begin
  with due as materialized (
    select m.id, m.status_check_at, m.begun_at,
      private.skips_status_check(m.message_sid, m.begun_at, first_step, moment) as is_skipped
    from public.recruiting_messages m
    where m.status_check_at <= moment and m.message_sid is not null
    order by m.status_check_at limit 1000
  ), skipped as materialized (
    -- As it was read: another run may have moved the check meanwhile.
    select m.id, m.begun_at from public.recruiting_messages m
    join due on due.id = m.id and due.status_check_at = m.status_check_at
    where due.is_skipped
    for no key update of m skip locked
  )
  update public.recruiting_messages m set status_check_at = (
      select steps.next_at from private.status_check_steps(skipped.begun_at, first_step, moment) steps
    )
    from skipped where m.id = skipped.id;
end;
$$;

-- A claim is a row of its own, so that a retry finds in one step what the claim returned. A token on the messages
-- would need one more index there, and every message pays for that.
create table private.status_check_claims (
  claim_token uuid primary key,
  message_ids uuid[] not null,
  expires_at timestamptz not null
);
comment on table private.status_check_claims is
  'One claim of status checks whose lease may not have expired yet';
comment on column private.status_check_claims.message_ids is 'The messages, the longest due first';

-- Claims the checks that have been due longest and are not skipped, of those that no other transaction is claiming.
-- Returns the messages.
create function private.claim_due_status_checks(
  claim_token uuid,
  first_step interval,
  batch int,
  lease interval,
  moment timestamptz
) returns uuid[]
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  claimed_ids uuid[];
  lease_ends_at constant timestamptz := claim_due_status_checks.moment + claim_due_status_checks.lease;
begin
  perform private.postpone_skipped_checks(claim_due_status_checks.first_step, claim_due_status_checks.moment);
  with due as materialized (
    select m.id, m.status_check_at from public.recruiting_messages m
    where m.status_check_at <= claim_due_status_checks.moment and m.message_sid is not null
    order by m.status_check_at limit claim_due_status_checks.batch
    for no key update skip locked
  ), claimed as (
    update public.recruiting_messages m set status_check_at = lease_ends_at from due where m.id = due.id
  )
  select array_agg(due.id order by due.status_check_at) into claimed_ids from due;
  if claimed_ids is null then
    return '{}';
  end if;

  delete from private.status_check_claims c using (
      select expired.claim_token from private.status_check_claims expired
      where expired.expires_at <= claim_due_status_checks.moment for update skip locked
    ) expired
    where c.claim_token = expired.claim_token;
  insert into private.status_check_claims (claim_token, message_ids, expires_at)
    values (claim_due_status_checks.claim_token, claimed_ids, lease_ends_at);
  return claimed_ids;
end;
$$;

revoke execute on function
  private.status_check_steps, private.skips_status_check, private.postpone_skipped_checks,
  private.claim_due_status_checks
from public;

-- Claims the messages whose status Twilio is to be asked for, the longest due first. A check is skipped when a
-- callback came since the step before. Retrying is safe, also while the attempt before it still runs: the same token
-- gets the same messages in the same order.
--   argument            meaning
--   claim_token         chosen by the caller; identifies the lease of the checks
--   first_step_seconds  after which Twilio is asked first
--   batch               how many at most
--   lease_seconds       after which another worker may claim them
-- Returns a row for each:
--   column          meaning
--   message_id      of the message
--   message_sid     of the message
--   channel         of its conversation
--   message_status  the stored one
create function public.recruiting_claim_status_checks(
  claim_token uuid,
  first_step_seconds double precision default 900,
  batch int default 50,
  lease_seconds double precision default 60
) returns table (
  message_id uuid,
  message_sid text,
  channel public.recruiting_channel,
  message_status public.recruiting_message_status
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  moment timestamptz;
  claimed_ids uuid[];
begin
  perform private.lock_claim(recruiting_claim_status_checks.claim_token);
  moment := clock_timestamp();
  select c.message_ids into claimed_ids from private.status_check_claims c
    where c.claim_token = recruiting_claim_status_checks.claim_token and c.expires_at > moment;
  if not found then
    claimed_ids := private.claim_due_status_checks(
      claim_token => recruiting_claim_status_checks.claim_token,
      first_step => make_interval(secs => recruiting_claim_status_checks.first_step_seconds),
      batch => recruiting_claim_status_checks.batch,
      lease => make_interval(secs => recruiting_claim_status_checks.lease_seconds),
      moment => moment
    );
  end if;
  return query
    select m.id, m.message_sid, c.channel, m.status
      from unnest(claimed_ids) with ordinality claimed (id, place)
      join public.recruiting_messages m on m.id = claimed.id
      join public.recruiting_conversations c on c.id = m.conversation_id
      order by claimed.place;
end;
$$;

-- Lists the messages that recruiting_claim_status_checks would return, and claims none: for a dry run.
--   first_step_seconds  after which Twilio is asked first
--   batch               how many at most
-- Returns a row for each; the columns are those of recruiting_claim_status_checks.
create function public.recruiting_list_due_status_checks(
  first_step_seconds double precision default 900,
  batch int default 50
) returns table (
  message_id uuid,
  message_sid text,
  channel public.recruiting_channel,
  message_status public.recruiting_message_status
)
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  first_step constant interval := make_interval(secs => recruiting_list_due_status_checks.first_step_seconds);
begin
  return query
    select m.id, m.message_sid, c.channel, m.status
      from public.recruiting_messages m
      join public.recruiting_conversations c on c.id = m.conversation_id
      where m.status_check_at <= now() and m.message_sid is not null
        and not private.skips_status_check(m.message_sid, m.begun_at, first_step, now())
      order by m.status_check_at limit recruiting_list_due_status_checks.batch;
end;
$$;

-- Ends a check: the next one is due at the next step.
--   message_id          of the message
--   is_gone             whether Twilio does not know the message (404): then it is not asked again
--   first_step_seconds  after which Twilio is asked first
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
  where m.id = message_id and m.status_check_at is not null;
end;
$$;

revoke execute on function
  public.recruiting_claim_status_checks, public.recruiting_list_due_status_checks,
  public.recruiting_finish_status_check
from public, anon, authenticated, service_role;
grant execute on function
  public.recruiting_claim_status_checks, public.recruiting_list_due_status_checks,
  public.recruiting_finish_status_check
to service_role;
