-- Sending, for every sender: first the row, with the permission to call Twilio once, within seconds;
-- then the call; then what Twilio answered. Twilio knows no idempotency key, so a send that was
-- interrupted is looked for in Twilio's own list before anything is repeated.

-- The moment names the try, so it is one that JavaScript's dates hold: whole milliseconds.
create function private.moment_of_send() returns timestamptz
language plpgsql
set search_path = ''
as $$
begin
  return date_trunc('milliseconds', clock_timestamp());
end;
$$;

-- Writes the row of a message and marks its send as begun. The caller has locked the conversation.
create function private.write_message_to_send(
  message_id uuid,
  conversation_id uuid,
  sender_type text,
  body text,
  media jsonb,
  settle_after_seconds double precision,
  answers_seq bigint default null,
  agent_id uuid default null
) returns timestamptz
language plpgsql
set search_path = ''
as $$
declare
  moment constant timestamptz := private.moment_of_send();
begin
  insert into public.recruiting_messages
    (id, conversation_id, direction, sender_type, agent_id, body, media, status, answers_seq, begun_at, settle_due_at, created_at)
  values (
    message_id, conversation_id, 'outbound', sender_type, agent_id, body, media, 'queued', answers_seq,
    moment, moment + make_interval(secs => settle_after_seconds), moment
  );
  return moment;
end;
$$;

