-- A row that another transaction has not committed yet cannot be locked, but its name can: a SID or a phone.
-- Every lock is held until the transaction ends. What was committed before the lock must be visible after it, so
-- only a read committed transaction may take one.
--
-- The one lock order, for every function and trigger:
--   1. the claim's token     private.lock_claim
--   2. the message's SID     private.lock_message_sid; of several SIDs in order of their lock
--   3. the contacts          private.lock_contacts
--   4. the recruit's phone   private.lock_phone, private.lock_recruit; of several in order of their hash
--                            (private.lock_phones)
--   5. the contact           a row of recruiting_contacts; of several in order of id
--   6. the agent             private.lock_agent
--   7. the conversation      a row of recruiting_conversations; of several in order of id
--                            (private.lock_conversation_of, private.lock_recruit)
--   8. the message           a row of recruiting_messages
--   9. the assignment        private.least_busy_agent; agents are then passed over, never waited for
--   10. a deletion elsewhere a row of private.deletions (private.note_folder_deletion)
--   11. the platform's events private.lock_platform_events
--   12. the platform webhook private.lock_platform_webhook; of several in order of url_id
-- A transaction that holds lock N never waits for a lock with a lower number. Exceptions:
--   an agent's own update    locks rows in the order in which the statement finds them
--   a stranger's first text  takes the assignment before its conversation, which no other transaction can see yet,
--                            and waits at most 250 ms for a lock (private.begin_for_stranger)
--   adoption at commit       takes the phone after the conversation that the same transaction has created
--                            (private.adopt_unmatched_messages)
--   events at commit         take the SID, which the functions that store a SID have locked already
--                            (private.apply_concurrent_events)

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

-- Makes the retry of a claim wait until the attempt before it has ended. Without it a retry that overlaps with that
-- attempt would skip the rows that are locked by it, and claim others.
create function private.lock_claim(claim_token uuid) returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.require_read_committed();
  perform pg_advisory_xact_lock(1, hashtext(claim_token::text));
end;
$$;

-- The number of a SID's lock. SIDs share 1024 advisory locks: the server's lock table is small, and a transaction
-- has few SIDs.
create function private.message_sid_lock(message_sid text) returns int
language plpgsql immutable
set search_path = ''
as $$
begin
  return hashtext(message_sid) & 1023;
end;
$$;

-- Returns true, so that an assignment can take the lock: an expression takes less time than a statement. A free lock is
-- taken by expressions alone; the number is that of private.message_sid_lock.
create function private.lock_message_sid(message_sid text) returns boolean
language plpgsql
set search_path = ''
as $$
begin
  if current_setting('transaction_isolation') <> 'read committed'
    or not pg_try_advisory_xact_lock(2, hashtext(message_sid) & 1023)
  then
    perform private.require_read_committed(), pg_advisory_xact_lock(2, private.message_sid_lock(message_sid));
  end if;
  return true;
end;
$$;

-- A phone's lock is a row, one for all spellings. An import locks as many phones in one transaction as it has
-- conversations: the server's lock table would not hold them, and phones that share a lock would wait for each other.
create table private.phone_locks (
  phone_hash bigint primary key
);
comment on table private.phone_locks is 'One phone''s lock: the transaction that locks the row holds it';

create function private.phone_lock_hash(phone text) returns bigint
language plpgsql immutable
set search_path = ''
as $$
begin
  return hashtextextended(coalesce(private.canonical_phone(phone), ''), 0);
end;
$$;

create function private.lock_phone(phone text) returns void
language plpgsql
set search_path = ''
as $$
declare
  wanted_hash constant bigint := private.phone_lock_hash(phone);
begin
  perform private.require_read_committed();
  loop
    perform from private.phone_locks l where l.phone_hash = wanted_hash for no key update;
    exit when found;
    -- Waits where another transaction is adding the same phone; that transaction may delete it again.
    insert into private.phone_locks (phone_hash) values (wanted_hash) on conflict do nothing;
  end loop;
end;
$$;

-- Deletes the row of a lock that this transaction holds, because the phone could be guessed from its hash. A
-- transaction that waits for the row finds it deleted and inserts it.
create function private.delete_phone_lock(phone text) returns void
language plpgsql
set search_path = ''
as $$
begin
  delete from private.phone_locks l where l.phone_hash = private.phone_lock_hash(phone);
end;
$$;

revoke execute on function
  private.require_read_committed, private.lock_claim, private.message_sid_lock, private.lock_message_sid,
  private.phone_lock_hash, private.lock_phone, private.delete_phone_lock
from public;
