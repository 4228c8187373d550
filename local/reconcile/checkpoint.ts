/**
 * The checkpoint of a backfill, from which the next run goes on. Each span of a project has a file
 * in the local data folder.
 *
 * @module
 */
import { join } from "node:path";
import { z } from "zod/v3";
import { Counts } from "./counts.ts";

const Checkpoint = z.object({
  /** The end of the span that is compared so far. */
  cursor: z.string().datetime().transform((text) => new Date(text)),
  counts: Counts,
});

/** A saved state of a backfill. */
export type Checkpoint = z.infer<typeof Checkpoint>;

/** The file of a checkpoint. */
export interface CheckpointFile {
  /** Reads the checkpoint; undefined if the file is missing or invalid. */
  read(): Promise<Checkpoint | undefined>;
  write(checkpoint: Checkpoint): Promise<void>;
  remove(): Promise<void>;
}

/** For a dry run, which saves no checkpoint. */
export const NO_CHECKPOINT_FILE: CheckpointFile = {
  read: () => Promise.resolve(undefined),
  write: () => Promise.resolve(),
  remove: () => Promise.resolve(),
};

/**
 * Determines the file of a backfill.
 *
 * @param folder The local data folder. It is created with the first checkpoint.
 * @param span The project's address and the span, which identify the backfill.
 */
export async function checkpointFile(
  folder: string,
  span: { url: string; since: Date; until?: Date },
): Promise<CheckpointFile> {
  const { url, since, until } = span;
  const key = new TextEncoder().encode(JSON.stringify([url, since, until ?? null]));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", key)).toHex().slice(0, 16);
  const checkpoints = join(folder, "reconcile");
  const path = join(checkpoints, `${hash}.json`);
  return {
    async read() {
      try {
        return Checkpoint.parse(JSON.parse(await Deno.readTextFile(path)));
      } catch {
        return undefined;
      }
    },
    async write({ cursor, counts }) {
      await Deno.mkdir(checkpoints, { recursive: true });
      // Renaming is atomic: a process that dies here leaves the previous checkpoint.
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
