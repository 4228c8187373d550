/**
 * What a function costs before its first answer: the product beside the obvious alternative and the
 * floor, each from what a deploy uploads, on the newest Deno and on that of hosted functions.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { findSupabaseCli } from "../../local/postgres/supabase_cli.ts";
import { withSql } from "../../local/postgres/with_sql.ts";
import {
  denoPath,
  hostedFlags,
  type UploadedFunction,
} from "../../tests/support/deploy_rehearsal.ts";
import type { Report } from "../report.ts";
import { median } from "../table.ts";
import { type Contender, CONTENDERS } from "../webhooks/contenders.ts";
import { type DatabaseAddress, withDatabases } from "../webhooks/databases.ts";
import { HttpConnection } from "../webhooks/http_connection.ts";
import {
  conversationsOf,
  type Message,
  messagesOf,
  postedRequestOf,
  requestOf,
  type Webhook,
  WEBHOOKS,
} from "../webhooks/requests.ts";
import { startEndpoint } from "../webhooks/rest/endpoint.ts";
import { type ServerProcess, startFunctionProcess } from "../webhooks/server_process.ts";
import { contenderEnvironment } from "../webhooks/settings.ts";
import { geometricMean } from "../webhooks/statistics.ts";
import { type ParsedModules, parsedModules } from "./parsed_modules.ts";
import { type Uploads, withUploads } from "./uploads.ts";

/** The newest Deno, and that of hosted functions. */
const DENO_VERSIONS = ["2.9.6", "2.1.4"];
const GOALS = ["≤ 2.2", "≤ 1.3"];

const ROUNDS = 15;

/** Below this share only one webhook is measured. */
const ONE_WEBHOOK_BELOW = 0.05;

const CONVERSATIONS = 100;

/** One start. */
interface Start {
  /** From spawning the process to the answer of its first request, in ms. */
  ms: number;
  /** The CPU time of the process until then, in ms. */
  cpuMs: number;
}

/** One contender's webhook. */
interface Figures {
  contender: Contender["name"];
  webhook: Webhook;
  /** Its starts, for each version of Deno. */
  starts: Start[][];
  parsed: ParsedModules;
  /** The files that are uploaded, in bytes. */
  uploadBytes: number;
}

/**
 * Measures.
 *
 * @param share The share of the usual number of rounds, from 0 to 1.
 */
export async function measureColdStart(share: number): Promise<Report> {
  const rounds = Math.max(1, Math.round(ROUNDS * share));
  const webhooks = share < ONE_WEBHOOK_BELOW ? WEBHOOKS.slice(0, 1) : WEBHOOKS;
  await findSupabaseCli();
  const denos = await Promise.all(DENO_VERSIONS.map(denoPath));
  const count = denos.length * (rounds + 1);
  const conversations = conversationsOf(CONVERSATIONS);
  const messages: Record<Webhook, Message[]> = {
    "sms-inbound": messagesOf(conversations.filter(({ agentId }) => agentId), "10", count),
    "sms-status": messagesOf(conversations, "20", count),
  };
  const figures = await withDatabases(["quickstart", "floor"], async (address) => {
    for (const { database, seed } of CONTENDERS) {
      await withSql(address(database), (sql) => seed(sql, conversations, messages["sms-status"]));
    }
    return await withUploads((uploads) =>
      measureUploads(uploads, { webhooks, denos, rounds, messages, address })
    );
  });
  return report(figures);
}

async function measureUploads(
  uploads: Uploads[],
  { webhooks, denos, rounds, messages, address }: {
    webhooks: Webhook[];
    /** The paths of both versions. */
    denos: string[];
    rounds: number;
    messages: Record<Webhook, Message[]>;
    address: DatabaseAddress;
  },
): Promise<Figures[]> {
  const endpoints: ServerProcess[] = [];
  try {
    const starts: (Figures & { next(deno: string): Promise<Start> })[] = [];
    for (const { contender, functions } of uploads) {
      const endpoint = await startEndpoint(contender.database, address);
      endpoints.push(endpoint);
      const env = contenderEnvironment(`http://127.0.0.1:${endpoint.port}`);
      for (const webhook of webhooks) {
        const upload = functions[webhook];
        const flagsOf = (deno: string) => flagsFor(upload, denos.indexOf(deno));
        const [first, ...others] = messages[webhook];
        const requests = others.map((message) => requestOf(webhook, message));
        const next = (deno: string) =>
          firstAnswer(
            { deno, args: flagsOf(deno), entry: upload.entry, env },
            requests.pop()!,
          );
        // These starts do not count: they fill the cache and the lock file of each version.
        const parsed = await parsedModules({
          flags: flagsOf(denos[0]),
          entry: pathToFileURL(upload.entry),
          env,
          requests: [postedRequestOf(webhook, first)],
        });
        for (const deno of denos.slice(1)) await next(deno);
        starts.push({
          contender: contender.name,
          webhook,
          starts: denos.map(() => []),
          parsed,
          uploadBytes: await sizeOf(upload.folder),
          next,
        });
      }
    }
    for (let round = 0; round < rounds; round++) {
      for (const [version, deno] of denos.entries()) {
        for (let index = 0; index < starts.length; index++) {
          const turn = starts[(index + round) % starts.length];
          turn.starts[version].push(await turn.next(deno));
        }
      }
    }
    return starts.map(({ next: _, ...figures }) => figures);
  } finally {
    for (const endpoint of endpoints) await endpoint.stop();
  }
}

