/** Every task of deno.json explains itself, and refuses what it does not know. */
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { shownError } from "../../local/command_line/shown_error.ts";
import { DENO, taskCommand } from "../../local/command_line/task_command.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { commandLine } from "../support/command_line.ts";
import config from "../../deno.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The file that each task runs. */
const FILES = Object.entries(config.tasks).map(([task, { command }]) => ({
  task,
  file: command.split(" ").at(-1) ?? "",
}));

const UNKNOWN = "--no-such-option=x";

/** Hands on what it does not know: `deno test` must say what is wrong, so a whole process reads it. */
const HANDS_ON = "test";

/** Runs the task that hands on, as it is run: in a process of its own. */
async function run(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `local/${HANDS_ON}.ts`, ...args],
    cwd: ROOT,
    stdin: "null",
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

/** The text that begins the help of a task: its command and its description. */
function helpOf(out: string): string {
  return out.replaceAll(/\s+/g, " ");
}

for (const { task, file } of FILES) {
  Deno.test(`${task} explains itself, and refuses an option that it does not know`, async () => {
    const { default: command } = await import(`../../${file}`);
    const read = (...args: string[]) =>
      task === HANDS_ON ? run(...args) : commandLine(command, ...args);
    const help = await read("--help");
    assertEquals([help.code, help.err], [0, ""]);
    assert(helpOf(help.out).startsWith(`Usage: ${DENO} task ${task} [`), help.out);
    assert(/^Usage: .*\n\n[A-Z]/.test(help.out), help.out);
    assertEquals(stripVTControlCharacters(help.out), help.out, "It has colours");
    const wrong = await read(UNKNOWN);
    assertEquals([wrong.code, wrong.out], [2, ""]);
    assert(/^error: .*'--no-such-option'/.test(wrong.err), wrong.err);
  });
}

Deno.test("the file of a task reads the command line that it exports, and none where it is imported", () => {
  for (const { file } of FILES) {
    const source = Deno.readTextFileSync(ROOT + file);
    const [, exported] = /^export default (\w+);$/m.exec(source) ?? [];
    assert(source.includes(`\nif (import.meta.main) await runTask(${exported});\n`), file);
  }
});

/** The files whose texts are printed. */
function sources(folder: string): string[] {
  return [...Deno.readDirSync(ROOT + folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return sources(path);
    return /\.tsx?$/.test(name) ? [path] : [];
  });
}

Deno.test("a printed hint names a task as the README does", () => {
  const bare = ["local", "bench", "examples", "client", "supabase/functions"].flatMap(sources)
    .flatMap((path) => {
      const lines = Deno.readTextFileSync(ROOT + path).split("\n");
      return lines.filter((line) => !/^\s*(\/?\*|\/\/)/.test(line) && isBare(line))
        .map((line) => `${path}: ${line.trim()}`);
    });
  assertEquals(bare, []);
});

/** Whether a line names a task by a command that cannot be pasted. */
function isBare(line: string): boolean {
  return /(?<!npx -y )\bdeno(@[\d.]+)? task\b|`task [a-z-]+`/.test(line);
}

Deno.test("a printed hint names a page of docs/ and a heading that are there", async () => {
  const named = ["local", "bench", "supabase/functions"].flatMap(sources).flatMap((path) => [
    ...Deno.readTextFileSync(ROOT + path).matchAll(/docs\/([\w-]+\.md)(?:, "([^"]+)")?/g),
  ]);
  assert(
    named.some(([, , heading]) => heading),
    `none of ${named.length} hints names a heading`,
  );
  for (const [hint, page, heading = ""] of named) {
    const text = await Deno.readTextFile(`${ROOT}docs/${page}`);
    const headings = text.split("\n").filter((line) => line.startsWith("#"));
    const wanted = heading.replaceAll("\\", "");
    assert(headings.some((line) => line.replace(/^#+ /, "") === wanted) || !wanted, hint);
  }
});

Deno.test("Commander alone reads the command line of a task", () => {
  const parsers = ["local", "bench"].flatMap(sources)
    .filter((path) => Deno.readTextFileSync(ROOT + path).includes("parseArgs"));
  assertEquals(parsers, []);
});

Deno.test("a hint leads to the same stack and the same data", () => {
  const before = ["PORT_BASE", "LOCAL_DIR"].map((name) => [name, Deno.env.get(name)] as const);
  try {
    Deno.env.set("PORT_BASE", "55320");
    Deno.env.set("LOCAL_DIR", "my data");
    assertEquals(taskCommand("simulate chat"), `PORT_BASE=55320 ${DENO} task simulate chat`);
    assertEquals(taskCommand("reset"), `PORT_BASE=55320 LOCAL_DIR='my data' ${DENO} task reset`);
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
});

Deno.test("an error quotes no secret, also where it is misplaced or its option misspelled", () => {
  const token = "0123456789abcdef".repeat(2);
  for (
    const [text, shown] of [
      ["unknown option '--secrt-key=a'b'", "unknown option '--secrt-key'"],
      ["got 1: sb_secret_N7UND0_x-y.", "got 1: <secret>."],
      [`got 2: ${token}, eyJhbGciOi.eyJyb2xl.x_y-z`, "got 2: <secret>, <secret>"],
      [`argument 'SM${token}' is invalid`, `argument 'SM${token}' is invalid`],
    ]
  ) assertEquals(shownError(text), shown);
});
