-- What REST does not show of a project, as one report for `deno task doctor`: it says whether the database is as the
-- migrations left it. Everything here reads only, and no value of a secret leaves Vault.

-- The migrations that the Supabase CLI has recorded; null without its schema. The hash is that of the statements
-- without white space and semicolons, because the CLI stores neither between statements.
create function private.health_migrations() returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  if to_regclass('supabase_migrations.schema_migrations') is null then
    return null;
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'version', m.version,
      'name', m.name,
      'hash', encode(sha256(convert_to(
        translate(array_to_string(m.statements, ''), E' \t\n\f\r;', ''), 'UTF8'
      )), 'hex')
    ) order by m.version), '[]')
    from supabase_migrations.schema_migrations m
  );
end;
$$;

-- The names of the arguments of our functions in schema public, by the functions' names.
create function private.health_functions() returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_object_agg(
      p.proname, to_jsonb(coalesce(p.proargnames[1:p.pronargs], '{}'))
    ), '{}')
    from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace and starts_with(p.proname, 'recruiting_')
  );
end;
$$;

-- The policies of a table, by their names.
create function private.health_policies(of_table regclass) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_object_agg(
      format('policy "%s"', p.polname),
      concat_ws(' ',
        case when p.polpermissive then 'permissive' else 'restrictive' end,
        case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete'
          else 'all' end,
        'to ' || (
          select string_agg(case role when 0 then 'public' else pg_get_userbyid(role) end, ', ' order by role)
          from unnest(p.polroles) role
        ),
        'using ' || pg_get_expr(p.polqual, p.polrelid),
        'check ' || pg_get_expr(p.polwithcheck, p.polrelid)
      )
    ), '{}')
    from pg_catalog.pg_policy p where p.polrelid = of_table
  );
end;
$$;

-- What the roles of the API may do, by role: 'grant to anon'. A privilege of other roles is the project's own matter.
create function private.health_grants(acl aclitem[], suffix text default '') returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_object_agg(granted.rule, granted.privileges), '{}')
    from (
      select
        format('grant to %s', case a.grantee when 0 then 'public' else pg_get_userbyid(a.grantee) end) || suffix as rule,
        lower(string_agg(a.privilege_type, ', ' order by a.privilege_type)) as privileges
      from aclexplode(acl) a
      where a.grantee = 0 or pg_get_userbyid(a.grantee) in ('anon', 'authenticated', 'service_role')
      group by a.grantee
    ) granted
  );
end;
$$;

-- The policies, grants and row level security of our tables, views and sequences, by their names.
create function private.health_relations() returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_object_agg(
      format('%s.%s', c.relnamespace::regnamespace, c.relname),
      case when c.relrowsecurity then '{"row level security": "on"}' else '{}' end::jsonb
        || case when c.relkind = 'v' then jsonb_build_object('options', coalesce(c.reloptions::text, '{}'))
          else '{}' end
        || private.health_policies(c.oid)
        || private.health_grants(coalesce(c.relacl, acldefault(
          case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner
        )))
        || coalesce(columns.grants, '{}')
    ), '{}')
    from pg_catalog.pg_class c
    left join lateral (
      select jsonb_object_agg(granted.key, granted.value) as grants
      from pg_catalog.pg_attribute a, jsonb_each(private.health_grants(a.attacl, ' on ' || a.attname)) granted
      where a.attrelid = c.oid and a.attacl is not null
    ) columns on true
    where c.relkind in ('r', 'p', 'v', 'm', 'S') and (
      c.relnamespace = 'private'::regnamespace
      or (c.relnamespace = 'public'::regnamespace and starts_with(c.relname, 'recruiting_'))
    )
  );
end;
$$;

-- The rules of everything that the migrations made, by its name.
create function private.health_access() returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return private.health_relations() || (
    select coalesce(jsonb_object_agg(
      format('%s.%s(%s)', p.pronamespace::regnamespace, p.proname, pg_get_function_identity_arguments(p.oid)),
      private.health_grants(coalesce(p.proacl, acldefault('f', p.proowner)))
    ), '{}')
    from pg_catalog.pg_proc p
    where p.pronamespace = 'private'::regnamespace
      or (p.pronamespace = 'public'::regnamespace and starts_with(p.proname, 'recruiting_'))
  );
end;
$$;

