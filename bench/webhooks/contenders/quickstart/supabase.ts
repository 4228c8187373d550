/**
 * The client of Supabase's guide.
 *
 * @see https://supabase.com/docs/guides/functions/connect-to-postgres
 * @module
 */
import { createClient } from "@supabase/supabase-js";

const { default: key } = JSON.parse(Deno.env.get("SUPABASE_SECRET_KEYS") ?? "{}");

/** Acts as service_role. */
export const supabase = createClient(Deno.env.get("SUPABASE_URL") ?? "", key);

/** Postgres's error for a row that exists already. */
export const UNIQUE_VIOLATION = "23505";
