-- The obvious lock for a phone: an advisory one. The server's lock table holds few, so phones share them.
create or replace function private.lock_phone(phone text) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(1, hashtext(phone) & 1023);
end;
$$;
