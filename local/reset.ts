/**
 * `deno task reset`: deletes the local data. Refuses while a stack runs on it.
 *
 * @module
 */
import { dataFolderPath, takeDataFolder } from "./stack/data_folder.ts";

try {
  const folder = await takeDataFolder(dataFolderPath());
  await folder.clear();
  await folder.release();
  console.error(`Deleted the local data in "${folder.path}"`);
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}
