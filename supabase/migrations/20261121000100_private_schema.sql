-- Helpers of policies, triggers and functions live out of the API's reach: schema private is
-- not exposed and nobody but its owner may use it by name.

create schema private;
revoke all on schema private from public, anon, authenticated, service_role;

-- Two locks close the windows that row locks cannot: a row that another transaction has not
-- committed yet is invisible, but the name under which it will be known can be locked. Both are
-- held until the transaction ends; what was committed meanwhile must then be visible, so a
-- transaction whose snapshot is older than the lock is refused. Names share 1024 locks, so that an
-- import of many conversations in one transaction does not exhaust the server's lock table.

create function private.require_read_committed() returns void
language plpgsql
set search_path = ''
as $$
begin
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise invalid_transaction_state using message = format(
      'This needs a transaction that is read committed, not %s', current_setting('transaction_isolation')
    );
  end if;
end;
$$;

create function private.lock_name(kind int, name text) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.require_read_committed();
  perform pg_advisory_xact_lock(kind, hashtext(name) & 1023);
end;
$$;

create function private.lock_phone(phone text) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.lock_name(1, phone);
end;
$$;

create function private.lock_message_sid(message_sid text) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.lock_name(2, message_sid);
end;
$$;

revoke execute on function
  private.require_read_committed, private.lock_name, private.lock_phone, private.lock_message_sid
from public;
