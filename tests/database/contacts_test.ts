import type postgres from "postgres";
import { assert, assertEquals } from "../support/assert.ts";
import { newContact, ownersOfPhones, upsertContacts, wrote } from "../support/contacts.ts";
import { withEmptiedDatabase } from "../support/emptied_database.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { beginConversation } from "../support/own_rows.ts";
import { newPhone } from "../support/twilio.ts";
import { withoutTriggers } from "../support/without_triggers.ts";

const LINKEDIN = "https://www.linkedin.com/in/ada-example/";

/** The columns of a contact that a call writes. */
async function rowOf(sql: postgres.Sql, externalId: string) {
  const [row] = await sql`
    select name, linkedin_url, alert_subscription_id, metadata from recruiting_contacts
    where external_id = ${externalId}`;
  return row && { ...row };
}

/** When each contact last changed, by its external_id. */
async function updatedAt(sql: postgres.Sql): Promise<Record<string, string>> {
  const rows =
    await sql`select external_id, updated_at::text from recruiting_contacts order by external_id`;
  return Object.fromEntries(rows.map(({ external_id, updated_at }) => [external_id, updated_at]));
}

Deno.test("a field that is absent stays, and null empties it", () =>
  withEmptiedDatabase(async (sql) => {
    const contact = newContact({
      linkedin_url: LINKEDIN,
      alert_subscription_id: "sub-1",
      metadata: { grade: 7 },
    });
    const { external_id } = contact;
    assertEquals(await upsertContacts(sql, [contact]), wrote({ inserted: 1 }));
    const before = await rowOf(sql, external_id);
    assertEquals(before, {
      name: "Ada Example",
      linkedin_url: LINKEDIN,
      alert_subscription_id: "sub-1",
      metadata: { grade: 7 },
    });
    const owners = await ownersOfPhones(sql);
    assertEquals(owners, { [contact.phones[0].phone]: external_id });

    assertEquals(await upsertContacts(sql, [{ external_id }]), wrote({ unchanged: 1 }));
    assertEquals([await rowOf(sql, external_id), await ownersOfPhones(sql)], [before, owners]);

    const empty = {
      external_id,
      name: null,
      linkedin_url: null,
      alert_subscription_id: null,
      metadata: null,
      phones: null,
    };
    assertEquals(await upsertContacts(sql, [empty]), wrote({ updated: 1 }));
    assertEquals(await rowOf(sql, external_id), {
      name: null,
      linkedin_url: null,
      alert_subscription_id: null,
      metadata: {},
    });
    assertEquals(await ownersOfPhones(sql), {});
    assertEquals(await upsertContacts(sql, [empty]), wrote({ unchanged: 1 }));
  }));

Deno.test("an equal call changes no row, and one that differs changes its own contacts", () =>
  withEmptiedDatabase(async (sql) => {
    const contacts = ["a", "b"].map((external_id) => newContact({ external_id }));
    await upsertContacts(sql, contacts);
    const before = await updatedAt(sql);
    assertEquals(await upsertContacts(sql, contacts), wrote({ unchanged: 2 }));
    assertEquals(await updatedAt(sql), before);

    const labelled = { ...contacts[0], phones: [{ ...contacts[0].phones[0], label: "home" }] };
    assertEquals(
      await upsertContacts(sql, [labelled, contacts[1]]),
      wrote({ updated: 1, unchanged: 1 }),
    );
    const after = await updatedAt(sql);
    assert(after.a > before.a, `from ${before.a} to ${after.a}`);
    assertEquals(after.b, before.b);
  }));

