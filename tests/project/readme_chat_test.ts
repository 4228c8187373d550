/** The README's conversation in the terminal, on a stack whose bot answers. */
import { withTemporaryStack } from "../../local/stack/temporary_stack.ts";
import { assert, assertEquals } from "../support/assert.ts";

const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));

/** The command, and what it shows. */
const [, command, transcript] =
  /^```sh\nnpx -y deno@[\d.]+ (task simulate chat .*)\n```\n\n```text\n(.*?)^```$/ms.exec(readme) ??
    [];

/** The states that a message passes on its way; how many of them are seen depends on when the phone is read. */
const PASSING = ["queued", "sending", "sent"];

/** What is shown, without the mark that a typed line has in a pipe and a terminal does not need. */
function shownLines(text: string): string[] {
  return text.trim().split("\n").map((line) => line.replace(/^> /, "").trim())
    .filter((line) => !PASSING.includes(line));
}

/** What the recruit types: the lines before each reply. */
const [typedFirst, typedLast] = transcript.split(/^ {2}delivered\n/m)
  .map((part) => part.split(/^< /m)[0]);

Deno.test("the README's conversation goes as it is shown", () =>
  withTemporaryStack(
    async ({ ports }) => {
      const chat = new Deno.Command(Deno.execPath(), {
        args: command.replace("task", "task --quiet").split(" "),
        env: { PORT_BASE: String(ports.api - 1) },
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
      const keyboard = chat.stdin.getWriter();
      const type = (lines: string) => keyboard.write(new TextEncoder().encode(lines));
      let shown = "";
      let hasTypedAll = false;
      await type(typedFirst);
      for await (const chunk of chat.stdout.pipeThrough(new TextDecoderStream())) {
        shown += chunk;
        if (hasTypedAll || !/^ {2}delivered$/m.test(shown)) continue;
        hasTypedAll = true;
        await type(typedLast);
        await keyboard.close();
      }
      assert((await chat.status).success, shown);
      assertEquals(shownLines(shown), shownLines(transcript));
    },
    () => {},
    // Both first texts are one burst, however slow the machine is.
    { TURN_WAIT_SECONDS: "3" },
  ));
