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
create function private.receive_erased_text(
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
    perform private.delete_phone_lock(arrived.recruit_phone);
  end if;
end;
$$;

-- Finds the conversation of a text and locks it. Without one, the phone is locked, and null is returned.
create function private.lock_conversation_of_text(arrived public.recruiting_unmatched_messages)
returns public.recruiting_conversations
language plpgsql
set search_path = ''
as $$
declare
  conversation public.recruiting_conversations;
begin
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
  return conversation;
end;
$$;

-- Keeps a text that has no conversation, or that the database refused. Keeping it again fills in what the first
-- report lacked, and changes nothing else.
--   arrived  the text, in the row type of the unmatched texts
--   payload  the signed form, as JSON text
--   refused  the error with which the database refused it; null if there is no conversation
create function private.keep_unmatched(
  arrived public.recruiting_unmatched_messages,
  payload text,
  refused text,
  is_from_log boolean
) returns public.recruiting_inbound_outcome
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  is_new boolean;
begin
  arrived.payload := keep_unmatched.payload::jsonb;
  arrived.reason := coalesce(keep_unmatched.refused, 'no_conversation');
  insert into public.recruiting_unmatched_messages select (arrived).* on conflict do nothing;
  is_new := found;
  if not is_new then
    perform private.complete_unmatched(arrived);
  end if;
  return case
    when keep_unmatched.is_from_log and not is_new then 'repeated'
    when keep_unmatched.refused is null then 'no_conversation'
    else 'received'
  end;
end;
$$;

-- Receives any text: also one that was stored before, that has no conversation, that changes consent, that the database
-- refused, or that comes from Twilio's log. The caller has locked the SID.
--   arrived  the text, in the row type of the unmatched texts; received_at is null for a webhook
--   others   as in public.recruiting_receive_message
create function private.receive_any_text(
  arrived public.recruiting_unmatched_messages,
  payload text,
  consent_source public.recruiting_consent_source,
  refused text,
  turn_wait interval,
  is_from_log boolean,
  out outcome public.recruiting_inbound_outcome,
  out conversation_id uuid,
  out message_id uuid
)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  changes_consent constant boolean := arrived.verdict in ('stop', 'start', 'yes')
    and coalesce(private.is_recruit_address(arrived.channel, arrived.recruit_phone), false);
  -- Before the lock: of a STOP and a START the one that came later counts, whichever gets the lock first.
  came_at constant timestamptz := coalesce(arrived.received_at, clock_timestamp());
  conversation public.recruiting_conversations;
  is_opted_out boolean;
  was_kept boolean;
begin
  if changes_consent then
    perform private.lock_recruit(arrived.recruit_phone);
  end if;
  conversation := private.lock_conversation_of_text(arrived);
  -- After the lock, as where one statement stores a text: so created_at follows seq.
  arrived.received_at := coalesce(arrived.received_at, clock_timestamp());
  select
      (select m.id from public.recruiting_messages m where m.message_sid = arrived.message_sid),
      exists (select from public.recruiting_unmatched_messages u where u.message_sid = arrived.message_sid)
    into message_id, was_kept;
  if message_id is not null then
    outcome := 'repeated';
    perform private.complete_message(message_id, arrived);
  elsif receive_any_text.is_from_log and private.is_erased(arrived.recruit_phone, arrived.received_at) then
    outcome := 'erased';
    perform private.receive_erased_text(arrived, receive_any_text.consent_source, conversation.id is not null);
  else
    is_opted_out := case
      when conversation.id is null then private.is_opted_out(arrived.recruit_phone)
      else conversation.opted_out_at is not null
    end;
    if conversation.id is not null or private.is_recruit_address(arrived.channel, arrived.recruit_phone) then
      arrived.asks_for := private.asked_for(
        arrived.verdict,
        is_opted_out
          or (receive_any_text.is_from_log and private.is_past_answer(arrived.recruit_phone, arrived.received_at))
      );
    end if;
    if conversation.id is null and receive_any_text.refused is null and not was_kept then
      conversation := private.begin_for_stranger(arrived);
    end if;
    if conversation.id is null or receive_any_text.refused is not null then
      outcome := private.keep_unmatched(
        arrived, receive_any_text.payload, receive_any_text.refused, receive_any_text.is_from_log
      );
    else
      outcome := 'received';
      -- The database refused the text in an earlier call, which may have brought more.
      if was_kept then
        arrived := private.take_unmatched(arrived);
      end if;
      message_id := private.keep_inbound_message(conversation, arrived, receive_any_text.turn_wait);
      if arrived.asks_for = 'person' and conversation.status = 'bot' then
        perform public.recruiting_escalate_conversation(conversation.id, private.doubt_reason());
      end if;
    end if;
    if changes_consent and not was_kept then
      arrived.received_at := came_at;
      perform private.record_texted_consent(
        arrived, receive_any_text.consent_source, receive_any_text.is_from_log, is_opted_out
      );
    end if;
  end if;
  conversation_id := conversation.id;
end;
$$;

revoke execute on function
  private.record_texted_consent, private.receive_erased_text, private.lock_conversation_of_text,
  private.keep_unmatched, private.receive_any_text
from public;

-- Receives one inbound text.
--   channel, recruit_phone, twilio_phone  From and To, split
--   payload            the signed form, as JSON text: parsed only where it is kept
--   verdict            what the words are (_shared/opt_out/judge_text.ts)
--   consent_source     of a stop: 'keyword' (a word that Twilio acts on) or 'wording'
--   media              array of {url, content_type}, as JSON text
--   num_media          how many attachments the text has, as Twilio says: when it is more than media has, due work
--                      reads Twilio's Media list first
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
  num_media int default 0,
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
  warnings public.recruiting_warning[],
  reply_due_in_ms int,
  work_is_due boolean
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  sid constant text := recruiting_receive_message.message_sid;
  is_locked constant boolean := private.lock_message_sid(sid);
  due_at timestamptz;
begin
  -- Most texts, by one statement: a new text that leaves consent and the recruit's address and name as they are.
  -- It reads the tables after the lock of the SID, and the conversation again after that row's lock.
  if recruiting_receive_message.verdict in ('reply', 'help', 'none')
    and recruiting_receive_message.refused is null and recruiting_receive_message.sent_at is null
  then
    insert into public.recruiting_messages (
      conversation_id, direction, sender_type, body, media, num_media, metadata, verdict, reply_wait, status,
      message_sid, num_segments, created_at
    )
    select
      c.id, 'inbound', 'recruit', coalesce(recruiting_receive_message.body, ''),
      coalesce(recruiting_receive_message.media::jsonb, '[]'), nullif(recruiting_receive_message.num_media, 0),
      recruiting_receive_message.metadata::jsonb, recruiting_receive_message.verdict,
      case when recruiting_receive_message.verdict = 'reply' and c.status = 'bot' and c.opted_out_at is null
        then make_interval(secs => recruiting_receive_message.turn_wait_seconds) end,
      'received', sid, recruiting_receive_message.num_segments, clock_timestamp()
    from (
      select c.id, c.status, c.opted_out_at from public.recruiting_conversations c
      where c.canonical_phone = private.canonical_phone(recruiting_receive_message.recruit_phone)
        and c.twilio_phone = recruiting_receive_message.twilio_phone
        and c.channel = recruiting_receive_message.channel
        -- A case, so that Postgres looks for the SID only where there is such a conversation.
        and case
          when coalesce(c.answer_phone, c.recruit_phone) = recruiting_receive_message.recruit_phone
            and (c.recruit_name <> '' or coalesce(recruiting_receive_message.recruit_name, '') = '')
          then not exists (select from public.recruiting_messages m where m.message_sid = sid)
            and not exists (select from public.recruiting_unmatched_messages u where u.message_sid = sid)
        end
      for no key update of c
    ) c
    returning id, conversation_id, created_at + reply_wait into message_id, conversation_id, due_at;
  end if;
  if message_id is not null then
    outcome := 'received';
  else
    select r.outcome, r.conversation_id, r.message_id into outcome, conversation_id, message_id
      from private.receive_any_text(
        -- The columns in their order, without payload, reason and asks_for.
        row(
          sid, null, null, recruiting_receive_message.sent_at, recruiting_receive_message.channel,
          recruiting_receive_message.recruit_phone, recruiting_receive_message.twilio_phone,
          recruiting_receive_message.body, recruiting_receive_message.media::jsonb,
          recruiting_receive_message.num_media, recruiting_receive_message.num_segments,
          recruiting_receive_message.metadata::jsonb, recruiting_receive_message.recruit_name,
          recruiting_receive_message.verdict, null
        )::public.recruiting_unmatched_messages,
        recruiting_receive_message.payload, recruiting_receive_message.consent_source,
        recruiting_receive_message.refused, make_interval(secs => recruiting_receive_message.turn_wait_seconds),
        recruiting_receive_message.sent_at is not null
      ) r;
  end if;
  if due_at is not null then
    conversation_status := 'bot';
    reply_due_in_ms := private.ms_until(due_at);
  elsif conversation_id is not null then
    select c.status, case when c.reply_due_at is not null then private.ms_until(c.reply_due_at) end
      into conversation_status, reply_due_in_ms
      from public.recruiting_conversations c where c.id = recruiting_receive_message.conversation_id;
  end if;
  work_is_due := private.work_is_due(conversation_id);
  warnings := private.warnings();
  return next;
end;
$$;

revoke execute on function public.recruiting_receive_message from public, anon, authenticated, service_role;
grant execute on function public.recruiting_receive_message to service_role;