Deno.test("phones is the whole list: others are taken off, and spellings of one phone are one", () =>
  withEmptiedDatabase(async (sql) => {
    const external_id = "a";
    const [kept, dropped, added] = [newPhone(), newPhone(), newPhone()];
    const phones = (
      ...list: string[]
    ) => [{ external_id, phones: list.map((phone) => ({ phone })) }];
    await upsertContacts(sql, phones(kept, dropped));
    assertEquals(await upsertContacts(sql, phones(added, kept)), wrote({ updated: 1 }));
    assertEquals(Object.keys(await ownersOfPhones(sql)), [kept, added].sort());

    const spelled = [
      "+525512345678",
      "+5215512345678",
      "+5491123456789",
      "+5511987654321",
      "+551187654321",
    ];
    assertEquals(await upsertContacts(sql, phones(...spelled)), wrote({ updated: 1 }));
    assertEquals(await upsertContacts(sql, phones(...spelled)), wrote({ unchanged: 1 }));
    const rows =
      await sql`select canonical, phone from recruiting_contact_phones order by canonical`;
    assertEquals(rows.map(({ canonical, phone }) => [canonical, phone]), [
      ["+525512345678", "+525512345678"],
      ["+541123456789", "+5491123456789"],
      ["+5511987654321", "+5511987654321"],
    ]);
    const other = { external_id: "b", phones: [{ phone: "+541123456789" }] };
    const { refused } = await upsertContacts(sql, [other]);
    assertEquals(refused.map(({ reason }) => reason), ["phones[0] is a phone of another contact"]);
  }));

Deno.test("a phone of another contact is refused, and moves where the caller says so", () =>
  withEmptiedDatabase(async (sql) => {
    const phone = newPhone();
    const a = { external_id: "a", phones: [{ phone }] };
    const b = { external_id: "b", name: "Bo Example", phones: [{ phone: newPhone() }, { phone }] };
    await upsertContacts(sql, [a]);
    const refused = [{
      external_id: "b",
      field: "phones",
      reason: "phones[1] is a phone of another contact",
    }];
    assertEquals(await upsertContacts(sql, [b]), { ...wrote({ inserted: 1 }), refused });
    assertEquals((await rowOf(sql, "b"))?.name, "Bo Example");
    assertEquals(await upsertContacts(sql, [b]), { ...wrote({ unchanged: 1 }), refused });
    const before = await updatedAt(sql);
    assertEquals(await upsertContacts(sql, [b], { movePhones: true }), wrote({ updated: 1 }));
    assertEquals((await ownersOfPhones(sql))[phone], "b");
    const after = await updatedAt(sql);
    assert(after.a > before.a, `from ${before.a} to ${after.a}`);
    assertEquals(await upsertContacts(sql, [b], { movePhones: true }), wrote({ unchanged: 1 }));
  }));

Deno.test("within a call a contact gives a phone up to another one, in either order", () =>
  withEmptiedDatabase(async (sql) => {
    const phone = newPhone();
    const giving = (external_id: string) => ({ external_id, phones: [{ phone: newPhone() }] });
    const getting = (external_id: string) => ({ external_id, phones: [{ phone }] });
    await upsertContacts(sql, [getting("a")]);
    await upsertContacts(sql, [giving("a"), getting("b")]);
    assertEquals((await ownersOfPhones(sql))[phone], "b");
    await upsertContacts(sql, [getting("a"), giving("b")]);
    assertEquals((await ownersOfPhones(sql))[phone], "a");
  }));

Deno.test("of two contacts of a call that give one phone the first has it, unless the second has it already", () =>
  withEmptiedDatabase(async (sql) => {
    const phone = newPhone();
    const [a, b] = ["a", "b"].map((external_id) => ({ external_id, phones: [{ phone }] }));
    const refusal = (external_id: string) => [{
      external_id,
      field: "phones",
      reason: "phones[0] is a phone of another contact of this call",
    }];
    assertEquals(await upsertContacts(sql, [a, b]), {
      ...wrote({ inserted: 2 }),
      refused: refusal("b"),
    });
    assertEquals(await ownersOfPhones(sql), { [phone]: "a" });
    assertEquals(await upsertContacts(sql, [b, a]), {
      ...wrote({ unchanged: 2 }),
      refused: refusal("b"),
    });
    for (let times = 0; times < 2; times++) {
      const { refused } = await upsertContacts(sql, [b, a], { movePhones: true });
      assertEquals(refused, refusal("a"));
      assertEquals(await ownersOfPhones(sql), { [phone]: "b" });
    }
  }));

