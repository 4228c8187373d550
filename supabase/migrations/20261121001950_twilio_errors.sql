-- What Twilio's debugger reports, in plain words, so that a person can act on it without a search.

-- What to do about the errors that Twilio reports most often.
create table private.twilio_error_advice (
  error_code text primary key,
  advice text not null
);
comment on table private.twilio_error_advice is 'One error code of Twilio''s: what it means and what to do about it';

insert into private.twilio_error_advice (error_code, advice)
select unnest(a.error_codes), a.advice from (values
  ('{11200}'::text[], 'Twilio got no usable answer from the URL. Check that the function is deployed and answers, and read its log of that time; a lost text is brought in from Twilio''s log.'),
  ('{11205}', 'Twilio could not connect to the URL. Check that its host and port are right and reachable from the internet.'),
  ('{11206}', 'The URL''s answer broke the HTTP protocol. Check the proxy or gateway in front of the function.'),
  ('{11210}', 'Twilio does not find the URL''s host. Check its spelling and its DNS record.'),
  ('{11215}', 'The URL redirects too often. Enter the address that it ends at.'),
  ('{11220}', 'Twilio could not agree on encryption with the URL''s host. Check its TLS certificate and versions.'),
  ('{11235}', 'The certificate of the URL''s host is not valid for that host name. Replace it.'),
  ('{11236}', 'The certificate of the URL''s host has been revoked. Replace it.'),
  ('{11237}', 'Twilio does not trust the certificate of the URL''s host. Use one of a public authority, with its whole chain.'),
  ('{11750}', 'The URL''s answer is larger than 64 KB. Check that the URL is that of the function.'),
  ('{11751}', 'An attachment is larger than a message may have. Send a smaller one.'),
  ('{12100}', 'The URL''s answer is no valid XML. Check that the URL is that of the function, and what stands in front of it.'),
  ('{12200}', 'The URL''s answer is XML that TwiML does not have. Check that the URL is that of the function.'),
  ('{12300}', 'The URL''s answer has a content type that Twilio cannot use. Check that texts go to sms-inbound, calls and everything else to twilio-events.'),
  ('{12400}', 'Twilio failed while it read the URL''s answer. If it repeats, ask Twilio''s support.'),
  ('{14101, 14102, 14103, 14104, 14105, 14106, 14107, 14108, 14109, 14110, 14111}', 'Twilio cannot do what the answer to a text says. Check that the number''s messaging URL is sms-inbound.'),
  ('{20003}', 'Twilio refuses the credentials. Check TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and its secret.'),
  ('{20404}', 'Twilio does not find what was asked for. Check the account and the SID.'),
  ('{20429}', 'Too many calls at once of Twilio''s API. They are repeated; if it goes on, send more slowly.'),
  ('{21211, 21614}', 'The recipient is no phone number that can get texts. Correct the recruit''s number.'),
  ('{21212, 21603, 21606, 21659}', 'The sender is no number of this account that may text. Check the conversation''s number, and the pool of the Messaging Service.'),
  ('{21408}', 'Texts to that country are not allowed. Allow it under Messaging, Geo permissions in Twilio''s console.'),
  ('{21609}', 'Twilio cannot use the URL of status callbacks. Check TWILIO_WEBHOOK_BASE_URL.'),
  ('{21610}', 'The recruit has opted out. The opt-out is recorded; do not text until they opt in again.'),
  ('{21611, 30001}', 'The sender''s queue at Twilio is full. Send more slowly, or use more numbers.'),
  ('{21617}', 'The text is longer than 1,600 characters. Shorten it.'),
  ('{21620, 30019}', 'Twilio cannot use an attachment. Check its address, type and size.'),
  ('{30002}', 'The Twilio account is suspended. Look into Twilio''s console, and ask its support.'),
  ('{30003}', 'The recruit''s phone cannot be reached: it is off or out of reach. Try again later, or call.'),
  ('{30004}', 'The recruit''s phone or carrier blocks the text. Reach the recruit in another way.'),
  ('{30005}', 'The recruit''s number is unknown or no longer in use. Correct it.'),
  ('{30006}', 'The recruit''s number is a landline or a carrier that takes no texts. Call, or ask for another number.'),
  ('{30007}', 'The carrier filtered the text as unwanted. Check its words and links, and the registration of the number.'),
  ('{30008}', 'The carrier did not deliver the text and gives no reason. Try again; if it repeats, reach the recruit in another way.'),
  ('{30010}', 'The text costs more than the limit that it was sent with. Raise that limit.'),
  ('{30017, 30022}', 'The carrier takes no more texts at this rate. Send more slowly.'),
  ('{30024, 30032, 30033, 30034, 30035}', 'The sender is not registered as US carriers ask. Register the number (A2P 10DLC, or the toll-free verification) in Twilio''s console.'),
  ('{30038}', 'The text looks like a one-time password that must not be sent as free text. Check its words.'),
  ('{30047, 30610}', 'The text fell into quiet hours. Send it at another time of the recruit''s day.'),
  ('{30640}', 'The recruit is on a list of people who must not be texted. Do not text.'),
  ('{63003}', 'The recruit has no account on that channel. Reach the recruit by SMS.'),
  ('{63007}', 'The sender is not set up for that channel. Check the channel''s senders in Twilio''s console.'),
  ('{63014, 63033}', 'The recruit has blocked or opted out of this sender. The opt-out is recorded; do not text.'),
  ('{63015}', 'The recruit has not joined the WhatsApp sandbox. Let them join, or use a sender of your own.'),
  ('{63016}', 'WhatsApp takes free text only within 24 hours after the recruit''s last text. Send a template (content_sid).'),
  ('{63018}', 'The channel takes no more messages at this rate. Send more slowly.'),
  ('{63024}', 'The recipient cannot get messages on that channel. Reach the recruit in another way.'),
  ('{63038}', 'The account has reached its daily limit of messages. Ask Twilio for more.'),
  ('{82002}', 'A function or a plug-in of Twilio''s own has failed. Look into Twilio''s console.'),
  ('{90010}', 'The Twilio account is not active. Look into Twilio''s console.')
) a (error_codes, advice);

