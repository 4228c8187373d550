-- The platform's Twilio numbers and senders, and how the bot introduces itself on each.

create table public.recruiting_senders (
  channel public.recruiting_channel not null default 'sms',
  address text not null
    constraint recruiting_senders_address check (address <> ''),
  display_name text not null default '',
  bot_instructions text not null default '',
  handover_text text
    constraint recruiting_senders_handover_text check (length(handover_text) <= 1600),
  voice_text text
    constraint recruiting_senders_voice_text check (length(voice_text) <= 4096),
  strangers public.recruiting_strangers not null default 'keep',
  primary key (channel, address)
);

comment on table public.recruiting_senders is
  'One of the platform''s numbers or senders: its name, the bot''s instructions, and what happens to strangers';
comment on column public.recruiting_senders.address is 'As Twilio writes it, without the channel prefix';
comment on column public.recruiting_senders.handover_text is 'The bot''s last message when its own turn escalates; null for none';
comment on column public.recruiting_senders.voice_text is 'What a caller of the number is told; null: the call is rejected. At most 4096 characters, as Twilio''s <Say>';
comment on column public.recruiting_senders.strangers is 'What a text of a phone without a conversation does: keep (it waits in recruiting_unmatched_messages), or begin a conversation with the bot (bot) or a person (escalate)';

alter table public.recruiting_senders enable row level security;

create policy "Agents see every sender" on public.recruiting_senders
  for select to authenticated
  using ((select private.is_agent()));

revoke all on public.recruiting_senders from public, anon, authenticated, service_role;
grant select (channel, address, display_name) on public.recruiting_senders to authenticated;
grant select, insert, update, delete on public.recruiting_senders to service_role;