Deno.test("a subscription of another contact is refused, and the rest of the contact is written", () =>
  withEmptiedDatabase(async (sql) => {
    const contact = (external_id: string, alert_subscription_id: string | null) => ({
      external_id,
      name: external_id,
      alert_subscription_id,
    });
    const subscriptions = async () => {
      const rows = await sql`
        select external_id, alert_subscription_id from recruiting_contacts order by external_id`;
      return rows.map(({ alert_subscription_id }) => alert_subscription_id);
    };
    const refusedOf = async (...contacts: unknown[]) => {
      const { refused } = await upsertContacts(sql, contacts);
      const again = await upsertContacts(sql, contacts);
      assertEquals([again.unchanged, again.refused], [contacts.length, refused]);
      assertEquals(refused.filter(({ field }) => field !== "alert_subscription_id"), []);
      return refused.map(({ external_id }) => external_id);
    };
    assertEquals(await refusedOf(contact("a", "1"), contact("b", "1"), contact("c", "3")), ["b"]);
    assertEquals(await subscriptions(), ["1", null, "3"]);
    assertEquals((await rowOf(sql, "b"))?.name, "b");
    // Two that change places.
    assertEquals(await refusedOf(contact("a", "3"), contact("c", "1")), []);
    assertEquals(await subscriptions(), ["3", null, "1"]);
    // One that keeps its own, because what it wants is another contact's, passes it on to no other.
    assertEquals(await refusedOf(contact("b", "3"), contact("a", "1")), ["b", "a"]);
    assertEquals(await refusedOf(contact("b", "3"), contact("a", null)), []);
    assertEquals(await subscriptions(), [null, "3", "1"]);
  }));

/** A field, its value, and how the reason of the refusal begins. */
const REFUSED: [string, unknown, string][] = [
  ...[7, true, {}, [], "x".repeat(256), "x".repeat(1024 * 1024)].map((
    value,
  ): typeof REFUSED[number] => ["name", value, "name must be a text"]),
  ...[
    "",
    7,
    {},
    "linkedin.com/in/ada",
    "http://www.linkedin.com/in/ada",
    "https://www.linkedin.com",
    "https://evil-linkedin.com/in/ada",
    "https://linkedin.com.example.com/in/ada",
    "https://example.com/linkedin.com/",
    "https://ada@www.linkedin.com/in/ada",
    "https://example.com\\.linkedin.com/in/ada",
    "https://www.linkedin.com/in/a da",
    'https://www.linkedin.com/in/"onclick="',
    "javascript:alert(1)//https://www.linkedin.com/",
    `https://www.linkedin.com/${"x".repeat(488)}`,
  ].map((value): typeof REFUSED[number] => ["linkedin_url", value, "linkedin_url must be"]),
  ...["", 7, {}, "x".repeat(256)].map((
    value,
  ): typeof REFUSED[number] => ["alert_subscription_id", value, "alert_subscription_id must be"]),
  ...["", 7, [], { long: "x".repeat(70_000) }].map((
    value,
  ): typeof REFUSED[number] => ["metadata", value, "metadata must be"]),
  ...["+15550100001", 7, {}, Array.from({ length: 51 }, () => ({ phone: "+15550100001" }))].map((
    value,
  ): typeof REFUSED[number] => ["phones", value, "phones must be"]),
  ...["+15550100001", 7, null, [], {}, { phone: null }, { phone: 15550100001 }].map((
    value,
  ): typeof REFUSED[number] => ["phones", [value], "phones[0] must have phone"]),
  ...[7, {}, "x".repeat(65)].map((
    label,
  ): typeof REFUSED[number] => [
    "phones",
    [{ phone: "+15550100001", label }],
    "phones[0] must have as label",
  ]),
  ...[
    "",
    " ",
    "5550100001",
    "+1 (555) 010-0001",
    "+05550100001",
    "+15550100001\n",
    "ada",
    "us.1234",
    "12345",
  ]
    .flatMap((phone): typeof REFUSED[number][] =>
      [undefined, "mobile", "whatsapp"].map((label) => [
        "phones",
        [{ phone, label }],
        "phones[0] must be E.164",
      ])
    ),
  ...["", "messenger:1234", "whatsapp:+15550100001", "x".repeat(256)].map((
    phone,
  ): typeof REFUSED[number] => [
    "phones",
    [{ phone, label: "messenger" }],
    "phones[0] must be E.164",
  ]),
];

