import { join } from "node:path";
import postgres from "postgres";
import {
  copyForEveryUser,
  preparePostgres,
  removePostgresData,
} from "../../local/postgres/binaries.ts";
import { copyMigratedCluster } from "../../local/postgres/migrated_cluster.ts";
import { startPostgres } from "../../local/postgres/server.ts";
import { databaseUrl, freePorts } from "../../local/settings/addresses.ts";
import { openAuthorization } from "../../local/realtime/authorization.ts";
import { startRealtime } from "../../local/realtime/realtime.ts";
import { streamMessages } from "../../local/realtime/stream.ts";
import { assertEquals, assertMatch, rejection } from "../support/assert.ts";
import { until } from "../support/wait.ts";

/** A Postgres of a test's own, with every migration and nothing else that connects. */
async function withPostgres(use: (sql: postgres.Sql, url: string) => Promise<void>) {
  await withServer(copyMigratedCluster, use);
}

/** A Postgres of a test's own. */
async function withServer(
  prepare: (folder: string) => Promise<unknown>,
  use: (sql: postgres.Sql, url: string) => Promise<void>,
) {
  const folder = await Deno.makeTempDir();
  const ports = freePorts();
  const url = databaseUrl(ports, "supabase_admin");
  try {
    await prepare(folder);
    const server = await startPostgres(await preparePostgres(folder), ports.database);
    const sql = postgres(url, { onnotice: () => {} });
    try {
      await use(sql, url);
    } finally {
      await sql.end({ timeout: 5 });
      await server.stop();
    }
  } finally {
    await removePostgresData(folder);
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs something with a variable of the process environment. */
async function withVariable(name: string, value: string, use: () => Promise<void>) {
  const before = Deno.env.get(name);
  Deno.env.set(name, value);
  try {
    await use();
  } finally {
    if (before === undefined) Deno.env.delete(name);
    else Deno.env.set(name, before);
  }
}

Deno.test("as when hosted, the database's time zone is UTC, whatever the machine's is", () =>
  withVariable("TZ", "Asia/Kolkata", () =>
    withServer(preparePostgres, async (sql) => {
      const [{ TimeZone }] = await sql`show timezone`;
      assertEquals(TimeZone, "UTC");
    })));

Deno.test("a message stream that is stopped while it makes its slot ends, and leaves no slot", () =>
  withPostgres(async (sql, url) => {
    const writer = await sql.reserve();
    await writer`begin`;
    // A slot is made only when all transactions that have written before have ended.
    await writer`select pg_current_xact_id()`;
    const stream = streamMessages(url, () => {});
    await until(async () => {
      const waiting = await sql`select from pg_locks where not granted`;
      return waiting.length > 0;
    }, "the stream to make its slot");
    let hasStopped = false;
    stream.stop().then(() => hasStopped = true);
    await writer`rollback`;
    writer.release();
    await until(() => hasStopped, "the stream to stop");
    assertEquals((await sql`select from pg_replication_slots`).length, 0);
  }));

Deno.test("a database that takes no connection is not a reason to refuse a topic", () =>
  withPostgres(async (sql, url) => {
    await sql.unsafe("create database closed allow_connections false");
    const authorization = openAuthorization(url.replace(/postgres$/, "closed"));
    const claims = { role: "authenticated", exp: 0 };
    try {
      assertMatch(
        await rejection(authorization.mayRead("topic", claims)),
        /not currently accepting connections/,
      );
    } finally {
      await authorization.close();
    }
  }));

Deno.test("partitions are made for clients that stay connected over midnight", async () => {
  const { setInterval } = globalThis;
  const tasks: (() => void)[] = [];
  globalThis.setInterval =
    ((task: () => void) => tasks.push(task)) as unknown as typeof setInterval;
  let count = 0;
  const realtime = startRealtime({
    url: databaseUrl(freePorts()),
    makePartitions: () => Promise.resolve(void count++),
    onLog: () => {},
  });
  try {
    // The second call comes while the first is under way, and shares it.
    for (const task of [...tasks, ...tasks]) task();
    assertEquals(count, 1);
  } finally {
    globalThis.setInterval = setInterval;
    await realtime.stop();
  }
});

Deno.test("root's copy of the Postgres binaries is readable for the user that runs them", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [original, copy] = [join(folder, "original"), join(folder, "copy")];
    await Deno.mkdir(join(original, "bin"), { recursive: true, mode: 0o700 });
    await Deno.writeTextFile(join(original, "bin", "postgres"), "", { mode: 0o700 });
    await Deno.chmod(join(original, "bin"), 0o700);
    await copyForEveryUser(original, copy);
    const modes = ["", "bin", "bin/postgres"].map((path) => Deno.statSync(join(copy, path)).mode);
    assertEquals(modes.map((mode) => (mode ?? 0) & 0o005), [0o005, 0o005, 0o005]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
