/**
 * The checks of the database.
 *
 * @module
 */
import type { Check, Examined } from "./check.ts";
import { checkAnswers, checkSchemaCache } from "./database/answers.ts";
import { checkBuckets } from "./database/buckets.ts";
import { checkMigrations } from "./database/migrations.ts";
import { checkPartition } from "./database/realtime.ts";
import {
  checkGrants,
  checkPolicies,
  checkRealtimePolicies,
  checkStoragePolicies,
} from "./database/rules.ts";
import { checkCronAnswers, checkCronJobs, checkVault } from "./database/schedule.ts";

/** Lists the checks. */
export function databaseChecks(examined: Examined): Check[] {
  return [
    { id: "database.answers", run: () => checkAnswers(examined) },
    { id: "database.migrations", run: () => checkMigrations(examined) },
    { id: "database.schema_cache", run: () => checkSchemaCache(examined) },
    { id: "database.policies", run: () => checkPolicies(examined) },
    { id: "database.grants", run: () => checkGrants(examined) },
    { id: "database.realtime_policies", run: () => checkRealtimePolicies(examined) },
    { id: "database.realtime_partition", run: () => checkPartition(examined) },
    { id: "database.cron_jobs", run: () => checkCronJobs(examined) },
    { id: "database.cron_answers", run: () => checkCronAnswers(examined) },
    { id: "database.vault_secrets", run: () => checkVault(examined) },
    { id: "database.buckets", run: () => checkBuckets(examined) },
    { id: "database.storage_policies", run: () => checkStoragePolicies(examined) },
  ];
}
