import { fileURLToPath } from "node:url";
import { join } from "node:path";
import postgres from "postgres";
import { apiUrl, databaseUrl, freePorts, portsFrom } from "../local/stack/addresses.ts";
import { exampleSettings, functionEnvironment } from "../local/stack/environment.ts";
import { EdgeFunction } from "../local/functions/edge_function.ts";
import { removePostgresData } from "../local/postgres/binaries.ts";
import { assert, assertEquals, assertMatch, rejection } from "./support/assert.ts";
import { API_URL } from "./support/stack.ts";
import { until } from "./support/wait.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

interface RunningTask {
  url: string;
  database: string;
  process: Deno.ChildProcess;
  folder: string;
  printed(): string;
}

/** A base whose ports nobody listens on. */
function freePortBase(): number {
  return freePorts().api - 1;
}

/** Runs `deno task start` on a block of ports and a folder of its own. */
async function withTask(
  use: (task: RunningTask) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const base = freePortBase();
  const task = spawnTask({ PORT_BASE: String(base), LOCAL_DIR: folder, ...env });
  const url = apiUrl(portsFrom(String(base)));
  const database = databaseUrl(portsFrom(String(base)));
  try {
    await use({ url, database, folder, ...task });
  } finally {
    await task.stop();
    await removePostgresData(folder);
    await Deno.remove(folder, { recursive: true });
  }
}

function spawnTask(env: Record<string, string>) {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "start"],
    cwd: ROOT,
    env,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let text = "";
  const reading = [process.stdout, process.stderr].map((stream) =>
    stream.pipeThrough(new TextDecoderStream()).pipeTo(
      new WritableStream({ write: (chunk) => void (text += chunk) }),
    )
  );
  return {
    process,
    printed: () => text,
    async stop() {
      try {
        process.kill("SIGTERM");
      } catch {
        // It has ended.
      }
      await process.status;
      await Promise.all(reading);
    },
  };
}

function isHealthy(url: string): Promise<boolean> {
  return fetch(`${url}/health`).then(async (response) => {
    await response.body?.cancel();
    return response.ok;
  }, () => false);
}

function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return Deno.connect({ hostname, port: Number(port) }).then((connection) => {
    connection.close();
    return true;
  }, () => false);
}

Deno.test("`task start` brings everything up, and SIGTERM leaves nothing behind", () =>
  withTask(async ({ url, database, process, folder, printed }) => {
    await until(() => isHealthy(url), "health", 60);
    await until(() => printed().includes("alex@example.com"), "the addresses");
    const sql = postgres(database, { max: 1 });
    const [{ senders, agents }] = await sql`
      select (select count(*)::int from recruiting_senders) as senders,
        (select count(*)::int from recruiting_agents) as agents`;
    const statuses =
      await sql`select distinct status from recruiting_conversations order by status`;
    await sql.end();
    assertEquals([senders, agents], [2, 2]);
    assertEquals(statuses.map(({ status }) => status), ["bot", "closed", "escalated"]);

    const second = spawnTask({ PORT_BASE: String(freePortBase()), LOCAL_DIR: folder });
    await second.process.status;
    await second.stop();
    assertMatch(second.printed(), /data folder ".*" is in use by a running stack/);

    process.kill("SIGTERM");
    await process.status;
    await until(
      async () => !(await isListening(url)) && !(await isListening(database)),
      "both ports to be free",
    );
  }));

Deno.test("a port in use is named in a clear error", async () => {
  const port = Number(new URL(API_URL).port);
  const folder = await Deno.makeTempDir();
  const task = spawnTask({ PORT_BASE: String(port - 1), LOCAL_DIR: folder });
  const { code } = await task.process.status;
  await task.stop();
  await Deno.remove(folder, { recursive: true });
  assertEquals(code, 1);
  assertMatch(task.printed(), new RegExp(`Port ${port}, meant for the API gateway, is in use`));
});

Deno.test("when the launcher is killed, everything ends", () =>
  withTask(async ({ url, database, process }) => {
    await until(() => isHealthy(url), "health", 60);
    process.kill("SIGKILL");
    await until(
      async () => !(await isListening(url)) && !(await isListening(database)),
      "both ports to be free",
    );
  }));

