/** A broadcast that fails holds up nothing that it tells of, whatever it fails by. */
import type postgres from "postgres";
import { assertEquals } from "../support/assert.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { beginConversation } from "../support/own_rows.ts";
import { newSid } from "../support/twilio.ts";

/** Ends a transaction without a commit. */
class Undo extends Error {}

/** Runs a transaction as the migrations' role, which may not use schema realtime in it, and undoes it. */
async function withoutRealtime(
  admin: postgres.Sql,
  use: (tx: postgres.TransactionSql) => Promise<void>,
): Promise<void> {
  const undone = admin.begin(async (tx) => {
    // Roles are the cluster's: other tests do not see what this transaction revokes.
    await tx`revoke pg_read_all_data from postgres`;
    await tx`revoke usage on schema realtime
      from postgres, public, anon, authenticated, service_role, supabase_realtime_admin`;
    await tx`set local role postgres`;
    await use(tx);
    throw new Undo();
  });
  await undone.catch((error) => {
    if (!(error instanceof Undo)) throw error;
  });
}

Deno.test("a text is stored, with a warning, also where the migrations' role may not use schema realtime", () =>
  withOwnDatabase(async (sql, admin) => {
    const { recruit_phone, twilio_phone } = await beginConversation(sql, { status: "escalated" });
    await withoutRealtime(admin, async (tx) => {
      const [{ outcome, warnings }] = await tx`
        select outcome, warnings from recruiting_receive_message(message_sid => ${newSid()}, channel => 'sms',
          recruit_phone => ${recruit_phone}, twilio_phone => ${twilio_phone}, payload => '{}', verdict => 'reply')`;
      assertEquals([outcome, warnings], ["received", ["broadcast_missed"]]);
    });
  }));

Deno.test("a copied attachment is recorded, with a warning, when its broadcast fails", () =>
  withOwnDatabase(async (sql, admin) => {
    const conversation = await beginConversation(sql, { status: "escalated" });
    const { id: conversation_id, recruit_phone, twilio_phone } = conversation;
    const [{ message_id }] = await sql`
      select message_id from recruiting_receive_message(message_sid => ${newSid()}, channel => 'sms',
        recruit_phone => ${recruit_phone}, twilio_phone => ${twilio_phone}, payload => '{}', verdict => 'none',
        media => '[{"url": "https://api.twilio.com/1", "content_type": "image/png"}]')`;
    const token = crypto.randomUUID();
    await sql`select recruiting_claim_media(claim_token => ${token})`;
    await withoutRealtime(admin, async (tx) => {
      const [row] = await tx`select * from recruiting_record_media(message_id => ${message_id},
        conversation_id => ${conversation_id}, claim_token => ${token},
        results => '[{"index": 0, "path": "a/b/0", "size": 5}]')`;
      assertEquals({ ...row }, { outcome: "recorded", warnings: ["broadcast_missed"] });
    });
  }));
