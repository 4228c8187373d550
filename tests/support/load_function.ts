/**
 * What a function loads until it has answered its first request.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { denoEnvironment } from "../../local/functions/deno_environment.ts";

/** A request, as {@link Request} is made of it. */
export interface PostedRequest {
  url: string;
  headers: [name: string, value: string][];
  body: string;
}

/** What a function has done. */
export interface Loaded {
  answers: { status: number; body: string }[];
  /** Each module that V8 has compiled until the first answer. */
  modules: LoadedModule[];
}

/** A file of the function's own, or of a package. */
export interface LoadedModule {
  url: string;
  /** The length of its JavaScript, without types, in UTF-16 units. */
  length: number;
}

/** A function and its requests. */
export interface LoadOptions {
  /** The flags of `deno run` with which it finds its packages. */
  flags: string[];
  /** The URL of its index.ts. */
  entry: URL;
  /** Its environment variables. */
  env: Record<string, string>;
  requests: PostedRequest[];
}

const SCRIPT = fileURLToPath(new URL("loaded_scripts.ts", import.meta.url));

/**
 * Hands requests to a function, one after the other, in a process of its own.
 *
 * @throws {Error} With what the process printed, if it fails.
 */
export async function loadFunction({ flags, entry, env, requests }: LoadOptions): Promise<Loaded> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      "--no-prompt",
      ...flags,
      SCRIPT,
      entry.href,
      JSON.stringify(requests),
    ],
    env: { ...denoEnvironment(), ...env },
    clearEnv: true,
    stdin: "null",
  }).output();
  const [printed, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`${entry.href} does not load:\n${printed}${errors}`);
  // The function's log comes before.
  return JSON.parse(printed.trim().split("\n").at(-1)!);
}
