import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { decodeJwt } from "jose";
import postgres from "postgres";
import {
  apiUrl,
  assertPortsAreFree,
  databaseUrl,
  demoUrl,
  freePorts,
  modelUrl,
  type Ports,
  portsFrom,
  studioUrl,
  twilioUrl,
} from "../../local/settings/addresses.ts";
import {
  createEnvFile,
  exampleSettings,
  functionEnvironment,
  readSettings,
} from "../../local/settings/environment.ts";
import { legacyKey } from "../../local/settings/keys.ts";
import { EdgeFunction } from "../../local/functions/edge_function.ts";
import { removePostgresData } from "../../local/postgres/binaries.ts";
import { MIGRATED_CLUSTER } from "../../local/postgres/migrated_cluster.ts";
import { startStack } from "../../local/stack/stack.ts";
import standIns from "../../local/stand_ins.ts";
import { assert, assertEquals, assertMatch, rejection } from "../support/assert.ts";
import { commandLine } from "../support/command_line.ts";
import { runTaskHere } from "../support/run_task_here.ts";
import { API_URL } from "../support/stack.ts";
import { until } from "../support/wait.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

interface RunningTask {
  url: string;
  database: string;
  process: Deno.ChildProcess;
  folder: string;
  printed(): string;
}

/** Without a migrated cluster to copy, a first start runs initdb and the Supabase CLI. */
const FIRST_START = { [MIGRATED_CLUSTER]: "" };

/** A base whose ports are all free. */
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

