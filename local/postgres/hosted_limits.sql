-- Refuses changes of the platform's schemas by every role but the superuser, as hosted Supabase
-- does. Policies on realtime.messages and on Storage's tables are the exception. Run as supabase_admin, last.

create schema platform authorization supabase_admin;

create function platform.refuse_changes() returns event_trigger
language plpgsql
set search_path = ''
as $$
declare
  change record;
begin
  if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
    return;
  end if;
  if tg_event = 'sql_drop' then
    for change in
      select object_identity from pg_catalog.pg_event_trigger_dropped_objects()
      where schema_name in ('auth', 'realtime', 'storage', 'platform') and object_type <> 'policy'
    loop
      raise insufficient_privilege using message = format('must be owner of %s', change.object_identity);
    end loop;
  else
    for change in
      select object_identity from pg_catalog.pg_event_trigger_ddl_commands()
      where schema_name in ('realtime', 'storage', 'platform') and object_type <> 'policy'
    loop
      raise insufficient_privilege using message = format('must be owner of %s', change.object_identity);
    end loop;
  end if;
end;
$$;

create event trigger refuse_changes on ddl_command_end execute function platform.refuse_changes();
create event trigger refuse_drops on sql_drop execute function platform.refuse_changes();
