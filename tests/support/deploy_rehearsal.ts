/**
 * A real `supabase functions deploy`, off line: the CLI uploads to a recorder on loopback.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
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

/**
 * Deploys functions, and calls `use` with what was uploaded.
 *
 * @param args Further arguments of the CLI: the functions' names, instead of all, or another `--workdir`.
 * @returns What `use` returned.
 */
export async function withDeployedFunctions<Result>(
  use: (functions: UploadedFunction[]) => Promise<Result>,
  args: string[] = [],
): Promise<Result> {
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
        ...args,
      ],
      { SUPABASE_ACCESS_TOKEN: `sbp_${"0".repeat(40)}` },
    );
    await Deno.writeTextFile(join(folder, "deno.lock"), JSON.stringify(lockOfFunctions()));
    return await use(uploads);
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

/** The path of a version of Deno: this process's, or where npx has put it. */
export async function denoPath(version: string): Promise<string> {
  if (version === Deno.version.deno) return Deno.execPath();
  const { success, stdout, stderr } = await new Deno.Command("npx", {
    args: ["--yes", `deno@${version}`, "eval", "console.log(Deno.execPath())"],
    cwd: "/",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

/** The flags with which hosted functions resolve their packages: from the import map alone. */
export function hostedFlags({ importMap }: UploadedFunction): string[] {
  return ["--no-lock", "--node-modules-dir=none", `--config=${importMap}`];
}

/** The flags that resolve the packages of the lock file, whatever a registry serves today. */
export function lockedFlags(
  { folder, importMap }: UploadedFunction,
  lockFile = join(folder, "..", "deno.lock"),
): string[] {
  return [`--lock=${lockFile}`, "--frozen", "--node-modules-dir=none", `--config=${importMap}`];
}

const LOCK_FILE = fileURLToPath(new URL("../../deno.lock", import.meta.url));

interface LockedPackage {
  integrity: string;
  dependencies?: string[];
  optionalPeers?: string[];
}

/** The lock file, as far as it is read here. */
interface Lock {
  specifiers: Record<string, string>;
  npm: Record<
    string,
    { integrity: string; dependencies?: string[]; optionalPeers?: string[] } | undefined
  >;
  workspace: { members: Record<string, { dependencies: string[] }> };
}

const lock: Lock = JSON.parse(await Deno.readTextFile(LOCK_FILE));

/** The lock file as it would be if supabase/functions were the whole project, not a member of it. */
function lockOfFunctions(): unknown {
  return { ...lock, workspace: lock.workspace.members["supabase/functions"] };
}

/** `pg` of `pg`, `pg@8.23.1` and `pg@8.23.1_zod@4.6.7`. */
const nameOf = (id: string) => id.replace(/(?!^)@.*$/, "");

const optionalPeersOf = (id: string) => (lock.npm[id]?.optionalPeers ?? []).map(nameOf);

/** The project's tools use optional peers of what is deployed; a deployed function does not. */
function withoutOptionalPeers(id: string): string {
  return optionalPeersOf(id).reduce(
    (shorter, peer) => shorter.replace(new RegExp(`_${peer.replace("/", "\\+")}@[^_]+`), ""),
    id,
  );
}

/**
 * Writes what the lock file has of a function in the format that Deno 2.1 reads, version 4.
 *
 * @returns The flags for it. Not frozen: Deno would miss what the function does not use.
 */
export async function lockedFlagsForDeno21(upload: UploadedFunction): Promise<string[]> {
  const packages = await packagesOf(upload, lockedFlags(upload));
  const ids = new Set(packages.map(({ id }) => id));
  const specifiers = Object.entries(lock.specifiers).flatMap(([specifier, version]) => {
    const name = nameOf(specifier.slice("npm:".length));
    const id = `${name}@${version}`;
    return ids.has(id) ? [[specifier, withoutOptionalPeers(id).slice(name.length + 1)]] : [];
  });
  const npm = packages.map(({ id }) => {
    const { integrity, dependencies = [] } = lock.npm[id]!;
    const peers = optionalPeersOf(id);
    const needed = dependencies.filter((dependency) => !peers.includes(nameOf(dependency)));
    return [withoutOptionalPeers(id), {
      integrity,
      dependencies: needed.map(withoutOptionalPeers),
    }];
  });
  const path = join(upload.folder, "..", `${upload.name}.lock.json`);
  const converted = {
    version: "4",
    specifiers: Object.fromEntries(specifiers),
    npm: Object.fromEntries(npm),
  };
  await Deno.writeTextFile(path, JSON.stringify(converted));
  return lockedFlags(upload, path).filter((flag) => flag !== "--frozen");
}

interface Graph {
  roots: string[];
  modules: {
    specifier: string;
    npmPackage?: string;
    dependencies?: { specifier: string; code?: { specifier?: string }; isDynamic?: boolean }[];
  }[];
  npmPackages: Record<
    string,
    { name: string; version: string; dependencies: string[]; localPath: string }
  >;
}

/** A package that a function uses. */
export interface ResolvedPackage {
  /** Its name and version, and the versions of its peers. */
  id: string;
  name: string;
  version: string;
  /** Where its files are. */
  localPath: string;
}

/** Resolves a function's modules and packages. */
interface Resolved {
  graph: Graph;
  packages: ResolvedPackage[];
}

/** What was resolved, by the arguments of `deno info`: several checks need the same. */
const resolved = new Map<string, Promise<Resolved>>();

function resolve(upload: UploadedFunction, flags: string[]): Promise<Resolved> {
  const key = JSON.stringify([upload.entry, flags]);
  const known = resolved.get(key) ?? resolveNow(upload, flags);
  resolved.set(key, known);
  return known;
}

async function resolveNow(upload: UploadedFunction, flags: string[]): Promise<Resolved> {
  // `info` takes no --frozen; what it would change in the lock file is not kept.
  const infoFlags = flags.filter((flag) => flag !== "--frozen");
  const graph: Graph = JSON.parse(
    await denoOutput(["info", "--json", ...infoFlags, upload.entry]),
  );
  const used = new Set(graph.modules.flatMap(({ npmPackage }) => npmPackage ?? []));
  for (const id of used) {
    const peers = optionalPeersOf(id);
    for (const dependency of graph.npmPackages[id].dependencies) {
      if (!peers.includes(nameOf(dependency))) used.add(dependency);
    }
  }
  const packages = [...used].map((id) => ({ id, ...graph.npmPackages[id] }));
  return { graph, packages };
}

/** The packages that a function uses, its packages' packages among them. */
export async function packagesOf(
  upload: UploadedFunction,
  flags: string[],
): Promise<ResolvedPackage[]> {
  return (await resolve(upload, flags)).packages;
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

/** The modules that a function loads when it starts. */
export async function loadedModules(upload: UploadedFunction, flags: string[]): Promise<string[]> {
  const { graph } = await resolve(upload, flags);
  // What CommonJS packages require is not in the graph; ask the running function.
  const script = `await import(${JSON.stringify(pathToFileURL(upload.entry).href)});
    const { createRequire } = await import("node:module");
    console.log("\\n" + JSON.stringify(Object.keys(createRequire("file:///").cache)));`;
  const required: string[] = JSON.parse(
    (await denoOutput(["eval", ...flags, script])).trim().split("\n").at(-1) ?? "[]",
  );
  const folder = `${pathToFileURL(upload.folder).href}/`;
  const modules = [
    ...reachedAtStart(graph).map((specifier) => specifier.replace(folder, "")),
    ...required.map((path) => path.replace(/^.*\/npm\/[^/]+\//, "npm:")),
  ];
  return modules.sort();
}

/** The compressed size of each package, in bytes, by its path: the functions share most of them. */
const packageSizes = new Map<string, Promise<number>>();

/**
 * The greatest size of all that the platform has to bundle: the upload and its whole packages, in bytes,
 * compressed with brotli as the CLI and the platform compress bundles. Each is compressed alone, and
 * together they are smaller.
 *
 * @see https://github.com/supabase/cli
 */
export async function bundleSize(
  upload: UploadedFunction,
  packages: ResolvedPackage[],
): Promise<number> {
  let bytes = await compressedSize(upload.folder);
  for (const { localPath } of packages) {
    const size = packageSizes.get(localPath) ?? compressedSize(localPath);
    packageSizes.set(localPath, size);
    bytes += await size;
  }
  return bytes;
}

/** The size of a folder, compressed, in bytes. */
async function compressedSize(folder: string): Promise<number> {
  const { success, stdout, stderr } = await new Deno.Command("tar", {
    args: ["-ch", "-C", folder, "."],
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
