-- Two senders and conversations in each status, for trying things out. +1555 numbers reach no phone.

insert into public.recruiting_senders (channel, address, display_name, bot_instructions, handover_text, voice_text)
values
  (
    'sms', '+15550100000', 'Northwind Recruiting',
    'You recruit warehouse associates in Denver: 21 dollars an hour, day or night shift, start next week. Ask for the preferred shift and the earliest start.',
    'Thanks! A colleague of ours will text you from this number shortly.',
    'Thanks for calling Northwind Recruiting. This number takes texts only: please text us.'
  ),
  (
    'whatsapp', '+15550100009', 'Northwind Recruiting',
    'You recruit registered nurses for travel assignments of 13 weeks. Ask for the specialty and the state of the licence.',
    'Thanks! A colleague of ours will write to you here shortly.',
    null
  )
on conflict do nothing;

select public.recruiting_start_conversation('sms', '+15550100001', '+15550100000', 'Ada Example', 'bot');
select public.recruiting_start_conversation('sms', '+15550100002', '+15550100000', 'Ben Example', 'escalated');
select public.recruiting_start_conversation('sms', '+15550100003', '+15550100000', 'Cleo Example', 'closed');
select public.recruiting_start_conversation('whatsapp', '+15550100004', '+15550100009', 'Dee Example', 'bot');

-- A contact whose profile is watched: `task simulate profile-alert` tells of a change.
insert into public.recruiting_contacts (external_id, name, alert_subscription_id, profile)
values (
  'example-2', 'Ben Example', 'sub-example-2',
  '{"firstName": "Ben", "lastName": "Example", "headline": "Warehouse associate"}'
)
on conflict do nothing;
insert into public.recruiting_contact_phones (contact_id, phone, label)
select id, '+15550100002', 'mobile' from public.recruiting_contacts where external_id = 'example-2'
on conflict do nothing;
