-- One person's messages on all numbers and channels, as far as the caller may read them. Read it for one contact_id,
-- ordered by created_at.
create view public.recruiting_contact_timeline with (security_invoker = true) as
select
  p.contact_id,
  c.id as conversation_id,
  c.channel,
  c.recruit_phone,
  c.twilio_phone,
  c.status as conversation_status,
  c.assigned_agent_id,
  m.id as message_id,
  m.seq,
  m.direction,
  m.sender_type,
  m.body,
  m.media,
  m.status,
  m.created_at
from public.recruiting_contact_phones p
join public.recruiting_conversations c on c.canonical_phone = p.canonical
join public.recruiting_messages m on m.conversation_id = c.id;

comment on view public.recruiting_contact_timeline is 'One message of one contact, in any of the contact''s conversations';

revoke all on public.recruiting_contact_timeline from public, anon, authenticated, service_role;
grant select on public.recruiting_contact_timeline to authenticated, service_role;
