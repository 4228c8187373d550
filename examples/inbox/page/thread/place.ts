/**
 * Places that recruits share.
 *
 * @module
 */

/** A place. Fields that the recruit's app did not send are absent. */
export interface Place {
  label?: string;
  address?: string;
  /** Latitude and longitude, separated by a comma. */
  point?: string;
  /** A link to a map; absent unless latitude and longitude are valid. */
  mapUrl?: string;
}

/**
 * Reads the place from a message's metadata.
 *
 * @param metadata Twilio's fields by name. The first value of a repeated field counts.
 * @returns Undefined if the message shares no place.
 */
export function placeOf(metadata: Record<string, unknown> | null | undefined): Place | undefined {
  const field = (name: string) => {
    const [value] = [metadata?.[name]].flat();
    return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
  };
  const [latitude, longitude] = [field("Latitude"), field("Longitude")];
  const place: Place = {
    label: field("Label"),
    address: field("Address"),
    point: latitude && longitude ? `${latitude}, ${longitude}` : undefined,
  };
  if (!place.label && !place.address && !place.point) return undefined;
  if (isDegrees(latitude, 90) && isDegrees(longitude, 180)) {
    place.point = `${degrees(latitude)}, ${degrees(longitude)}`;
    place.mapUrl = mapUrl(latitude, longitude);
  }
  return place;
}

function isDegrees(text: string | undefined, limit: number): text is string {
  return text !== undefined && /^[+-]?\d{1,3}(\.\d{1,20})?$/.test(text) &&
    Math.abs(Number(text)) <= limit;
}

/** Rounds to five decimals, which is about a metre. */
function degrees(text: string): string {
  return String(Number(Number(text).toFixed(5)));
}

/** @see https://wiki.openstreetmap.org/wiki/Browsing */
function mapUrl(latitude: string, longitude: string): string {
  const [mlat, mlon] = [String(Number(latitude)), String(Number(longitude))];
  const query = new URLSearchParams({ mlat, mlon });
  return `https://www.openstreetmap.org/?${query}#map=16/${mlat}/${mlon}`;
}
