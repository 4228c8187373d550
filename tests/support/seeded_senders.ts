/**
 * The senders of supabase/seed.sql, which alone have numbers at the stand-in for Twilio.
 *
 * @module
 */
import { withSql } from "./stack.ts";

/** Deletes the senders that other tests have left in the running stack, because the doctor would miss them at Twilio. */
export async function keepSeededSenders(): Promise<void> {
  await withSql(async (sql) => {
    await sql`
      delete from recruiting_senders where address not in ('+15550100000', '+15550100009')`;
  });
}
