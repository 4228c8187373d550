/**
 * `deno task reset`: deletes the local data. It refuses while a stack uses the data folder.
 *
 * @module
 */
import { runTask, task } from "./command_line/task.ts";
import { dataFolderPath, lockDataFolder } from "./stack/data_folder.ts";

const reset = task(
  "reset",
  "Delete the local data; the next start creates it again. Refused while a stack runs on it.",
)
  .addHelpText("after", "\nThe data is in .local, or in the folder that LOCAL_DIR names.")
  .action(async () => {
    const folder = await lockDataFolder(dataFolderPath());
    await folder.clear();
    await folder.release();
    console.error(`Deleted the local data in "${folder.path}"`);
  });
if (import.meta.main) await runTask(reset);

export default reset;
