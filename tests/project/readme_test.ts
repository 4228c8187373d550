import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "../support/assert.ts";
import { API_URL } from "../support/stack.ts";
import { AUTH_TOKEN } from "../support/twilio.ts";

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
];

/**
 * Need a Supabase account; deploy_test.ts rehearses the deploy, `db push` runs at each first start, and the doctor's
 * tests drive it.
 */
const NEED_AN_ACCOUNT = [
  'export PROJECT_URL="https://<ref>.supabase.co"',
  "read -rs SMS_RECONCILE_KEY && export SMS_RECONCILE_KEY",
  "npx supabase@3.1.0 login",
  "npx supabase@3.1.0 link",
  "npx supabase@3.1.0 db push --remote",
  "npx supabase@3.1.0 secrets set --env-file supabase/functions/.env.production",
  "npx supabase@3.1.0 functions deploy --use-api",
  // configure_test.ts runs them on the stand-in.
  `${DENO} task twilio configure --number +15550100000 --env-file supabase/functions/.env.production --url "https://<ref>.supabase.co/functions/v1"`,
  `${DENO} task twilio configure --events --env-file supabase/functions/.env.production --url "https://<ref>.supabase.co/functions/v1"`,
  "read -rs SUPABASE_SECRET_KEY && export SUPABASE_SECRET_KEY",
  `${DENO} task doctor --env-file supabase/functions/.env.production`,
];

/** Need a Docker engine. */
const NEED_DOCKER = [
  "npx supabase@3.1.0 start",
  "npx supabase@3.1.0 functions serve --env-file supabase/functions/.env.docker",
  `${DENO} task stand-ins --host 172.17.0.1`,
];

/** Needs the package registry, and writes the lock file. */
const NEED_THE_REGISTRY = [`${DENO} install`];

/** The README, the other papers at its side, and every page of docs/. */
const pages = ["", "docs/"].flatMap((folder) =>
  [...Deno.readDirSync(`${ROOT}${folder}`)].map(({ name }) => `${folder}${name}`)
    .filter((name) => name.endsWith(".md")).sort()
);
const documents = (await Promise.all(pages.map((page) => Deno.readTextFile(`${ROOT}${page}`))))
  .join("\n");
const commands = [
  ...new Set(
    [...documents.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block]) =>
      block.trim().split("\n")
    ),
  ),
];
const notRunHere = [...RUN_ELSEWHERE, ...NEED_AN_ACCOUNT, ...NEED_DOCKER, ...NEED_THE_REGISTRY];

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
  assert(commands.length > notRunHere.length);
});

Deno.test("docs/configuration.md has a row for every variable of the example, in its order", async () => {
  const example = await Deno.readTextFile(`${ROOT}supabase/functions/.env.example`);
  const variables = [...example.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
  const page = await Deno.readTextFile(`${ROOT}docs/configuration.md`);
  const [, table] = /<!-- environment -->(.*)<!-- \/environment -->/s.exec(page) ?? [];
  assertEquals([...table.matchAll(/^\| `([A-Z_]+)` +\|/gm)].map(([, name]) => name), variables);
});

/** What the documents' snippets take for granted. */
const GIVEN = `
  import type { SupabaseClient } from "@supabase/supabase-js";
  declare const supabase: SupabaseClient;
  declare const user: { id: string };
  declare function loadConversationsAndMessages(): Promise<void>;
  declare function show(conversationId: string, body: string): void;
  declare function hide(conversationId: string): void;
  declare function setBanner(text: string): void;
  declare const conversationId: string, colleagueId: string;
  declare function loadPosition(): Promise<number>;
  declare function store(position: number, event: string, messageId: string): Promise<void>;
`;

Deno.test("the documents' TypeScript is typed", async () => {
  const snippets = [...documents.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, snippet]) => snippet);
  const folder = await Deno.makeTempDir();
  try {
    const root = new URL("../..", import.meta.url).href;
    await Promise.all(snippets.map((snippet, index) => {
      const imports = snippet.match(/^import .*$/gm)?.join("\n").replaceAll('"./', `"${root}`) ??
        "";
      const body = snippet.replaceAll(/^import .*$/gm, "");
      return Deno.writeTextFile(
        `${folder}/${index}.ts`,
        `${GIVEN}\n${imports}\nexport async function snippet() {\n${body}\n}\n`,
      );
    }));
    assertEquals(snippets.length, 12);
    await run('deno check --config=deno.json "$SNIPPETS"/*.ts', {
      SNIPPETS: folder,
      PATH: `${Deno.execPath().replace(/\/[^/]+$/, "")}:${Deno.env.get("PATH")}`,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

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

Deno.test("the README leads to every page of docs/", async () => {
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  assertEquals(
    pages.filter((page) => page.startsWith("docs/") && !readme.includes(`](${page})`)),
    [],
  );
});
