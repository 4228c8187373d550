-- A send is unconfirmed until its SID is known or it has failed. A worker claims it, reads Twilio's list, and
-- confirms it (recruiting_confirm_send).

-- Unconfirmed messages to the same recruit, from any number of ours, that a message in Twilio's list may be
-- instead, as JSON: array of {id, body, content_sid, content_variables}. A provisional failure of the same time is
-- one, too.
create function private.other_unconfirmed_sends(message public.recruiting_messages) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  others jsonb;
begin
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'id', m.id,
        'body', m.body,
        'content_sid', m.content_sid,
        'content_variables', m.content_variables
      ) order by m.id
    ),
    '[]'
  ) into others
    from public.recruiting_conversations ours
    join public.recruiting_conversations c
      on c.canonical_phone = ours.canonical_phone and c.channel = ours.channel
    cross join lateral (
      select m.id, m.body, m.content_sid, m.content_variables from public.recruiting_messages m
      where m.conversation_id = c.id and m.confirm_due_at is not null
      union all
      select m.id, m.body, m.content_sid, m.content_variables from public.recruiting_messages m
      where m.conversation_id = c.id and m.failed_at is not null and m.message_sid is null and m.error_code is null
        and m.begun_at between message.begun_at - interval '35 seconds' and message.begun_at + interval '35 seconds'
    ) m
    where ours.id = message.conversation_id and m.id <> message.id;
  return others;
end;
$$;

-- What a worker needs to read Twilio's list for a message. other_unconfirmed is what private.other_unconfirmed_sends
-- returns: the messages that a listed one may be instead.
create view private.sends_to_confirm as
  select m.id as message_id, m.conversation_id, m.begun_at, m.body, m.content_sid, m.content_variables,
    m.not_found_at is not null as was_not_found,
    private.other_unconfirmed_sends(m) as other_unconfirmed,
    c.channel, coalesce(m.to_phone, c.recruit_phone) as recruit_phone, c.twilio_phone,
    m.confirm_due_at
  from public.recruiting_messages m
  join public.recruiting_conversations c on c.id = m.conversation_id;
comment on view private.sends_to_confirm is 'One message, with what a worker needs to read Twilio''s list for it';
revoke all on private.sends_to_confirm from public, anon, authenticated, service_role;

revoke execute on function private.other_unconfirmed_sends from public;

-- Claims an unconfirmed send. Retrying is safe: the same token is the same claim.
--   argument       meaning
--   claim_token    chosen by the caller
--   lease_seconds  after which another worker may claim it
-- Returns no row if it is not due, is confirmed, or is another worker's. Otherwise one row:
--   column             meaning
--   conversation_id    of the message
--   begun_at           identifies the attempt
--   body               of the message
--   content_sid        with content_variables: of a template; null for free text
--   was_not_found      whether an earlier list did not have it
--   other_unconfirmed  see private.sends_to_confirm
--   channel            with recruit_phone and twilio_phone: the addresses that Twilio was called with
--   recruit_phone      as Twilio was called with it
--   twilio_phone       the conversation's own
create function public.recruiting_claim_send(
  message_id uuid,
  claim_token uuid,
  lease_seconds double precision default 60
)
returns table (
  conversation_id uuid,
  begun_at timestamptz,
  body text,
  content_sid text,
  content_variables jsonb,
  was_not_found boolean,
  other_unconfirmed jsonb,
  channel public.recruiting_channel,
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
  update public.recruiting_messages m set
    confirm_due_at = moment + make_interval(secs => recruiting_claim_send.lease_seconds),
    confirm_token = recruiting_claim_send.claim_token
  where m.id = recruiting_claim_send.message_id
    and (m.confirm_due_at <= moment or m.confirm_token = recruiting_claim_send.claim_token)
    and m.confirm_due_at is not null;
  if found then
    return query
      select s.conversation_id, s.begun_at, s.body, s.content_sid, s.content_variables, s.was_not_found,
        s.other_unconfirmed, s.channel, s.recruit_phone, s.twilio_phone
      from private.sends_to_confirm s where s.message_id = recruiting_claim_send.message_id;
  end if;
end;
$$;

-- Lists the unconfirmed sends that are due, the longest due first, and claims none: for a dry run.
--   batch  how many at most
-- Returns a row for each; the columns are those of recruiting_claim_send, and message_id.
create function public.recruiting_list_due_sends(batch int default 50)
returns table (
  message_id uuid,
  conversation_id uuid,
  begun_at timestamptz,
  body text,
  content_sid text,
  content_variables jsonb,
  was_not_found boolean,
  other_unconfirmed jsonb,
  channel public.recruiting_channel,
  recruit_phone text,
  twilio_phone text
)
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    select s.message_id, s.conversation_id, s.begun_at, s.body, s.content_sid, s.content_variables, s.was_not_found,
      s.other_unconfirmed, s.channel, s.recruit_phone, s.twilio_phone
    from private.sends_to_confirm s
    where s.confirm_due_at <= now()
    order by s.confirm_due_at limit recruiting_list_due_sends.batch;
end;
$$;

-- Finds provisional failures that Twilio's log may have after all. Claims none.
--   listed  outbound messages of the log, as JSON text: array of {sid, channel, recruit_phone, date_created}
-- Returns a row for each; the columns are those of recruiting_list_due_sends.
create function public.recruiting_find_provisional_failures(listed text)
returns table (
  message_id uuid,
  conversation_id uuid,
  begun_at timestamptz,
  body text,
  content_sid text,
  content_variables jsonb,
  was_not_found boolean,
  other_unconfirmed jsonb,
  channel public.recruiting_channel,
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
      select * from jsonb_to_recordset(recruiting_find_provisional_failures.listed::jsonb)
        as t (sid text, channel public.recruiting_channel, recruit_phone text, date_created timestamptz)
      where not exists (select from public.recruiting_messages m where m.message_sid = t.sid)
    ), failures as materialized (
      select distinct m.id
      from unknown u
      join public.recruiting_conversations c
        on c.canonical_phone = private.canonical_phone(u.recruit_phone) and c.channel = u.channel
      join public.recruiting_messages m on m.conversation_id = c.id
      where m.failed_at is not null and m.status = 'failed' and m.message_sid is null and m.error_code is null
        and u.date_created between m.begun_at - interval '5 seconds' and m.begun_at + interval '30 seconds'
    )
    select s.message_id, s.conversation_id, s.begun_at, s.body, s.content_sid, s.content_variables, s.was_not_found,
      s.other_unconfirmed, s.channel, s.recruit_phone, s.twilio_phone
    from failures f join private.sends_to_confirm s on s.message_id = f.id
    order by s.message_id;
end;
$$;

revoke execute on function
  public.recruiting_claim_send, public.recruiting_list_due_sends, public.recruiting_find_provisional_failures
from public, anon, authenticated, service_role;
grant execute on function
  public.recruiting_claim_send, public.recruiting_list_due_sends, public.recruiting_find_provisional_failures
to service_role;
