/**
 * A stack that tests run on.
 *
 * @module
 */
import { join } from "node:path";
import { type Demo, startDemo } from "../../examples/inbox/demo.ts";
import { apiUrl, databaseUrl, modelUrl, twilioUrl } from "../settings/addresses.ts";
import { withTemporaryStack } from "../stack/temporary_stack.ts";

/**
 * Runs something on a fresh stack with the demo page, whose functions log into a file.
 *
 * @param use Gets the environment variables that tests/support/stack.ts reads.
 * @returns What `use` returned.
 * @throws {Error} If the stack does not start.
 */
export function withStackForTests<Result>(
  use: (environment: Record<string, string>) => Promise<Result>,
): Promise<Result> {
  const logFileIn = (folder: string) => join(folder, "functions.log");
  const append = (text: string, folder: string) =>
    Deno.writeTextFileSync(logFileIn(folder), text, { append: true });
  let demo: Demo | undefined;
  return withTemporaryStack(
    async ({ ports, folder, settings }) => {
      append("", folder);
      demo = startDemo({ ports, settings, watch: false });
      try {
        return await use({
          TEST_API_URL: apiUrl(ports),
          TEST_DATABASE_URL: databaseUrl(ports),
          TEST_ADMIN_DATABASE_URL: databaseUrl(ports, "supabase_admin"),
          TEST_TWILIO_URL: twilioUrl(ports),
          TEST_MODEL_URL: modelUrl(ports),
          TEST_LOG_FILE: logFileIn(folder),
        });
      } finally {
        await demo.stop();
      }
    },
    (line, folder) => {
      append(`${line}\n`, folder);
      demo?.addLogLine(line);
    },
  );
}
