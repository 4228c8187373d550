/**
 * Fields for a place that the recruit shares on WhatsApp.
 *
 * @module
 */
import type { TargetedKeyboardEvent } from "preact";
import { useState } from "preact/hooks";
import type { PhoneText } from "../../../../local/stand_ins/twilio/phone_text.ts";

/** A location as the stand-in for Twilio takes it. */
export type SharedLocation = NonNullable<PhoneText["location"]>;

/** The fields' first values. */
const EXAMPLE = {
  label: "The depot",
  address: "12 Example Street, Denver",
  point: "39.7392, -104.9903",
};

/** The fields with their labels. */
const FIELDS: [keyof typeof EXAMPLE, string][] = [
  ["label", "Place’s name"],
  ["address", "Place’s address"],
  ["point", "Latitude, longitude"],
];

interface LocationFieldProps {
  onShare(location: SharedLocation): void;
  onCancel(): void;
}

/** The fields of a place. Its name and address are optional. */
export function LocationField({ onShare, onCancel }: LocationFieldProps) {
  const [place, setPlace] = useState(EXAMPLE);
  const location = locationOf(place);
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Escape") onCancel();
    // Enter must share the place here; the browser would submit the text's form.
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    if (location) onShare(location);
  };
  return (
    <div class="location" role="group" aria-label="Location">
      {FIELDS.map(([name, label]) => (
        <input
          key={name}
          type="text"
          aria-label={label}
          placeholder={label}
          value={place[name]}
          aria-invalid={name === "point" && !location}
          onInput={({ currentTarget }) => setPlace({ ...place, [name]: currentTarget.value })}
          onKeyDown={onKeyDown}
        />
      ))}
      <button type="button" disabled={!location} onClick={() => location && onShare(location)}>
        Share
      </button>
    </div>
  );
}

function locationOf({ label, address, point }: typeof EXAMPLE): SharedLocation | undefined {
  const numbers = /^\s*(-?\d{1,2}(?:\.\d+)?)\s*,\s*(-?\d{1,3}(?:\.\d+)?)\s*$/.exec(point);
  if (!numbers) return undefined;
  const [latitude, longitude] = numbers.slice(1).map(Number);
  if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return undefined;
  return {
    latitude,
    longitude,
    label: label.trim() || undefined,
    address: address.trim() || undefined,
  };
}
