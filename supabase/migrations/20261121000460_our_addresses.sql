-- The platform's own addresses: those of its senders, and those that a conversation has.

-- Finds an address that recruiting_senders does not have.
create index recruiting_conversations_twilio_address on public.recruiting_conversations (twilio_phone, channel);

-- Whether an address, without its channel's prefix, is one of the platform's: one look into an index each.
create function private.is_our_address(channel public.recruiting_channel, address text) returns boolean
language plpgsql stable
set search_path = ''
as $$
#variable_conflict use_column
begin
  return exists (
    select from public.recruiting_senders s
    where s.channel = is_our_address.channel and s.address = is_our_address.address
  ) or exists (
    select from public.recruiting_conversations c
    where c.twilio_phone = is_our_address.address and c.channel = is_our_address.channel
  );
end;
$$;

revoke execute on function private.is_our_address from public;
