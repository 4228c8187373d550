-- Work that is due and that no worker holds: a pending reply, or a send whose outcome is not known. A
-- schedule claims it, piece by piece, so nothing waits inside a worker and nothing for the next text.

-- Claims the piece that has been due longest, for one worker. Of many workers at once each gets another
-- piece: a row that another transaction has locked is passed over. A worker that gets no answer ends;
-- its lease expires, and the piece is due again.
--   claim_token         chosen by the caller: the turn's token, or the send's claim
--   turn_lease_seconds  how long no other worker gets the turn
--   send_lease_seconds  how long no other worker gets the send
-- Returns no row if nothing is due, otherwise one:
--   kind             'turn' or 'send'
--   conversation_id  whose it is
--   message_id       the message of a send
create function public.recruiting_claim_due_work(
  claim_token uuid,
  turn_lease_seconds double precision default 60,
  send_lease_seconds double precision default 70
) returns table (kind text, conversation_id uuid, message_id uuid)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  moment constant timestamptz := clock_timestamp();
  turn_due_at timestamptz;
  turn_of uuid;
  send_due_at timestamptz;
begin
  select m.settle_due_at, m.id, m.conversation_id into send_due_at, message_id, conversation_id
    from public.recruiting_messages m
    where m.settle_due_at <= moment
    order by m.settle_due_at limit 1
    for no key update skip locked;
  select c.reply_due_at, c.id into turn_due_at, turn_of
    from public.recruiting_conversations c
    where c.reply_due_at <= moment
      and (c.turn_expires_at is null or c.turn_expires_at <= moment)
      and not exists (
        select from public.recruiting_messages m
        where m.conversation_id = c.id and m.settle_due_at is not null
      )
    order by c.reply_due_at limit 1
    for no key update skip locked;

  if send_due_at <= coalesce(turn_due_at, 'infinity') then
    kind := 'send';
    update public.recruiting_messages m set
      settle_due_at = moment + make_interval(secs => send_lease_seconds),
      settle_token = claim_token
    where m.id = message_id;
    return next;
  elsif turn_due_at is not null then
    kind := 'turn';
    conversation_id := turn_of;
    message_id := null;
    update public.recruiting_conversations c set
      turn_token = claim_token,
      turn_expires_at = moment + make_interval(secs => turn_lease_seconds),
      turn_attempts = c.turn_attempts + 1
    where c.id = turn_of;
    return next;
  end if;
end;
$$;

revoke execute on function public.recruiting_claim_due_work from public, anon, authenticated, service_role;
grant execute on function public.recruiting_claim_due_work to service_role;
