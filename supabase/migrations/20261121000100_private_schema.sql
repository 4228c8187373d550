-- Helpers of policies, triggers and functions live out of the API's reach: schema private is
-- not exposed and nobody but its owner may use it by name.

create schema private;
revoke all on schema private from public, anon, authenticated, service_role;

-- Two locks close the windows that row locks cannot: a row that another transaction has not
-- committed yet is invisible, but the name under which it will be known can be locked. Both
-- are held until the transaction ends, so they are taken late, never while waiting on anything.

create function private.lock_phone(phone text) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(phone, 1));
end;
$$;

create function private.lock_message_sid(message_sid text) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(message_sid, 2));
end;
$$;

revoke execute on function private.lock_phone, private.lock_message_sid from public;
