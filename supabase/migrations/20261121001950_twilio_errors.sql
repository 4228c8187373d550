-- What Twilio's debugger reports, in plain words, so that a person can act on it without a search.

-- What an error code means and what to do about it. A code that is not among these has a general sentence.
-- https://www.twilio.com/docs/api/errors
create function private.twilio_error_advice(code text) returns text
language plpgsql immutable
set search_path = ''
as $$
begin
  return case
    when code = '11200' then
      'Twilio got no usable answer from the URL. Check that the function is deployed and answers, and read its log of that time; a lost text is brought in from Twilio''s log'
    when code = '11205' then
      'Twilio could not connect to the URL. Check that its host and port are right and reachable from the internet'
    when code = '11206' then
      'The URL''s answer broke the HTTP protocol. Check the proxy or gateway in front of the function'
    when code = '11210' then
      'Twilio does not find the URL''s host. Check its spelling and its DNS record'
    when code = '11215' then
      'The URL redirects too often. Enter the address that it ends at'
    when code = '11220' then
      'Twilio could not agree on encryption with the URL''s host. Check its TLS certificate and versions'
    when code = '11235' then
      'The certificate of the URL''s host is not valid for that host name. Replace it'
    when code = '11236' then
      'The certificate of the URL''s host has been revoked. Replace it'
    when code = '11237' then
      'Twilio does not trust the certificate of the URL''s host. Use one of a public authority, with its whole chain'
    when code = '11750' then
      'The URL''s answer is larger than 64 KB. Check that the URL is that of the function'
    when code = '11751' then
      'An attachment is larger than a message may have. Send a smaller one'
    when code = '12100' then
      'The URL''s answer is no valid XML. Check that the URL is that of the function, and what stands in front of it'
    when code = '12200' then
      'The URL''s answer is XML that TwiML does not have. Check that the URL is that of the function'
    when code = '12300' then
      'The URL''s answer has a content type that Twilio cannot use. Check that texts go to sms-inbound, calls and everything else to twilio-events'
    when code = '12400' then
      'Twilio failed while it read the URL''s answer. If it repeats, ask Twilio''s support'
    when code in ('14101', '14102', '14103', '14104', '14105', '14106', '14107', '14108', '14109', '14110', '14111') then
      'Twilio cannot do what the answer to a text says. Check that the number''s messaging URL is sms-inbound'
    when code = '20003' then
      'Twilio refuses the credentials. Check TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and its secret'
    when code = '20404' then
      'Twilio does not find what was asked for. Check the account and the SID'
    when code = '20429' then
      'Too many calls at once of Twilio''s API. They are repeated; if it goes on, send more slowly'
    when code in ('21211', '21614') then
      'The recipient is no phone number that can get texts. Correct the recruit''s number'
    when code in ('21212', '21603', '21606', '21659') then
      'The sender is no number of this account that may text. Check the conversation''s number, and the pool of the Messaging Service'
    when code = '21408' then
      'Texts to that country are not allowed. Allow it under Messaging, Geo permissions in Twilio''s console'
    when code = '21609' then
      'Twilio cannot use the URL of status callbacks. Check TWILIO_WEBHOOK_BASE_URL'
    when code = '21610' then
      'The recruit has opted out. The opt-out is recorded; do not text until they opt in again'
    when code in ('21611', '30001') then
      'The sender''s queue at Twilio is full. Send more slowly, or use more numbers'
    when code = '21617' then
      'The text is longer than 1,600 characters. Shorten it'
    when code in ('21620', '30019') then
      'Twilio cannot use an attachment. Check its address, type and size'
    when code = '30002' then
      'The Twilio account is suspended. Look into Twilio''s console, and ask its support'
    when code = '30003' then
      'The recruit''s phone cannot be reached: it is off or out of reach. Try again later, or call'
    when code = '30004' then
      'The recruit''s phone or carrier blocks the text. Reach the recruit in another way'
    when code = '30005' then
      'The recruit''s number is unknown or no longer in use. Correct it'
    when code = '30006' then
      'The recruit''s number is a landline or a carrier that takes no texts. Call, or ask for another number'
    when code = '30007' then
      'The carrier filtered the text as unwanted. Check its words and links, and the registration of the number'
    when code = '30008' then
      'The carrier did not deliver the text and gives no reason. Try again; if it repeats, reach the recruit in another way'
    when code = '30010' then
      'The text costs more than the limit that it was sent with. Raise that limit'
    when code in ('30017', '30022') then
      'The carrier takes no more texts at this rate. Send more slowly'
    when code in ('30024', '30032', '30033', '30034', '30035') then
      'The sender is not registered as US carriers ask. Register the number (A2P 10DLC, or the toll-free verification) in Twilio''s console'
    when code = '30038' then
      'The text looks like a one-time password that may not be sent so. Check its words'
    when code in ('30047', '30610') then
      'The text fell into quiet hours. Send it at another time of the recruit''s day'
    when code = '30640' then
      'The recruit is on a list of people who must not be texted. Do not text'
    when code = '63003' then
      'The recruit has no account on that channel. Reach the recruit by SMS'
    when code = '63007' then
      'The sender is not set up for that channel. Check the channel''s senders in Twilio''s console'
    when code in ('63014', '63033') then
      'The recruit has blocked or opted out of this sender. The opt-out is recorded; do not text'
    when code = '63015' then
      'The recruit has not joined the WhatsApp sandbox. Let them join, or use a sender of your own'
    when code = '63016' then
      'WhatsApp takes free text only within 24 hours after the recruit''s last text. Send a template (content_sid)'
    when code = '63018' then
      'The channel takes no more messages at this rate. Send more slowly'
    when code = '63024' then
      'The recipient cannot get messages on that channel. Reach the recruit in another way'
    when code = '63038' then
      'The account has reached its daily limit of messages. Ask Twilio for more'
    when code = '82002' then
      'A function or a plug-in of Twilio''s own has failed. Look into Twilio''s console'
    when code = '90010' then
      'The Twilio account is not active. Look into Twilio''s console'
    when code ~ '^13[0-9]{3}$' then
      'Twilio cannot do what the answer to a call says. Check that the number''s voice URL is twilio-events, and the sender''s voice_text'
    when code ~ '^11[0-9]{3}$' then
      'Twilio''s request to the URL failed. Check that the function is deployed and reachable: https://www.twilio.com/docs/api/errors/' || code
    when code ~ '^12[0-9]{3}$' then
      'Twilio cannot use the URL''s answer. Check that the URL is that of the right function: https://www.twilio.com/docs/api/errors/' || code
    when code ~ '^3[0-9]{4}$' then
      'A text was not delivered. What the code means: https://www.twilio.com/docs/api/errors/' || code
    when code ~ '^63[0-9]{3}$' then
      'A message was not delivered on its channel. What the code means: https://www.twilio.com/docs/api/errors/' || code
    else 'What it means and what to do: https://www.twilio.com/docs/api/errors/' || code
  end || '.';
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
        private.twilio_error_advice(e.error_code)
      ),
      min(e.received_at)
    from public.recruiting_twilio_events e
    where e.error_code is not null and e.received_at > now() - interval '1 day'
    group by e.url, e.error_code;
end;
$$;

revoke execute on function private.twilio_error_advice, private.twilio_error_attention from public;
