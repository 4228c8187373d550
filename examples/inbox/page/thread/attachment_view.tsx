/**
 * A picture or another file in its bubble.
 *
 * @module
 */
import { useState } from "preact/hooks";
import type { Attachment } from "./attachment.ts";

/** Renders an attachment. */
export function AttachmentView({ attachment }: { attachment: Attachment }) {
  switch (attachment.kind) {
    case "picture":
      return <PictureView key={attachment.src} name={attachment.name} src={attachment.src} />;
    case "file":
      return (
        <p class="attachment">
          <a href={attachment.src} target="_blank" rel="noreferrer">{attachment.name}</a>
        </p>
      );
    case "link":
      return (
        <p class="attachment">
          <a href={webAddress(attachment.url)} target="_blank" rel="noreferrer">
            {attachment.name}: {shortUrl(attachment.url)}
          </a>
        </p>
      );
    case "opening":
      return <p class="attachment quiet">{attachment.name} · opening …</p>;
    case "failed":
      return <p class="attachment quiet">{attachment.name}: {attachment.reason}</p>;
  }
}

function PictureView({ name, src }: { name: string; src: string }) {
  const [isBroken, setIsBroken] = useState(false);
  if (isBroken) {
    return (
      <p class="attachment quiet">
        {name}: cannot be shown. <a href={src} target="_blank" rel="noreferrer">Open it</a>
      </p>
    );
  }
  return (
    <a class="picture" href={src} target="_blank" rel="noreferrer">
      <img src={src} alt={name} onError={() => setIsBroken(true)} />
    </a>
  );
}

/** A recruit's message may hold any URL. One such as `javascript:` must not become a link. */
function webAddress(url: string): string | undefined {
  return /^https?:\/\//i.test(url) ? url : undefined;
}

/** An address without its scheme and query. */
function shortUrl(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return host + pathname;
  } catch {
    return url;
  }
}
