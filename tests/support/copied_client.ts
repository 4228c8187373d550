/**
 * Another project, with `client/` copied into it, and the tools that such a project uses.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadOnce } from "../../supabase/functions/_shared/worker/load_once.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TYPES = `${ROOT}supabase/functions/_shared/database/`;

/** npx keeps them in its cache, so that this project's own packages need not have them. */
const TOOLS = ["typescript@7.0.2", "vite@8.3.8"];

/** What the copied folder needs from the project; the versions are those of this repository. */
const PACKAGES = ["zod", "@supabase/supabase-js"];

/** How a project ends its imports: a bundler needs no ending, tsc's `nodenext` one, Node the file's. */
export type Ending = "" | ".js" | ".ts";

/** What the project's program prints. */
export const PRINTED = JSON.stringify([
  { encoding: "GSM-7", segments: 1, left: 155, outsideGsm7: [] },
  "[image/png]",
  "unknown",
  { conversation_id: "c", idempotency_key: "again:m", body: "Hello", media_urls: [] },
  "1 h",
  "opted_out",
  'This client listens to "agents:unassigned" already. Stop that watcher or channel first, or use another client',
]);

/** A program that uses the folder, typed by the database's types. */
function program(ending: Ending): string {
  return `
import type { SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "./database.types${ending}";
import { readConversationList } from "./recruiting/conversation_list${ending}";
import { parseEvent, UNASSIGNED_TOPIC } from "./recruiting/events${ending}";
import { messageWords } from "./recruiting/message_words${ending}";
import { sendAgainRequest } from "./recruiting/send_again${ending}";
import { sendObstacle } from "./recruiting/send_obstacle${ending}";
import { smsSegments } from "./recruiting/sms_segments${ending}";
import { waitingWords } from "./recruiting/waiting_time${ending}";
import { watchConversations } from "./recruiting/watch_conversations${ending}";

type Conversation = Pick<
  Database["public"]["Tables"]["recruiting_conversations"]["Row"],
  "id" | "recruit_name" | "waiting_since" | "last_message_at"
>;

export function watch(supabase: SupabaseClient<Database>, agentId: string) {
  return watchConversations(supabase, {
    agentId,
    async refresh() {
      const { conversations } = await readConversationList<Conversation>(supabase, {
        agentId,
        filter: "mine",
        count: 50,
        columns: "id, recruit_name, waiting_since, last_message_at",
        signal: AbortSignal.timeout(10_000),
      });
      console.log(conversations.map(({ recruit_name }) => recruit_name));
    },
    onEvent(event) {
      if (event.kind === "message_received") console.log(messageWords(event.payload));
    },
    onConnection: (connection) => console.log(connection.kind),
  });
}

function whyNot(work: () => unknown): string {
  try {
    return String(work());
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const busy = { getChannels: () => [{ topic: \`realtime:\${UNASSIGNED_TOPIC}\` }] };
console.log(JSON.stringify([
  smsSegments("Hello"),
  messageWords({ body: " ", media: [{ content_type: "image/png" }] }),
  parseEvent("later", {}).kind,
  sendAgainRequest({
    id: "m",
    conversation_id: "c",
    direction: "outbound",
    status: "failed",
    body: "Hello",
    media: [],
    content_sid: null,
    content_variables: null,
  }),
  waitingWords(new Date(0), new Date(3_600_000)),
  sendObstacle(
    { channel: "sms", status: "bot", opted_out_at: "2026-01-01T00:00:00Z" },
    undefined,
    new Date(),
  ),
  whyNot(() => watch(busy as unknown as SupabaseClient<Database>, "a")),
]));
`;
}

/** A folder in which commands run. */
export interface CopiedClient {
  folder: string;
  /**
   * Writes `src/app.ts`, whose imports end so, and a `tsconfig.json`.
   *
   * @param compilerOptions In addition to `strict`.
   */
  writeProgram(ending: Ending, compilerOptions: Record<string, unknown>): Promise<void>;
  /** Gives the project a package that client/ does not need. */
  linkPackage(name: string): Promise<void>;
  /**
   * Runs a command of the shell in the folder.
   *
   * @returns What it printed.
   * @throws {Error} With what it printed, if it fails.
   */
  run(command: string): Promise<string>;
}

/** Makes the project in a temporary folder, and deletes it afterwards. */
export async function withCopiedClient(use: (project: CopiedClient) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await makeProject(folder);
    const path = `${await toolsFolder()}:${Deno.env.get("PATH")}`;
    await use({
      folder,
      writeProgram: (ending, compilerOptions) => writeProgram(folder, ending, compilerOptions),
      linkPackage: (name) => linkPackage(folder, name),
      run: (command) => run(command, folder, { PATH: path }),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function makeProject(folder: string): Promise<void> {
  await Deno.mkdir(join(folder, "node_modules/@supabase"), { recursive: true });
  await Deno.mkdir(join(folder, "src"));
  await run(`cp -R "${ROOT}client" src/recruiting`, folder);
  for (const name of PACKAGES) await linkPackage(folder, name);
  // As `supabase gen types` prints it.
  const types = await Promise.all(
    ["database.types.ts", "database.constants.ts"].map((name) => Deno.readTextFile(TYPES + name)),
  );
  await Deno.writeTextFile(join(folder, "src/database.types.ts"), types.join("\n"));
  await Deno.writeTextFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await Deno.writeTextFile(
    join(folder, "index.html"),
    '<script type="module" src="/src/app.ts"></script>',
  );
}

async function linkPackage(folder: string, name: string): Promise<void> {
  await Deno.symlink(
    await Deno.realPath(`${ROOT}node_modules/${name}`),
    join(folder, "node_modules", name),
  );
}

async function writeProgram(
  folder: string,
  ending: Ending,
  compilerOptions: Record<string, unknown>,
): Promise<void> {
  await Deno.writeTextFile(join(folder, "src/app.ts"), program(ending));
  await Deno.writeTextFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        target: "es2022",
        lib: ["es2022", "dom", "dom.iterable"],
        types: [],
        rootDir: "src",
        outDir: "dist",
        // The declarations of supabase-js 2.119 are not typed under every lib.dom.
        skipLibCheck: true,
        ...compilerOptions,
      },
      include: ["src"],
    }),
  );
}

/** The folder of tsc and vite. npx downloads them once. */
const toolsFolder = loadOnce(async () => {
  const packages = TOOLS.map((tool) => `--package ${tool}`).join(" ");
  const tsc = await run(`npx --yes ${packages} --call "command -v tsc"`, ROOT, {
    npm_config_prefer_offline: "true",
  });
  return tsc.trim().replace(/\/tsc$/, "");
});

async function run(command: string, cwd: string, env: Record<string, string> = {}) {
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", command],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (!success) throw new Error(`${command} failed:\n${out}${err}`);
  return out;
}
