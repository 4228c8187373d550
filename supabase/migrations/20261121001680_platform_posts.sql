-- The platform's events are also posted to PLATFORM_WEBHOOK_URL, by the schedule. What waits for a post is a row with a
-- due time and a lease, as all due work. The URL may hold a secret, so only a part of its hash is stored.

create table private.platform_webhooks (
  url_id uuid primary key,
  queued_position bigint not null,
  seen_at timestamptz not null
);
comment on table private.platform_webhooks is 'One URL that events are posted to';
comment on column private.platform_webhooks.url_id is 'The first 128 bits of the URL''s SHA-256';
comment on column private.platform_webhooks.queued_position is 'Events up to here have been queued, or are older than the URL';
comment on column private.platform_webhooks.seen_at is 'When a worker last had the URL, with an hour''s precision';

create table private.platform_posts (
  url_id uuid not null,
  position bigint not null,
  conversation_id uuid not null,
  due_at timestamptz,
  claim_token uuid,
  attempts int not null default 0,
  first_attempt_at timestamptz,
  primary key (url_id, position)
)
-- A claim begins at the left end of the index of due times, where the dead entries of past ones are until a vacuum.
with (vacuum_index_cleanup = on);
comment on table private.platform_posts is 'One event that waits for its post to one URL';
comment on column private.platform_posts.due_at is 'When it is posted next, or its lease expires; null while an earlier event of the conversation waits';
comment on column private.platform_posts.claim_token is 'The claim of the worker that posts it until due_at';
comment on column private.platform_posts.attempts is 'How often it was claimed';

create index platform_posts_due on private.platform_posts (url_id, due_at) where due_at is not null;
create index platform_posts_claimed on private.platform_posts (claim_token) where claim_token is not null;
create index platform_posts_order on private.platform_posts (url_id, conversation_id, position);

create table private.given_up_platform_posts (
  url_id uuid not null,
  position bigint not null,
  given_up_at timestamptz not null,
  primary key (url_id, position)
);
comment on table private.given_up_platform_posts is
  'One event that one URL did not take for 3 days; for the attention list, which shows it for a week';

-- The lock of one URL: while it is held, the first event that waits in a conversation stays the first.
create function private.lock_platform_webhook(webhook uuid) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.require_read_committed();
  perform from private.platform_webhooks w where w.url_id = webhook for no key update;
end;
$$;

-- Deletes the URLs that no worker has had for 3 days, with what waits for them, so that the queue of a URL that was
-- removed does not stay; and what was given up more than a week ago. The caller's own URL stays, because the schedule may
-- have been away for as long.
create function private.delete_old_platform_posts(webhook uuid) returns void
language plpgsql
set search_path = ''
as $$
declare
  old_ids uuid[];
begin
  old_ids := array(
    select w.url_id from private.platform_webhooks w
    where w.seen_at < clock_timestamp() - interval '3 days'
      and w.url_id is distinct from webhook
    order by w.url_id for no key update
  );
  delete from private.platform_posts p where p.url_id = any (old_ids);
  delete from private.platform_webhooks w where w.url_id = any (old_ids);
  delete from private.given_up_platform_posts g where g.given_up_at < clock_timestamp() - interval '7 days';
end;
$$;

-- Queues the next 1,000 events for a URL. Of each conversation only the first event that waits is due. Returns whether
-- there were any. The caller holds the URL's lock.
create function private.queue_platform_posts(webhook uuid) returns boolean
language plpgsql
set search_path = ''
as $$
declare
  moment constant timestamptz := clock_timestamp();
  from_position bigint;
  to_position bigint;
begin
  select w.queued_position, least(w.queued_position + 1000, n.last_position) into from_position, to_position
    from private.platform_webhooks w cross join private.platform_event_numbering n
    where w.url_id = webhook;
  if not found or from_position >= to_position then
    return false;
  end if;
  insert into private.platform_posts (url_id, position, conversation_id, due_at)
    select
      webhook,
      p.position,
      m.conversation_id,
      case when row_number() over (partition by m.conversation_id order by p.position) = 1 and not exists (
        select from private.platform_posts earlier
        where earlier.url_id = webhook and earlier.conversation_id = m.conversation_id
      ) then moment end
    from private.platform_events p
    join public.recruiting_messages m on m.id = p.message_id
    where p.position > from_position and p.position <= to_position;
  update private.platform_webhooks w set queued_position = to_position where w.url_id = webhook;
  return true;
