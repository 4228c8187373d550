/**
 * Fields for a picture, and on WhatsApp for a location.
 *
 * @module
 */
import { LocationField, type SharedLocation } from "./location_field.tsx";
import { PictureField } from "./picture_field.tsx";

/** The fields that are open. */
export interface Attachment {
  /** The picture's address as typed so far; undefined while the field is closed. */
  picture: string | undefined;
  /** Whether the location field is open. */
  isLocating: boolean;
}

interface AttachmentFieldsProps {
  attachment: Attachment;
  canShareLocation: boolean;
  onAttachment(changed: Partial<Attachment>): void;
  onShare(location: SharedLocation): void;
}

/** The buttons that open and close the fields, and the open fields. */
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
