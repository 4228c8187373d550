-- Helpers of policies, triggers and functions live out of the API's reach: schema private is
-- not exposed and nobody but its owner may use it by name.

create schema private;
revoke all on schema private from public, anon, authenticated, service_role;

-- Locks that have a name: they close the windows that row locks cannot. A row that another
-- transaction has not committed yet is invisible, but the name by which it will be known can be
-- locked. Every lock is held until the transaction ends. What was committed meanwhile must then be
-- visible, so a transaction whose snapshot is older than the lock is refused.
--
-- The one lock order, for every function and trigger:
--   1. the message's SID     private.lock_message_sid; of several SIDs in order of their lock
--   2. the recruit's phone   private.lock_phone, private.lock_recruit
--   3. the agent             private.lock_agent
--   4. the conversation      a row of recruiting_conversations; of several in order of id
--   5. the message           a row of recruiting_messages
--   6. the assignment        private.least_busy_agent; agents are then passed over, never waited for
-- A transaction that has taken a lock never waits for one that stands before it. Two exceptions: an agent's own
-- update locks rows in the order in which the statement finds them; and a stranger's first text takes the
-- assignment before its conversation, which no other transaction sees yet (private.begin_for_stranger).

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

-- SIDs share 1024 advisory locks: the server's lock table is small, and a transaction has few SIDs.
create function private.lock_message_sid(message_sid text) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.require_read_committed();
  perform pg_advisory_xact_lock(2, hashtext(message_sid) & 1023);
end;
$$;

-- A phone's lock is a row of its own, one for all spellings: an import of many conversations locks as many phones in one
-- transaction, and only those. The lock table would hold too few, and phones that share a lock
-- would wait for each other.
create table private.phone_locks (
  phone_hash bigint primary key
);

create function private.lock_phone(phone text) returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  hash constant bigint := hashtextextended(coalesce(private.canonical_phone(phone), ''), 0);
begin
  perform private.require_read_committed();
  loop
    perform from private.phone_locks l where l.phone_hash = hash for no key update;
    exit when found;
    -- Waits where another transaction is adding the same phone; that one may delete it again.
    insert into private.phone_locks (phone_hash) values (hash) on conflict do nothing;
  end loop;
end;
$$;

-- Deletes the row of a lock that this transaction holds: its hash could be guessed. A transaction that
-- waits for the row finds it gone and adds it anew.
create function private.forget_phone_lock(phone text) returns void
language plpgsql
set search_path = ''
as $$
begin
  delete from private.phone_locks l where l.phone_hash = hashtextextended(coalesce(private.canonical_phone(phone), ''), 0);
end;
$$;

revoke execute on function
  private.require_read_committed, private.lock_message_sid, private.lock_phone, private.forget_phone_lock
from public;
