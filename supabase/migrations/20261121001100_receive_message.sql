-- The inbound step is one call and one transaction, with the same result however often Twilio repeats the text.

-- Records the consent that a new text gives or withdraws. A STOP whose webhook was lost is stored later, from
-- Twilio's log. A YES after it may be stored as an ordinary text already: that YES then becomes the opt-in.
create function private.record_texted_consent(
  arrived public.recruiting_unmatched_messages,
  consent_source public.recruiting_consent_source,
  is_from_log boolean,
  is_opted_out boolean
) returns void
language plpgsql
set search_path = ''
as $$
begin
  if arrived.verdict = 'stop' then
    perform private.record_consent(
      phone => arrived.recruit_phone,
      channel => arrived.channel,
      kind => 'opt_out',
      source => consent_source,
      occurred_at => arrived.received_at,
      twilio_phone => arrived.twilio_phone,
      message_sid => arrived.message_sid
    );
    if is_from_log and consent_source = 'keyword' and arrived.channel = 'sms' then
      perform private.record_consent(
        phone => arrived.recruit_phone,
        channel => arrived.channel,
        kind => 'opt_in',
        source => 'keyword',
        occurred_at => y.occurred_at,
        twilio_phone => arrived.twilio_phone,
        message_sid => y.message_sid
      ) from private.yes_after(arrived.recruit_phone, arrived.twilio_phone, arrived.received_at) y;
    end if;
  elsif arrived.verdict = 'start' or (arrived.verdict = 'yes' and is_opted_out and private.yes_opts_in(
    phone => arrived.recruit_phone,
    channel => arrived.channel,
    twilio_phone => arrived.twilio_phone,
    at => arrived.received_at
  )) then
    perform private.record_consent(
      phone => arrived.recruit_phone,
      channel => arrived.channel,
      kind => 'opt_in',
      source => 'keyword',
      occurred_at => arrived.received_at,
      twilio_phone => arrived.twilio_phone,
      message_sid => arrived.message_sid
    );
  end if;
end;
$$;

-- Receives a text that the recruit wrote before the recruit was erased: only an opt-out in it is stored, without the
-- MessageSid. The caller has locked the phone if it has no conversation.
create function private.receive_forgotten_text(
  arrived public.recruiting_unmatched_messages,
  consent_source public.recruiting_consent_source,
  has_conversation boolean
) returns void
language plpgsql
set search_path = ''
as $$
begin
  if arrived.verdict = 'stop' and private.is_recruit_address(arrived.channel, arrived.recruit_phone) then
    perform private.record_consent(
      phone => arrived.recruit_phone,
      channel => arrived.channel,
      kind => 'opt_out',
      source => consent_source,
      occurred_at => arrived.received_at,
      twilio_phone => arrived.twilio_phone
    );
  elsif not has_conversation then
    perform private.forget_phone_lock(arrived.recruit_phone);
  end if;
end;
$$;

-- Stores a text that is not stored yet, and escalates or makes a reply pending if the text asks for it. The caller
-- has locked its SID, and its conversation or else its phone.
--   arrived          the text, in the row type of the unmatched texts, because it may have to be kept among them
--   conversation     without an id if there is none
--   payload          the signed form, as JSON text
--   refused          the error with which the database refused the text before; null for a first call
--   is_from_log      true for a text of Twilio's log whose webhook did not reach us
--   outcome          received also for a refused text, which is kept as unmatched
--   conversation_id  of its conversation, which may have begun with it; null if there is none
--   message_id       null for a text that is kept as unmatched
create function private.store_text(
  arrived public.recruiting_unmatched_messages,
  conversation public.recruiting_conversations,
  payload text,
  consent_source public.recruiting_consent_source,
  refused text,
  is_from_log boolean,
  turn_wait interval,
  out outcome public.recruiting_inbound_outcome,
  out conversation_id uuid,
  out message_id uuid
)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  is_recruit constant boolean := coalesce(private.is_recruit_address(arrived.channel, arrived.recruit_phone), false);
  is_opted_out boolean;
  is_new boolean;
begin
  if conversation.id is not null then
    is_opted_out := conversation.opted_out_at is not null;
  else
    is_opted_out := exists (
      select from public.recruiting_opt_outs o
      where o.recruit_phone = private.canonical_phone(arrived.recruit_phone)
    );
  end if;
  -- A text older than 24 hours asks for nothing: its answer would come too late.
  if is_recruit and arrived.received_at > now() - interval '24 hours' then
    arrived.asks_for := private.asked_for(
      arrived.verdict,
      is_opted_out or (is_from_log and private.was_opted_out(arrived.recruit_phone, arrived.received_at))
    );
  end if;
  if conversation.id is null and refused is null then
    if not exists (
      select from public.recruiting_unmatched_messages u where u.message_sid = arrived.message_sid
    ) then
      conversation := private.begin_for_stranger(arrived);
    end if;
  end if;

  if conversation.id is null or refused is not null then
    arrived.payload := store_text.payload::jsonb;
    arrived.reason := coalesce(refused, 'no_conversation');
    insert into public.recruiting_unmatched_messages select (arrived).* on conflict do nothing;
    is_new := found;
    outcome := case
      when is_from_log and not is_new then 'repeated'
      when refused is null then 'no_conversation'
      else 'received'
    end;
  else
    -- The text is among the unmatched ones only if the database refused it in an earlier call.
    delete from public.recruiting_unmatched_messages u where u.message_sid = arrived.message_sid;
    is_new := not found;
    message_id := private.keep_inbound_message(conversation, arrived, turn_wait);
    if arrived.asks_for = 'person' then
      perform public.recruiting_escalate_conversation(c.id, private.doubt_reason())
        from public.recruiting_conversations c where c.id = conversation.id and c.status = 'bot';
    end if;
    outcome := 'received';
  end if;

  if is_new and is_recruit and arrived.verdict in ('stop', 'start', 'yes') then
    perform private.record_texted_consent(
      arrived => arrived,
      consent_source => consent_source,
      is_from_log => is_from_log,
      is_opted_out => is_opted_out
    );
  end if;
  conversation_id := conversation.id;
