/**
 * `deno task reset`: deletes the local data. It refuses while a stack uses the data folder.
 *
 * @module
 */
import { dataFolderPath, lockDataFolder } from "./stack/data_folder.ts";

try {
  const folder = await lockDataFolder(dataFolderPath());
  await folder.clear();
  await folder.release();
  console.error(`Deleted the local data in "${folder.path}"`);
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}
