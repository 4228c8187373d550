/**
 * A field for the address of a picture that goes with a text.
 *
 * @module
 */

const TYPES: Record<string, string> = {
  png: "image/png",
  gif: "image/gif",
  webp: "image/webp",
  pdf: "application/pdf",
};

/** Guesses the type that Twilio would report, by the file's extension; JPEG for an unknown one. */
export function mediaOf(url: string): { url: string; content_type: string } {
  const extension = /\.(\w+)(?:[?#]|$)/.exec(url)?.[1].toLowerCase() ?? "";
  return { url, content_type: TYPES[extension] ?? "image/jpeg" };
}

interface PictureFieldProps {
  /** The address as typed so far. */
  url: string;
  onUrl(url: string): void;
}

/** The field of a picture's address. */
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
