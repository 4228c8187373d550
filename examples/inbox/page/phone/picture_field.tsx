/**
 * A picture that goes with a text, by its address.
 *
 * @module
 */

const TYPES: Record<string, string> = {
  png: "image/png",
  gif: "image/gif",
  webp: "image/webp",
  pdf: "application/pdf",
};

/** What Twilio would say of a file; most pictures from phones are JPEGs. */
export function mediaOf(url: string): { url: string; content_type: string } {
  const extension = /\.(\w+)(?:[?#]|$)/.exec(url)?.[1].toLowerCase() ?? "";
  return { url, content_type: TYPES[extension] ?? "image/jpeg" };
}

interface PictureFieldProps {
  /** The address as it is being typed. */
  url: string;
  onUrl(url: string): void;
}

/** Asks for a picture's address. */
export function PictureField({ url, onUrl }: PictureFieldProps) {
  return (
    <input
      class="picture"
      type="url"
      aria-label="Picture’s address"
      placeholder="https://example.com/me.jpg"
      value={url}
      onInput={(event) => onUrl(event.currentTarget.value)}
    />
  );
}
