/** A contact's name in the conversations of its phones, whichever of the two comes first. */
import type postgres from "postgres";
import { assert, assertEquals } from "../support/assert.ts";
import { withCallers } from "../support/at_once.ts";
import { newContact, upsertContacts } from "../support/contacts.ts";
import { withEmptiedDatabase } from "../support/emptied_database.ts";
import { beginConversation } from "../support/own_rows.ts";
import { newPhone, newSid } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

const OURS = "+15550100000";

/** What WhatsApp calls the recruit. */
const PROFILE_NAME = "adalovesjobs";

/** A text with a ProfileName. */
const textFrom = (sql: postgres.Sql | postgres.TransactionSql, phone: string) =>
  sql`select recruiting_receive_message(message_sid => ${newSid()}, channel => 'sms',
    recruit_phone => ${phone}, twilio_phone => ${OURS}, payload => '{}', verdict => 'reply',
    body => 'Hi', recruit_name => ${PROFILE_NAME})`;

async function nameOf(sql: postgres.Sql, phone: string): Promise<string | null> {
  const [row] = await sql`
    select recruit_name from recruiting_conversations
    where canonical_phone = private.canonical_phone(${phone})`;
  return row?.recruit_name ?? null;
}

/** Two spellings of one phone of each country that has them. */
const SPELLINGS = [
  ["+15550100001", "+15550100001"],
  ["+525512345678", "+5215512345678"],
  ["+541123456789", "+5491123456789"],
  ["+5511987654321", "+551187654321"],
];

for (const [one, other] of SPELLINGS.flatMap(([one, other]) => [[one, other], [other, one]])) {
  Deno.test(`a contact ${one} names the conversation ${other}, whichever comes first`, () =>
    withEmptiedDatabase(async (sql) => {
      const contact = newContact({ phones: [{ phone: one }] });
      await upsertContacts(sql, [contact]);
      const { id } = await beginConversation(sql, { recruit_phone: other });
      assertEquals(await nameOf(sql, other), "Ada Example");
      await sql`update recruiting_conversations set recruit_name = null where id = ${id}`;
      await upsertContacts(sql, [{ ...contact, name: "Ada B. Example" }]);
      assertEquals(await nameOf(sql, other), "Ada B. Example");
    }));
}

Deno.test("a name that is there stays", () =>
  withEmptiedDatabase(async (sql) => {
    const [given, profile] = [newPhone(), newPhone()];
    await sql`select recruiting_start_conversation(channel => 'sms', recruit_phone => ${given},
      twilio_phone => ${OURS}, recruit_name => 'Given')`;
    await beginConversation(sql, { recruit_phone: profile });
    await textFrom(sql, profile);
    const phones = [{ phone: given }, { phone: profile }];
    await upsertContacts(sql, [newContact({ phones })]);
    assertEquals([await nameOf(sql, given), await nameOf(sql, profile)], ["Given", PROFILE_NAME]);

    const later = newPhone();
    await upsertContacts(sql, [newContact({ phones: [{ phone: later }] })]);
    await sql`select recruiting_start_conversation(channel => 'sms', recruit_phone => ${later},
      twilio_phone => ${OURS}, recruit_name => 'Given')`;
    assertEquals(await nameOf(sql, later), "Given");
  }));

Deno.test("an empty name is filled like one that is missing, and a contact without a name fills none", () =>
  withEmptiedDatabase(async (sql) => {
    const [phone, nameless] = [newPhone(), newPhone()];
    await upsertContacts(sql, [
      newContact({ phones: [{ phone }] }),
      newContact({ name: "  ", phones: [{ phone: nameless }] }),
    ]);
    await sql`select recruiting_start_conversation(channel => 'sms', recruit_phone => ${phone},
      twilio_phone => ${OURS}, recruit_name => '')`;
    await sql`select recruiting_start_conversation(channel => 'sms', recruit_phone => ${nameless},
      twilio_phone => ${OURS})`;
    assertEquals([await nameOf(sql, phone), await nameOf(sql, nameless)], ["Ada Example", null]);
    await textFrom(sql, nameless);
    assertEquals(await nameOf(sql, nameless), PROFILE_NAME);
  }));

