/**
 * The number of segments of a text while it is typed.
 *
 * @module
 */
import { smsSegments } from "../../../../client/sms_segments.ts";

/** The most characters outside GSM-7 that are named. */
const NAMED_CHARACTERS = 3;

/** Shows how many segments Twilio charges for, and which characters make them smaller. */
export function SegmentCount({ text }: { text: string }) {
  const { segments, left, encoding, outsideGsm7 } = smsSegments(text);
  if (segments === 0) return null;
  const named = outsideGsm7.slice(0, NAMED_CHARACTERS).join(" ");
  return (
    <p class="segments">
      {segments === 1 ? "1 segment" : `${segments} segments`} · {left} left
      {encoding === "UCS-2"
        ? (
          <span>
            {` · `}
            <bdi>{named}</bdi>
            {outsideGsm7.length > NAMED_CHARACTERS ? " …" : ""} make
            {outsideGsm7.length === 1 ? "s" : ""} segments shorter
          </span>
        )
        : null}
    </p>
  );
}
