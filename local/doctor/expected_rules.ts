/**
 * The policies, grants and buckets as the migrations leave them. They stand in expected_rules.json, which
 * `deno task types` generates from the migrated database.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { z } from "zod/v3";
import type { GeneratedFile } from "../postgres/database_types.ts";
import { withSql } from "../postgres/with_sql.ts";
import { Bucket, Health, Rules } from "./health.ts";

const FILE = fileURLToPath(new URL("expected_rules.json", import.meta.url));

const ExpectedRules = z.object({
  /** The rules of each table, view, sequence and function, by its name. */
  access: z.record(Rules),
  /** Our policies of realtime.messages. */
  realtime: Rules,
  /** Our policies of storage.objects. */
  storage: Rules,
  buckets: z.array(Bucket),
});

/** What the migrations leave. */
export type ExpectedRules = z.infer<typeof ExpectedRules>;

/** Reads the file. */
export async function readExpectedRules(): Promise<ExpectedRules> {
  return ExpectedRules.parse(JSON.parse(await Deno.readTextFile(FILE)));
}

/**
 * Generates the file.
 *
 * @param databaseUrl The database, with the migrations applied, and with Realtime and Storage.
 */
export async function generateExpectedRules(databaseUrl: string): Promise<GeneratedFile> {
  const [{ health }] = await withSql(
    databaseUrl,
    (sql) => sql`select recruiting_health() as health`,
  );
  const { access, realtime, storage } = Health.parse(health);
  const rules: ExpectedRules = ExpectedRules.parse({
    access,
    realtime: realtime && "policies" in realtime ? realtime.policies : undefined,
    storage: storage && "policies" in storage ? storage.policies : undefined,
    buckets: storage && "buckets" in storage ? storage.buckets : undefined,
  });
  return { path: FILE, text: `${JSON.stringify(rules, null, 2)}\n` };
}
