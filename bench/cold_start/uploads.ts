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

/** The name under which a contender's webhook is deployed. */
const deployedName = (contender: Contender, webhook: Webhook) => `${contender.name}-${webhook}`;

/** Deploys every contender, and calls `use` with what was uploaded. */
export async function withUploads<Result>(
  use: (uploads: Uploads[]) => Promise<Result>,
): Promise<Result> {
  const project = await Deno.makeTempDir({ prefix: "recruiting-sms-" });
  try {
    await makeProject(project);
    return await withDeployedFunctions((functions) => {
      const uploadsOf = (contender: Contender): Uploads => {
        const byName = (webhook: Webhook) =>
          functions.find(({ name }) => name === deployedName(contender, webhook))!;
        const own = { "sms-inbound": byName("sms-inbound"), "sms-status": byName("sms-status") };
        return { contender, functions: own };
      };
      return use(CONTENDERS.map(uploadsOf));
    }, ["--workdir", project]);
  } finally {
    await Deno.remove(project, { recursive: true });
  }
}

/** Makes one Supabase project of the files of all contenders: a run of the CLI takes seconds. */
async function makeProject(project: string): Promise<void> {
  const functions = join(project, "supabase", "functions");
  const settings: string[] = [];
  for (const contender of CONTENDERS) {
    const folder = join(functions, contender.name);
    await copy(dirname(dirname(contender.entry("sms-inbound"))), folder);
    if (contender.name !== "product") {
      const imports = contender.name === "quickstart" ? IMPORTS : {};
      await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify({ imports }));
    }
    for (const webhook of WEBHOOKS) {
      settings.push(
        `[functions.${deployedName(contender, webhook)}]`,
        "verify_jwt = false",
        `entrypoint = "./functions/${contender.name}/${webhook}/index.ts"`,
        `import_map = "./functions/${contender.name}/deno.json"`,
      );
    }
  }
  await Deno.writeTextFile(join(project, "supabase", "config.toml"), settings.join("\n"));
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    // The developer's settings, with secrets.
    if (name.startsWith(".")) continue;
    if (isDirectory) await copy(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}