Deno.test("Postgres that is killed is started again, with its data", () =>
  withTask(async ({ url, database, folder }) => {
    await until(() => isHealthy(url), "health", 60);
    const pidFile = join(await Deno.realPath(join(folder, "postgres")), "postmaster.pid");
    Deno.kill(Number((await Deno.readTextFile(pidFile)).split("\n")[0]), "SIGKILL");
    const count = await until(async () => {
      const sql = postgres(database, { max: 1, connect_timeout: 1 });
      try {
        return (await sql`select from recruiting_conversations`).length;
      } catch {
        return false;
      } finally {
        await sql.end();
      }
    }, "Postgres to be back");
    assertEquals(count, 4);
    await until(async () => {
      const sql = postgres(database, { max: 1 });
      try {
        const [slot] = await sql`select active from pg_replication_slots`;
        return slot?.active === true;
      } finally {
        await sql.end();
      }
    }, "Realtime to stream again");
  }));

Deno.test("an applied migration that has changed is named, and a reset asked for", () =>
  withTask(async ({ url, database, folder, process, printed }) => {
    await until(() => isHealthy(url), "health", 60);
    const sql = postgres(database, { max: 1 });
    await sql`update supabase_migrations.schema_migrations set statements = '{select 1}' where version = '20261121000300'`;
    await sql.end();
    process.kill("SIGTERM");
    await process.status;
    const again = spawnTask({ PORT_BASE: String(freePortBase()), LOCAL_DIR: folder });
    await again.process.status;
    await again.stop();
    assertMatch(
      again.printed(),
      /20261121000300_senders.sql was applied and has changed since.*deno task reset/,
    );
    assert(printed().includes("Ready"));
  }));

for (const base of ["abc", "1", "70000", "54320.5"]) {
  Deno.test(`PORT_BASE=${base} is refused`, async () => {
    const message = await rejection((async () => await portsFrom(base))());
    assertMatch(message, /PORT_BASE must be a whole number/);
  });
}

/** A function of these tests alone, in a worker of its own. */
async function withFunction(source: string, use: (edge: EdgeFunction) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  const entry = join(folder, "index.ts");
  await Deno.writeTextFile(entry, source);
  const env = await functionEnvironment(portsFrom("1024"), await exampleSettings());
  const edge = new EdgeFunction({ name: "test", entry, env, onLog: () => {} });
  try {
    await use(edge);
  } finally {
    await edge.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a function sees the request and the environment as when hosted", () =>
  withFunction(
    `export default { fetch: (request: Request) => Response.json({
      url: request.url, env: Object.keys(Deno.env.toObject()).sort() }) };`,
    async (edge) => {
      const response = await edge.fetch(new Request("http://127.0.0.1/"), "/test/path?a=It's");
      const { url, env } = await response.json();
      assertEquals(url, "http://edge-runtime.supabase.com/test/path?a=It's");
      for (
        const name of [
          "SUPABASE_URL",
          "SUPABASE_SECRET_KEYS",
          "SUPABASE_PUBLISHABLE_KEYS",
          "SUPABASE_JWKS",
          "SUPABASE_DB_URL",
          "SUPABASE_ANON_KEY",
          "SUPABASE_SERVICE_ROLE_KEY",
        ]
      ) assert(env.includes(name), name);
      assertEquals(env.filter((name: string) => /^(TEST_|PWD)/.test(name)), []);
    },
  ));

Deno.test("a function that dies over a request answers 500, and the next request is served", () =>
  withFunction(
    `export default { fetch(request: Request) {
      if (request.url.endsWith("die")) Deno.exit(1);
      return new Response("alive"); } };`,
    async (edge) => {
      const died = await edge.fetch(new Request("http://127.0.0.1/"), "/test/die");
      assertEquals(died.status, 500);
      await died.body?.cancel();
      const text = await until(async () => {
        const response = await edge.fetch(new Request("http://127.0.0.1/"), "/test");
        const body = await response.text();
        return response.ok && body;
      }, "the function to be back");
      assertEquals(text, "alive");
    },
  ));

Deno.test("a request's body reaches a function as a stream", () =>
  withFunction(
    `export default { async fetch(request: Request) {
      const reader = request.body!.getReader();
      const { value } = await reader.read();
      await reader.cancel();
      return new Response(value); } };`,
    async (edge) => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode("first")),
      });
      const response = await edge.fetch(
        new Request("http://127.0.0.1/", { method: "POST", body }),
        "/test",
      );
      assertEquals(await response.text(), "first");
    },
  ));

Deno.test("a function that does not exist is answered 404", async () => {
  const response = await fetch(`${API_URL}/functions/v1/no-such-function`, { method: "POST" });
  assertEquals(response.status, 404);
  await response.body?.cancel();
});
