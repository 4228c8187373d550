-- The obvious lock for a phone: an advisory one. The server's lock table is small, so phones share
-- 1,024 locks.
create or replace function private.lock_phone(phone text) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(1, hashtext(phone) & 1023);
end;
$$;
