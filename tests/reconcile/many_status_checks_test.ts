/** Many status checks are due after an outage. */
import type postgres from "postgres";
import { assert } from "../support/assert.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { beginConversation } from "../support/own_rows.ts";
import { pagesOf } from "../support/pages.ts";

const CLAIM = "select * from recruiting_claim_status_checks(gen_random_uuid(), batch => 1)";

/** Writes messages of one conversation. Their status check is due, and no callback skips it. */
async function writeMessages(sql: postgres.Sql, count: number, isDue = true) {
  const { id } = await beginConversation(sql, { recruit_phone: "+15550100001" });
  await sql`
    insert into recruiting_messages
      (conversation_id, direction, sender_type, status, message_sid, begun_at, status_check_at)
    select ${id}, 'outbound', 'bot', 'sent', 'SM' || md5(random()::text), now() - interval '20 minutes',
      case when ${isDue} then now() - n * interval '1 millisecond' end
    from generate_series(1, ${count}) n`;
}

Deno.test("status checks that are due are looked at once each, however many there are", () =>
  withOwnDatabase(async (sql) => {
    // Planned for the ordinary case, that hardly any is due.
    await writeMessages(sql, 1000, false);
    await sql`analyze recruiting_messages`;
    await writeMessages(sql, 20);
    const few = await pagesOf(sql, CLAIM);
    await writeMessages(sql, 380);
    const many = await pagesOf(sql, CLAIM);
    assert(many <= few * 20, `${few} pages for 20, ${many} for 400`);
  }));