function spawnTask(env: Record<string, string>, ...command: string[]) {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", ...(command.length > 0 ? command : ["start"])],
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

function areFree(ports: Partial<Ports>): boolean {
  try {
    assertPortsAreFree(ports);
    return true;
  } catch {
    return false;
  }
}

Deno.test("`task start` brings everything up, and SIGTERM leaves nothing behind", () =>
  withTask(async ({ url, database, process, folder, printed }) => {
    await until(() => isHealthy(url), "health", 60);
    await until(() => printed().includes("alex@example.com"), "the addresses");
    const { port } = new URL(url);
    const ports = portsFrom(String(Number(port) - 1));
    const addresses = [demoUrl, studioUrl, twilioUrl, modelUrl].map((urlOf) => urlOf(ports));
    for (const address of [url, database, ...addresses]) {
      assert(printed().includes(address), address);
      assert(await isListening(address), address);
    }
    const sql = postgres(database, { max: 1 });
    const [{ senders, agents }] = await sql`
      select (select count(*)::int from recruiting_senders) as senders,
        (select count(*)::int from recruiting_agents) as agents`;
    const statuses =
      await sql`select distinct status::text from recruiting_conversations order by status`;
    await sql.end();
    assertEquals([senders, agents], [2, 2]);
    assertEquals(statuses.map(({ status }) => status), ["bot", "closed", "escalated"]);

    assertMatch(
      await rejection(startStackIn(folder, freePorts())),
      /data folder ".*" is in use by a running stack/,
    );

    process.kill("SIGTERM");
    await process.status;
    await until(() => areFree(ports), "all ports to be free");
  }, FIRST_START));

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

for (
  const [name, purpose] of [
    ["twilio", "the Twilio stand-in"],
    ["model", "the model stand-in"],
  ] as const
) {
  Deno.test(`a port in use, meant for ${purpose}, is named by both tasks that want it`, async () => {
    const ports = freePorts();
    const listener = Deno.listen({ hostname: "127.0.0.1", port: ports[name] });
    const folder = await Deno.makeTempDir();
    try {
      const message = new RegExp(`Port ${ports[name]}, meant for ${purpose}, is in use`);
      assertMatch(await rejection(startStackIn(folder, ports)), message);
      const env = { PORT_BASE: String(ports.api - 1) };
      const { code, err } = await runTaskHere(standIns, env);
      assertEquals(code, 1);
      assertMatch(err, message);
    } finally {
      listener.close();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

/** Starts what `task start` runs, in this process. */
function startStackIn(folder: string, ports: Ports) {
  return startStack({
    folder,
    ports,
    settings: {},
    watch: false,
    reconcileEverySeconds: 0,
    withExamples: false,
    onLog: () => {},
    onProgress: () => {},
  });
}

Deno.test("`task stand-ins` serves both alone, at an address of choice, until SIGTERM", async () => {
  const ports = freePorts();
  const env = { PORT_BASE: String(ports.api - 1) };
  // Only Linux has all of 127.0.0.0/8.
  const host = Deno.build.os === "linux" ? "127.0.0.2" : "localhost";
  const task = spawnTask(env, "stand-ins", "--host", host);
  try {
    const twilio = twilioUrl(ports, host);
    const model = modelUrl(ports, host);
    await until(() => task.printed().includes(model), "the addresses", 30);
    assert(task.printed().includes(twilio), task.printed());
    assertEquals(await fetchStatus(`${twilio}/phone/messages?phone=x`), 200);
    assertEquals(await fetchStatus(`${model}/models`), 200);
    assertEquals(await isListening(twilioUrl(ports)), host === "localhost");
    task.process.kill("SIGTERM");
    assertEquals((await task.process.status).code, 0);
    await until(async () => !(await isListening(twilio)) && !(await isListening(model)), "the end");
  } finally {
    await task.stop();
  }
});

async function fetchStatus(url: string): Promise<number> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.status;
}

for (
  const [args, message] of [
    [["--host", "192.0.2.1"], /--host must be an address of this machine, not "192\.0\.2\.1"/],
    [["--port", "1"], /unknown option '--port'/],
  ] as const
) {
  Deno.test(`task stand-ins ${args.join(" ")} is refused`, async () => {
    const { code, err } = await commandLine(standIns, ...args);
    assertEquals(code, 2);
    assertMatch(err, message);
  });
}

Deno.test("a free block of ports is the block of one PORT_BASE", () => {
  const ports = freePorts();
  assertEquals(ports, portsFrom(String(ports.api - 1)));
  assert(areFree(ports), JSON.stringify(ports));
});

const NAMES = ["TWILIO_API_BASE_URL", "LLM_BASE_URL", "LLM_MODEL"] as const;

for (
  const [label, settings, expected] of [
    ["empty ones are the stand-ins'", ["", "", ""], ["stand-in", "stand-in", "stand-in"]],
    ["missing ones stay so", [undefined, undefined, undefined], [undefined, undefined, undefined]],
    ["others stay", ["https://api.twilio.com", "https://x.example/v1", "m"], [
      "https://api.twilio.com",
      "https://x.example/v1",
      "m",
    ]],
    ["no model is made up for another endpoint", [undefined, "https://x.example/v1", ""], [
      undefined,
      "https://x.example/v1",
      "",
    ]],
  ] as const
) {
  Deno.test(`of the addresses in the functions' environment, ${label}`, async () => {
    const ports = portsFrom("");
    const given = Object.entries(await exampleSettings())
      .filter(([name]) => !NAMES.some((other) => other === name));
    for (const [index, name] of NAMES.entries()) {
      const value = settings[index];
      if (value !== undefined) given.push([name, value]);
    }
    const env = await functionEnvironment(ports, Object.fromEntries(given));
    const standIns = [twilioUrl(ports), modelUrl(ports), "stand-in"];
    assertEquals(
      NAMES.map((name, index) => env[name] === standIns[index] ? "stand-in" : env[name]),
      [...expected],
    );
  });
}

Deno.test("what the process environment sets to empty is missing, and wins over .env", async () => {
  await createEnvFile();
  Deno.env.set("LLM_MODEL", "");
  Deno.env.set("TURN_WAIT_SECONDS", "7");
  try {
    const settings = await readSettings();
    assertEquals([settings.LLM_MODEL, settings.TURN_WAIT_SECONDS], [undefined, "7"]);
    assertEquals(typeof settings.TWILIO_AUTH_TOKEN, "string");
  } finally {
    Deno.env.delete("LLM_MODEL");
    Deno.env.delete("TURN_WAIT_SECONDS");
  }
});

/** What a developer's shell may say, and what must not reach the stack; the address is one that no webhook may have. */
const HOSTILE_SHELL = {
  PLATFORM_WEBHOOK_URL: "http://example.com",
  HTTP_PROXY: "http://127.0.0.1:9",
  NO_PROXY: "example.com",
  PGTARGETSESSIONATTRS: "read-only",
  PGOPTIONS: "-c search_path=nowhere",
};

Deno.test("`task start` works under a hostile shell, also while its processes are killed and its migrations change", (t) =>
  withTask(async ({ url, database, folder, process, printed }) => {
    await t.step(
      "it connects to loopback as it is, whatever the shell says of proxies and databases, and says what is wrong",
      async () => {
        await until(() => isHealthy(url), "health", 60);
        // Under the banner.
        await until(() => /Ready.*PLATFORM_WEBHOOK_URL/s.test(printed()), "what is wrong");
      },
    );

    const pidFile = join(await Deno.realPath(join(folder, "postgres")), "postmaster.pid");
    await t.step("Postgres that is killed is started again, with its data", async () => {
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
          return (await sql`select from pg_stat_replication where state = 'streaming'`).length > 0;
        } finally {
          await sql.end();
        }
      }, "Realtime to stream again");
    });

    const sql = postgres(database, { max: 1 });
    await sql`update supabase_migrations.schema_migrations set statements = '{select 1}' where version = '20261121000300'`;
    await sql.end();

    await t.step("when the launcher is killed, everything ends", async () => {
      process.kill("SIGKILL");
      await until(
        async () => !(await isListening(url)) && !(await isListening(database)),
        "both ports to be free",
      );
      const isThere = () => Deno.stat(pidFile).then(() => true, () => false);
      await until(async () => !(await isThere()), "Postgres to have shut down");
    });

    await t.step(
      "an applied migration that has changed is named, and a reset asked for",
      async () => {
        // The stack that ends holds its data folder to the last.
        const message = await until(async () => {
          const reason = await rejection(startStackIn(folder, freePorts()));
          return !reason.includes("is in use") && reason;
        }, "the data folder");
        assertMatch(
          message,
          /20261121000300_senders.sql was applied and has changed since.*npx -y deno@[\d.]+ task reset`/,
        );
      },
    );
  }, HOSTILE_SHELL));

Deno.test("the local legacy keys are valid for ten more years", async () => {
  const { exp = 0 } = decodeJwt(await legacyKey("anon"));
  assert(exp * 1000 > Date.now() + 10 * 365 * 86_400_000, `it expires at ${exp}`);
});

for (const base of ["abc", "1", "70000", "54320.5"]) {
  Deno.test(`PORT_BASE=${base} is refused`, async () => {
    const message = await rejection((async () => await portsFrom(base))());
    assertMatch(message, /PORT_BASE must be a whole number/);
  });
}

/** A function of these tests alone, in a worker of its own, below a path that is no URL as it stands. */
async function withFunction(source: string, use: (edge: EdgeFunction) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "it's #1 at 100%20é " });
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

Deno.test("a function that cannot start is an error that says why", () =>
  withFunction(`throw new Error("a setting is missing");`, async (edge) => {
    let reason = "";
    edge.ready().catch(({ message }) => reason = message);
    await until(() => reason !== "", "the reason");
    assertMatch(reason, /^Function "test" does not start:\n.*a setting is missing/s);
  }));

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
