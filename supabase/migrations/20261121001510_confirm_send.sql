-- Twilio's list decides what an unconfirmed send becomes. A listed message was sent; a message that is missing in two
-- lists, read some seconds apart, was not sent. The functions compare the bodies; the database decides, under locks.

-- Whose body a message in Twilio's list has, as the functions judge it (_shared/outbox/body_owner.ts).
--   this_send   the body of the send that is confirmed
--   other_send  the body of another unconfirmed send to the same recruit
--   no_send     the body of no unconfirmed send
--   unknown     it cannot be compared: it was redacted at Twilio, or one of the sends is a template whose text could not
--               be read
create type public.recruiting_body_owner as enum ('this_send', 'other_send', 'no_send', 'unknown');

-- What recruiting_confirm_send decided.
--   confirmed      the SID is stored, or the send was not unconfirmed any more
--   superseded     another worker has begun a newer attempt; nothing changes
--   not_found      this list does not have it, or Twilio refused to list; it is due again after gap_seconds
--   pending_again  the bot's reply was not sent: its row is deleted, and the reply is pending again
--   revoked        the bot's reply was not sent and was revoked meanwhile: its row is deleted
--   retry          it was not sent, and the next attempt is begun
--   failed         the row's error_message says why
create type public.recruiting_confirm_send_outcome as enum (
  'confirmed', 'superseded', 'not_found', 'pending_again', 'revoked', 'retry', 'failed'
);

-- The listed messages that may be the send: created by an API call between 5 s before and 30 s after begun_at
-- (Twilio's times are whole seconds, and its clock may differ), from our number or from none yet (a Messaging Service
-- chooses later), and with a SID that no row has.
create function private.candidates_in_list(listed jsonb, our_sender text, begun_at timestamptz) returns jsonb
language plpgsql stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  candidates jsonb;
begin
  select coalesce(jsonb_agg(entry), '[]') into candidates
    from jsonb_array_elements(candidates_in_list.listed) entry
    where entry ->> 'direction' = 'outbound-api'
      and (entry ->> 'date_created')::timestamptz
        between candidates_in_list.begun_at - interval '5 seconds'
        and candidates_in_list.begun_at + interval '30 seconds'
      and coalesce(entry ->> 'from', candidates_in_list.our_sender) = candidates_in_list.our_sender
      and not exists (select from public.recruiting_messages m where m.message_sid = entry ->> 'sid');
  return candidates;
end;
$$;

-- Decides which candidate is the send. Two sends with the same body may get each other's SID. That is harmless,
-- because the recruit reads the same words. Returns one row:
--   outcome    when
--   confirmed  the candidates with this body are at most as many as the unconfirmed sends with it: sid is the oldest
--              candidate's. Or the only candidate's body cannot be compared, and there is no other unconfirmed send
--   not_found  there is no candidate, or all have other sends' bodies
--   failed     otherwise: a candidate's body is of no send, or several candidates cannot be told apart
create function private.choose_candidate(message public.recruiting_messages, candidates jsonb)
returns table (outcome public.recruiting_confirm_send_outcome, sid text)
language plpgsql
set search_path = ''
as $$
declare
  others constant jsonb := private.other_unconfirmed_sends(message);
  others_with_same_body int;
  this_send_count int;
  no_send_count int;
  unknown_count int;
begin
  select count(*) into others_with_same_body from jsonb_array_elements(others) o where o ->> 'body' = message.body;
  select
    count(*) filter (where c.body_owner = 'this_send'),
    count(*) filter (where c.body_owner = 'no_send'),
    count(*) filter (where c.body_owner = 'unknown'),
    (array_agg(c.sid order by (c.body_owner = 'this_send') desc, c.date_created, c.sid))[1]
    into this_send_count, no_send_count, unknown_count, sid
    from jsonb_to_recordset(candidates)
      as c (sid text, body_owner public.recruiting_body_owner, date_created timestamptz);
  outcome := case
    -- An unconfirmed send with the same body gets the SID, not this failed message: without a SID it would be sent
    -- a second time.
    when message.status = 'failed' and this_send_count between 1 and others_with_same_body then 'failed'
    when this_send_count between 1 and 1 + others_with_same_body then 'confirmed'
    when this_send_count + unknown_count + no_send_count = 0 then 'not_found'
    when this_send_count = 0 and unknown_count = 1 and no_send_count = 0 and others = '[]' then 'confirmed'
    else 'failed'
  end;
  return next;
end;
$$;

