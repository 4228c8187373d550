/** The tasks print no line for each download where standard error is no terminal. */
import { assert, assertEquals } from "../support/assert.ts";
import config from "../../deno.json" with { type: "json" };

/** A project in a folder of its own, with an empty cache. */
interface Project {
  files: Record<string, string>;
  imports?: Record<string, string>;
  task: string;
}

/** Runs the task of a project. @param registry The address of the packages. */
async function runTask({ files, imports, task }: Project, registry: string) {
  const folder = await Deno.makeTempDir();
  try {
    const { nodeModulesDir } = config;
    const deno = { nodeModulesDir, imports, tasks: { task } };
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(deno));
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "task"],
      cwd: folder,
      // A log level of this process would hide what the task itself has to hide.
      clearEnv: true,
      env: { DENO_DIR: `${folder}/cache`, NPM_CONFIG_REGISTRY: registry, NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { success, out, err };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Serves a module. */
async function withModule(use: (url: string, requests: string[]) => Promise<void>) {
  const requests: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url }) => {
    requests.push(new URL(url).pathname);
    return new Response("export const word = 'hello';", {
      headers: { "Content-Type": "text/javascript" },
    });
  });
  try {
    await use(`http://127.0.0.1:${server.addr.port}/`, requests);
  } finally {
    await server.shutdown();
  }
}

/** What the tasks of deno.json run, with one file in place of each task's own. */
const COMMANDS = new Set(
  Object.values(config.tasks).map(({ command }) => command.replace(/\S+\.ts$/, "main.ts")),
);

for (const task of COMMANDS) {
  Deno.test(`no download is told by ${task}`, () =>
    withModule(async (url, requests) => {
      const main =
        `import { word } from "${url}module.js"; console.log(word); console.error("a log line");`;
      const { success, out, err } = await runTask({ files: { "main.ts": main }, task }, url);
      assertEquals([success, out], [true, "hello\n"], err);
      assertEquals(requests, ["/module.js"]);
      assertEquals(err, `Task task ${task}\na log line\n`);
    }));
}

Deno.test("before it runs the command, `deno task` downloads no packages, and so tells of none", () =>
  withModule(async (url, requests) => {
    const imports = { "a-package": "npm:a-package@1.0.0" };
    const { success, err } = await runTask({ files: {}, imports, task: "echo hello" }, url);
    assert(success, err);
    assertEquals([requests, err], [[], "Task task echo hello\n"]);
  }));