Deno.test("what is wrong is refused by name, without the value, and the rest is written", () =>
  withEmptiedDatabase(async (sql) => {
    const contacts = REFUSED.map(([field, value], index) => ({
      external_id: String(index),
      name: "Ada Example",
      metadata: { index },
      [field]: value,
    }));
    const { inserted, refused } = await upsertContacts(sql, contacts);
    assertEquals(inserted, contacts.length);
    const byContact = new Map(refused.map((refusal) => [refusal.external_id, refusal]));
    for (const [index, [field, value, reason]] of REFUSED.entries()) {
      const found = byContact.get(String(index));
      const of = JSON.stringify(value).slice(0, 80);
      assertEquals([of, found?.field, found?.reason.slice(0, reason.length)], [of, field, reason]);
      const { length } = found?.reason ?? "";
      assert(length < 160, `${of}: the reason has ${length} characters`);
      assert(!found?.reason.includes("0001\n"), `${of}: the reason has the value`);
    }
    assertEquals(refused.length, REFUSED.length);
    const [{ named, indexed }] = await sql`
      select count(name)::int as named, count(*) filter (where metadata ? 'index')::int as indexed
      from recruiting_contacts`;
    const without = (field: string) => REFUSED.filter(([other]) => other !== field).length;
    assertEquals([named, indexed], [without("name"), without("metadata")]);
    assertEquals(await ownersOfPhones(sql), {});
  }));

Deno.test("a refused field stays as it was", () =>
  withEmptiedDatabase(async (sql) => {
    const contact = newContact({
      linkedin_url: LINKEDIN,
      alert_subscription_id: "1",
      metadata: { a: 1 },
    });
    await upsertContacts(sql, [contact]);
    const before = [await rowOf(sql, contact.external_id), await ownersOfPhones(sql)];
    const wrong = { name: 1, linkedin_url: 1, alert_subscription_id: 1, metadata: 1, phones: 1 };
    const { unchanged, refused } = await upsertContacts(sql, [{ ...contact, ...wrong }]);
    assertEquals([unchanged, refused.length], [1, 5]);
    assertEquals([await rowOf(sql, contact.external_id), await ownersOfPhones(sql)], before);
  }));

Deno.test("addresses of every channel are phones, and every profile on LinkedIn is one", () =>
  withEmptiedDatabase(async (sql) => {
    await sql`select recruiting_start_conversation('messenger', 'page-scoped-id', 'our-page')`;
    const phones = [
      { phone: "+15550100001", label: "mobile" },
      { phone: "US.1234", label: "whatsapp" },
      { phone: "24600000000000001" },
      { phone: "any id", label: "messenger" },
      { phone: "page-scoped-id", label: "Facebook" },
    ];
    const urls = [
      LINKEDIN,
      "https://linkedin.com/in/ada",
      "https://de.LinkedIn.com/in/józef?trk=a",
      `https://www.linkedin.com/${"x".repeat(487)}`,
    ];
    const contacts = urls.map((linkedin_url, index) => ({
      external_id: String(index),
      linkedin_url,
      phones: index === 0 ? phones : [],
    }));
    assertEquals(await upsertContacts(sql, contacts), wrote({ inserted: urls.length }));
    const rows = await sql`select phone, label from recruiting_contact_phones order by phone`;
    assertEquals(rows.map(({ phone }) => phone), phones.map(({ phone }) => phone).sort());
  }));

Deno.test("unknown fields, also __proto__, change nothing", () =>
  withEmptiedDatabase(async (sql) => {
    const item = `{"external_id": "__proto__", "__proto__": {"name": "Eve"}, "id": 1, "profile": {},
      "created_at": "x", "metadata": {"__proto__": 1, "constructor": 2}}`;
    assertEquals(await upsertContacts(sql, [JSON.parse(item)]), wrote({ inserted: 1 }));
    const [row] = await sql`select name, profile, metadata::text from recruiting_contacts`;
    assertEquals([row.name, row.profile], [null, null]);
    assertEquals(row.metadata, '{"__proto__": 1, "constructor": 2}');
    assertEquals(await upsertContacts(sql, [JSON.parse(item)]), wrote({ unchanged: 1 }));
  }));

