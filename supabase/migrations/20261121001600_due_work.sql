-- Work that is due and that no worker holds: a pending reply, or a send that is unconfirmed. A schedule
-- claims it, piece by piece, so nothing waits inside a worker and nothing for the next text.

-- The send that has been due longest, of those that no other transaction is claiming.
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
      confirm_due_at = moment + make_interval(secs => lease_seconds),
      confirm_token = claim_token
    where m.id = (
      select due.id from public.recruiting_messages due
      where due.confirm_due_at <= moment
      order by due.confirm_due_at limit 1
      for no key update skip locked
    )
    returning m.id, m.conversation_id;
end;
$$;

-- The same of turns. A conversation with an unconfirmed send has none.
create function private.claim_due_turn(claim_token uuid, lease_seconds double precision) returns uuid
language plpgsql
set search_path = ''
as $$
declare
  moment constant timestamptz := clock_timestamp();
  conversation_id uuid;
begin
  update public.recruiting_conversations c set
    turn_token = claim_token,
    turn_expires_at = moment + make_interval(secs => lease_seconds),
    turn_attempts = c.turn_attempts + 1
  where c.id = (
    select due.id from public.recruiting_conversations due
    where due.reply_due_at <= moment
      and (due.turn_expires_at is null or due.turn_expires_at <= moment)
      and not exists (
        select from public.recruiting_messages m
        where m.conversation_id = due.id and m.confirm_due_at is not null
      )
    order by due.reply_due_at limit 1
    for no key update skip locked
  )
  returning c.id into conversation_id;
  return conversation_id;
end;
$$;

revoke execute on function private.claim_due_send, private.claim_due_turn from public;

-- Claims the piece that has been due longest, for one worker. Of many workers at once each gets another
-- piece. Retrying is safe: the token names the claim, and the same one gets the same piece.
--   claim_token         chosen by the caller: the turn's token, or the send's claim
--   turn_lease_seconds  how long no other worker gets the turn
--   send_lease_seconds  how long no other worker gets the send
--   only_turns          whether sends are left for later, because Twilio cannot be reached
-- Returns no row if nothing is due, otherwise one:
--   kind             'turn' or 'send'
--   conversation_id  whose it is
--   message_id       the message of a send
create function public.recruiting_claim_due_work(
  claim_token uuid,
  turn_lease_seconds double precision default 60,
  send_lease_seconds double precision default 70,
  only_turns boolean default false
) returns table (kind text, conversation_id uuid, message_id uuid)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  moment constant timestamptz := clock_timestamp();
  is_send_first boolean;
begin
  select m.id, m.conversation_id into message_id, conversation_id from public.recruiting_messages m
    where m.confirm_due_at > moment and m.confirm_token = claim_token;
  if not found then
    select c.id into conversation_id from public.recruiting_conversations c
      where c.reply_due_at <= moment and c.turn_token = claim_token and c.turn_expires_at > moment;
  end if;

  if not found then
    is_send_first := not only_turns and coalesce(
      (select min(m.confirm_due_at) from public.recruiting_messages m where m.confirm_due_at <= moment)
        <= (
          select min(c.reply_due_at) from public.recruiting_conversations c
          where c.reply_due_at <= moment and (c.turn_expires_at is null or c.turn_expires_at <= moment)
            and not exists (
              select from public.recruiting_messages m
              where m.conversation_id = c.id and m.confirm_due_at is not null
            )
        ),
      true
    );
    if is_send_first then
      select s.message_id, s.conversation_id into message_id, conversation_id
        from private.claim_due_send(claim_token, send_lease_seconds) s;
    end if;
    if conversation_id is null then
      conversation_id := private.claim_due_turn(claim_token, turn_lease_seconds);
    end if;
    if conversation_id is null and not is_send_first and not only_turns then
      select s.message_id, s.conversation_id into message_id, conversation_id
        from private.claim_due_send(claim_token, send_lease_seconds) s;
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
