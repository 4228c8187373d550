/**
 * What may go out beside words: a picture, and on WhatsApp a location.
 *
 * @module
 */
import { LocationField, type SharedLocation } from "./location_field.tsx";
import { PictureField } from "./picture_field.tsx";

/** What is wanted beside the words. */
export interface Attachment {
  /** A picture's address as it is being typed; absent while no picture is wanted. */
  picture: string | undefined;
  /** Whether a location is being chosen. */
  isLocating: boolean;
}

interface AttachmentFieldsProps {
  attachment: Attachment;
  canShareLocation: boolean;
  onAttachment(changed: Partial<Attachment>): void;
  onShare(location: SharedLocation): void;
}

/** Buttons that open the fields, and the fields. */
export function AttachmentFields(
  { attachment, canShareLocation, onAttachment, onShare }: AttachmentFieldsProps,
) {
  const { picture, isLocating } = attachment;
  return (
    <div class="attachments">
      <button
        type="button"
        class="quiet"
        aria-expanded={picture !== undefined}
        onClick={() => onAttachment({ picture: picture === undefined ? "" : undefined })}
      >
        {picture === undefined ? "Attach a picture" : "No picture"}
      </button>
      {canShareLocation
        ? (
          <button
            type="button"
            class="quiet"
            aria-expanded={isLocating}
            onClick={() => onAttachment({ isLocating: !isLocating })}
          >
            {isLocating ? "No location" : "Share a location"}
          </button>
        )
        : null}
      {picture === undefined
        ? null
        : <PictureField url={picture} onUrl={(picture) => onAttachment({ picture })} />}
      {canShareLocation && isLocating
        ? <LocationField onShare={onShare} onCancel={() => onAttachment({ isLocating: false })} />
        : null}
    </div>
  );
}
