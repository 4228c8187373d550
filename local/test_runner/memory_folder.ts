/**
 * A folder in memory for the data of the tests' Postgres servers.
 *
 * Tests clone and drop hundreds of databases of 300 files each. On ext4 that takes more CPU than the
 * tests' own statements.
 *
 * @module
 */
import { statfs } from "node:fs/promises";
import { DATA_PARENT } from "../postgres/binaries.ts";

/** Linux's file system in memory. */
const MEMORY = "/dev/shm";

/** What must be free there, in bytes: a stack may need 1 GiB for data and another for WAL. */
const NEEDED = 8 * 2 ** 30;

/**
 * Runs something whose Postgres servers keep their data in memory, where there is room for it. The data is
 * removed afterwards.
 */
export async function withMemoryFolder<Result>(use: () => Promise<Result>): Promise<Result> {
  if (Deno.build.os !== "linux" || await freeBytes() < NEEDED) return await use();
  const folder = await Deno.makeTempDir({ dir: MEMORY, prefix: "recruiting-sms-" });
  try {
    await Deno.chmod(folder, 0o755);
    Deno.env.set(DATA_PARENT, folder);
    return await use();
  } finally {
    Deno.env.delete(DATA_PARENT);
    await Deno.remove(folder, { recursive: true });
  }
}

async function freeBytes(): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(MEMORY);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