-- Decides what becomes of a send that Twilio does not have. error_message is the reason of a failure.
create function private.decide_if_not_sent(
  message public.recruiting_messages,
  conversation public.recruiting_conversations,
  resend_within interval
) returns table (outcome public.recruiting_confirm_send_outcome, error_message text)
language plpgsql
set search_path = ''
as $$
begin
  if message.outbox_kind = 'reply' then
    outcome := case when private.is_revoked_reply(message, conversation) then 'revoked' else 'pending_again' end;
  else
    error_message := case
      when message.created_at < clock_timestamp() - resend_within
        then 'It was not sent, and is too old to be sent again'
      else private.reason_not_to_retry(message, conversation)
    end;
    outcome := case when error_message is null then 'retry' else 'failed' end;
  end if;
  return next;
end;
$$;

-- Decides what becomes of a send, from the candidates in Twilio's list. Returns one row:
--   column         meaning
--   outcome        see the type
--   sid            with confirmed: the candidate's
--   error_message  with failed: the reason
create function private.decide_send(
  message public.recruiting_messages,
  conversation public.recruiting_conversations,
  candidates jsonb,
  was_not_found boolean,
  resend_within interval
) returns table (outcome public.recruiting_confirm_send_outcome, sid text, error_message text)
language plpgsql
set search_path = ''
as $$
begin
  select c.outcome, c.sid into outcome, sid from private.choose_candidate(message, candidates) c;
  if outcome = 'not_found' and was_not_found then
    select u.outcome, u.error_message into outcome, error_message
      from private.decide_if_not_sent(message, conversation, resend_within) u;
  end if;
  -- A provisional failure is stored as failed without Twilio's error code. It changes only if Twilio has the message.
  if message.status = 'failed' and outcome <> 'confirmed' then
    outcome := 'failed';
  end if;
  if outcome = 'failed' then
    error_message := coalesce(error_message, 'Twilio''s list does not show whether it was sent');
  end if;
  return next;
end;
$$;

-- Stores every decision but a retry.
--   candidate      with confirmed: the listed message that is the send
--   list_was_read  false if Twilio refused to list: then this call is not one of the two that do not have the send
create function private.apply_decision(
  message public.recruiting_messages,
  outcome public.recruiting_confirm_send_outcome,
  candidate jsonb,
  error_message text,
  list_was_read boolean,
  gap interval
) returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  case apply_decision.outcome
    when 'confirmed' then
      perform private.mark_confirmed(
        message_id => message.id,
        sid => apply_decision.candidate ->> 'sid',
        twilio_status => apply_decision.candidate ->> 'status',
        num_segments => (apply_decision.candidate ->> 'num_segments')::int,
        error_code => apply_decision.candidate ->> 'error_code',
        error_message => apply_decision.candidate ->> 'error_message',
        body => apply_decision.candidate ->> 'body'
      );
    when 'failed' then
      perform private.mark_failed(message.id, message.begun_at, null, apply_decision.error_message);
    when 'revoked' then
      delete from public.recruiting_messages m where m.id = message.id;
    when 'pending_again' then
      delete from public.recruiting_messages m where m.id = message.id;
      update public.recruiting_conversations c set
        reply_pending_since = coalesce(c.reply_pending_since, clock_timestamp()),
        reply_pending_seq = greatest(c.reply_pending_seq, message.answers_seq),
        reply_due_at = clock_timestamp()
      where c.id = message.conversation_id;
    when 'not_found' then
      update public.recruiting_messages m set
        not_found_at = case
          when apply_decision.list_was_read then coalesce(m.not_found_at, clock_timestamp())
          else m.not_found_at
        end,
        confirm_due_at = clock_timestamp() + apply_decision.gap
      where m.id = message.id;
    when 'superseded' then
      null;
  end case;
end;
$$;

-- Takes the locks that a confirmation needs, in the lock order (20261121000160_locks.sql): the SIDs, the recruit if a
-- candidate has an opt-out's error code, the conversation. Returns the conversation.
create function private.lock_for_confirmation(message_id uuid, candidates jsonb)
returns public.recruiting_conversations
language plpgsql
set search_path = ''
as $$
declare
  sids constant text[] := array(select c ->> 'sid' from jsonb_array_elements(candidates) c);
  error_codes constant text[] := array(
    select c ->> 'error_code' from jsonb_array_elements(candidates) c
  );
  conversation public.recruiting_conversations;
begin
  perform private.lock_message_sid(sid) from unnest(sids) sid order by private.message_sid_lock(sid);
  if private.contains_opt_out_code(sids, error_codes) then
    perform private.lock_recruit(c.recruit_phone)
      from public.recruiting_conversations c
      join public.recruiting_messages m on m.conversation_id = c.id
      where m.id = message_id;
  end if;
  select c.* into conversation
    from public.recruiting_conversations c
    join public.recruiting_messages m on m.conversation_id = c.id
    where m.id = message_id for no key update of c;
  return conversation;
