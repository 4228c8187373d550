-- A send that was interrupted is looked for in Twilio's own list of messages: what is there was sent,
-- what is not there twice was not.

-- Claims a send whose outcome is not known.
--   claim_token    chosen by the caller; retrying is safe, because the same one gets the same claim
--   lease_seconds  after which another worker may claim it
-- Returns no row if there is nothing to settle. Otherwise one: in how many ms it is due, and, if that
-- is 0, whose it is, when it was begun, whether an earlier list has not had it, and the addresses.
create function public.recruiting_claim_send(
  message_id uuid,
  claim_token uuid,
  lease_seconds double precision default 60
)
returns table (
  due_in_ms int,
  conversation_id uuid,
  begun_at timestamptz,
  was_not_found boolean,
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
begin
  update public.recruiting_messages m
    set settle_due_at = moment + make_interval(secs => lease_seconds), settle_token = claim_token
    where m.id = recruiting_claim_send.message_id
      and (m.settle_due_at <= moment or (m.settle_due_at > moment and m.settle_token = claim_token))
    returning 0, m.conversation_id, m.begun_at, m.not_found_at is not null
    into due_in_ms, conversation_id, begun_at, was_not_found;
  if found then
    select c.channel, c.recruit_phone, c.twilio_phone into channel, recruit_phone, twilio_phone
      from public.recruiting_conversations c where c.id = conversation_id;
    return next;
    return;
  end if;
  select greatest(1, private.ms_until(m.settle_due_at)) into due_in_ms from public.recruiting_messages m
    where m.id = recruiting_claim_send.message_id and m.settle_due_at is not null;
  if found then
    return next;
  end if;
end;
$$;

-- Settles a send with what Twilio lists.
--   begun_at   of the try that is looked for
--   our_sender the conversation's own number as Twilio writes it, with the channel's prefix
--   listed     Twilio's messages to the recruit, as JSON text: array of {sid, direction, from, body,
--              status, num_segments, date_created, error_code, error_message}; null if there was no list
--              to be had again and again, which fails a send that was begun a quarter of an hour ago
--   is_last    whether an earlier list, some seconds older, has not had it either; if not, it is due
--              again after gap_seconds
-- Returns one row: outcome 'settled' (its SID is stored, or there is nothing to settle any more),
-- 'elsewhere' (it was begun anew meanwhile), 'not_found' (not in this list, or there is none yet),
-- 'owed_again' (the reply is to be thought of anew), 'again' (another call is permitted), 'refused' (it
-- must not be sent any more) or 'failed' (the list does not tell, or cannot be had); with 'again' what
-- to send, and always in how many ms a reply is due.
create function public.recruiting_settle_send(
  message_id uuid,
  begun_at timestamptz,
  our_sender text,
  listed text default null,
  is_last boolean default false,
  settle_after_seconds double precision default 60,
  gap_seconds double precision default 10
) returns table (
  outcome text,
  begun_again_at timestamptz,
  body text,
  media jsonb,
  reply_due_in_ms int,
  broadcast_missed boolean
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
begin
  candidates := private.candidates_for_send(listed::jsonb, our_sender, recruiting_settle_send.begun_at);
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
      where m.id = recruiting_settle_send.message_id;
  end if;
  select c.* into conversation
    from public.recruiting_conversations c
    join public.recruiting_messages m on m.conversation_id = c.id
    where m.id = recruiting_settle_send.message_id for no key update of c;
  select * into message from public.recruiting_messages m
    where m.id = recruiting_settle_send.message_id and m.message_sid is null and m.status = 'queued'
    for no key update;

  if message.id is null then
    outcome := 'settled';
  elsif message.begun_at <> recruiting_settle_send.begun_at then
    outcome := 'elsewhere';
  elsif listed is null then
    outcome := 'not_found';
    if message.begun_at < clock_timestamp() - interval '15 minutes' then
      outcome := 'failed';
      perform private.fail_send(message.id, message.begun_at, null, 'Twilio''s list could not be read');
    end if;
  else
    select m.sid, m.outcome into found_sid, outcome
      from private.match_send(message, conversation, candidates) m;
    if outcome = 'settled' then
      perform private.store_sid(
        message.id, found_sid, entry ->> 'status', (entry ->> 'num_segments')::int,
        entry ->> 'error_code', entry ->> 'error_message'
      ) from jsonb_array_elements(candidates) entry where entry ->> 'sid' = found_sid;
    elsif outcome = 'failed' then
      perform private.fail_send(
        message.id, message.begun_at, null, 'Twilio''s list does not tell whether it was sent'
      );
    elsif is_last and message.begun_again >= 5 then
      outcome := 'failed';
      perform private.fail_send(message.id, message.begun_at, null, 'Twilio did not take it in several tries');
    elsif is_last and message.answers_seq is not null and not private.is_taken_back(message, conversation) then
      outcome := 'owed_again';
      delete from public.recruiting_messages m where m.id = message.id;
      update public.recruiting_conversations c set
        reply_owed_since = coalesce(c.reply_owed_since, clock_timestamp()),
        reply_owed_seq = greatest(c.reply_owed_seq, message.answers_seq),
        reply_due_at = clock_timestamp()
      where c.id = conversation.id;
    elsif is_last then
      begun_again_at := private.begin_send_again(message, conversation, settle_after_seconds);
      outcome := case when begun_again_at is null then 'refused' else 'again' end;
      body := message.body;
      media := message.media;
    else
      update public.recruiting_messages m set
        not_found_at = clock_timestamp(),
        settle_due_at = clock_timestamp() + make_interval(secs => gap_seconds)
      where m.id = message.id;
    end if;
  end if;

  select private.ms_until(c.reply_due_at) into reply_due_in_ms
    from public.recruiting_conversations c where c.id = conversation.id;
  broadcast_missed := private.broadcast_missed();
  return next;
end;
$$;

-- Of what Twilio lists, what may be the send: made by us within the call's time (Twilio's times are
-- whole seconds), from our number or none yet (a Messaging Service chooses later).
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
      and coalesce(entry ->> 'from', our_sender) = our_sender;
  return candidates;
