/** A broadcast that fails holds up nothing that it tells of, whatever it fails by. */
import { assertEquals } from "../support/assert.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { beginConversation } from "../support/own_rows.ts";
import { newSid } from "../support/twilio.ts";

/** Ends a transaction without a commit. */
class Undo extends Error {}

Deno.test("a text is stored, with a warning, also where the migrations' role may not use schema realtime", () =>
  withOwnDatabase(async (sql, admin) => {
    const { recruit_phone, twilio_phone } = await beginConversation(sql, { status: "escalated" });
    const call = admin.begin(async (tx) => {
      // Roles are the cluster's: other tests do not see what this transaction revokes.
      await tx`revoke pg_read_all_data from postgres`;
      await tx`revoke usage on schema realtime
        from postgres, public, anon, authenticated, service_role, supabase_realtime_admin`;
      await tx`set local role postgres`;
      const [{ outcome, warnings }] = await tx`
        select outcome, warnings from recruiting_receive_message(message_sid => ${newSid()}, channel => 'sms',
          recruit_phone => ${recruit_phone}, twilio_phone => ${twilio_phone}, payload => '{}', verdict => 'reply')`;
      assertEquals([outcome, warnings], ["received", ["broadcast_missed"]]);
      throw new Undo();
    });
    await call.catch((error) => {
      if (!(error instanceof Undo)) throw error;
    });
  }));
