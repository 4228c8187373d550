/** `client/` in another project. Not run here: Next, which .github/workflows/client.yml builds. */
import { assert, assertEquals } from "../support/assert.ts";
import { PRINTED, withCopiedClient } from "../support/copied_client.ts";
import { blocksOf, documents, moduleOf } from "../support/documents.ts";
import { versions } from "../support/package_versions.ts";
import config from "../../deno.json" with { type: "json" };
import manifest from "../../client/package.json" with { type: "json" };

/** Several threads type much of the same: one takes half of their CPU time. */
const TSC = "tsc --singleThreaded";

/** Flags beyond `strict` that a project may have. */
const STRICTER = {
  erasableSyntaxOnly: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  noPropertyAccessFromIndexSignature: true,
  noUncheckedIndexedAccess: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  verbatimModuleSyntax: true,
};
const BUNDLER = { module: "esnext", moduleResolution: "bundler", ...STRICTER };
const NODE = { module: "nodenext", moduleResolution: "nodenext", ...STRICTER };

const CLIENT = new URL("../../client/", import.meta.url);
const modules = [...Deno.readDirSync(CLIENT)].map(({ name }) => name)
  .filter((name) => name.endsWith(".ts"));

/** The imports of a module: whether of types alone, and from where. */
async function importsOf(file: URL): Promise<{ isTypeOnly: boolean; from: string }[]> {
  const source = (await Deno.readTextFile(file)).replaceAll(/^\s*(\/\/|\*).*$/gm, "");
  return [...source.matchAll(/\b(import|export)( type)?\b[^;"]*?\bfrom "([^"]+)"/g)].map((
    [, , type, from],
  ) => ({ isTypeOnly: type !== undefined, from }));
}

Deno.test("client/ imports its own files by package.json, zod, and types of supabase-js", async () => {
  const allowed = [...Object.keys(manifest.imports), "zod/v3"];
  for (const module of modules) {
    for (const { isTypeOnly, from } of await importsOf(new URL(module, CLIENT))) {
      const isAllowed = allowed.includes(from) || isTypeOnly && from === "@supabase/supabase-js";
      assert(isAllowed, `client/${module} imports "${from}"`);
    }
  }
});

Deno.test("package.json and deno.json find the files of client/ by the same names", () => {
  for (const [name, file] of Object.entries(manifest.imports)) {
    assertEquals(file, `./${name.slice(1)}.ts`);
    assert(modules.includes(`${name.slice(1)}.ts`), name);
  }
  assertEquals(
    config.scopes["./client/"],
    Object.fromEntries(
      Object.entries(manifest.imports).map(([name, file]) => [name, `./client${file.slice(1)}`]),
    ),
  );
});

Deno.test("client/ names one dependency, zod, in the version that the tests use", async () => {
  const used = versions(JSON.stringify(config));
  const packages = ["zod", "@supabase/supabase-js"].map((name) => `${name}@${used.get(name)}`);
  for (const file of ["client/README.md", ".github/workflows/client.yml"]) {
    const text = await Deno.readTextFile(new URL(`../../${file}`, import.meta.url));
    assert(text.includes(packages.join(" ")), `${file} names other versions`);
  }
  assertEquals(manifest.dependencies, { zod: used.get("zod") });
  assertEquals(manifest.peerDependencies, {
    "@supabase/supabase-js": `^${used.get("@supabase/supabase-js")}`,
  });
});

Deno.test("nothing that is deployed imports from client/", async () => {
  const files = async function* (folder: URL): AsyncGenerator<URL> {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) yield* files(new URL(`${name}/`, folder));
      else if (name.endsWith(".ts")) yield new URL(name, folder);
    }
  };
  for await (const file of files(new URL("../../supabase/functions/", import.meta.url))) {
    const imports = await importsOf(file);
    assertEquals(imports.filter(({ from }) => from.includes("client/")), [], file.pathname);
  }
});

Deno.test("copied, client/ is typed under tsc's bundler and bundled by Vite", async () => {
  await withCopiedClient(async ({ folder, writeProgram, run }) => {
    await writeProgram("", BUNDLER);
    await run(`${TSC} --noEmit`);
    await Deno.writeTextFile(
      `${folder}/vite.config.js`,
      `export default {
        build: {
          modulePreload: { polyfill: false },
          rolldownOptions: { output: { entryFileNames: "app.js" } },
        },
      };`,
    );
    await run("vite build --logLevel warn");
    assertEquals((await run("node dist/app.js")).trim(), PRINTED);
  });
});

Deno.test("copied, client/ is typed under tsc's nodenext, and Node runs what tsc writes", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", CLIENT));
  const [toCopyPackage] = readme.match(/^sed .*package\.json$/m) ?? [];
  assert(toCopyPackage, "client/README.md has no line that begins with sed");
  await withCopiedClient(async ({ writeProgram, run }) => {
    await writeProgram(".js", NODE);
    await run(TSC);
    await run(toCopyPackage);
    assertEquals((await run("node dist/app.js")).trim(), PRINTED);
  });
});

/** What the documents' snippets take for granted. */
const GIVEN = `
  import type { SupabaseClient as Client } from "@supabase/supabase-js";
  import type { Database as Types } from "./database.types";
  declare const Deno: { env: { get(name: string): string | undefined } };
  declare const url: string, secretKey: string, publishableKey: string;
  declare const email: string, password: string;
  declare const supabase: Client<Types>;
  declare const user: { id: string };
  declare function loadConversationsAndMessages(): Promise<void>;
  declare function show(conversationId: string, body: string): void;
  declare function hide(conversationId: string): void;
  declare function setBanner(text: string): void;
  declare function showSignIn(text: string): void;
  declare const conversationId: string, colleagueId: string;
  declare const conversation: { canonical_phone: string };
  declare function loadPosition(): Promise<number>;
  declare function store(position: number, event: string, messageId: string): Promise<void>;
`;

Deno.test("the documents' TypeScript is typed in a project that has copied client/", async () => {
  const snippets = blocksOf(documents, "ts");
  assertEquals(snippets.length, documents.match(/^ *```ts$/gm)?.length);
  await withCopiedClient(async ({ folder, writeProgram, linkPackage, run }) => {
    await linkPackage("standardwebhooks");
    // A snippet need not use all that it declares, so the stricter flags are off.
    await writeProgram("", { module: "esnext", moduleResolution: "bundler" });
    for (const [index, snippet] of snippets.entries()) {
      await Deno.writeTextFile(`${folder}/src/${index}.ts`, moduleOf(snippet, GIVEN));
    }
    await run(`${TSC} --noEmit`);
  });
});

const nodeVersion = new TextDecoder().decode(
  (await new Deno.Command("node", { args: ["--version"] }).output()).stdout,
).trim();
const [major, minor] = nodeVersion.slice(1).split(".").map(Number);
const removesTypes = major > 22 || major === 22 && minor >= 18;
if (!removesTypes) {
  console.warn(`Node 22.18 runs TypeScript as it stands, ${nodeVersion} does not: not tested`);
}

Deno.test({
  name: "copied, client/ runs in Node as it stands",
  ignore: !removesTypes,
  async fn() {
    await withCopiedClient(async ({ writeProgram, run }) => {
      await writeProgram(".ts", { ...NODE, allowImportingTsExtensions: true });
      await run(`${TSC} --noEmit`);
      assertEquals((await run("node src/app.ts")).trim(), PRINTED);
    });
  },
});