end;
$$;

-- Claims the events that have been due longest. Returns their positions. The caller holds the URL's lock.
create function private.claim_due_platform_posts(claim_token uuid, webhook uuid, batch int, lease interval)
returns bigint[]
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  moment constant timestamptz := clock_timestamp();
  claimed bigint[];
begin
  with due as materialized (
    select p.position from private.platform_posts p
    where p.url_id = claim_due_platform_posts.webhook and p.due_at <= moment
    order by p.due_at, p.position limit claim_due_platform_posts.batch
  ), changed as (
    update private.platform_posts p set
      due_at = moment + claim_due_platform_posts.lease,
      claim_token = claim_due_platform_posts.claim_token,
      attempts = p.attempts + 1,
      first_attempt_at = coalesce(p.first_attempt_at, moment)
    from due where p.url_id = claim_due_platform_posts.webhook and p.position = due.position
    returning p.position
  )
  select coalesce(array_agg(position), '{}') into claimed from changed;
  return claimed;
end;
$$;

-- Ends the wait of a post, which was the first of its conversation: the next one is due. The caller holds the URL's
-- lock.
create function private.end_platform_post(webhook uuid, ended_position bigint) returns void
language plpgsql
set search_path = ''
as $$
declare
  ended_conversation_id uuid;
begin
  delete from private.platform_posts p
    where p.url_id = webhook and p.position = ended_position
    returning p.conversation_id into ended_conversation_id;
  update private.platform_posts p set due_at = clock_timestamp()
    where p.url_id = webhook and p.position = (
      select min(next.position) from private.platform_posts next
      where next.url_id = webhook and next.conversation_id = ended_conversation_id
    );
end;
$$;

-- How long an event waits after so many attempts.
create function private.platform_post_wait(attempts int) returns interval
language plpgsql immutable
set search_path = ''
as $$
begin
  return coalesce(
    (array['5 seconds', '1 minute', '5 minutes', '30 minutes', '2 hours']::interval[])[attempts], interval '6 hours'
  );
end;
$$;

-- Deletes what waits in erased conversations.
create function private.erase_platform_posts(conversation_ids uuid[]) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform from private.platform_webhooks w order by w.url_id for no key update;
  delete from private.platform_posts p
    using private.platform_webhooks w
    where p.url_id = w.url_id and p.conversation_id = any (conversation_ids);
end;
$$;

revoke execute on function
  private.lock_platform_webhook, private.delete_old_platform_posts, private.queue_platform_posts,
  private.claim_due_platform_posts, private.end_platform_post, private.platform_post_wait,
  private.erase_platform_posts
from public;

-- The part of due work that numbers the platform's events; with a URL it also enters the URL, which gets the events
-- that are numbered later. Retrying is safe. Returns whether events are left without a position.
--   webhook  tells PLATFORM_WEBHOOK_URL from other URLs; null if it is not set
create function public.recruiting_number_platform_events(webhook uuid default null) returns boolean
language plpgsql security definer
set search_path = ''
as $$
declare
  has_more constant boolean := private.number_platform_events();
begin
  perform private.delete_old_platform_posts(webhook);
  if webhook is not null then
    insert into private.platform_webhooks as w (url_id, queued_position, seen_at)
      select webhook, n.last_position, clock_timestamp()
      from private.platform_event_numbering n
      on conflict on constraint platform_webhooks_pkey do update set seen_at = excluded.seen_at
      where w.seen_at < excluded.seen_at - interval '1 hour';
  end if;
  return has_more;
end;
$$;

