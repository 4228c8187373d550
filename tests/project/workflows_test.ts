import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import config from "../../deno.json" with { type: "json" };

/** A file of the repository. */
function read(path: string): string {
  return Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url));
}

const WORKFLOWS = [...Deno.readDirSync(new URL("../../.github/workflows", import.meta.url))]
  .map(({ name }) => `.github/workflows/${name}`);
const DOCUMENTS = ["", "docs", "client", "examples/inbox"].flatMap((folder) =>
  [...Deno.readDirSync(new URL(`../../${folder}`, import.meta.url))]
    .filter(({ name }) => name.endsWith(".md"))
    .map(({ name }) => folder ? `${folder}/${name}` : name)
);

Deno.test("every task that a workflow or a document runs exists", () => {
  for (const file of [...WORKFLOWS, ...DOCUMENTS, ...OTHERS]) {
    const named = [...read(file).matchAll(/npx -y deno@[\d.]+ task ([a-z-]+)/g)]
      .map(([, task]) => task);
    assertEquals(named.filter((task) => !Object.hasOwn(config.tasks, task)), [], file);
  }
});

/** What else names a command with its version. */
const OTHERS = [
  ".ci/run",
  ".github/PULL_REQUEST_TEMPLATE.md",
  "supabase/functions/.env.example",
  "supabase/functions/.env.docker.example",
];

/** A file, and all files of the repository that it imports, as paths from the root. */
function withImports(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, path] of read(file).matchAll(/from "(\.[^"]+\.tsx?)"/g)) {
    withImports(new URL(path, `file:///${file}`).pathname.slice(1), found);
  }
  return found;
}

Deno.test("every test file that a workflow runs exists, and needs no function, stack or database but the workflow's", () => {
  const files = WORKFLOWS.flatMap((workflow) => read(workflow).match(/tests\/[\w/]+\.ts/g) ?? []);
  assert(files.length > 0, "No workflow names a test file");
  for (const file of files) {
    const own = [...withImports(file)].filter((path) =>
      /^local\/(functions|stack|postgres)\/|^tests\/support\/own_database\.ts$/.test(path)
    );
    assertEquals(own, [], file);
  }
});

Deno.test("the workflow of Supabase's own stack waits for every function", () => {
  const [, waiting] = /for name in (.*); do$/m.exec(read(".github/workflows/supabase.yml")) ?? [];
  const functions = [
    ...Deno.readDirSync(new URL("../../supabase/functions", import.meta.url)),
  ].filter(({ name, isDirectory }) => isDirectory && !/^_|node_modules/.test(name));
  assert(functions.length > 0, "No function was found");
  assertEquals(functions.map(({ name }) => name).filter((name) => !waiting.includes(name)), []);
});

Deno.test("a workflow runs the build script, and the script can be executed", async () => {
  assertMatch(read(".github/workflows/ci.yml"), /run: \.ci\/run/);
  const { mode } = await Deno.stat(new URL("../../.ci/run", import.meta.url));
  assert(mode !== null && (mode & 0o100) !== 0, `.ci/run has mode ${mode?.toString(8)}`);
});

Deno.test("workflows, documents, examples of variables and the build script name one version of Deno and one of the CLI", () => {
  const texts = [...WORKFLOWS, ...DOCUMENTS, ...OTHERS].map(read);
  for (const tool of ["deno", "supabase"]) {
    const named = texts.flatMap((text) =>
      [...text.matchAll(new RegExp(`npx (?:-y )?${tool}@([\\d.]+)`, "g"))].map(([, it]) => it)
    );
    assertEquals(new Set(named).size, 1, tool);
  }
});

Deno.test("a workflow has no rights but reading", () => {
  for (const workflow of WORKFLOWS) {
    assertMatch(read(workflow), /^permissions:\n {2}contents: read$/m);
  }
});
