-- The roles of every Supabase project, with the powers that they have on hosted Supabase. Run once
-- in a cluster, as its superuser supabase_admin.

create role postgres login createdb createrole replication bypassrls password 'postgres';
create role anon nologin noinherit;
create role authenticated nologin noinherit;
create role service_role nologin noinherit bypassrls;
create role authenticator login noinherit password 'postgres';
create role supabase_auth_admin login noinherit createrole password 'postgres';
create role supabase_storage_admin login noinherit createrole password 'postgres';
create role supabase_realtime_admin nologin noinherit;

alter role supabase_admin password 'postgres';

grant anon, authenticated, service_role to authenticator;
grant anon, authenticated, service_role, authenticator to postgres with admin option;
grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;
-- Lets postgres manage the policies of realtime.messages and of Storage's tables. hosted_limits.sql
-- refuses all other changes.
grant supabase_realtime_admin, supabase_storage_admin to postgres with inherit true;

-- Supabase's time limits for the roles of its API.
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