-- Claims events to post, the longest due first. Of each conversation only the first one that waits is claimed, so that
-- they are posted in the order of their positions. Retrying is safe, also while the attempt before it still runs: the
-- same token gets the same events.
--   argument       meaning
--   claim_token    chosen by the caller; identifies the lease of the events
--   webhook        tells PLATFORM_WEBHOOK_URL from other URLs
--   batch          how many at most
--   lease_seconds  after which another worker may claim them
-- Returns a row for each; the columns are those of recruiting_read_platform_events.
create function public.recruiting_claim_platform_posts(
  claim_token uuid,
  webhook uuid,
  batch int default 10,
  lease_seconds double precision default 30
) returns table (
  "position" bigint,
  event text,
  channel public.recruiting_channel,
  conversation_id uuid,
  message_id uuid,
  message_sid text,
  status text,
  error_code text,
  error_message text,
  recruit_phone text,
  twilio_phone text,
  num_segments int,
  occurred_at timestamptz
)
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  moment timestamptz;
  claimed bigint[];
  gone bigint[];
  queue_calls int := 0;
begin
  perform private.lock_claim(recruiting_claim_platform_posts.claim_token);
  perform private.lock_platform_webhook(recruiting_claim_platform_posts.webhook);
  moment := clock_timestamp();
  claimed := array(
    select p.position from private.platform_posts p
    where p.claim_token = recruiting_claim_platform_posts.claim_token and p.due_at > moment
  );
  if claimed = '{}' then
    -- Bounded, so that no call takes long: 1,000 claims, and 20,000 events that are queued.
    for times in 1..1000 loop
      claimed := private.claim_due_platform_posts(
        claim_token => recruiting_claim_platform_posts.claim_token,
        webhook => recruiting_claim_platform_posts.webhook,
        batch => recruiting_claim_platform_posts.batch,
        lease => make_interval(secs => recruiting_claim_platform_posts.lease_seconds)
      );
      if claimed = '{}' then
        exit when queue_calls = 20 or not private.queue_platform_posts(recruiting_claim_platform_posts.webhook);
        queue_calls := queue_calls + 1;
      else
        -- Events whose messages were deleted: no other event may wait for them.
        gone := array(
          select p.position from unnest(claimed) p (position)
          where not exists (select from private.platform_event_rows r where r.position = p.position)
        );
        perform private.end_platform_post(recruiting_claim_platform_posts.webhook, p.position)
          from unnest(gone) p (position);
        exit when cardinality(gone) < cardinality(claimed);
      end if;
    end loop;
  end if;
  return query
    select r.* from private.platform_event_rows r where r.position = any (claimed) order by r.position;
end;
$$;

-- Records whether a claimed event was posted. Does nothing if the event is not the caller's claim any more. Retrying is
-- safe. After a failure the event is due again:
--   attempts  1    2      3      4       5    more
--   after     5 s  1 min  5 min  30 min  2 h  6 h
-- but at most 3 days after the first attempt, which is the last one: if that fails, too, the event is given up.
--   webhook         tells PLATFORM_WEBHOOK_URL from other URLs
--   event_position  of the event
--   claim_token     of the claim
--   was_posted      whether the URL has taken it
create function public.recruiting_record_platform_post(
  webhook uuid,
  event_position bigint,
  claim_token uuid,
  was_posted boolean
) returns void
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  moment timestamptz;
  post private.platform_posts;
  last_attempt_at timestamptz;
begin
  perform private.lock_platform_webhook(recruiting_record_platform_post.webhook);
  select * into post from private.platform_posts p
    where p.url_id = recruiting_record_platform_post.webhook
      and p.position = recruiting_record_platform_post.event_position
      and p.claim_token = recruiting_record_platform_post.claim_token;
  if not found then
    return;
  end if;
  moment := clock_timestamp();
  last_attempt_at := post.first_attempt_at + interval '3 days';
  if not recruiting_record_platform_post.was_posted and moment < last_attempt_at then
    update private.platform_posts p set
      due_at = least(moment + private.platform_post_wait(p.attempts), last_attempt_at),
      claim_token = null
    where p.url_id = post.url_id and p.position = post.position;
    return;
  end if;
  if not recruiting_record_platform_post.was_posted then
    insert into private.given_up_platform_posts (url_id, position, given_up_at)
      values (post.url_id, post.position, moment) on conflict do nothing;
  end if;
  perform private.end_platform_post(post.url_id, post.position);
end;
$$;

revoke execute on function
  public.recruiting_number_platform_events, public.recruiting_claim_platform_posts,
  public.recruiting_record_platform_post
from public, anon, authenticated, service_role;
grant execute on function
  public.recruiting_number_platform_events, public.recruiting_claim_platform_posts,
  public.recruiting_record_platform_post
to service_role;
