/**
 * The folder with the stack's data, and who may use it.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { removePostgresData } from "../postgres/binaries.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A data folder that nobody else uses until it is released. */
export interface DataFolder {
  path: string;
  /** Where the stand-in for Twilio keeps its log. */
  twilioLogFile: string;
  /** Whether an earlier start has finished its work here. */
  isComplete(): Promise<boolean>;
  /** Notes that the first start has finished its work. */
  markComplete(): Promise<void>;
  /** Deletes the data. */
  clear(): Promise<void>;
  release(): Promise<void>;
}

/** Where the data is: LOCAL_DIR, or `.local` in the project. */
export function dataFolderPath(): string {
  return resolve(ROOT, Deno.env.get("LOCAL_DIR") || ".local");
}

/**
 * Takes a data folder for this process alone; the lock goes with the process, however it ends.
 *
 * @param path The folder; it is made if it does not exist.
 * @throws {Error} If a stack runs on it.
 */
export async function takeDataFolder(path: string): Promise<DataFolder> {
  await Deno.mkdir(path, { recursive: true });
  const lock = await Deno.open(join(path, "lock"), {
    create: true,
    write: true,
  });
  if (!(await lock.tryLock(true))) {
    lock.close();
    throw new Error(
      `The data folder "${path}" is in use by a running stack. Stop it, or name another folder in LOCAL_DIR`,
    );
  }
  const marker = join(path, "complete");
  const twilioLogFile = join(path, "twilio.jsonl");
  return {
    path,
    twilioLogFile,
    isComplete: () => Deno.stat(marker).then(() => true, () => false),
    markComplete: () => Deno.writeTextFile(marker, ""),
    async clear() {
      await Deno.remove(marker).catch(() => {});
      await Deno.remove(twilioLogFile).catch(() => {});
      await Deno.remove(join(path, "reconcile"), { recursive: true }).catch(() => {});
      await removePostgresData(path);
    },
    async release() {
      await lock.unlock();
      lock.close();
    },
  };
}
