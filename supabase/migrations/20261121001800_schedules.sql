-- When hosted, Supabase Cron calls sms-reconcile every 10 seconds, so that due work waits for no text, and
-- empties old payloads once a day.
-- https://supabase.com/docs/guides/functions/schedule-functions

-- Creates the extensions that schedules need where they are available, as Supabase's documents place them.
create function private.create_schedule_extensions() returns void
language plpgsql
set search_path = ''
as $$
declare
  extension record;
begin
  -- The control file of pg_net names no schema, so both are named here.
  for extension in
    select a.name, home.name as schema
    from pg_catalog.pg_available_extensions a
    join (values ('pg_cron', 'pg_catalog'), ('pg_net', 'extensions')) home (extension, name)
      on home.extension = a.name
    where a.installed_version is null
  loop
    begin
      execute format('create schema if not exists %I', extension.schema);
      execute format('create extension if not exists %I with schema %I', extension.name, extension.schema);
    exception when others then
      raise warning 'The extension % cannot be created: %', extension.name, sqlerrm;
    end;
  end loop;
end;
$$;

-- Sets up the schedules where pg_cron, pg_net and Vault exist or can be created; elsewhere it does nothing.
-- Calling it again is safe: a job replaces the job of the same name. Vault holds the project's address and key as
-- project_url and sms_reconcile_key; without them nothing is called. Returns whether the schedules are set up.
create function private.set_up_schedules() returns boolean
language plpgsql
set search_path = ''
as $$
begin
  perform private.create_schedule_extensions();
  if to_regprocedure('cron.schedule(text, text, text)') is null
    or to_regprocedure('net.http_post(text, jsonb, jsonb, jsonb, integer)') is null
    or to_regclass('vault.decrypted_secrets') is null
  then
    return false;
  end if;

  perform cron.schedule('sms-reconcile', '10 seconds', $command$
    select net.http_post(
      url := address.decrypted_secret || '/functions/v1/sms-reconcile',
      body := '{}'::jsonb,
      params := '{}'::jsonb,
      headers := jsonb_build_object('Content-Type', 'application/json', 'apikey', key.decrypted_secret),
      timeout_milliseconds := 5000
    )
    from vault.decrypted_secrets address, vault.decrypted_secrets key
    where address.name = 'project_url' and key.name = 'sms_reconcile_key'
  $command$);
  -- One call, because a job is one transaction: 500,000 rows take about 15 s, and the next day goes on.
  perform cron.schedule('recruiting-prune', '47 3 * * *', $command$
    select public.recruiting_prune(batch => 500000)
  $command$);
  -- pg_cron deletes no run's details.
  perform cron.schedule('recruiting-clean-up', '17 3 * * *', $command$
    delete from cron.job_run_details d using cron.job j
    where d.jobid = j.jobid and j.jobname in ('sms-reconcile', 'recruiting-prune', 'recruiting-clean-up')
      and d.end_time < now() - interval '7 days'
  $command$);
  return true;
end;
$$;

-- The answers of sms-reconcile to the schedule: the time of the last good one, and the newest failure of the last 2
-- minutes. pg_net stores the answers to all of the project's requests: the content shows which are sms-reconcile's. A
-- column that not every version of pg_net has is read from the row's JSON. The caller has checked that pg_net is there.
-- Returns one row:
--   column          meaning
--   last_good_at    null if none is stored
--   failed_at       null without a failure
--   failure_status  the HTTP status; null without an answer
--   failure_error   why there was no answer
-- https://supabase.com/docs/guides/database/extensions/pg_net#analyzing-responses
create function private.schedule_answers()
returns table (last_good_at timestamptz, failed_at timestamptz, failure_status int, failure_error text)
language plpgsql stable
set search_path = ''
as $$
begin
  select r.created into last_good_at from net._http_response r
    where r.status_code between 200 and 299
      and coalesce(to_jsonb(r) ->> 'content', '{"status":"started"}') like '%"status":"started"%'
    order by r.created desc limit 1;
  select r.created, r.status_code, to_jsonb(r) ->> 'error_msg' into failed_at, failure_status, failure_error
    from net._http_response r
    where r.created > now() - interval '2 minutes' and coalesce(r.status_code, 0) not between 200 and 299
    order by r.created desc limit 1;
  return next;
end;
$$;

revoke execute on function
  private.create_schedule_extensions, private.set_up_schedules, private.schedule_answers
from public;

select private.set_up_schedules();
