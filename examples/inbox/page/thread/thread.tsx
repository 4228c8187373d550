/**
 * The messages of a conversation, on the phone and in the inbox.
 *
 * @module
 */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { AttachmentView } from "./attachment_view.tsx";
import type { Bubble } from "./bubble.ts";
import { ContentView } from "./content_view.tsx";
import type { Delivery } from "./delivery.ts";
import { shortTime } from "./time.ts";

/** Within this distance of the end the thread scrolls with new messages, in CSS pixels. */
const NEAR_END = 48;

interface ThreadProps {
  /** The accessible name. */
  label: string;
  bubbles: Bubble[];
  /** Shown above the messages, such as a button for earlier ones. */
  before?: ComponentChildren;
  /** Shown instead of messages, when there are none. */
  empty: ComponentChildren;
}

/**
 * The messages, oldest first.
 *
 * The thread stays scrolled to the newest message. While the reader has scrolled up, a button leads
 * to new messages instead.
 */
export function Thread({ label, bubbles, before, empty }: ThreadProps) {
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const height = useRef(0);
  const [hasNews, setHasNews] = useState(false);
  const newest = bubbles.at(-1)?.key;

  const toEnd = () => box.current?.scrollTo({ top: box.current.scrollHeight });
  useLayoutEffect(() => {
    if (isAtEnd.current) toEnd();
  });
  useLayoutEffect(() => {
    if (!isAtEnd.current) setHasNews(true);
  }, [newest]);
  useLayoutEffect(() => {
    const resized = new ResizeObserver(() => isAtEnd.current && toEnd());
    if (box.current) resized.observe(box.current);
    return () => resized.disconnect();
  }, []);

  const onScroll = () => {
    if (!box.current) return;
    const { scrollTop, clientHeight, scrollHeight } = box.current;
    const hasGrown = scrollHeight !== height.current;
    height.current = scrollHeight;
    // A picture that has loaded moves the messages, too; that is not the reader's scrolling.
    if (hasGrown && isAtEnd.current) return toEnd();
    isAtEnd.current = scrollTop + clientHeight >= scrollHeight - NEAR_END;
    if (isAtEnd.current) setHasNews(false);
  };
  return (
    <div class="thread">
      <div
        class="messages"
        ref={box}
        role="log"
        aria-label={label}
        // Focusable, so that the keyboard can scroll it.
        tabIndex={0}
        onScroll={onScroll}
        // A picture has no height before it is loaded. The event does not bubble.
        onLoadCapture={() => isAtEnd.current && toEnd()}
      >
        {before}
        {bubbles.length === 0 ? <div class="empty">{empty}</div> : null}
        {bubbles.map((bubble) => <Message key={bubble.key} bubble={bubble} />)}
      </div>
      {hasNews
        ? <button type="button" class="to-end" onClick={toEnd}>New messages ↓</button>
        : null}
    </div>
  );
}

function Message({ bubble }: { bubble: Bubble }) {
  const { side, author, isBot, content, attachments, at, delivery, note, beside, below } = bubble;
  return (
    <article class={`message ${side}`}>
      {author ? <p class="author">{author}</p> : null}
      <div class={isBot ? "bubble bot" : "bubble"}>
        <ContentView content={content} />
        {attachments.map((attachment, index) => (
          <AttachmentView key={index} attachment={attachment} />
        ))}
      </div>
      {below}
      <div class="meta">
        <time dateTime={at.toISOString()} title={at.toLocaleString()}>{shortTime(at)}</time>
        {delivery ? <Ticks delivery={delivery} /> : null}
        {beside}
      </div>
      {note ? <p class="note">{note}</p> : null}
    </article>
  );
}

const TICK = "m1 5 3 3 6-7";
const SECOND_TICK = "m8 7 1 1 6-7";

function Ticks({ delivery: { state, label } }: { delivery: Delivery }) {
  return (
    <span class={`delivery ${state}`}>
      {state === "sent" || state === "delivered"
        ? (
          <svg viewBox="0 0 16 9" width="16" height="9" aria-hidden="true">
            <path d={TICK} />
            {state === "delivered" ? <path d={SECOND_TICK} /> : null}
          </svg>
        )
        : null}
      {label}
    </span>
  );
}
