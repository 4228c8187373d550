/**
 * The view model of a picture or another file in a message.
 *
 * @module
 */

/** An attachment as a thread shows it. */
export type Attachment =
  & {
    /** What it is, such as `Picture` or `PDF, 120 KB`. */
    name: string;
  }
  & (
    /** A picture at an address that the page may load. */
    | { kind: "picture"; src: string }
    /** A file to open. */
    | { kind: "file"; src: string }
    /** Something on a server of others, which the page does not load. */
    | { kind: "link"; url: string }
    /** It is being stored, or its address is being asked for. */
    | { kind: "opening" }
    /** It will not come. */
    | { kind: "failed"; reason: string }
  );

/** What browsers show as a picture. */
const SHOWN = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/** Whether browsers show a content type as a picture. */
export function isShownAsPicture(contentType: string | null): boolean {
  return SHOWN.includes(contentType ?? "");
}

/**
 * Names an attachment by its type and size.
 *
 * @param size In bytes.
 */
export function nameOfAttachment(contentType: string | null, size?: number): string {
  return [kindOf(contentType), size === undefined ? undefined : sizeInWords(size)]
    .filter(Boolean).join(", ");
}

function kindOf(contentType: string | null): string {
  const [type = "", subtype = ""] = (contentType ?? "").toLowerCase().split(";")[0].split("/");
  if (type === "image") return "Picture";
  if (type === "video") return "Video";
  if (type === "audio") return "Recording";
  if (subtype === "pdf") return "PDF";
  if (subtype.endsWith("vcard")) return "Contact";
  return type === "text" ? "Text file" : "File";
}

function sizeInWords(size: number): string {
  if (size < 1000) return `${size} bytes`;
  return size < 1_000_000 ? `${Math.round(size / 1000)} KB` : `${(size / 1_000_000).toFixed(1)} MB`;
}
