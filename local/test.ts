/**
 * `deno task test`: runs the tests on a stack of their own, on free ports, with their own data.
 * Arguments go to `deno test`, such as a file's name.
 *
 * @module
 */
import { join } from "node:path";
import { type Demo, startDemo } from "../examples/inbox/demo.ts";
import { apiUrl, databaseUrl, modelUrl, twilioUrl } from "./settings/addresses.ts";
import { untilAskedToStop } from "./stack/lifetime.ts";
import { withTemporaryStack } from "./stack/temporary_stack.ts";

const asked = untilAskedToStop();

let demo: Demo | undefined;
const code = await withTemporaryStack(
  async ({ ports, folder }) => {
    const logFile = join(folder, "functions.log");
    await Deno.writeTextFile(logFile, "", { append: true });
    demo = startDemo({ ports, watch: false });
    const tests = new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", ...(Deno.args.length > 0 ? Deno.args : ["tests/"])],
      env: {
        TEST_API_URL: apiUrl(ports),
        TEST_DATABASE_URL: databaseUrl(ports),
        TEST_ADMIN_DATABASE_URL: databaseUrl(ports, "supabase_admin"),
        TEST_TWILIO_URL: twilioUrl(ports),
        TEST_MODEL_URL: modelUrl(ports),
        TEST_LOG_FILE: logFile,
      },
    }).spawn();
    asked.then(() => tests.kill("SIGINT"));
    try {
      return (await tests.status).code;
    } finally {
      await demo.stop();
    }
  },
  (line, folder) => {
    Deno.writeTextFileSync(join(folder, "functions.log"), line + "\n", { append: true });
    demo?.hear(line);
  },
);
Deno.exit(code);
