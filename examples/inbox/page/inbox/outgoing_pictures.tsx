/**
 * The pictures that go with a reply.
 *
 * @module
 */
import { useRef } from "preact/hooks";
import { ACCEPTED_TYPES, attach, discard, problemOf } from "./outgoing_files.ts";
import type { Replies } from "./replies.ts";

interface PicturesProps {
  conversationId: string;
  replies: Replies;
}

/** The button that attaches pictures. */
export function AttachButton({ conversationId, replies }: PicturesProps) {
  const field = useRef<HTMLInputElement>(null);
  const add = (added: File[]) => {
    const { files } = replies.draft(conversationId);
    const problem = problemOf([...files.map(({ file }) => file), ...added]);
    replies.setProblem(conversationId, problem);
    if (!problem) replies.write(conversationId, { files: [...files, ...added.map(attach)] });
  };
  return (
    <>
      <button type="button" class="attach" onClick={() => field.current?.click()}>
        Attach a picture
      </button>
      <input
        ref={field}
        class="hidden"
        type="file"
        aria-label="Pictures to attach"
        tabIndex={-1}
        accept={ACCEPTED_TYPES}
        multiple
        onChange={({ currentTarget }) => {
          if (currentTarget.files) add([...currentTarget.files]);
          // The same file may be chosen again.
          currentTarget.value = "";
        }}
      />
    </>
  );
}

/** The attached pictures, each with a button that removes it. */
export function OutgoingPictures(
  { conversationId, replies, isDisabled }: PicturesProps & { isDisabled: boolean },
) {
  const { files } = replies.draft(conversationId);
  if (files.length === 0) return null;
  return (
    <ul class="outgoing" aria-label="Attached pictures">
      {files.map((outgoing) => (
        <li key={outgoing.id}>
          <img src={outgoing.preview} alt={outgoing.file.name} />
          {isDisabled ? null : (
            <button
              type="button"
              aria-label={`Remove ${outgoing.file.name}`}
              onClick={() => {
                replies.write(conversationId, { files: files.filter((file) => file !== outgoing) });
                discard(outgoing);
              }}
            >
              ×
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
