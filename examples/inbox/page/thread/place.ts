/**
 * A place that a recruit has shared.
 *
 * @module
 */

/** A place; what the recruit's app has not told is absent. */
export interface Place {
  label?: string;
  address?: string;
  /** Latitude and longitude, in words. */
  point?: string;
  /** Where it is on a map; absent unless latitude and longitude are such. */
  mapUrl?: string;
}

/**
 * Reads a place.
 *
 * @param metadata The message's; a repeated field counts with its first value.
 * @returns Nothing if no place was shared.
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

/** Five decimals are about a metre. */
function degrees(text: string): string {
  return String(Number(Number(text).toFixed(5)));
}

/** @see https://wiki.openstreetmap.org/wiki/Browsing */
function mapUrl(latitude: string, longitude: string): string {
  const [mlat, mlon] = [String(Number(latitude)), String(Number(longitude))];
  const query = new URLSearchParams({ mlat, mlon });
  return `https://www.openstreetmap.org/?${query}#map=16/${mlat}/${mlon}`;
}
