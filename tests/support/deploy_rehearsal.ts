/**
 * A real `supabase functions deploy`, off line: the CLI uploads to a recorder on loopback.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { supabaseCli } from "../../local/postgres/supabase_cli.ts";

/** A function as it was uploaded. */
export interface UploadedFunction {
  name: string;
  /** A folder that holds nothing but what was uploaded. */
  folder: string;
  entry: string;
  importMap: string;
  files: string[];
  verifyJwt: boolean;
}

const PROJECT_REF = "abcdefghijklmnopqrst";

/** Deploys every function, and calls `use` with what was uploaded. */
export async function withDeployedFunctions(
  use: (functions: UploadedFunction[]) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const uploads: UploadedFunction[] = [];
  const recorder = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (!pathname.endsWith("/functions/deploy")) {
        await request.body?.cancel();
        return Response.json([]);
      }
      const name = searchParams.get("slug") ?? "";
      uploads.push(await unpack(name, join(folder, name), await request.formData()));
      const answer = {
        id: name,
        slug: name,
        name,
        version: 1,
        status: "ACTIVE",
        created_at: 0,
        updated_at: 0,
      };
      return Response.json(answer, { status: 201 });
    },
  );
  try {
    const url = `http://127.0.0.1:${recorder.addr.port}`;
    const profile = join(folder, "profile.yaml");
    await Deno.writeTextFile(
      profile,
      `name: rehearsal\napi_url: ${url}\ndashboard_url: ${url}\nproject_host: 127.0.0.1\n`,
    );
    await supabaseCli(
      [
        "functions",
        "deploy",
        "--use-api",
        "--yes",
        `--remote=${PROJECT_REF}`,
        "--profile",
        profile,
      ],
      { SUPABASE_ACCESS_TOKEN: `sbp_${"0".repeat(40)}` },
    );
    await use(uploads);
  } finally {
    await recorder.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

async function unpack(name: string, folder: string, form: FormData): Promise<UploadedFunction> {
  const files: string[] = [];
  for (const file of form.getAll("file")) {
    if (!(file instanceof File)) throw new Error("The CLI uploaded a file that is none");
    const path = join(folder, file.name);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(path, file.stream());
    files.push(file.name);
  }
  const { entrypoint_path, import_map_path, verify_jwt } = JSON.parse(String(form.get("metadata")));
  return {
    name,
    folder,
    entry: join(folder, entrypoint_path),
    importMap: join(folder, import_map_path),
    files,
    verifyJwt: verify_jwt,
  };
}

/** The flags with which hosted functions resolve their packages: from the import map alone. */
export function hostedFlags({ importMap }: UploadedFunction): string[] {
  return ["--no-lock", "--node-modules-dir=none", `--config=${importMap}`];
}

/** Where npx has put a version of Deno. */
export async function denoPath(version: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("npx", {
    args: ["--yes", `deno@${version}`, "eval", "console.log(Deno.execPath())"],
    cwd: "/",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

interface Graph {
  roots: string[];
  modules: {
    specifier: string;
    dependencies?: { specifier: string; code?: { specifier?: string }; isDynamic?: boolean }[];
  }[];
  npmPackages: Record<string, unknown>;
}

/** What is imported at once: not what `import()` brings later, and not types. */
function reachedAtStart({ roots, modules }: Graph): string[] {
  const reached = new Set(roots);
  for (const specifier of reached) {
    const { dependencies = [] } = modules.find((module) => module.specifier === specifier) ?? {};
    for (const { specifier: imported, code, isDynamic } of dependencies) {
      if (code && !isDynamic) reached.add(code.specifier ?? imported);
    }
  }
  return [...reached];
}

/** The modules that a function loads when it starts, and the packages they come from. */
export async function loadedModules(
  upload: UploadedFunction,
): Promise<{ modules: string[]; packages: string[] }> {
  const info = await denoOutput(["info", "--json", ...hostedFlags(upload), upload.entry]);
  const graph: Graph = JSON.parse(info);
  // What CommonJS packages require is not in the graph; ask the running function.
  const script = `await import(${JSON.stringify(`file://${upload.entry}`)});
    const { createRequire } = await import("node:module");
    console.log("\\n" + JSON.stringify(Object.keys(createRequire("file:///").cache)));`;
  const required: string[] = JSON.parse(
    (await denoOutput(["eval", ...hostedFlags(upload), script])).trim().split("\n").at(-1) ?? "[]",
  );
  const modules = [
    ...reachedAtStart(graph).map((specifier) => specifier.replace(`file://${upload.folder}/`, "")),
    ...required.map((path) => path.replace(/^.*\/npm\/[^/]+\//, "npm:")),
  ];
  return { modules: modules.sort(), packages: Object.keys(graph.npmPackages) };
}

/**
 * The size of all that the platform has to bundle: the upload and its whole packages, in bytes,
 * compressed with brotli as the CLI and the platform compress bundles.
 *
 * @see https://github.com/supabase/cli
 */
export async function bundleSize(upload: UploadedFunction, packages: string[]): Promise<number> {
  const folders = packages.map((id) => {
    const [, name, version] = /^(.+?)@(\d[^_]*)/.exec(id) ?? [];
    return `node_modules/.deno/${name.replace("/", "+")}@${version}/node_modules/${name}`;
  });
  const { success, stdout, stderr } = await new Deno.Command("tar", {
    args: ["-ch", ...folders, "-C", upload.folder, "."],
    cwd: new URL("../..", import.meta.url),
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 6 };
  return brotliCompressSync(stdout, { params }).length;
}

async function denoOutput(args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: "/" })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