/**
 * The flags of a hosted function, with a lock file in place of asking for versions: a hosted function is
 * bundled, and resolves no package when it starts.
 */
function flagsFor(upload: UploadedFunction, version: number): string[] {
  const lock = `--lock=${upload.folder}-${DENO_VERSIONS[version]}.lock`;
  return hostedFlags(upload).map((flag) => flag === "--no-lock" ? lock : flag);
}

async function firstAnswer(
  options: Parameters<typeof startFunctionProcess>[0],
  request: Uint8Array,
): Promise<Start> {
  const startedAt = performance.now();
  const server = await startFunctionProcess(options);
  try {
    const connection = await HttpConnection.open(server.port);
    const status = await connection.send(request);
    const ms = performance.now() - startedAt;
    connection.close();
    if (status !== 200) throw new Error(`The function answered ${status}:\n${server.errors}`);
    return { ms, cpuMs: await server.cpuMs() };
  } finally {
    await server.stop();
  }
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    bytes += isDirectory ? await sizeOf(path) : (await Deno.stat(path)).size;
  }
  return bytes;
}

function report(figures: Figures[]): Report {
  const [product, floor] = (["product", "floor"] as const).map((name) =>
    figures.filter(({ contender }) => contender === name)
  );
  const toFloor = (version: number, figure: keyof Start) =>
    geometricMean(
      product.map(({ starts }, webhook) =>
        ratioOf(starts[version], floor[webhook].starts[version], figure)
      ),
    ).toFixed(2);
  return {
    tables: [
      {
        name: "cold-start",
        head: [
          "from the start of the process to the first answer",
          "",
          ...DENO_VERSIONS.flatMap((version) => [`ms, Deno ${version}`, "CPU ms"]),
          "modules",
          "KiB parsed",
          "KiB uploaded",
        ],
        rows: figures.map((entry) => [
          entry.webhook,
          entry.contender,
          ...entry.starts.flatMap((starts) => [
            median(starts.map(({ ms }) => ms)).toFixed(0),
            median(starts.map(({ cpuMs }) => cpuMs)).toFixed(0),
          ]),
          entry.parsed.modules,
          entry.parsed.kib.toFixed(0),
          (entry.uploadBytes / 1024).toFixed(0),
        ]),
      },
      {
        name: "cold-start-summary",
        head: ["the product", "", "goal"],
        rows: [
          ...DENO_VERSIONS.map((version, index) => [
            `cold start to the floor, Deno ${version}`,
            toFloor(index, "ms"),
            GOALS[index],
          ]),
          ...DENO_VERSIONS.map((version, index) => [
            `its CPU time to the floor, Deno ${version}`,
            toFloor(index, "cpuMs"),
            "",
          ]),
          [
            `modules, ${product.map(({ webhook }) => webhook).join(" / ")}`,
            product.map(({ parsed }) => parsed.modules).join(" / "),
            "≤ 20",
          ],
          [
            `KiB parsed, ${product.map(({ webhook }) => webhook).join(" / ")}`,
            product.map(({ parsed }) => parsed.kib.toFixed(0)).join(" / "),
            "≤ 300",
          ],
        ],
      },
    ],
    charts: [{
      name: "cold-start",
      title: "Cold start",
      subtitle: "ms from the start of the process to the first answer; less is better",
      series: CONTENDERS.map(({ name }) => name),
      groups: product.flatMap(({ webhook }) =>
        DENO_VERSIONS.map((version, index) => ({
          label: `${webhook}, Deno ${version}`,
          figures: figures.filter((entry) => entry.webhook === webhook)
            .map(({ starts }) => median(starts[index].map(({ ms }) => ms))),
        }))
      ),
      decimals: 0,
    }],
    figures,
  };
}

/** The ratio of two contenders' starts in the same rounds: the median of the rounds. */
function ratioOf(ours: Start[], theirs: Start[], figure: keyof Start): number {
  return median(ours.map((start, round) => start[figure] / theirs[round][figure]));
}
