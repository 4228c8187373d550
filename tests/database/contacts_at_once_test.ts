/** Calls at once that write the same contacts: none is a deadlock, and the rows are those of one after the other. */
import type postgres from "postgres";
import { assertEquals } from "../support/assert.ts";
import { withCallers } from "../support/at_once.ts";
import { newContact, upsertContacts, wrote } from "../support/contacts.ts";
import { withOwnDatabase } from "../support/own_database.ts";

const CONTACTS = 100;

/** What one contact alone may have: each of the calls gives it to other contacts. */
const UNIQUE_FIELDS = ["phones", "alert_subscription_id"] as const;

for (const field of UNIQUE_FIELDS) {
  Deno.test(`calls at once give ${field} to the same contacts, in opposite orders`, () =>
    withOwnDatabase((sql) =>
      withCallers(sql, async (atOnce) => {
        for (let round = 0; round < 3; round++) {
          const contacts = Array.from({ length: CONTACTS }, (_, n) => ({
            external_id: `${round} ${n}`,
            [field]: { phones: newContact().phones, alert_subscription_id: `${round} ${n}` }[field],
          }));
          const moved = contacts.map(({ external_id }, n) => ({
            external_id,
            [field]: contacts[(n + 1) % CONTACTS][field],
          })).toReversed();
          const answers = await atOnce(
            Array.from(
              { length: 6 },
              (_, n) => (tx: postgres.TransactionSql) =>
                upsertContacts(tx, n % 2 ? contacts : moved, { movePhones: true }),
            ),
            "at once",
          );
          const inserted = answers.map((answer) => answer.inserted).sort((a, b) => b - a);
          assertEquals(inserted, [CONTACTS, 0, 0, 0, 0, 0]);
          assertEquals(answers.flatMap(({ refused }) => refused), []);
          await upsertContacts(sql, contacts);
          assertEquals(await upsertContacts(sql, contacts), wrote({ unchanged: CONTACTS }));
        }
      })
    ));
}
