/**
 * What a deploy uploads of each contender, by the real CLI.
 *
 * @module
 */
import { dirname, join } from "node:path";
import {
  type UploadedFunction,
  withDeployedFunctions,
} from "../../tests/support/deploy_rehearsal.ts";
import config from "../../deno.json" with { type: "json" };
import { type Contender, CONTENDERS } from "../webhooks/contenders.ts";
import { type Webhook, WEBHOOKS } from "../webhooks/requests.ts";

/** The uploads of a contender. */
export interface Uploads {
  contender: Contender;
  functions: Record<Webhook, UploadedFunction>;
}

/** The packages of the quickstart; the floor has none. */
const IMPORTS = {
  "twilio": config.imports.twilio,
  "@supabase/supabase-js": config.imports["@supabase/supabase-js"],
};

const CONFIG_TOML = WEBHOOKS.map((name) =>
  `[functions.${name}]\nverify_jwt = false\nimport_map = "./functions/deno.json"\n`
).join("\n");

/** Deploys every contender, and calls `use` with what was uploaded. */
export async function withUploads<Result>(
  use: (uploads: Uploads[]) => Promise<Result>,
): Promise<Result> {
  const folder = await Deno.makeTempDir({ prefix: "recruiting-sms-" });
  const deploy = async (remaining: Contender[], uploads: Uploads[]): Promise<Result> => {
    const [contender, ...others] = remaining;
    if (!contender) return await use(uploads);
    const isProduct = contender.name === "product";
    const workdir = isProduct ? [] : ["--workdir", await projectOf(contender, folder)];
    return await withDeployedFunctions((functions) => {
      const byName = (webhook: Webhook) => functions.find(({ name }) => name === webhook)!;
      const own = { "sms-inbound": byName("sms-inbound"), "sms-status": byName("sms-status") };
      return deploy(others, [...uploads, { contender, functions: own }]);
    }, [...workdir, ...WEBHOOKS]);
  };
  try {
    return await deploy(CONTENDERS, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Makes a Supabase project of a contender's files. */
async function projectOf(contender: Contender, folder: string): Promise<string> {
  const project = join(folder, contender.name);
  const functions = join(project, "supabase", "functions");
  await copy(dirname(dirname(contender.entry("sms-inbound"))), functions);
  await Deno.writeTextFile(join(project, "supabase", "config.toml"), CONFIG_TOML);
  const imports = contender.name === "quickstart" ? IMPORTS : {};
  await Deno.writeTextFile(join(functions, "deno.json"), JSON.stringify({ imports }));
  return project;
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}
