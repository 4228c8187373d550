import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { versions } from "../support/package_versions.ts";

/** A file of the repository. */
function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
}

Deno.test("the licence is Apache 2.0, whole, with the copyright holder", async () => {
  const licence = await read("LICENSE");
  assertMatch(licence, /Apache License\s+Version 2\.0, January 2004/);
  assertMatch(licence, /END OF TERMS AND CONDITIONS/);
  assertMatch(licence, /The recruiting-sms authors/);
});

Deno.test("the notice names every file of others, and each of them exists", async () => {
  const notice = await read("NOTICE");
  const files = [...notice.matchAll(/^-{10,}\n(.+)$/gm)].flatMap(([, line]) => line.split(", "));
  for (const file of files) await read(file);
  const data = [...Deno.readDirSync(new URL("../data", import.meta.url))]
    .filter(({ isFile }) => isFile).map(({ name }) => `tests/data/${name}`);
  const folder = "local/stand_ins/twilio";
  const documents = [...Deno.readDirSync(new URL(`../../${folder}`, import.meta.url))]
    .filter(({ name }) => name.endsWith(".json")).map(({ name }) => `${folder}/${name}`);
  assertEquals([...data, ...documents].filter((file) => !files.includes(file)), []);
});

Deno.test("SECURITY.md says of every table and view which personal data it holds, or that it holds none", async () => {
  const [, tables] = (await read("docs/architecture.md")).split(/^## Tables$/m);
  const names = [...tables.split(/^## /m)[0].matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  assert(names.length > 0, "docs/architecture.md lists no table");
  const [, personalData] = (await read("SECURITY.md")).split(/^## Personal data$/m);
  assertEquals(names.filter((name) => !personalData.includes(`\`${name}\``)), []);
});

Deno.test("the version of deno.json is the newest one of the changelog", async () => {
  const { version } = JSON.parse(await read("deno.json"));
  const [, newest] = /^## \[?(\d+\.\d+\.\d+)\]?/m.exec(await read("CHANGELOG.md")) ?? [];
  assertEquals(newest, version);
});

Deno.test("the README names the version", async () => {
  const { version } = JSON.parse(await read("deno.json"));
  assert((await read("README.md")).includes(`Version ${version}`), `Version ${version} is missing`);
});

Deno.test("a package that both deno.json files name has one version", async () => {
  const [all, deployed] = await Promise.all(
    ["deno.json", "supabase/functions/deno.json"].map(async (path) => versions(await read(path))),
  );
  const shared = [...deployed].filter(([name]) => all.has(name));
  assert(shared.length > 0, "No package is in both files");
  assertEquals(shared.filter(([name, version]) => all.get(name) !== version), []);
});

Deno.test("every package has an exact version", async () => {
  for (const path of ["deno.json", "supabase/functions/deno.json"]) {
    const packages = [...versions(await read(path))];
    assertEquals(packages.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)), []);
  }
});

Deno.test("docs/local-development.md has a row for every task of deno.json, and no other", async () => {
  const [, section] = (await read("docs/local-development.md")).split(/^## Tasks$/m);
  const rows = [...section.split(/^## /m)[0].matchAll(/^\| `([\w-]+)[^`]*` /gm)];
  const { tasks } = JSON.parse(await read("deno.json"));
  assertEquals(rows.map(([, task]) => task).sort(), Object.keys(tasks).sort());
});

Deno.test("docs/local-development.md says what every folder of local/ has", async () => {
  const [, section] = (await read("docs/local-development.md")).split(/^## Where a task is$/m);
  const folders = [...Deno.readDirSync(new URL("../../local", import.meta.url))]
    .filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  const rows = section.split(/^## /m)[0];
  assertEquals(folders.filter((name) => !rows.includes(`\`${name}\``)), []);
});

Deno.test("docs/local-development.md says what every package is for", async () => {
  const page = await read("docs/local-development.md");
  for (const path of ["deno.json", "supabase/functions/deno.json"]) {
    const names = [...versions(await read(path)).keys()];
    assertEquals(names.filter((name) => !page.includes(`\`${name}\``)), []);
  }
});