Deno.test("a phone that moves brings the name of its new contact", () =>
  withEmptiedDatabase(async (sql) => {
    const phone = newPhone();
    await upsertContacts(sql, [{ external_id: "nameless", phones: [{ phone }] }]);
    await beginConversation(sql, { recruit_phone: phone });
    assertEquals(await nameOf(sql, phone), null);
    await upsertContacts(sql, [newContact({ phones: [{ phone }] })], { movePhones: true });
    assertEquals(await nameOf(sql, phone), "Ada Example");
  }));

Deno.test("the contact's name comes before ProfileName: of a text, of an adopted text and of a stranger's", () =>
  withEmptiedDatabase(async (sql) => {
    const [texting, adopted, stranger] = [newPhone(), newPhone(), newPhone()];
    await textFrom(sql, adopted);
    await upsertContacts(sql, [
      newContact({ phones: [texting, adopted, stranger].map((phone) => ({ phone })) }),
    ]);
    await beginConversation(sql, { recruit_phone: texting });
    await textFrom(sql, texting);
    await beginConversation(sql, { recruit_phone: adopted });
    await sql`insert into recruiting_senders (channel, address, strangers)
      values ('sms', ${OURS}, 'escalate')`;
    await textFrom(sql, stranger);
    for (const phone of [texting, adopted, stranger]) {
      assertEquals(await nameOf(sql, phone), "Ada Example");
    }
    const unknown = newPhone();
    await textFrom(sql, unknown);
    assertEquals(await nameOf(sql, unknown), PROFILE_NAME);
    const broadcasts = await sql`
      select payload ->> 'recruit_name' as name from realtime.messages
      where event = 'conversation_escalated' order by inserted_at`;
    assertEquals(broadcasts.map(({ name }) => name), ["Ada Example", PROFILE_NAME]);
  }));

Deno.test("a contact that gets its name while its conversation is being created names it", () =>
  withEmptiedDatabase(async (sql) => {
    const contact = newContact({ name: null });
    const [{ phone }] = contact.phones;
    await upsertContacts(sql, [contact]);
    let hasBegun = false;
    let beginning: Promise<unknown> | undefined;
    await sql.begin(async (naming) => {
      await upsertContacts(naming, [{ external_id: contact.external_id, name: "Ada Example" }]);
      beginning = beginConversation(sql, { recruit_phone: phone }).then(() => hasBegun = true);
      await until(async () => {
        const [{ waiting }] = await sql`
          select count(*)::int as waiting from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`;
        return hasBegun || waiting > 0;
      }, "the conversation to begin, or to wait for the name");
    });
    await beginning;
    assertEquals(await nameOf(sql, phone), "Ada Example");
  }));

/** What begins the conversation, and the names that it may have in the end. */
const BEGINNINGS: Record<
  string,
  { begin: (tx: postgres.TransactionSql, phone: string) => Promise<unknown>; names: string[] }
> = {
  "start_conversation": {
    begin: (tx, phone) =>
      tx`select recruiting_start_conversation(channel => 'sms', recruit_phone => ${phone},
      twilio_phone => ${OURS})`,
    names: ["Ada Example"],
  },
  // A name that a stranger's text has brought first stays.
  "a stranger's text": { begin: textFrom, names: ["Ada Example", PROFILE_NAME] },
};

for (const [label, { begin, names }] of Object.entries(BEGINNINGS)) {
  Deno.test(`a contact that comes at the same time as its conversation by ${label} names it`, () =>
    withEmptiedDatabase((sql) =>
      withCallers(sql, async (atOnce) => {
        await sql`insert into recruiting_senders (channel, address, strangers)
          values ('sms', ${OURS}, 'bot')`;
        for (let round = 0; round < 3; round++) {
          for (const commits of ["held", "at once"] as const) {
            const contact = newContact();
            const [{ phone }] = contact.phones;
            const calls = [
              (tx: postgres.TransactionSql) => upsertContacts(tx, [contact]),
              (tx: postgres.TransactionSql) => begin(tx, phone),
            ];
            await atOnce<unknown>(round % 2 ? calls : calls.toReversed(), commits);
            const name = await nameOf(sql, phone);
            assert(names.includes(name ?? ""), `${name}`);
          }
        }
      })
    ));
}
