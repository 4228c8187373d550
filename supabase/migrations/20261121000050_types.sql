-- The values that are fixed are types, so that no row holds another one and TypeScript gets them as
-- unions. A value that is none of a type's raises 22P02 and names the value.

create type public.recruiting_channel as enum ('sms', 'whatsapp', 'rcs', 'messenger');

-- Who answers a conversation.
--   bot        the bot
--   escalated  a person
--   closed     neither, until a person reopens it
create type public.recruiting_conversation_status as enum ('bot', 'escalated', 'closed');

create type public.recruiting_direction as enum ('inbound', 'outbound');

create type public.recruiting_sender_type as enum ('recruit', 'bot', 'agent');

-- received is the status of every inbound message, the others are those of outbound ones, in the order in which they
-- follow. delivered and failed are final.
create type public.recruiting_message_status as enum ('received', 'queued', 'sent', 'delivered', 'failed');

-- What the outbox checks before it sends.
--   reply     the bot's reply
--   hand_off  the hand-off text: it tells the recruit that a person will answer
--   agent     an agent's message
--   platform  the platform's message
create type public.recruiting_outbox_kind as enum ('reply', 'hand_off', 'agent', 'platform');

-- What the words of an inbound text are, judged by the functions (_shared/opt_out/judge_text.ts). What
-- follows from it is decided by private.asked_for and public.recruiting_receive_message.
create type public.recruiting_verdict as enum ('stop', 'start', 'yes', 'help', 'doubt', 'none', 'reply');

-- What a text asks for when it arrives.
--   reply   an answer of the bot's
--   person  a person decides, because it may be an opt-out
create type public.recruiting_asked_for as enum ('reply', 'person');

-- What recruiting_receive_message did with a text.
--   received         it is stored in its conversation, or kept as unmatched because the database refused it
--   repeated         it was stored before
--   no_conversation  it is kept as unmatched, now or by an earlier webhook
--   erased           Twilio's log has it from before the recruit's erasure: at most its opt-out is stored
create type public.recruiting_inbound_outcome as enum ('received', 'repeated', 'no_conversation', 'erased');

-- What a text of a phone without a conversation does.
--   keep      it is kept as unmatched
--   bot       it begins a conversation with the bot
--   escalate  it begins a conversation with a person
create type public.recruiting_strangers as enum ('keep', 'bot', 'escalate');

-- What went wrong beside the work of a call, which the functions log.
--   broadcast_missed    a broadcast to agents failed; the row is written
--   no_agent_available  a conversation was escalated, and no agent was available
create type public.recruiting_warning as enum ('broadcast_missed', 'no_agent_available');

create type public.recruiting_consent_kind as enum ('opt_out', 'opt_in', 'consent');

-- How the recruit's consent is known.
--   keyword   a word that Twilio acts on
--   wording   the recruit's own words
--   twilio    Twilio's error code
--   platform  what the recruit told the platform elsewhere
create type public.recruiting_consent_source as enum ('keyword', 'wording', 'twilio', 'platform');
