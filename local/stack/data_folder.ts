/**
 * The folder with the stack's data. One process at a time may use it.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { removePostgresData } from "../postgres/binaries.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A data folder that this process has locked. */
export interface DataFolder {
  path: string;
  /** The path of the message log of Twilio's stand-in. */
  twilioLogFile: string;
  /** The path of the folder with the contents of Storage's objects. */
  objects: string;
  /** Whether a first start has created the data completely. */
  isComplete(): Promise<boolean>;
  /** Records that the data is complete. */
  markComplete(): Promise<void>;
  /** Deletes the data. */
  clear(): Promise<void>;
  /** Unlocks the folder. */
  release(): Promise<void>;
}

/** The path of the data folder: LOCAL_DIR, or `.local` in the project. */
export function dataFolderPath(): string {
  return resolve(ROOT, Deno.env.get("LOCAL_DIR") || ".local");
}

async function openLock(path: string): Promise<Deno.FsFile> {
  await Deno.mkdir(path, { recursive: true });
  return await Deno.open(join(path, "lock"), { create: true, write: true });
}

/**
 * Locks a data folder for this process. The operating system releases the lock when the process
 * exits.
 *
 * @param path The folder. It is created if it does not exist.
 * @throws {Error} If another process has locked it, or this user may not write there.
 */
export async function lockDataFolder(path: string): Promise<DataFolder> {
  const lock = await openLock(path).catch((error) => {
    const reason = error instanceof Deno.errors.PermissionDenied ? "permission denied" : error.name;
    throw new Error(
      `The data folder "${path}" cannot be written (${reason}). Make it writable for this user, or name another folder in LOCAL_DIR`,
      { cause: error },
    );
  });
  if (!(await lock.tryLock(true))) {
    lock.close();
    throw new Error(
      `The data folder "${path}" is in use by a running stack. Stop it, or name another folder in LOCAL_DIR`,
    );
  }
  const marker = join(path, "complete");
  const twilioLogFile = join(path, "twilio.jsonl");
  const objects = join(path, "storage");
  return {
    path,
    twilioLogFile,
    objects,
    isComplete: () => Deno.stat(marker).then(() => true, () => false),
    markComplete: () => Deno.writeTextFile(marker, ""),
    async clear() {
      await Deno.remove(marker).catch(() => {});
      await Deno.remove(twilioLogFile).catch(() => {});
      await Deno.remove(objects, { recursive: true }).catch(() => {});
      await Deno.remove(join(path, "reconcile"), { recursive: true }).catch(() => {});
      await removePostgresData(path);
    },
    async release() {
      await lock.unlock();
      lock.close();
    },
  };
}