-- The policies of realtime.messages, and whether a broadcast of this moment has a partition; null without the table.
create function private.health_realtime() returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  if to_regclass('realtime.messages') is null then
    return null;
  end if;
  return jsonb_build_object(
    'policies', private.health_policies('realtime.messages'),
    'has_partition', exists (
      select from pg_catalog.pg_inherits i
      join pg_catalog.pg_class c on c.oid = i.inhrelid
      cross join lateral regexp_match(
        pg_get_expr(c.relpartbound, c.oid), $pattern$FROM \('([^']+)'\) TO \('([^']+)'\)$pattern$
      ) bound (bounds)
      where i.inhparent = 'realtime.messages'::regclass
        and localtimestamp >= bound.bounds[1]::timestamp and localtimestamp < bound.bounds[2]::timestamp
    )
  );
end;
$$;

-- The policies of storage.objects and our buckets; null without Storage.
create function private.health_storage() returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  if to_regclass('storage.objects') is null or to_regclass('storage.buckets') is null then
    return null;
  end if;
  return jsonb_build_object(
    'policies', private.health_policies('storage.objects'),
    'buckets', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', b.id,
        'is_public', b.public,
        'file_size_limit', b.file_size_limit,
        'allowed_mime_types', b.allowed_mime_types
      ) order by b.id), '[]')
      from storage.buckets b where starts_with(b.id, 'recruiting-')
    )
  );
end;
$$;

-- The schedules, each with its newest finished run; null without pg_cron. A column that not every version of pg_cron
-- has is read from the row's JSON. Of a run's message the first line is reported, because the DETAIL below it may quote
-- a row: that of a request has the secret key. No index finds a job's runs, so only the newest runs of all are read.
create function private.health_cron() returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  if to_regclass('cron.job') is null then
    return null;
  end if;
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', j.jobname,
      'schedule', j.schedule,
      'is_active', coalesce((to_jsonb(j) ->> 'active')::boolean, true),
      'last_run', (
        select jsonb_build_object(
          'status', d.status,
          'message', left(split_part(d.return_message, E'\n', 1), 300),
          'ended_at', d.end_time
        )
        from cron.job_run_details d
        where d.jobid = j.jobid and d.status in ('succeeded', 'failed')
          and d.runid > (select max(newest.runid) from cron.job_run_details newest) - 200000
        order by d.runid desc limit 1
      )
    ) order by j.jobname), '[]')
    from cron.job j where j.jobname = 'sms-reconcile' or starts_with(j.jobname, 'recruiting-')
  );
end;
$$;

-- The answers of sms-reconcile to the schedule; null without pg_net.
create function private.health_net() returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  if to_regclass('net._http_response') is null then
    return null;
  end if;
  return (
    select jsonb_build_object(
      'last_good_at', a.last_good_at,
      'failure', case when a.failed_at is not null then
        jsonb_build_object('status', a.failure_status, 'error', left(a.failure_error, 300)) end
    )
    from private.schedule_answers() a
  );
end;
$$;

-- The names of the schedule's secrets that Vault has, and whether project_url is an address without a path; null
-- without Vault.
create function private.health_vault() returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  if to_regclass('vault.decrypted_secrets') is null then
    return null;
  end if;
  return (
    select jsonb_build_object(
      'names', coalesce(jsonb_agg(s.name order by s.name), '[]'),
      'is_address_plain', bool_and(s.decrypted_secret ~ '^https?://[^/?#\s]+$') filter (where s.name = 'project_url')
    )
    from vault.decrypted_secrets s where s.name in ('project_url', 'sms_reconcile_key')
  );
end;
$$;

-- One part of the report. A part that cannot be read is {"error": SQLSTATE}, so that the others can. It waits a second
-- for a lock, because a wait until the statement's timeout would cost the whole report.
create function private.health_part(part text) returns jsonb
language plpgsql stable
set search_path = ''
set lock_timeout = '1s'
as $$
declare
  report jsonb;
begin
  execute format('select private.%I()', 'health_' || part) into report;
  return report;
exception when others then
  return jsonb_build_object('error', sqlstate);
end;
$$;

-- The report of all parts. It runs as its owner, because service_role may read neither the CLI's history nor Vault.
-- A part whose schema is missing is null.
create function public.recruiting_health() returns jsonb
language plpgsql stable security definer
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'checked_at', now(),
    'migrations', private.health_part('migrations'),
    'functions', private.health_part('functions'),
    'access', private.health_part('access'),
    'realtime', private.health_part('realtime'),
    'storage', private.health_part('storage'),
    'cron', private.health_part('cron'),
    'net', private.health_part('net'),
    'vault', private.health_part('vault')
  );
end;
$$;

revoke execute on function
  private.health_migrations, private.health_functions, private.health_policies, private.health_grants,
  private.health_relations, private.health_access, private.health_realtime, private.health_storage,
  private.health_cron, private.health_net, private.health_vault, private.health_part
from public;
revoke execute on function public.recruiting_health from public, anon, authenticated;
grant execute on function public.recruiting_health to service_role;
