-- Texts that belong to no conversation yet, or that the database refused: nothing is thrown away.

create table public.recruiting_unmatched_messages (
  message_sid text primary key,
  payload jsonb not null,
  reason text not null,
  received_at timestamptz not null default clock_timestamp(),
  -- What was read from the payload, for the adoption; no format checks.
  channel public.recruiting_channel,
  recruit_phone text,
  twilio_phone text,
  body text,
  media jsonb,
  num_media int,
  num_segments int,
  metadata jsonb,
  recruit_name text,
  verdict public.recruiting_verdict,
  asks_for public.recruiting_asked_for
);

comment on table public.recruiting_unmatched_messages is
  'One inbound text that has no conversation, or that the database refused, with the reason';
comment on column public.recruiting_unmatched_messages.payload is 'The signed form, whole; a repeated key as an array';
comment on column public.recruiting_unmatched_messages.metadata is 'As in recruiting_messages';
comment on column public.recruiting_unmatched_messages.num_media is 'As in recruiting_messages';
comment on column public.recruiting_unmatched_messages.recruit_name is 'What the channel calls the recruit';
comment on column public.recruiting_unmatched_messages.asks_for is 'Decided when it came: an answer of the bot''s, a person, or (null) nothing';

-- A hash index, because an address that is no phone may be longer than a B-tree takes.
create index recruiting_unmatched_messages_recruit_phone on public.recruiting_unmatched_messages
  using hash (recruit_phone);

alter table public.recruiting_unmatched_messages enable row level security;
revoke all on public.recruiting_unmatched_messages from public, anon, authenticated, service_role;
grant select on public.recruiting_unmatched_messages to service_role;

-- The reason of a text or an event that the database refused, from the error's SQLSTATE and constraint: 'refused', the
-- SQLSTATE, and the constraint if there is one.
create function private.refusal(sqlstate_of_error text, constraint_of_error text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return concat_ws(' ', 'refused', sqlstate_of_error, nullif(constraint_of_error, ''));
end;
$$;
revoke execute on function private.refusal from public;
