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
  /** The address as it is being typed; absent while no picture is wanted. */
  url: string | undefined;
  onUrl(url: string | undefined): void;
}

/** Asks for a picture's address, when a picture is wanted. */
export function PictureField({ url, onUrl }: PictureFieldProps) {
  return (
    <div class="picture">
      <button
        type="button"
        aria-expanded={url !== undefined}
        onClick={() => onUrl(url === undefined ? "" : undefined)}
      >
        {url === undefined ? "Attach a picture" : "No picture"}
      </button>
      {url === undefined ? null : (
        <input
          type="url"
          aria-label="Picture’s address"
          placeholder="https://example.com/me.jpg"
          value={url}
          onInput={(event) => onUrl(event.currentTarget.value)}
        />
      )}
    </div>
  );
}
