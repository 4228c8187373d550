-- Twilio's own log is compared with the tables, so that texts whose webhook never came are brought in after any
-- outage.

-- How far Twilio's log has been compared. One row.
create table private.log_comparison (
  is_only_row boolean primary key default true check (is_only_row),
  cursor timestamptz,
  begun_at timestamptz,
  comparison_token uuid,
  has_more boolean not null default false
);
comment on table private.log_comparison is 'The only row says how far Twilio''s log has been compared';
comment on column private.log_comparison.cursor is 'Inbound texts up to here are in the tables; whole seconds';
comment on column private.log_comparison.begun_at is 'When a run last began to compare';
comment on column private.log_comparison.comparison_token is 'Identifies the comparison of that run';
comment on column private.log_comparison.has_more is 'Whether that run ended before its span did: then the next run goes on at once';
insert into private.log_comparison default values;

-- Begins to compare a span of Twilio's log. Retrying is safe: the same token is the same comparison.
--   argument          meaning
--   comparison_token  chosen by the caller
--   lag_seconds       the newest texts are left out: Twilio may still be calling the webhook
--   overlap_seconds   how far before the cursor the span begins
--   at_once           whether to compare even if the last run began less than a minute ago
--   since             begins a span that is compared instead of going on from the cursor, which then stays
--   until             the end of that span
--   dry_run           whether nothing is stored: the minute is neither checked nor begun
-- Returns no row if it is not time yet. Otherwise one row, in whole seconds:
--   column         meaning
--   span_since     the begin of the span
--   span_until     its end; the span is empty if this is not after span_since
--   stored_cursor  null before the first run has finished a slice
create function public.recruiting_begin_log_comparison(
  comparison_token uuid,
  lag_seconds double precision default 60,
  overlap_seconds double precision default 600,
  at_once boolean default false,
  since timestamptz default null,
  until timestamptz default null,
  dry_run boolean default false
) returns table (span_since timestamptz, span_until timestamptz, stored_cursor timestamptz)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  moment constant timestamptz := clock_timestamp();
begin
  select c.cursor into stored_cursor from private.log_comparison c;
  if recruiting_begin_log_comparison.since is null and not recruiting_begin_log_comparison.dry_run then
    update private.log_comparison c set
        begun_at = moment,
        comparison_token = recruiting_begin_log_comparison.comparison_token,
        has_more = false
      where recruiting_begin_log_comparison.at_once or c.has_more
        or c.begun_at is null or c.begun_at <= moment - interval '1 minute'
        or c.comparison_token = recruiting_begin_log_comparison.comparison_token;
    if not found then
      return;
    end if;
  end if;
  span_since := date_trunc('second', coalesce(
    recruiting_begin_log_comparison.since,
    stored_cursor - make_interval(secs => recruiting_begin_log_comparison.overlap_seconds),
    moment - interval '24 hours'
  ));
  span_until := date_trunc('second', least(
    recruiting_begin_log_comparison.until,
    moment - make_interval(secs => recruiting_begin_log_comparison.lag_seconds)
  ));
  return next;
end;
$$;

-- Notes how far the log has been compared. Returns the stored cursor.
--   has_more  whether the next run goes on at once
--   cursor    null leaves the stored one as it is; it never goes back
create function public.recruiting_move_log_cursor(has_more boolean, cursor timestamptz default null) returns timestamptz
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  stored_cursor timestamptz;
begin
  update private.log_comparison c set
    cursor = greatest(c.cursor, recruiting_move_log_cursor.cursor),
    has_more = recruiting_move_log_cursor.has_more
  returning c.cursor into stored_cursor;
  return stored_cursor;
end;
$$;

-- Finds which listed texts are to us, and which of these no table has.
--   listed  inbound messages of Twilio's log, as JSON text: array of {sid, channel, recruit_phone,
--           twilio_phone, sent_at, verdict}
-- Returns one row, because the REST API cuts a result of many rows off at its max_rows:
--   column   meaning
--   ours     the SIDs of texts whose address is in recruiting_senders or in a conversation
--   missing  those of ours that no table has; of those from before their recruit's erasure only opt-outs
create function public.recruiting_find_missing_texts(listed text)
returns table (ours text[], missing text[])
language plpgsql stable security definer
set search_path = ''
as $$
begin
  return query
    with texts as materialized (
      select * from jsonb_to_recordset(listed::jsonb)
        as t (
          sid text, channel public.recruiting_channel, recruit_phone text, twilio_phone text,
          sent_at timestamptz, verdict public.recruiting_verdict
        )
    ), addresses as materialized (
      select a.channel, a.twilio_phone from (select distinct t.channel, t.twilio_phone from texts t) a
      where private.is_our_address(a.channel, a.twilio_phone)
    ), found as (
      select t.sid, not (
          exists (select from public.recruiting_messages m where m.message_sid = t.sid)
          or exists (select from public.recruiting_unmatched_messages u where u.message_sid = t.sid)
          or (t.verdict <> 'stop' and private.is_erased(t.recruit_phone, t.sent_at))
        ) as is_missing
      from texts t
      join addresses a on a.channel = t.channel and a.twilio_phone = t.twilio_phone
    )
    select coalesce(array_agg(f.sid), '{}'), coalesce(array_agg(f.sid) filter (where f.is_missing), '{}')
      from found f;
end;
$$;

revoke execute on function
  public.recruiting_begin_log_comparison, public.recruiting_move_log_cursor, public.recruiting_find_missing_texts
from public, anon, authenticated, service_role;
grant execute on function
  public.recruiting_begin_log_comparison, public.recruiting_move_log_cursor, public.recruiting_find_missing_texts
to service_role;