/** What a call gives, and the error's message. */
const WRONG_CALLS: [string, unknown, string][] = [
  ["nothing", null, "contacts must be an array"],
  ["an object", { external_id: "a" }, "contacts must be an array"],
  ["a text", "[]", "contacts must be an array"],
  [
    "5,001 contacts",
    Array.from({ length: 5001 }, (_, n) => ({ external_id: String(n) })),
    "contacts must be at most 5000, not 5001",
  ],
  ...[{}, null, 7, "a", [], { external_id: null }, { external_id: 7 }, { external_id: "" }, {
    external_id: "x".repeat(256),
  }].map((item): typeof WRONG_CALLS[number] => [
    `an item like ${JSON.stringify(item).slice(0, 30)}`,
    [newContact(), item],
    "contacts[1] must have external_id, a text of 1 to 255 characters",
  ]),
  [
    "an external_id twice",
    [{ external_id: "a" }, { external_id: "b" }, { external_id: "a" }],
    "contacts[2] has the external_id of an item before it",
  ],
];

Deno.test("a call that names its contacts wrongly raises 22023 and writes nothing", () =>
  withEmptiedDatabase(async (sql) => {
    for (const [label, contacts, message] of WRONG_CALLS) {
      const error = await upsertContacts(sql, contacts).then(() => undefined, (error) => error);
      assertEquals([label, error?.code, error?.message], [label, "22023", message]);
    }
    const sqlNull = await sql`select recruiting_upsert_contacts(null)`.then(
      () => undefined,
      (error) => error.code,
    );
    assertEquals(sqlNull, "22023");
    const [{ count }] = await sql`select count(*)::int from recruiting_contacts`;
    assertEquals(count, 0);
    assertEquals(await upsertContacts(sql, []), wrote({}));
  }));

Deno.test("5,000 contacts are one call, and the same call again changes nothing", () =>
  // New connections: one that has planned for a few rows needs four times as long.
  withOwnDatabase(async (sql, admin) => {
    const contacts = Array.from({ length: 5000 }, (_, n) => ({
      external_id: `contact ${n}`,
      name: `Recruit ${n}`,
      linkedin_url: `https://www.linkedin.com/in/recruit-${n}/`,
      alert_subscription_id: `subscription ${n}`,
      metadata: { n },
      phones: [0, 1].map((m) => ({ phone: `+1555${String(2 * n + m).padStart(7, "0")}` })),
    }));
    await withoutTriggers(admin, (tx) =>
      tx`
      insert into recruiting_conversations (recruit_phone, twilio_phone)
      select '+1555' || lpad((2 * n)::text, 7, '0'), '+15550100000' from generate_series(0, 4999) n`);
    assertEquals(await upsertContacts(sql, contacts), wrote({ inserted: 5000 }));
    const [{ named }] = await sql`
      select count(*)::int as named from recruiting_conversations where recruit_name like 'Recruit %'`;
    assertEquals(named, 5000);
    const before = await updatedAt(sql);
    assertEquals(
      await upsertContacts(sql, contacts.toReversed(), { movePhones: true }),
      wrote({ unchanged: 5000 }),
    );
    assertEquals(await updatedAt(sql), before);
  }));

Deno.test("a deleted contact takes its phones and alerts along, and its conversations stay", () =>
  withEmptiedDatabase(async (sql) => {
    const contact = newContact();
    const { id } = await beginConversation(sql, { recruit_phone: contact.phones[0].phone });
    await upsertContacts(sql, [contact]);
    await sql`insert into recruiting_profile_alerts (contact_id, changed)
      select id, '{}' from recruiting_contacts`;
    const deleted = async (externalId: string) => {
      const [row] = await sql`select recruiting_delete_contact(${externalId}) as deleted`;
      return row.deleted;
    };
    assertEquals(await deleted("another"), false);
    assertEquals(await deleted(contact.external_id), true);
    assertEquals(await deleted(contact.external_id), false);
    const [left] = await sql`select
      (select count(*)::int from recruiting_contacts) as contacts,
      (select count(*)::int from recruiting_contact_phones) as phones,
      (select count(*)::int from recruiting_profile_alerts) as alerts,
      (select recruit_name from recruiting_conversations where id = ${id}) as name`;
    assertEquals({ ...left }, { contacts: 0, phones: 0, alerts: 0, name: "Ada Example" });
  }));
