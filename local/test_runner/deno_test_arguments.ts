/**
 * The arguments that `deno task test` passes on to `deno test`.
 *
 * @see https://docs.deno.com/runtime/reference/cli/test/
 * @module
 */
import { UsageError } from "../command_line/usage_error.ts";

/**
 * Checks that `deno test` takes the arguments. After --help it reads them all, and runs nothing.
 *
 * @throws {UsageError} With what `deno test` says of the first wrong one.
 */
export async function checkDenoTestArguments(args: string[]): Promise<void> {
  const end = args.indexOf("--");
  const own = end < 0 ? args : args.slice(0, end);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--help", ...own],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  if (success) return;
  const [line] = new TextDecoder().decode(stderr).split("\n");
  throw new UsageError(`\`deno test\` says: ${line.replace(/^error: /, "")}`);
}
