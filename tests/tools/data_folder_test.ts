import { lockDataFolder } from "../../local/stack/data_folder.ts";
import { assertMatch, rejection } from "../support/assert.ts";

Deno.test("a data folder that cannot be written is named, with what to do", async () => {
  const file = await Deno.makeTempFile();
  try {
    assertMatch(
      await rejection(lockDataFolder(`${file}/data`)),
      /^The data folder ".*\/data" cannot be written \(\w+\)\. Make it writable .*LOCAL_DIR$/,
    );
  } finally {
    await Deno.remove(file);
  }
});
