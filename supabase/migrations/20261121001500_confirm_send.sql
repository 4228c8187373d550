-- An unconfirmed send is looked for in Twilio's own list: what is listed was sent; what two lists, some
-- seconds apart, do not have was not. The text of what is listed is compared in the functions; the
-- decision is made here, under the conversation's lock.

-- Unconfirmed messages to the same recruit, from any number of ours, that may be what Twilio lists,
-- as JSON: array of {id, body}. A provisional failure of the same time counts, too.
create function private.rivals_of(message public.recruiting_messages) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  rivals jsonb;
begin
  select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'body', m.body) order by m.id), '[]') into rivals
    from public.recruiting_conversations ours
    join public.recruiting_conversations c
      on c.canonical_phone = ours.canonical_phone and c.channel = ours.channel
    cross join lateral (
      select m.id, m.body from public.recruiting_messages m
      where m.conversation_id = c.id and m.confirm_due_at is not null
      union all
      select m.id, m.body from public.recruiting_messages m
      where m.conversation_id = c.id and m.failed_at is not null and m.message_sid is null and m.error_code is null
        and m.begun_at between message.begun_at - interval '35 seconds' and message.begun_at + interval '35 seconds'
    ) m
    where ours.id = message.conversation_id and m.id <> message.id;
  return rivals;
end;
$$;

