-- What became of a text's attachments is recorded in one call, which also sees that nothing is left of a text that
-- was erased while they were copied.

-- Records the results of copying a text's attachments, and tells the agents. Retrying is safe.
--   argument              meaning
--   message_id            of the text
--   conversation_id       of the text: the folder of what was copied, if the text is gone
--   claim_token           the worker's claim of the text
--   results               array of {index, path, size} (bytes) or {index, error}, as JSON text
--   retry_seconds         after which the other attachments are due again
--   has_failed            whether that is an attempt that failed; false where the worker's time ran out
--   deletes_twilio_media  whether the Media resources of what was copied are then deleted at Twilio
-- Returns one row:
--   column    meaning
--   outcome   see the type
--   warnings  private.warnings
create function public.recruiting_record_media(
  message_id uuid,
  conversation_id uuid,
  claim_token uuid,
  results text,
  retry_seconds double precision default 0,
  has_failed boolean default false,
  deletes_twilio_media boolean default false
) returns table (outcome public.recruiting_media_outcome, warnings public.recruiting_warning[])
language plpgsql security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  message public.recruiting_messages;
  media_before jsonb;
begin
  perform private.lock_conversation_of(recruiting_record_media.conversation_id);
  select * into message from public.recruiting_messages m
    where m.id = recruiting_record_media.message_id for no key update;
  if not found then
    perform private.note_folder_deletion(
      format('recruiting-media/%s/%s', recruiting_record_media.conversation_id, recruiting_record_media.message_id),
      null
    );
    outcome := 'erased';
  elsif not coalesce(private.holds_media(message, recruiting_record_media.claim_token), false) then
    outcome := 'superseded';
  else
    outcome := 'recorded';
    media_before := message.media;
    update public.recruiting_messages m set
        media = private.with_media_results(m.media, recruiting_record_media.results::jsonb),
        media_due_at = clock_timestamp() + make_interval(secs => recruiting_record_media.retry_seconds),
        media_token = null,
        media_attempts = case
          when recruiting_record_media.has_failed then coalesce(m.media_attempts, 0) + 1
          else m.media_attempts
        end
      where m.id = message.id
      returning * into message;
    if recruiting_record_media.deletes_twilio_media then
      insert into private.deletions (target, kind)
        select attachment ->> 'url', 'twilio_media' from jsonb_array_elements(message.media) attachment
        where attachment ? 'path' and attachment ->> 'url' <> ''
        order by attachment ->> 'url'
        on conflict do nothing;
    end if;
    if message.media <> media_before then
      perform private.broadcast_media(message);
    end if;
  end if;
  warnings := private.warnings();
  return next;
end;
$$;

revoke execute on function public.recruiting_record_media from public, anon, authenticated, service_role;
grant execute on function public.recruiting_record_media to service_role;
