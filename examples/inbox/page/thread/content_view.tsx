/**
 * A message's content in its bubble.
 *
 * @module
 */
import type { MessageContent } from "./message_content.ts";
import type { Place } from "./place.ts";
import type { Reaction } from "./reaction.ts";

/** Renders a message's content; pictures are rendered by the thread. */
export function ContentView({ content }: { content: MessageContent }) {
  switch (content.kind) {
    case "words":
      return <p dir="auto">{content.text}</p>;
    case "wordless":
      return <p class="wordless">{content.text}</p>;
    case "template":
      return (
        <>
          <span class="template-label">Template</span>
          <p dir="auto">{content.text}</p>
        </>
      );
    case "media":
      return null;
    case "place":
      return (
        <>
          <PlaceView place={content.place} />
          {content.text ? <p dir="auto">{content.text}</p> : null}
        </>
      );
    case "button":
      return (
        <p class="pressed">
          <span class="kind">Button</span>
          <span dir="auto">{content.text}</span>
        </p>
      );
    case "reaction":
      return <ReactionView reaction={content.reaction} />;
  }
}

function PlaceView({ place: { label, address, point, mapUrl } }: { place: Place }) {
  return (
    <div class="place">
      <svg viewBox="0 0 16 20" width="16" height="20" aria-hidden="true">
        <path d="M8 1a6.5 6.5 0 0 0-6.5 6.5C1.5 12.5 8 19 8 19s6.5-6.5 6.5-11.5A6.5 6.5 0 0 0 8 1z" />
        <circle cx="8" cy="7.5" r="2.3" />
      </svg>
      <div>
        <p class="label" dir="auto">{label ?? address ?? "Location"}</p>
        {label && address ? <p class="detail" dir="auto">{address}</p> : null}
        {point ? <p class="detail">{point}</p> : null}
        {mapUrl
          ? <a href={mapUrl} target="_blank" rel="noopener noreferrer">Show on a map</a>
          : null}
      </div>
    </div>
  );
}

function ReactionView({ reaction: { symbol, label, quoted } }: { reaction: Reaction }) {
  return (
    <div class="reaction">
      <p class="chip">
        {symbol ? <span aria-hidden="true">{symbol}</span> : null}
        {label}
      </p>
      {quoted ? <blockquote dir="auto" title={quoted}>{quoted}</blockquote> : null}
    </div>
  );
}
