/**
 * The place at which a backfill has stopped: a file of the local data folder for each backfill.
 *
 * @module
 */
import { join } from "node:path";
import { z } from "zod/v3";
import { Counts } from "./counts.ts";

const Place = z.object({
  /** How far the span is compared whole. */
  cursor: z.string().datetime().transform((text) => new Date(text)),
  counts: Counts,
});

export type Place = z.infer<typeof Place>;

/** Where a backfill keeps its place. */
export interface PlaceFile {
  /** Nothing if there is none, or none that can be read: then the span begins anew. */
  read(): Promise<Place | undefined>;
  write(place: Place): Promise<void>;
  remove(): Promise<void>;
}

/** A dry run keeps no place. */
export const NO_PLACE_FILE: PlaceFile = {
  read: () => Promise.resolve(undefined),
  write: () => Promise.resolve(),
  remove: () => Promise.resolve(),
};

/**
 * Names the file of a backfill.
 *
 * @param folder The local data folder; it is made when the first place is written.
 */
export async function placeFile(
  folder: string,
  span: { url: string; since: Date; until?: Date },
): Promise<PlaceFile> {
  const { url, since, until } = span;
  const key = new TextEncoder().encode(JSON.stringify([url, since, until ?? null]));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", key)).toHex().slice(0, 16);
  const places = join(folder, "reconcile");
  const path = join(places, `${hash}.json`);
  return {
    async read() {
      try {
        return Place.parse(JSON.parse(await Deno.readTextFile(path)));
      } catch {
        return undefined;
      }
    },
    async write({ cursor, counts }) {
      await Deno.mkdir(places, { recursive: true });
      // A process that dies here leaves the place before, not half of this one.
      await Deno.writeTextFile(`${path}.new`, JSON.stringify({ ...span, cursor, counts }) + "\n");
      await Deno.rename(`${path}.new`, path);
    },
    async remove() {
      await Deno.remove(path).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
    },
  };
}