-- Claims an unconfirmed send. Retrying is safe: the same token gets the same claim.
--   claim_token    chosen by the caller
--   lease_seconds  after which another worker may claim it
-- Returns no row if it is not due, confirmed, or another worker's. Otherwise one:
--   conversation_id, begun_at, body  of the message
--   was_not_found                    whether an earlier list did not have it
--   rivals                           private.rivals_of
--   channel, recruit_phone, twilio_phone  the addresses that Twilio was called with
create function public.recruiting_claim_send(
  message_id uuid,
  claim_token uuid,
  lease_seconds double precision default 60
)
returns table (
  conversation_id uuid,
  begun_at timestamptz,
  body text,
  was_not_found boolean,
  rivals jsonb,
  channel text,
  recruit_phone text,
  twilio_phone text
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  moment constant timestamptz := clock_timestamp();
  message public.recruiting_messages;
begin
  update public.recruiting_messages m
    set confirm_due_at = moment + make_interval(secs => lease_seconds), confirm_token = claim_token
    where m.id = recruiting_claim_send.message_id
      and (m.confirm_due_at <= moment or (m.confirm_due_at > moment and m.confirm_token = claim_token))
    returning * into message;
  if found then
    return query
      select c.id, message.begun_at, message.body, message.not_found_at is not null,
        private.rivals_of(message), c.channel, coalesce(message.to_phone, c.recruit_phone), c.twilio_phone
      from public.recruiting_conversations c where c.id = message.conversation_id;
  end if;
end;
$$;

-- The unconfirmed sends that are due, the one that has been due longest first; claims none. The columns are
-- those of recruiting_claim_send.
create function public.recruiting_list_due_sends(batch int default 50)
returns table (
  message_id uuid,
  conversation_id uuid,
  begun_at timestamptz,
  body text,
  was_not_found boolean,
  rivals jsonb,
  channel text,
  recruit_phone text,
  twilio_phone text
)
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    select m.id, c.id, m.begun_at, m.body, m.not_found_at is not null, private.rivals_of(m), c.channel,
      coalesce(m.to_phone, c.recruit_phone), c.twilio_phone
    from public.recruiting_messages m
    join public.recruiting_conversations c on c.id = m.conversation_id
    where m.confirm_due_at <= now()
    order by m.confirm_due_at limit batch;
end;
$$;

-- Provisional failures that may be what Twilio's log has. The columns are those of recruiting_list_due_sends.
--   listed  outbound messages of the log, as JSON text: array of {sid, channel, recruit_phone, date_created}
create function public.recruiting_find_provisional(listed text)
returns table (
  message_id uuid,
  conversation_id uuid,
  begun_at timestamptz,
  body text,
  was_not_found boolean,
  rivals jsonb,
  channel text,
  recruit_phone text,
  twilio_phone text
)
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    with unknown as materialized (
      select * from jsonb_to_recordset(listed::jsonb)
        as t (sid text, channel text, recruit_phone text, date_created timestamptz)
      where not exists (select from public.recruiting_messages m where m.message_sid = t.sid)
    )
    select distinct on (m.id) m.id, c.id, m.begun_at, m.body, false, private.rivals_of(m), c.channel,
      m.to_phone, c.twilio_phone
    from unknown u
    join public.recruiting_conversations c
      on c.canonical_phone = private.canonical_phone(u.recruit_phone) and c.channel = u.channel
    join public.recruiting_messages m on m.conversation_id = c.id
    where m.failed_at is not null and m.status = 'failed' and m.message_sid is null and m.error_code is null
      and u.date_created between m.begun_at - interval '5 seconds' and m.begun_at + interval '30 seconds'
    order by m.id;
end;
$$;

-- Of what Twilio lists, what may be the send: made by our API call within its time (Twilio's times are
-- whole seconds), from our number or none yet (a Messaging Service chooses later), and no row's.
create function private.candidates_for_send(listed jsonb, our_sender text, begun_at timestamptz) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  candidates jsonb;
begin
  select coalesce(jsonb_agg(entry), '[]') into candidates
    from jsonb_array_elements(listed) entry
    where entry ->> 'direction' = 'outbound-api'
      and (entry ->> 'date_created')::timestamptz
        between begun_at - interval '5 seconds' and begun_at + interval '30 seconds'
      and coalesce(entry ->> 'from', our_sender) = our_sender
      and not exists (select from public.recruiting_messages m where m.message_sid = entry ->> 'sid');
  return candidates;
end;
$$;

-- Decides which candidate is the send. Rivals with the same body may take each other's: the recruit reads
-- the same.
--   candidates  each with `text`: whose it is. 'ours', 'rival', 'blank' (redacted in the list) or 'other'
-- Returns the outcome, and with 'confirmed' the SID:
--   'confirmed'  at most as many have this text as there are unconfirmed messages with it: the oldest one. Or
--                the only candidate is redacted, and there are no rivals
--   'not_found'  there is none, or only rivals' texts
--   'failed'     everything else: another text, or several that cannot be told apart
create function private.match_send(message public.recruiting_messages, candidates jsonb)
returns table (outcome text, sid text)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  rivals constant jsonb := private.rivals_of(message);
  same_body int;
  ours int;
  blank int;
  other int;
begin
  select count(*) into same_body from jsonb_array_elements(rivals) r where r ->> 'body' = message.body;
  select
    count(*) filter (where c ->> 'text' = 'ours'),
    count(*) filter (where c ->> 'text' = 'blank'),
    count(*) filter (where c ->> 'text' = 'other'),
    (array_agg(c ->> 'sid' order by (c ->> 'text' = 'ours') desc, c ->> 'date_created', c ->> 'sid'))[1]
    into ours, blank, other, sid
    from jsonb_array_elements(candidates) c;
  outcome := case
    -- A failure takes no SID that a message which is still looked for may need: that one would be sent again.
    when message.status = 'failed' and ours between 1 and same_body then 'failed'
    when ours between 1 and 1 + same_body then 'confirmed'
    when ours + blank + other = 0 then 'not_found'
    when ours = 0 and blank = 1 and other = 0 and rivals = '[]' then 'confirmed'
    else 'failed'
  end;
  return next;
end;
$$;

revoke execute on function
  private.rivals_of, private.candidates_for_send, private.match_send
from public;

-- Confirms a send with what Twilio lists.
--   begun_at               of the attempt that is looked for
--   our_sender             the conversation's own number as Twilio writes it, with the channel's prefix
--   listed                 Twilio's messages to the recruit, as JSON text: array of {sid, direction, from,
--                          text, status, num_segments, date_created, error_code, error_message}; null if
--                          Twilio refuses to list them, which fails a send that was begun 15 minutes ago
--   is_second_look         whether an earlier list, some seconds older, did not have it either
--   resend_within_seconds  after which what was not sent fails instead of being sent again
--   dry_run                whether the outcome is only told, and nothing changes
-- Returns one row:
--   outcome   'confirmed'      its SID is stored, or there is nothing to confirm any more
--             'superseded'     another worker has begun a newer attempt; nothing changes
--             'not_found'      this list does not have it; it is looked for again after gap_seconds
--             'pending_again'  the bot's reply was not sent: it is deleted, and the reply pending again
--             'revoked'        the same, but the reply was revoked meanwhile
--             'retry'          it was not sent, and another call of Twilio is permitted
--             'failed'         the row says why
--   retry_begun_at, body, media  of a 'retry': names the attempt that is permitted, and what it sends
--   reply_due_in_ms              until the next reply of the conversation is due
--   warnings                     private.warnings
create function public.recruiting_confirm_send(
  message_id uuid,
  begun_at timestamptz,
  our_sender text,
  listed text default null,
  is_second_look boolean default false,
  confirm_after_seconds double precision default 60,
  gap_seconds double precision default 10,
  resend_within_seconds double precision default 900,
  dry_run boolean default false
) returns table (
  outcome text,
  retry_begun_at timestamptz,
  body text,
  media jsonb,
  reply_due_in_ms int,
  warnings text[]
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
  reason text;
begin
  candidates := private.candidates_for_send(listed::jsonb, our_sender, recruiting_confirm_send.begun_at);
  perform private.lock_message_sid(sid)
    from jsonb_path_query(candidates, '$[*].sid') entry, lateral (select entry #>> '{}' as sid) s
    order by hashtext(sid) & 1023;
  if private.opts_out(
    array(select jsonb_path_query(candidates, '$[*].sid') #>> '{}'),
    array(select jsonb_path_query(candidates, '$[*].error_code') #>> '{}')
  ) then
    perform private.lock_recruit(c.recruit_phone)
      from public.recruiting_conversations c
      join public.recruiting_messages m on m.conversation_id = c.id
      where m.id = recruiting_confirm_send.message_id;
  end if;
  select c.* into conversation
    from public.recruiting_conversations c
    join public.recruiting_messages m on m.conversation_id = c.id
    where m.id = recruiting_confirm_send.message_id for no key update of c;
  select * into message from public.recruiting_messages m
    where m.id = recruiting_confirm_send.message_id and m.message_sid is null
      and (m.status = 'queued' or (m.status = 'failed' and m.error_code is null))
    for no key update;

  if message.id is null then
    outcome := 'confirmed';
  elsif message.begun_at <> recruiting_confirm_send.begun_at then
    outcome := 'superseded';
  elsif listed is null then
    outcome := case
      when message.begun_at < clock_timestamp() - interval '15 minutes' then 'failed'
      else 'not_found'
    end;
    reason := 'Twilio''s list could not be read';
  else
    -- Under the locks: a callback may have stored a SID since.
    candidates := private.candidates_for_send(candidates, our_sender, message.begun_at);
    select m.outcome, m.sid into outcome, found_sid from private.match_send(message, candidates) m;
    reason := 'Twilio''s list does not tell whether it was sent';
    if outcome = 'not_found' and is_second_look then
      if message.outbox_kind = 'reply' then
        outcome := case when private.is_revoked(message, conversation) then 'revoked' else 'pending_again' end;
      else
        reason := case
          when message.created_at < clock_timestamp() - make_interval(secs => resend_within_seconds)
            then 'It was not sent, and is too old to be sent again'
          else private.reason_not_to_retry(message, conversation)
        end;
        outcome := case when reason is null then 'retry' else 'failed' end;
      end if;
    end if;
    -- A provisional failure only gives way to Twilio's word.
    if message.status = 'failed' and outcome <> 'confirmed' then
      outcome := 'failed';
    end if;
  end if;

  if not dry_run then
    case outcome
      when 'confirmed' then
        perform private.store_sid(
          message.id, found_sid, entry ->> 'status', (entry ->> 'num_segments')::int,
          entry ->> 'error_code', entry ->> 'error_message'
        ) from jsonb_array_elements(candidates) entry where entry ->> 'sid' = found_sid;
      when 'failed' then
        perform private.fail_send(message.id, message.begun_at, null, reason);
      when 'revoked' then
        delete from public.recruiting_messages m where m.id = message.id;
      when 'pending_again' then
        delete from public.recruiting_messages m where m.id = message.id;
        update public.recruiting_conversations c set
          reply_pending_since = coalesce(c.reply_pending_since, clock_timestamp()),
          reply_pending_seq = greatest(c.reply_pending_seq, message.answers_seq),
          reply_due_at = clock_timestamp()
        where c.id = conversation.id;
      when 'retry' then
        retry_begun_at := private.begin_attempt(message, confirm_after_seconds);
        body := message.body;
        media := message.media;
      when 'not_found' then
        update public.recruiting_messages m set
          not_found_at = case when listed is null then m.not_found_at else coalesce(m.not_found_at, clock_timestamp()) end,
          confirm_due_at = clock_timestamp() + make_interval(secs => gap_seconds)
        where m.id = message.id;
      else null;
    end case;
  end if;

  select private.ms_until(c.reply_due_at) into reply_due_in_ms
    from public.recruiting_conversations c where c.id = conversation.id;
  warnings := private.warnings();
  return next;
end;
$$;

revoke execute on function
  public.recruiting_claim_send, public.recruiting_list_due_sends, public.recruiting_find_provisional,
  public.recruiting_confirm_send
from public, anon, authenticated, service_role;
grant execute on function
  public.recruiting_claim_send, public.recruiting_list_due_sends, public.recruiting_find_provisional,
  public.recruiting_confirm_send
to service_role;