end;
$$;

revoke execute on function
  private.candidates_in_list, private.choose_candidate, private.decide_if_not_sent, private.decide_send,
  private.apply_decision, private.lock_for_confirmation
from public;

-- Confirms a send with what Twilio lists.
--   argument               meaning
--   begun_at               identifies the attempt that the list was read for
--   our_sender             the conversation's own number as Twilio writes it, with the channel's prefix
--   listed                 Twilio's messages to the recruit, as JSON text: array of {sid, direction, from,
--                          body_owner, status, num_segments, date_created, error_code, error_message}, for a template
--                          also body; null if Twilio refuses to list them: a send begun more than 15 minutes ago then
--                          fails
--   was_not_found          whether an earlier list, some seconds older, did not have it either
--   confirm_after_seconds  for a retry: see private.insert_begun_message
--   gap_seconds            after which a send that was not found is due again
--   resend_within_seconds  after which, counted from created_at, a message that was not sent fails instead of being
--                          sent again
--   dry_run                whether the outcome is only returned, and nothing changes
-- Returns one row:
--   column           meaning
--   outcome          see the type
--   retry_begun_at   identifies the attempt; null except for a retry
--   body             with media, content_sid and content_variables: of the message; null except for a retry
--   reply_due_in_ms  until the conversation's next reply is due; null if none is pending
--   warnings         private.warnings
create function public.recruiting_confirm_send(
  message_id uuid,
  begun_at timestamptz,
  our_sender text,
  listed text default null,
  was_not_found boolean default false,
  confirm_after_seconds double precision default 60,
  gap_seconds double precision default 10,
  resend_within_seconds double precision default 900,
  dry_run boolean default false
) returns table (
  outcome public.recruiting_confirm_send_outcome,
  retry_begun_at timestamptz,
  body text,
  media jsonb,
  content_sid text,
  content_variables jsonb,
  reply_due_in_ms int,
  warnings public.recruiting_warning[]
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  message public.recruiting_messages;
  conversation public.recruiting_conversations;
  candidates jsonb;
  found_sid text;
  failure_reason text;
begin
  candidates := private.candidates_in_list(
    listed => recruiting_confirm_send.listed::jsonb,
    our_sender => recruiting_confirm_send.our_sender,
    begun_at => recruiting_confirm_send.begun_at
  );
  conversation := private.lock_for_confirmation(recruiting_confirm_send.message_id, candidates);
  select * into message from public.recruiting_messages m
    where m.id = recruiting_confirm_send.message_id and m.message_sid is null
      and (m.status = 'queued' or (m.status = 'failed' and m.error_code is null))
    for no key update;

  if message.id is null then
    outcome := 'confirmed';
  elsif message.begun_at <> recruiting_confirm_send.begun_at then
    outcome := 'superseded';
  elsif recruiting_confirm_send.listed is null then
    outcome := case
      when message.begun_at < clock_timestamp() - interval '15 minutes' then 'failed'
      else 'not_found'
    end;
    failure_reason := 'Twilio''s list could not be read';
  else
    -- Filtered again, now under the locks: a callback may have stored one of the SIDs meanwhile.
    candidates := private.candidates_in_list(candidates, recruiting_confirm_send.our_sender, message.begun_at);
    select d.outcome, d.sid, d.error_message into outcome, found_sid, failure_reason
      from private.decide_send(
        message => message,
        conversation => conversation,
        candidates => candidates,
        was_not_found => recruiting_confirm_send.was_not_found,
        resend_within => make_interval(secs => recruiting_confirm_send.resend_within_seconds)
      ) d;
  end if;

  if not recruiting_confirm_send.dry_run and outcome = 'retry' then
    retry_begun_at := private.begin_next_attempt(message, recruiting_confirm_send.confirm_after_seconds);
    body := message.body;
    media := message.media;
    content_sid := message.content_sid;
    content_variables := message.content_variables;
  elsif not recruiting_confirm_send.dry_run and message.id is not null then
    perform private.apply_decision(
      message => message,
      outcome => outcome,
      candidate => (select c from jsonb_array_elements(candidates) c where c ->> 'sid' = found_sid limit 1),
      error_message => failure_reason,
      list_was_read => recruiting_confirm_send.listed is not null,
      gap => make_interval(secs => recruiting_confirm_send.gap_seconds)
    );
  end if;

  select private.ms_until(c.reply_due_at) into reply_due_in_ms
    from public.recruiting_conversations c where c.id = conversation.id;
  warnings := private.warnings();
  return next;
end;
$$;

revoke execute on function public.recruiting_confirm_send from public, anon, authenticated, service_role;
grant execute on function public.recruiting_confirm_send to service_role;