-- What an error code means and what to do about it. A code that the table lacks has a sentence of its range, or a
-- general one, with the address of its page.
-- https://www.twilio.com/docs/api/errors
create function private.advice_for_twilio_error(code text) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  page constant text := 'https://www.twilio.com/docs/api/errors/' || code || '.';
begin
  return coalesce(
    (select a.advice from private.twilio_error_advice a where a.error_code = code),
    case
      when code ~ '^13[0-9]{3}$' then
        'Twilio cannot do what the answer to a call says. Check that the number''s voice URL is twilio-events, and the '
          'sender''s voice_text.'
      when code ~ '^11[0-9]{3}$' then
        'Twilio''s request to the URL failed. Check that the function is deployed and reachable: ' || page
      when code ~ '^12[0-9]{3}$' then
        'Twilio cannot use the URL''s answer. Check that the URL is that of the right function: ' || page
      when code ~ '^3[0-9]{4}$' then
        'A text was not delivered. What the code means: ' || page
      when code ~ '^63[0-9]{3}$' then
        'A message was not delivered on its channel. What the code means: ' || page
      else 'What it means and what to do: ' || page
    end
  );
end;
$$;

-- The errors of the last day, a row for each URL and code; no row without errors. since is the time of the first.
create function private.twilio_error_attention() returns table (reason text, since timestamptz)
language plpgsql stable
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    select
      format(
        'Twilio reports error %s%s, %s in the last day. %s',
        e.error_code,
        ' for ' || e.url,
        case when count(*) = 1 then 'once' else count(*) || ' times' end,
        private.advice_for_twilio_error(e.error_code)
      ),
      min(e.received_at)
    from public.recruiting_twilio_events e
    where e.error_code is not null and e.received_at > now() - interval '1 day'
    group by e.url, e.error_code;
end;
$$;

revoke execute on function private.advice_for_twilio_error, private.twilio_error_attention from public;
