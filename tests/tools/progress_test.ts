/** `withProgress`: the line that a terminal shows while a task waits. */
import { stripVTControlCharacters } from "node:util";
import { PassThrough } from "node:stream";
import { WriteStream } from "node:tty";
import { hasColours } from "../../local/command_line/colours.ts";
import { withProgress } from "../../local/command_line/progress.ts";
import { assert, assertEquals, rejection } from "../support/assert.ts";

/** A terminal that keeps what is written to it. Its name is read from the environment, as every terminal's. */
function terminal({ isTTY = true, columns = 80, term = "xterm" } = {}) {
  Deno.env.set("TERM", term);
  const written: string[] = [];
  const nothing = () => true;
  const stream = {
    isTTY,
    columns,
    rows: 24,
    write: (text: string) => written.push(text) > 0,
    cursorTo: nothing,
    clearLine: nothing,
    moveCursor: nothing,
    once: nothing,
    removeListener: nothing,
  };
  const text = () => stripVTControlCharacters(written.join(""));
  return { stream: stream as unknown as WriteStream, text };
}

Deno.test("a terminal shows the text, and what is printed above it, in CI as well", async () => {
  Deno.env.set("CI", "true");
  const { stream, text } = terminal();
  const result = await withProgress("Reading", (progress) => {
    progress.show("Comparing");
    progress.printAbove(() => void stream.write("A line\n"));
    return Promise.resolve(7);
  }, stream);
  assertEquals(result, 7);
  assert(/Reading[^]*A line\n[^]*Comparing/.test(text()), text());
});

Deno.test("without a terminal nothing is shown, and the work is done all the same", async () => {
  for (const options of [{ isTTY: false }, { columns: 0 }, { term: "dumb" }]) {
    const { stream, text } = terminal(options);
    let printed = 0;
    await withProgress("Reading", (progress) => {
      progress.show("Comparing");
      progress.printAbove(() => printed++);
      return Promise.resolve();
    }, stream);
    assertEquals([text(), printed], ["", 1]);
  }
});

Deno.test("colours are for a terminal that has them", () => {
  const shows = (isTTY: boolean, depth: number) => {
    const stream = Object.assign(new PassThrough(), { isTTY, getColorDepth: () => depth });
    return hasColours(stream as unknown as WriteStream);
  };
  // A depth of 1 is that of TERM=dumb, and of NO_COLOR.
  assertEquals([shows(true, 4), shows(true, 1), shows(false, 4)], [true, false, false]);
});

Deno.test("the line is removed when the work fails, and its error is thrown", async () => {
  const { stream } = terminal();
  const failed = withProgress("Reading", () => Promise.reject(new Error("refused")), stream);
  // A line that were left would keep its timer, which the test's sanitizer reports.
  assertEquals(await rejection(failed), "refused");
});