end;
$$;

-- Which candidate is the send. One that a row has is not; where it may be another send to the same
-- recruit whose SID is not known either, from whatever number of ours, the body has to tell: a
-- candidate is whose it equals, or else whose it ends with, the longest first, because trial accounts
-- put words before it. Senders with the same body may take each other's: the recruit reads the same.
-- Where nobody else can have sent it, it is enough that it holds the body.
-- Returns 'settled' with the SID, 'not_found' or 'failed' (not to be told apart).
create function private.match_send(
  message public.recruiting_messages,
  conversation public.recruiting_conversations,
  candidates jsonb
) returns table (outcome text, sid text)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  others text[];
  free int;
  ours int;
  unclaimed int;
begin
  select coalesce(array_agg(m.body), '{}') into others
    from public.recruiting_conversations c
    cross join lateral (
      select m.id, m.body from public.recruiting_messages m
      where m.conversation_id = c.id and m.settle_due_at is not null
      union all
      select m.id, m.body from public.recruiting_messages m
      where m.conversation_id = c.id and m.status = 'failed' and m.message_sid is null and m.error_code is null
        and m.begun_at between message.begun_at - interval '35 seconds' and message.begun_at + interval '35 seconds'
    ) m
    where c.recruit_phone = conversation.recruit_phone and c.channel = conversation.channel and m.id <> message.id;

  with candidate as (
    select entry ->> 'sid' as sid, entry ->> 'date_created' as created, entry ->> 'body' as text
      from jsonb_array_elements(candidates) entry
      where not exists (
        select from public.recruiting_messages m where m.message_sid = entry ->> 'sid'
      )
  ), told as (
    select c.*, b.body = message.body as is_ours
    from candidate c
    left join lateral (
      select b.body from unnest(others || message.body) b (body)
      where b.body = c.text or (b.body <> '' and (
        right(c.text, length(b.body)) = b.body or (others = '{}' and strpos(c.text, b.body) > 0)
      ))
      order by b.body = c.text desc, length(b.body) desc limit 1
    ) b on true
  )
  select
    count(*),
    count(*) filter (where t.is_ours),
    count(*) filter (where t.is_ours is null),
    (array_agg(t.sid order by t.is_ours desc nulls last, t.created::timestamptz, t.sid))[1]
    into free, ours, unclaimed, sid
    from told t;

  outcome := case
    when free = 0 then 'not_found'
    when free = 1 and others = '{}' then 'settled'
    when ours between 1 and 1 + cardinality(array_positions(others, message.body)) then 'settled'
    when ours = 0 and unclaimed = 0 then 'not_found'
    else 'failed'
  end;
  return next;
end;
$$;

revoke execute on function
  private.candidates_for_send, private.match_send
from public;
revoke execute on function
  public.recruiting_claim_send, public.recruiting_settle_send
from public, anon, authenticated, service_role;
grant execute on function
  public.recruiting_claim_send, public.recruiting_settle_send
to service_role;
