-- The platform's own addresses: those of its senders, and those that a conversation has.

-- Finds an address that recruiting_senders does not have. It has the hash of the address, because Postgres would also
-- take an index of (twilio_phone, channel) to find one conversation, until a big table has statistics: it would read
-- all conversations of the number.
create index recruiting_conversations_twilio_address
  on public.recruiting_conversations (hashtextextended(twilio_phone, 0), channel);

-- Whether an address, without its channel's prefix, is one of the platform's: one look into an index each.
-- Without enable_seqscan = off Postgres would read all conversations for an address that none has, because its
-- statistics say that nearly all have one number.
create function private.is_our_address(channel public.recruiting_channel, address text) returns boolean
language plpgsql stable
set search_path = ''
set enable_seqscan = off
as $$
#variable_conflict use_column
begin
  return exists (
    select from public.recruiting_senders s
    where s.channel = is_our_address.channel and s.address = is_our_address.address
  ) or exists (
    select from public.recruiting_conversations c
    where hashtextextended(c.twilio_phone, 0) = hashtextextended(is_our_address.address, 0)
      and c.twilio_phone = is_our_address.address and c.channel = is_our_address.channel
  );
end;
$$;

revoke execute on function private.is_our_address from public;
