-- Due work is a pending reply or an unconfirmed send on which no worker has a lease. Workers claim it item by item,
-- on a schedule, so that no work waits inside a worker or for the recruit's next text.

create type public.recruiting_due_work_kind as enum ('turn', 'send');

-- Claims the send that has been due longest, of those that no other transaction is claiming.
create function private.claim_due_send(claim_token uuid, lease_seconds double precision)
returns table (message_id uuid, conversation_id uuid)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  moment constant timestamptz := clock_timestamp();
begin
  return query
    update public.recruiting_messages m set
      confirm_due_at = moment + make_interval(secs => claim_due_send.lease_seconds),
      confirm_token = claim_due_send.claim_token
    where m.id = (
      select due.id from public.recruiting_messages due
      where due.confirm_due_at <= moment
      order by due.confirm_due_at limit 1
      for no key update skip locked
    )
    returning m.id, m.conversation_id;
end;
$$;

-- Claims the turn that has been due longest, of those that no other transaction is claiming. Returns the
-- conversation; null if no turn is due.
create function private.claim_due_turn(claim_token uuid, lease_seconds double precision) returns uuid
language plpgsql
set search_path = ''
as $$
declare
  moment constant timestamptz := clock_timestamp();
  claimed_id uuid;
begin
  update public.recruiting_conversations c set
    turn_token = claim_token,
    turn_expires_at = moment + make_interval(secs => lease_seconds),
    turn_attempts = c.turn_attempts + 1
  where c.id = (
    select due.conversation_id from private.pending_turns due
    where due.reply_due_at <= moment and (due.turn_expires_at is null or due.turn_expires_at <= moment)
    order by due.reply_due_at limit 1
    for no key update skip locked
  )
  returning c.id into claimed_id;
  return claimed_id;
end;
$$;

-- Whether a send has been due longer than any turn.
create function private.is_send_due_first() returns boolean
language plpgsql
set search_path = ''
as $$
declare
  moment constant timestamptz := clock_timestamp();
begin
  return coalesce(
    (select min(m.confirm_due_at) from public.recruiting_messages m where m.confirm_due_at <= moment)
      <= (
        select min(t.reply_due_at) from private.pending_turns t
        where t.reply_due_at <= moment and (t.turn_expires_at is null or t.turn_expires_at <= moment)
      ),
    true
  );
end;
$$;

revoke execute on function private.claim_due_send, private.claim_due_turn, private.is_send_due_first from public;

-- Claims the item of work that has been due longest. Workers that call at once get different items. Retrying is
-- safe, also while the attempt before it still runs: the same token gets the same item.
--   argument            meaning
--   claim_token         chosen by the caller; identifies the lease of the turn or of the send
--   turn_lease_seconds  after which another worker may claim the turn
--   send_lease_seconds  after which another worker may claim the send
--   only_turns          whether sends are left for later, because Twilio cannot be reached
-- Returns no row if nothing is due. Otherwise one row:
--   column           meaning
--   kind             turn or send
--   conversation_id  of the turn or the send
--   message_id       of a send; null for a turn
create function public.recruiting_claim_due_work(
  claim_token uuid,
  turn_lease_seconds double precision default 60,
  send_lease_seconds double precision default 70,
  only_turns boolean default false
) returns table (kind public.recruiting_due_work_kind, conversation_id uuid, message_id uuid)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  moment timestamptz;
  is_send_first boolean;
begin
  perform private.lock_claim(recruiting_claim_due_work.claim_token);
  moment := clock_timestamp();
  select m.id, m.conversation_id into message_id, conversation_id from public.recruiting_messages m
    where m.confirm_due_at > moment and m.confirm_token = recruiting_claim_due_work.claim_token;
  if not found then
    select c.id into conversation_id from public.recruiting_conversations c
      where c.reply_due_at <= moment and c.turn_token = recruiting_claim_due_work.claim_token
        and c.turn_expires_at > moment;
  end if;

  if conversation_id is null then
    is_send_first := not recruiting_claim_due_work.only_turns and private.is_send_due_first();
    if is_send_first then
      select s.message_id, s.conversation_id into message_id, conversation_id
        from private.claim_due_send(
          recruiting_claim_due_work.claim_token, recruiting_claim_due_work.send_lease_seconds
        ) s;
    end if;
    if conversation_id is null then
      conversation_id := private.claim_due_turn(
        recruiting_claim_due_work.claim_token, recruiting_claim_due_work.turn_lease_seconds
      );
    end if;
    if conversation_id is null and not is_send_first and not recruiting_claim_due_work.only_turns then
      select s.message_id, s.conversation_id into message_id, conversation_id
        from private.claim_due_send(
          recruiting_claim_due_work.claim_token, recruiting_claim_due_work.send_lease_seconds
        ) s;
    end if;
  end if;

  if conversation_id is not null then
    kind := case when message_id is null then 'turn' else 'send' end;
    return next;
  end if;
end;
$$;

revoke execute on function public.recruiting_claim_due_work from public, anon, authenticated, service_role;
grant execute on function public.recruiting_claim_due_work to service_role;
