-- Texts that belong to no conversation yet, or that the database refused: nothing is thrown away.

create table public.recruiting_unmatched_messages (
  message_sid text primary key,
  payload jsonb not null,
  reason text not null,
  received_at timestamptz not null default clock_timestamp(),
  -- What was read from the payload, for the adoption; no format checks.
  channel text,
  recruit_phone text,
  twilio_phone text,
  body text,
  media jsonb,
  num_segments int,
  -- What it means, judged when it came: private.judge_text.
  verdict text
);

comment on column public.recruiting_unmatched_messages.payload is 'The signed form, whole; a repeated key as an array';

-- A hash index, because an address that is no phone may be longer than a B-tree takes.
create index recruiting_unmatched_messages_recruit_phone on public.recruiting_unmatched_messages
  using hash (recruit_phone);

alter table public.recruiting_unmatched_messages enable row level security;
revoke all on public.recruiting_unmatched_messages from public, anon, authenticated, service_role;
grant select on public.recruiting_unmatched_messages to service_role;
