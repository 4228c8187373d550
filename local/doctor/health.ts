/**
 * What the database function recruiting_health() reports.
 *
 * @module
 */
import { z } from "zod/v3";

/**
 * A part of the report: null where its schema is missing, an SQLSTATE where it cannot be read. Only the others
 * have what the check looks at.
 */
function part<Schema extends z.ZodTypeAny>(schema: Schema) {
  return z.union([z.null(), z.object({ error: z.string() }).strict(), schema]);
}

/** Policies, grants and row level security of one thing, by what each concerns: `grant to anon`. */
export const Rules = z.record(z.string());
export type Rules = z.infer<typeof Rules>;

const AppliedMigration = z.object({
  version: z.string(),
  name: z.string().nullable(),
  /** The hash of its statements, as `migrationHash` computes it; null where the statements are not stored. */
  hash: z.string().nullable(),
});

const CronJob = z.object({
  name: z.string(),
  schedule: z.string(),
  is_active: z.boolean(),
  /** The newest finished run; null if there is none. */
  last_run: z.object({
    status: z.string(),
    message: z.string().nullable(),
    ended_at: z.string().nullable(),
  }).nullable(),
});

/** A bucket of Storage. */
export const Bucket = z.object({
  id: z.string(),
  is_public: z.boolean(),
  file_size_limit: z.number().nullable(),
  allowed_mime_types: z.array(z.string()).nullable(),
});

/** The report. */
export const Health = z.object({
  /** The database's time. */
  checked_at: z.string(),
  migrations: part(z.array(AppliedMigration)),
  /** The names of the arguments of our functions in schema public, by the functions' names. */
  functions: part(z.record(z.array(z.string()))),
  /** The rules of each of our tables, views and functions, by its name. */
  access: part(z.record(Rules)),
  realtime: part(z.object({
    /** The policies of realtime.messages. */
    policies: Rules,
    /** Whether a broadcast of this moment has a partition. */
    has_partition: z.boolean(),
  })),
  storage: part(z.object({
    /** The policies of storage.objects. */
    policies: Rules,
    buckets: z.array(Bucket),
  })),
  cron: part(z.array(CronJob)),
  net: part(z.object({
    /** The newest good answer of sms-reconcile to the schedule. */
    last_good_at: z.string().nullable(),
    /** The newest answer that is not good, of the last 2 minutes. */
    failure: z.object({ status: z.number().nullable(), error: z.string().nullable() }).nullable(),
  })),
  vault: part(z.object({
    /** Those of the two secrets of the schedule that Vault has, by name. */
    names: z.array(z.string()),
    /** Whether project_url is an address without a path; null if it is missing. */
    is_address_plain: z.boolean().nullable(),
  })),
});
export type Health = z.infer<typeof Health>;