end;
$$;

revoke execute on function
  private.record_texted_consent, private.receive_forgotten_text, private.store_text
from public;

-- Receives one inbound text.
--   channel, recruit_phone, twilio_phone  From and To, split
--   payload            the signed form, as JSON text: parsed only where it is kept
--   verdict            what the words are (_shared/opt_out/judge_text.ts)
--   consent_source     of a stop: 'keyword' (a word that Twilio acts on) or 'wording'
--   media              array of {url, content_type}, as JSON text
--   metadata           the form's fields that no column has, as JSON text; null for none
--   recruit_name       what the channel calls the recruit: fills an empty recruit_name
--   refused            the error with which the database refused the text before; it is then kept as unmatched
--   turn_wait_seconds  the reply is due this long after the newest text, but at most four times this long after the
--                      oldest
--   sent_at            Twilio's time of a text of its log whose webhook did not reach us: it becomes the time of
--                      arrival; null for a webhook
-- Returns one row:
--   outcome              see public.recruiting_inbound_outcome
--   conversation_id, conversation_status, message_id  where there are any
--   warnings             problems to log: see private.warnings
--   reply_due_in_ms      milliseconds until the pending reply is due; null for none
--   work_is_due          whether other work is due that no worker holds: see recruiting_claim_due_work
create function public.recruiting_receive_message(
  message_sid text,
  channel public.recruiting_channel,
  recruit_phone text,
  twilio_phone text,
  payload text,
  verdict public.recruiting_verdict,
  body text default '',
  media text default '[]',
  metadata text default null,
  recruit_name text default null,
  num_segments int default null,
  consent_source public.recruiting_consent_source default 'keyword',
  refused text default null,
  turn_wait_seconds double precision default 2,
  sent_at timestamptz default null
) returns table (
  outcome public.recruiting_inbound_outcome,
  conversation_id uuid,
  conversation_status public.recruiting_conversation_status,
  message_id uuid,
  warnings text[],
  reply_due_in_ms int,
  work_is_due boolean
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  arrived public.recruiting_unmatched_messages;
  conversation public.recruiting_conversations;
  stored record;
begin
  arrived.message_sid := recruiting_receive_message.message_sid;
  arrived.received_at := coalesce(recruiting_receive_message.sent_at, clock_timestamp());
  arrived.channel := recruiting_receive_message.channel;
  arrived.recruit_phone := recruiting_receive_message.recruit_phone;
  arrived.twilio_phone := recruiting_receive_message.twilio_phone;
  arrived.body := recruiting_receive_message.body;
  arrived.media := recruiting_receive_message.media::jsonb;
  arrived.metadata := recruiting_receive_message.metadata::jsonb;
  arrived.recruit_name := recruiting_receive_message.recruit_name;
  arrived.num_segments := recruiting_receive_message.num_segments;
  arrived.verdict := recruiting_receive_message.verdict;

  perform private.lock_message_sid(arrived.message_sid);
  if arrived.verdict in ('stop', 'start', 'yes')
    and private.is_recruit_address(arrived.channel, arrived.recruit_phone)
  then
    perform private.lock_recruit(arrived.recruit_phone);
  end if;
  for attempt in 1..2 loop
    select * into conversation from public.recruiting_conversations c
      where c.canonical_phone = private.canonical_phone(arrived.recruit_phone)
        and c.twilio_phone = arrived.twilio_phone and c.channel = arrived.channel
      for no key update;
    exit when found;
    -- Another transaction may be creating the conversation. With the phone's lock, either it has committed, and the
    -- second pass finds the conversation; or it waits, and later adopts the text that is kept here.
    perform private.lock_phone(arrived.recruit_phone);
  end loop;
  conversation_id := conversation.id;

  select m.id into message_id from public.recruiting_messages m where m.message_sid = arrived.message_sid;
  if found then
    outcome := 'repeated';
  elsif recruiting_receive_message.sent_at is not null
    and private.is_forgotten(arrived.recruit_phone, arrived.received_at)
  then
    outcome := 'forgotten';
    perform private.receive_forgotten_text(arrived, consent_source, conversation.id is not null);
  else
    stored := private.store_text(
      arrived => arrived,
      conversation => conversation,
      payload => recruiting_receive_message.payload,
      consent_source => consent_source,
      refused => refused,
      is_from_log => recruiting_receive_message.sent_at is not null,
      turn_wait => make_interval(secs => turn_wait_seconds)
    );
    outcome := stored.outcome;
    conversation_id := stored.conversation_id;
    message_id := stored.message_id;
  end if;

  select c.status, private.ms_until(c.reply_due_at) into conversation_status, reply_due_in_ms
    from public.recruiting_conversations c where c.id = conversation_id;
  work_is_due := private.work_is_due(conversation_id);
  warnings := private.warnings();
  return next;
end;
$$;

revoke execute on function public.recruiting_receive_message from public, anon, authenticated, service_role;
grant execute on function public.recruiting_receive_message to service_role;