-- Permits one message.
--   message_id            chosen by the caller; the same one again is the same send
--   media                 array of {url, content_type}, as JSON text
--   turn_token, seen_seq  the bot's lease and the newest text that its reply takes into account;
--                         both null for everybody else
--   may_restart           whether a reply is refused because a newer text has come
--   agent_id              who sends, if an agent does; null for the bot and the platform
-- Returns one row: outcome 'begun', or why not: 'lost' (the lease), 'newer', 'opted_out', 'closed',
-- 'taken' (it is somebody else's conversation) or 'outside_window'; refused, nothing is written.
-- With 'begun', when, and the addresses. Raises 22023 if there is no such conversation.
create function public.recruiting_begin_send(
  message_id uuid,
  conversation_id uuid,
  body text,
  media text default '[]',
  turn_token uuid default null,
  seen_seq bigint default null,
  may_restart boolean default false,
  agent_id uuid default null,
  settle_after_seconds double precision default 60
) returns table (
  outcome text,
  begun_at timestamptz,
  channel text,
  recruit_phone text,
  twilio_phone text
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  conversation public.recruiting_conversations;
  is_reply constant boolean := recruiting_begin_send.turn_token is not null;
begin
  select * into conversation from public.recruiting_conversations c
    where c.id = recruiting_begin_send.conversation_id for no key update;
  if not found then
    raise invalid_parameter_value using message =
      format('There is no conversation %s', recruiting_begin_send.conversation_id);
  end if;
  channel := conversation.channel;
  recruit_phone := conversation.recruit_phone;
  twilio_phone := conversation.twilio_phone;

  select m.begun_at into begun_at from public.recruiting_messages m
    where m.id = recruiting_begin_send.message_id and m.conversation_id = conversation.id;
  outcome := case
    when found then 'begun'
    when conversation.opted_out_at is not null then 'opted_out'
    when is_reply and (
      conversation.turn_token is distinct from recruiting_begin_send.turn_token
      or conversation.turn_expires_at <= clock_timestamp()
    ) then 'lost'
    when conversation.status = 'closed' then 'closed'
    when recruiting_begin_send.agent_id is null and conversation.status <> 'bot' then 'taken'
    when recruiting_begin_send.agent_id is not null and (
      conversation.status = 'bot' or conversation.assigned_agent_id is distinct from recruiting_begin_send.agent_id
    ) then 'taken'
    when is_reply and may_restart and conversation.reply_owed_seq > recruiting_begin_send.seen_seq then 'newer'
    when not private.is_within_window(conversation) then 'outside_window'
    else 'begun'
  end;
  if outcome <> 'begun' or begun_at is not null then
    return next;
    return;
  end if;

  begun_at := private.write_message_to_send(
    recruiting_begin_send.message_id,
    conversation.id,
    case when recruiting_begin_send.agent_id is null then 'bot' else 'agent' end,
    recruiting_begin_send.body,
    recruiting_begin_send.media::jsonb,
    settle_after_seconds,
    case when is_reply then recruiting_begin_send.seen_seq end,
    recruiting_begin_send.agent_id
  );
  if is_reply then
    perform private.answer_owed_texts(conversation, recruiting_begin_send.seen_seq);
  end if;
  return next;
end;
$$;

-- The turn is over: what its reply has seen is no longer owed. A text that came later is.
create function private.answer_owed_texts(conversation public.recruiting_conversations, seen_seq bigint) returns void
language plpgsql
set search_path = ''
as $$
declare
  is_later_owed constant boolean := coalesce(conversation.reply_owed_seq > seen_seq, false);
begin
  update public.recruiting_conversations c set
    turn_token = null,
    turn_expires_at = null,
    reply_due_at = case when is_later_owed then c.reply_due_at end,
    reply_owed_seq = case when is_later_owed then c.reply_owed_seq end,
    reply_owed_since = case when is_later_owed then (
      select min(m.created_at) from public.recruiting_messages m
      where m.conversation_id = c.id and m.seq > seen_seq and m.direction = 'inbound'
    ) end
  where c.id = conversation.id;
end;
$$;

-- Ends a turn by bringing a person in, and begins the sender's handover_text where there is one and
-- it may be sent.
--   message_id     of the handover, chosen by the caller; the same one again is the same call
--   with_handover  false where nothing can be sent
-- Returns one row: outcome 'escalated' or 'lost' (the lease; nothing has changed); with a handover
-- its text, when it was begun, and the addresses; and whether an agent could not be told.
create function public.recruiting_escalate_turn(
  message_id uuid,
  conversation_id uuid,
  turn_token uuid,
  reason text,
  with_handover boolean default true,
  settle_after_seconds double precision default 60
) returns table (
  outcome text,
  body text,
  begun_at timestamptz,
  channel text,
  recruit_phone text,
  twilio_phone text,
  broadcast_missed boolean
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  conversation public.recruiting_conversations;
begin
  select * into conversation from public.recruiting_conversations c
    where c.id = recruiting_escalate_turn.conversation_id for no key update;
  channel := conversation.channel;
  recruit_phone := conversation.recruit_phone;
  twilio_phone := conversation.twilio_phone;
  broadcast_missed := false;

  select m.body, m.begun_at into body, begun_at from public.recruiting_messages m
    where m.id = recruiting_escalate_turn.message_id and m.conversation_id = conversation.id;
  if found then
    outcome := 'escalated';
    return next;
    return;
  end if;
  if conversation.turn_token is distinct from recruiting_escalate_turn.turn_token
    or conversation.turn_expires_at <= clock_timestamp()
  then
    outcome := 'lost';
    return next;
    return;
  end if;

  outcome := 'escalated';
  perform public.recruiting_escalate_conversation(conversation.id, recruiting_escalate_turn.reason);
  if with_handover and private.is_within_window(conversation) then
    select s.handover_text into body from public.recruiting_senders s
      where s.channel = conversation.channel and s.address = conversation.twilio_phone and s.handover_text <> '';
    if found then
      begun_at := private.write_message_to_send(
        recruiting_escalate_turn.message_id, conversation.id, 'bot', body, '[]', settle_after_seconds
      );
    end if;
  end if;
  broadcast_missed := private.broadcast_missed();
  return next;
end;
$$;

-- A message that Twilio refuses, or that fails later: to somebody who has opted out it says so, and
-- of the bot's it brings a person in.
create function private.message_fails() returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  conversation public.recruiting_conversations;
begin
  select * into conversation from public.recruiting_conversations where id = new.conversation_id;
  if new.error_code = private.opted_out_code() then
    perform private.opt_out(
      conversation.recruit_phone, conversation.twilio_phone, new.message_sid, 'Twilio ' || new.error_code
    );
  elsif new.sender_type = 'bot' and conversation.status = 'bot' then
    perform public.recruiting_escalate_conversation(
      conversation.id,
      'The bot''s message failed: ' || coalesce('error ' || new.error_code, new.error_message, 'no reason given')
    );
  end if;
  return null;
end;
$$;

-- Before the trigger that tells of the status: whoever has the conversation then is told.
create trigger message_fails after update of status on public.recruiting_messages
  for each row when (new.status = 'failed' and old.status <> 'failed')
  execute function private.message_fails();

-- Keeps what Twilio answered.
--   begun_at                    which try it answers; a refusal of an earlier one changes nothing
--   message_sid, twilio_status  of the message that Twilio accepted; null when it refused
--   error_code, error_message   Twilio's, when it refused
-- Returns one row: the stored status, null if the row is gone; in how many ms the next reply of the
-- conversation is due, null if none is; and whether an agent could not be told.
create function public.recruiting_record_send(
  message_id uuid,
  begun_at timestamptz,
  message_sid text default null,
  twilio_status text default null,
  num_segments int default null,
  error_code text default null,
  error_message text default null
) returns table (message_status text, reply_due_in_ms int, broadcast_missed boolean)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  target_id uuid;
begin
  if message_sid is not null then
    perform private.lock_message_sid(message_sid);
  end if;
  select m.conversation_id into target_id from public.recruiting_messages m
    where m.id = recruiting_record_send.message_id;
  if recruiting_record_send.error_code = private.opted_out_code() then
    perform private.lock_recruit(c.recruit_phone)
      from public.recruiting_conversations c where c.id = target_id;
  end if;
  perform private.lock_conversation_of(target_id);

  if message_sid is not null then
    perform private.store_sid(
      recruiting_record_send.message_id, message_sid, twilio_status, num_segments,
      recruiting_record_send.error_code, recruiting_record_send.error_message
    );
  else
    perform private.fail_send(
      recruiting_record_send.message_id, recruiting_record_send.begun_at,
      recruiting_record_send.error_code, recruiting_record_send.error_message
    );
  end if;

  select m.status into message_status from public.recruiting_messages m
    where m.id = recruiting_record_send.message_id;
  select private.ms_until(c.reply_due_at) into reply_due_in_ms
    from public.recruiting_conversations c where c.id = target_id;
  broadcast_missed := private.broadcast_missed();
  return next;
end;
$$;

-- The SID and the state that came with it, as if it were a first event. A row that has its SID
-- already, from a callback, keeps it; a SID that another row has stays there.
create function private.store_sid(
  message_id uuid,
  sid text,
  twilio_status text,
  num_segments int,
  error_code text default null,
  error_message text default null
) returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  message public.recruiting_messages;
  answer public.recruiting_message_events;
begin
  update public.recruiting_messages m set message_sid = sid
    where m.id = message_id and m.message_sid is null
      and not exists (select from public.recruiting_messages other where other.message_sid = sid);
  update public.recruiting_messages m set num_segments = store_sid.num_segments
    where m.id = message_id and m.message_sid = sid and m.num_segments is null
      and store_sid.num_segments is not null;
  select * into message from public.recruiting_messages m where m.id = message_id and m.message_sid = sid;
  if found then
    answer.twilio_status := twilio_status;
    answer.received_at := clock_timestamp();
    answer.error_code := error_code;
    answer.error_message := error_message;
    perform private.store_advanced_message(message, private.advance_message(message, answer));
  end if;
end;
$$;

create function private.fail_send(message_id uuid, begun_at timestamptz, error_code text, error_message text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.recruiting_messages m set
    status = 'failed',
    failed_at = clock_timestamp(),
    error_code = fail_send.error_code,
    error_message = fail_send.error_message
  where m.id = fail_send.message_id and m.begun_at = fail_send.begun_at
    and m.message_sid is null and m.status = 'queued';
end;
$$;

-- What surely was not sent and may be tried again: permits another call. A bot's reply that has
-- become somebody else's turn meanwhile is taken back instead, and nothing goes out to somebody who
-- has opted out. The caller has locked the conversation. Returns when it was begun anew, or null.
create function private.begin_send_again(
  message public.recruiting_messages,
  conversation public.recruiting_conversations,
  settle_after_seconds double precision
) returns timestamptz
language plpgsql
set search_path = ''
as $$
declare
  moment constant timestamptz := private.moment_of_send();
begin
  if message.answers_seq is not null and (conversation.status <> 'bot' or conversation.opted_out_at is not null) then
    delete from public.recruiting_messages m where m.id = message.id;
    return null;
  end if;
  if conversation.opted_out_at is not null then
    perform private.fail_send(message.id, message.begun_at, null, 'The recruit has opted out');
    return null;
  end if;
  update public.recruiting_messages m set
    begun_at = moment,
    settle_due_at = moment + make_interval(secs => settle_after_seconds)
  where m.id = message.id;
  return moment;
end;
$$;

-- Permits another try of a message that Twilio surely has not accepted.
--   begun_at  of the try before; if another worker has taken the message over, nothing changes
-- Returns when it was begun anew; null if it must not be sent.
create function public.recruiting_begin_send_again(
  message_id uuid,
  begun_at timestamptz,
  settle_after_seconds double precision default 60
) returns timestamptz
language plpgsql security definer
set search_path = ''
as $$
declare
  message public.recruiting_messages;
  conversation public.recruiting_conversations;
begin
  select c.* into conversation
    from public.recruiting_conversations c
    join public.recruiting_messages m on m.conversation_id = c.id
    where m.id = recruiting_begin_send_again.message_id for no key update of c;
  select * into message from public.recruiting_messages m
    where m.id = recruiting_begin_send_again.message_id and m.begun_at = recruiting_begin_send_again.begun_at
      and m.message_sid is null and m.status = 'queued'
    for no key update;
  if not found then
    return null;
  end if;
  return private.begin_send_again(message, conversation, settle_after_seconds);
end;
$$;

-- Takes up a send whose outcome is not known, for as long as nobody else does.
--   lease_seconds  after which somebody else may take it up
-- Returns no row if there is nothing to settle. Otherwise one: whose it is, when it was begun, and the
-- addresses.
create function public.recruiting_claim_send(message_id uuid, lease_seconds double precision default 60)
returns table (
  conversation_id uuid,
  begun_at timestamptz,
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
    set settle_due_at = moment + make_interval(secs => lease_seconds)
    where m.id = recruiting_claim_send.message_id and m.settle_due_at <= moment
    returning m.conversation_id, m.begun_at into conversation_id, begun_at;
  if found then
    select c.channel, c.recruit_phone, c.twilio_phone into channel, recruit_phone, twilio_phone
      from public.recruiting_conversations c where c.id = conversation_id;
    return next;
  end if;
end;
$$;

-- Settles a send with what Twilio lists.
--   begun_at   of the try that is looked for
--   our_sender the conversation's own number as Twilio writes it, with the channel's prefix
--   listed     Twilio's messages to the recruit, as JSON text: array of {sid, direction, from, body,
--              status, num_segments, date_created, error_code, error_message}
--   is_last    whether an earlier list, some seconds older, has not had it either
-- Returns one row: outcome 'settled' (its SID is stored, or there is nothing to settle any more),
-- 'not_found' (not in this list), 'owed_again' (a reply was taken back; its turn comes again),
-- 'again' (another call is permitted), 'refused' (it must not be sent any more) or 'failed' (the list
-- does not tell); with 'again' what to send, and always in how many ms a reply is due.
create function public.recruiting_settle_send(
  message_id uuid,
  begun_at timestamptz,
  our_sender text,
  listed text,
  is_last boolean,
  settle_after_seconds double precision default 60
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
  -- SIDs before the conversation; in one order, for two that settle the same recruit's sends.
  candidates := private.candidates_for_send(listed::jsonb, our_sender, recruiting_settle_send.begun_at);
  perform private.lock_message_sid(sid)
    from jsonb_path_query(candidates, '$[*].sid') entry, lateral (select entry #>> '{}' as sid) s
    order by hashtext(sid) & 1023;
  select c.* into conversation
    from public.recruiting_conversations c
    join public.recruiting_messages m on m.conversation_id = c.id
    where m.id = recruiting_settle_send.message_id for no key update of c;
  select * into message from public.recruiting_messages m
    where m.id = recruiting_settle_send.message_id and m.begun_at = recruiting_settle_send.begun_at
      and m.message_sid is null and m.status = 'queued'
    for no key update;

  if message.id is null then
    outcome := 'settled';
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
    elsif is_last and message.answers_seq is not null then
      outcome := 'owed_again';
      delete from public.recruiting_messages m where m.id = message.id;
      update public.recruiting_conversations c set
        reply_owed_since = coalesce(c.reply_owed_since, clock_timestamp()),
        reply_owed_seq = greatest(c.reply_owed_seq, message.answers_seq),
        reply_due_at = clock_timestamp()
      where c.id = conversation.id and c.status = 'bot' and c.opted_out_at is null;
    elsif is_last then
      begun_again_at := private.begin_send_again(message, conversation, settle_after_seconds);
      outcome := case when begun_again_at is null then 'refused' else 'again' end;
      body := message.body;
      media := message.media;
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
-- recruit whose SID is not known either, from whatever number of ours, the body has to tell. Senders
-- with the same body may take each other's: the recruit reads the same.
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
    join public.recruiting_messages m on m.conversation_id = c.id
    where c.recruit_phone = conversation.recruit_phone and c.channel = conversation.channel
      and m.settle_due_at is not null and m.id <> message.id;

  with candidate as (
    select entry ->> 'sid' as sid, entry ->> 'date_created' as created, entry ->> 'body' as text
      from jsonb_array_elements(candidates) entry
      where not exists (
        select from public.recruiting_messages m where m.message_sid = entry ->> 'sid'
      )
  ), told as (
    select
      c.*,
      strpos(c.text, message.body) > 0 as is_ours,
      exists (select from unnest(others) other where strpos(c.text, other) > 0) as is_anothers
    from candidate c
  )
  select
    count(*),
    count(*) filter (where t.is_ours),
    count(*) filter (where not t.is_ours and not t.is_anothers),
    (array_agg(t.sid order by t.is_ours desc, t.created::timestamptz, t.sid))[1]
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
  private.moment_of_send, private.write_message_to_send, private.answer_owed_texts, private.message_fails, private.store_sid,
  private.fail_send, private.begin_send_again, private.candidates_for_send, private.match_send
from public;
revoke execute on function
  public.recruiting_begin_send, public.recruiting_escalate_turn, public.recruiting_record_send,
  public.recruiting_begin_send_again, public.recruiting_claim_send, public.recruiting_settle_send
from public, anon, authenticated, service_role;
grant execute on function
  public.recruiting_begin_send, public.recruiting_escalate_turn, public.recruiting_record_send,
  public.recruiting_begin_send_again, public.recruiting_claim_send, public.recruiting_settle_send
to service_role;
