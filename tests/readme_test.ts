import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "./support/assert.ts";
import { API_URL } from "./support/stack.ts";
import { AUTH_TOKEN } from "./support/twilio.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DENO = "npx -y deno@2.9.6";

/** Run by the build server or by other tests, as they stand. */
const RUN_ELSEWHERE = [
  `${DENO} task bench`, // bench_test.ts
  `${DENO} task start`, // local_stack_test.ts
  `${DENO} task stand-ins`, // local_stack_test.ts
  `${DENO} task test`, // .ci/run
  `${DENO} task check`, // .ci/run
  `${DENO} task types`, // migrations_test.ts compares what it would write
];

/** Need a Supabase account; deploy_test.ts rehearses the deploy, `db push` runs at each first start. */
const NEED_AN_ACCOUNT = [
  "npx supabase@3.1.0 link",
  "npx supabase@3.1.0 db push",
  "npx supabase@3.1.0 secrets set --env-file supabase/functions/.env.production",
  "npx supabase@3.1.0 functions deploy --use-api",
];

/** Need a Docker engine. */
const NEED_DOCKER = [
  "npx supabase@3.1.0 start",
  "npx supabase@3.1.0 functions serve --env-file supabase/functions/.env.docker",
];

const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));
const commands = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)]
  .flatMap(([, block]) => block.trim().split("\n"));

async function run(command: string, env: Record<string, string>): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", command],
    cwd: ROOT,
    env,
  }).output();
  assert(success, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
}

for (const command of commands) {
  if ([...RUN_ELSEWHERE, ...NEED_AN_ACCOUNT, ...NEED_DOCKER].includes(command)) continue;
  Deno.test(`the README's \`${command.slice(0, 70)}\` works`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const [copied, from] = /^cp (\S+) \S+$/.exec(command) ?? [];
      await run(copied ? `cp ${from} "$LOCAL_DIR"` : command, {
        LOCAL_DIR: folder,
        PORT_BASE: String(Number(new URL(API_URL).port) - 1),
        TWILIO_AUTH_TOKEN: AUTH_TOKEN,
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("the README has every command that the tests run for it", () => {
  const listed = [...RUN_ELSEWHERE, ...NEED_AN_ACCOUNT, ...NEED_DOCKER];
  assertEquals(listed.filter((command) => !commands.includes(command)), []);
  assert(commands.length > listed.length);
});

Deno.test("the README names every variable of the example, and the example every one of the README", async () => {
  const example = await Deno.readTextFile(
    new URL("../supabase/functions/.env.example", import.meta.url),
  );
  const variables = [...example.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
  const table = [...readme.matchAll(/^\| `([A-Z_]+)` +\|/gm)].map(([, name]) => name);
  assertEquals(
    table.filter((name) => !/^(PORT_BASE|RECONCILE_EVERY_SECONDS|LOCAL_DIR)$/.test(name)),
    variables,
  );
});

/** What the README's snippets take for granted. */
const GIVEN = `
  import type { SupabaseClient } from "@supabase/supabase-js";
  declare const supabase: SupabaseClient;
  declare const user: { id: string };
  declare function loadConversationsAndMessages(): Promise<void>;
  declare function show(conversationId: string, body: string): void;
  declare function hide(conversationId: string): void;
  declare function setBanner(text: string): void;
  declare const conversationId: string, colleagueId: string;
`;

Deno.test("the README's TypeScript is typed", async () => {
  const snippets = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, snippet]) => snippet);
  const folder = await Deno.makeTempDir();
  try {
    const root = new URL("..", import.meta.url).href;
    await Promise.all(snippets.map((snippet, index) => {
      const imports = snippet.match(/^import .*$/gm)?.join("\n").replaceAll('"./', `"${root}`) ??
        "";
      const body = snippet.replaceAll(/^import .*$/gm, "");
      return Deno.writeTextFile(
        `${folder}/${index}.ts`,
        `${GIVEN}\n${imports}\nexport async function snippet() {\n${body}\n}\n`,
      );
    }));
    assertEquals(snippets.length, 6);
    await run('deno check --config=deno.json "$SNIPPETS"/*.ts', {
      SNIPPETS: folder,
      PATH: `${Deno.execPath().replace(/\/[^/]+$/, "")}:${Deno.env.get("PATH")}`,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
