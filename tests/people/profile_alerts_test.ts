import { agentTopic, UNASSIGNED_TOPIC } from "../../client/events.ts";
import { writeAlert } from "../../supabase/functions/profile-alerts/write_alert.ts";
import type { Deadline } from "../../supabase/functions/_shared/database/database.ts";
import { assert, assertEquals } from "../support/assert.ts";
import {
  changesOf,
  contactRow,
  conversationWith,
  newContact,
  PERSON,
  postAlert,
  postResolved,
  postToAlerts,
  type StoredContact,
} from "../support/profile_alerts.ts";
import { assertPayload, listen } from "../support/realtime.ts";
import { asNewAgent, asServiceRole, withSql } from "../support/stack.ts";
import { newPhone } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

/** Posts alerts one after the other, and returns what they have changed. */
async function changesBy(contact: StoredContact, ...people: unknown[]) {
  for (const person of people) assertEquals(await postAlert(contact, person), 200);
  return await changesOf(contact);
}

Deno.test("the first alert stores the profile, and is no change", async () => {
  const contact = await newContact();
  assertEquals(await changesBy(contact, PERSON), []);
  assertEquals((await contactRow(contact)).profile, PERSON);
});

Deno.test("a repeated alert changes nothing, also with its keys in another order", async () => {
  const contact = await newContact();
  await postAlert(contact, { ...PERSON, nested: { a: 1, b: { c: 2, d: 3 } } });
  const { updated_at } = await contactRow(contact);
  const reordered = { nested: { b: { d: 3, c: 2 }, a: 1 }, ...PERSON };
  assertEquals(await changesBy(contact, reordered, reordered), []);
  assertEquals((await contactRow(contact)).updated_at, updated_at);
});

Deno.test("an alert without a person changes nothing", async () => {
  const contact = await newContact();
  const people = [undefined, null, "Ada", 1, [PERSON]];
  assertEquals(await changesBy(contact, PERSON, ...people), []);
  for (const data of [undefined, null, [], "x"]) {
    const response = await postToAlerts("", { subscriptionId: contact.subscription, data });
    assertEquals([response.status, await response.json()], [200, { ok: true }]);
  }
  assertEquals((await contactRow(contact)).profile, PERSON);
});

Deno.test("a change has each field that differs, with what it was and is; the profile is replaced", async () => {
  const contact = await newContact();
  const { location: _, ...rest } = PERSON;
  const next = { ...rest, headline: "Planner", followers: 7, photoUrl: "https://media.example/2" };
  assertEquals(await changesBy(contact, PERSON, next), [{
    headline: { from: "Driver", to: "Planner" },
    location: { from: "Leeds", to: null },
    followers: { from: null, to: 7 },
    photoUrl: { from: PERSON.photoUrl, to: "https://media.example/2" },
  }]);
  assertEquals((await contactRow(contact)).profile, next);
});

Deno.test("a field that is null is one that is missing", async () => {
  const contact = await newContact();
  assertEquals(await changesBy(contact, { ...PERSON, about: null }, PERSON), []);
});

const positions = (companyName: unknown, title: unknown) => ({
  positionHistory: [{ companyName, title }],
});

for (
  const [label, was, is, changed] of [
    ["first and last name make the name", { firstName: "A", lastName: "B" }, { firstName: "A" }, {
      lastName: { from: "B", to: null },
      name: { from: "A B", to: "A" },
    }],
    [
      "a name of its own goes before first and last name",
      { name: "Ada", firstName: "A" },
      { name: "Ada", firstName: "B" },
      { firstName: { from: "A", to: "B" } },
    ],
    [
      "the same name, then given whole",
      { firstName: "A", lastName: "B" },
      { firstName: "A", lastName: "B", name: "A B" },
      {},
    ],
    [
      "company and position come from the first position",
      { positions: positions("One", "Clerk") },
      { positions: positions("Two", "Clerk") },
      {
        positions: { from: positions("One", "Clerk"), to: positions("Two", "Clerk") },
        company: { from: "One", to: "Two" },
      },
    ],
    [
      "a company of its own goes before the position's",
      { company: "Own", position: "Chief", positions: positions("One", "Clerk") },
      { company: "Own", position: "Boss", positions: positions("Two", "Clerk") },
      {
        positions: { from: positions("One", "Clerk"), to: positions("Two", "Clerk") },
        position: { from: "Chief", to: "Boss" },
      },
    ],
    ["positions of another form are no position", { positions: [1] }, { positions: "none" }, {
      positions: { from: [1], to: "none" },
    }],
    ["names that are no text are no name", { firstName: { a: 1 } }, { firstName: ["b"] }, {
      firstName: { from: { a: 1 }, to: ["b"] },
    }],
  ] as const
) {
  Deno.test(`a change holds what differs from the alert before: ${label}`, async () => {
    const contact = await newContact();
    const changes = await changesBy(contact, was, is);
    assertEquals(changes, Object.keys(changed).length === 0 ? [] : [changed]);
  });
}

Deno.test("of alerts at once each is compared with the one before it", async () => {
  const contact = await newContact({ profile: PERSON });
  const headlines = Array.from({ length: 12 }, (_, number) => `Headline ${number}`);
  const answers = await Promise.all(
    headlines.map((headline) => postAlert(contact, { ...PERSON, headline })),
  );
  assertEquals(new Set(answers), new Set([200]));
  const changes = await changesOf(contact) as { headline: { from: string; to: string } }[];
  assertEquals(changes.length, headlines.length);
  assertEquals(new Set(changes.map(({ headline }) => headline.to)), new Set(headlines));
  // Each headline but the last was the stored one of exactly one other alert.
  assertEquals(new Set(changes.map(({ headline }) => headline.from)).size, headlines.length);
});

Deno.test("no second attempt begins beside one that the database still works on", async () => {
  const deadlines: Deadline[] = [];
  await writeAlert({ subscriptionId: "sub-1", person: {} }, {
    callDatabase: (_, __, ___, deadline) => {
      deadlines.push(deadline);
      const failure = { kind: "unreachable", attempts: 1, database_function: "" } as const;
      return Promise.resolve({ ok: false, failure });
    },
    log: () => {},
  });
  assertEquals(deadlines.length, 1);
  const [{ attemptMs, endsAt }] = deadlines;
  assert(attemptMs >= endsAt - performance.now(), `${attemptMs}`);
});

Deno.test("one alert that comes many times at once is one change", async () => {
  const contact = await newContact({ profile: PERSON });
  await Promise.all(
    Array.from({ length: 10 }, () => postAlert(contact, { ...PERSON, headline: "New" })),
  );
  assertEquals((await changesOf(contact)).length, 1);
});

Deno.test("agents of the open conversations hear of it, once on each topic", async () => {
  const [first, second] = await Promise.all([asNewAgent(), asNewAgent()]);
  const phones = [newPhone(), newPhone()];
  const contact = await newContact({ profile: PERSON, phones });
  const mine = [
    await conversationWith(contact, { status: "bot", assigned_agent_id: first.id }),
    await conversationWith(contact, { status: "escalated", assigned_agent_id: first.id }),
    await conversationWith(contact, {
      recruit_phone: phones[1],
      channel: "whatsapp",
      status: "escalated",
      assigned_agent_id: first.id,
    }),
  ];
  // No agent hears of these: closed, or the bot's alone, or another person's.
  await conversationWith(contact, { status: "closed", assigned_agent_id: first.id });
  await conversationWith(contact, { status: "bot" });
  await conversationWith(await newContact(), { status: "escalated", assigned_agent_id: first.id });
  const hers = await conversationWith(contact, { status: "bot", assigned_agent_id: second.id });
  const unassigned = await withUnassigned(contact);

  const topics = [agentTopic(first.id), agentTopic(second.id), UNASSIGNED_TOPIC];
  const listeners = await Promise.all(
    topics.map((topic, index) => listen([first, second, second][index].client, topic)),
  );
  try {
    const counter = { ...PERSON, followers: 8 };
    const changes = await changesBy(contact, counter, { ...counter, headline: "Planner" });
    assertEquals(changes.length, 2);
    const changed = { headline: { from: "Driver", to: "Planner" } };
    const expected = [mine.map(({ id }) => id), [hers.id], [unassigned]];
    for (const [index, listener] of listeners.entries()) {
      await listener.events(1);
      const heard = listener.heard.filter(({ payload }) => payload.contact_id === contact.id);
      heard.forEach(assertPayload);
      assertEquals(heard.map(({ event, payload: { id: _, ...payload } }) => ({ event, payload })), [
        {
          event: "contact_changed",
          payload: { contact_id: contact.id, conversation_ids: expected[index].sort(), changed },
        },
      ]);
    }
  } finally {
    await Promise.all(listeners.map((listener) => listener.stop()));
  }
});

/** An escalated conversation of a contact that no agent has. */
async function withUnassigned(contact: StoredContact): Promise<string> {
  const { id } = await conversationWith(contact, { status: "closed" });
  await withSql(async (sql) => {
    await sql`update recruiting_conversations set status = 'escalated' where id = ${id}`;
  });
  return id;
}

for (const field of ["name", "headline", "location", "company", "position"]) {
  Deno.test(`a changed ${field} is broadcast`, async () => {
    const contact = await newContact({ profile: PERSON });
    const agent = await asNewAgent();
    await conversationWith(contact, { status: "escalated", assigned_agent_id: agent.id });
    const listener = await listen(agent.client, agentTopic(agent.id));
    try {
      await postAlert(contact, { ...PERSON, [field]: "Changed" });
      assertEquals(await listener.events(1), ["contact_changed"]);
    } finally {
      await listener.stop();
    }
  });
}

Deno.test("a change that is too large to be broadcast is kept, and its contact is named", async () => {
  const contact = await newContact({ profile: PERSON });
  const agent = await asNewAgent();
  await conversationWith(contact, { status: "escalated", assigned_agent_id: agent.id });
  const listener = await listen(agent.client, agentTopic(agent.id));
  try {
    const headline = "x".repeat(300_000);
    await postAlert(contact, { ...PERSON, headline });
    assertEquals(await listener.events(1), ["contact_changed"]);
    const [{ payload: { id: _, ...payload } }] = listener.heard;
    listener.heard.forEach(assertPayload);
    assertEquals(payload, {
      conversation_id: null,
      message_id: null,
      contact_id: contact.id,
      truncated: true,
    });
    assertEquals(await changesOf(contact), [{ headline: { from: "Driver", to: headline } }]);
  } finally {
    await listener.stop();
  }
});

Deno.test("hostile JSON is taken as it is, and compared with itself it has not changed", async () => {
  const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
  const people = [
    `{"deep":${deep}}`,
    `{"deep":${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}}`,
    `{"__proto__":{"headline":"x"},"constructor":{"prototype":1},"toString":1}`,
    `{"headline":"a\\u0000b","lone":"\\ud800","\\u0000":1,"\\udfff":2}`,
    `{"a":1,"a":2,"headline":"one","headline":"two"}`,
    `{"big":12345678901234567890123,"huge":1e400,"low":-1e400,"small":1e-400,"zero":-0}`,
    `{"":"","0":"0","positions":{"positionHistory":{"0":{"title":"x"}}}}`,
    `{${Array.from({ length: 20_000 }, (_, number) => `"k${number}":${number}`).join()}}`,
    `{${Array.from({ length: 20_000 }, (_, number) => `"k${number}":null`).join()},"last":1}`,
    `{"list":[${Array.from({ length: 20_000 }, (_, number) => `"item ${number}"`).join()}]}`,
  ];
  for (const person of people) {
    const contact = await newContact({ profile: { firstName: "Ada" } });
    const body = `{"subscriptionId":"${contact.subscription}","data":{"person":${person}}}`;
    for (let attempt = 0; attempt < 2; attempt++) {
      const response = await postToAlerts("", body);
      assertEquals([person.slice(0, 40), response.status], [person.slice(0, 40), 200]);
      await response.body?.cancel();
    }
    assertEquals([person.slice(0, 40), (await changesOf(contact)).length], [
      person.slice(0, 40),
      1,
    ]);
  }
});

Deno.test("what Postgres cannot hold is replaced, the last of equal keys counts, and __proto__ is a key", async () => {
  const contact = await newContact();
  const person =
    `{"headline":"a\\u0000b","lone":"\\ud800","a":1,"a":2,"__proto__":{"x":1},"huge":1e400}`;
  const response = await postToAlerts(
    "",
    `{"subscriptionId":"${contact.subscription}","data":{"person":${person}}}`,
  );
  await response.body?.cancel();
  await withSql(async (sql) => {
    const [{ profile }] = await sql`
      select profile::text from recruiting_contacts where id = ${contact.id}`;
    assertEquals(
      profile,
      '{"a": 2, "huge": null, "lone": "\ufffd", "headline": "a\ufffdb", "__proto__": {"x": 1}}',
    );
  });
});

Deno.test("an alert whose contact is being changed waits for that, and is compared with what it finds then", () =>
  withSql(async (sql) => {
    const contact = await newContact({ profile: PERSON });
    const other = { ...PERSON, headline: "Clerk" };
    const answers: Promise<number>[] = [];
    await sql.begin(async (change) => {
      await change`update recruiting_contacts set profile = ${
        sql.json(other)
      } where id = ${contact.id}`;
      answers.push(postAlert(contact, { ...PERSON, headline: "Planner" }));
      await until(async () => {
        const [{ waiting }] =
          await sql`select count(*)::int as waiting from pg_locks where not granted`;
        return waiting > 0;
      }, "the alert to wait for the row");
    });
    assertEquals(await Promise.all(answers), [200]);
    assertEquals(await changesOf(contact), [{ headline: { from: "Clerk", to: "Planner" } }]);
  }));

Deno.test("an alert whose subscription moves to another contact at the same time is that contact's", () =>
  withSql(async (sql) => {
    const [contact, next] = await Promise.all([newContact(), newContact()]);
    const answers: Promise<number>[] = [];
    await sql.begin(async (moving) => {
      const contacts = [
        { external_id: contact.external_id, alert_subscription_id: null },
        { external_id: next.external_id, alert_subscription_id: contact.subscription },
      ];
      await moving`select recruiting_upsert_contacts(${moving.json(contacts)})`;
      answers.push(postAlert(contact, PERSON));
      await until(async () => {
        const [{ waiting }] = await sql`
          select count(*)::int as waiting from pg_locks where not granted`;
        return waiting > 0;
      }, "the alert to wait for the row");
    });
    assertEquals(await Promise.all(answers), [200]);
    assertEquals((await contactRow(contact)).profile, null);
    assertEquals((await contactRow(next)).profile, PERSON);
  }));

Deno.test("a resolved address is set once, and each other one is kept once", async () => {
  const contact = await newContact();
  await withSql(async (sql) => {
    await sql`update recruiting_contacts set metadata = '{"kept": 1, "other_linkedin_urls": null}'
      where id = ${contact.id}`;
  });
  const others = async () => (await contactRow(contact)).metadata;
  const first = "https://www.linkedin.com/in/ada";
  for (
    const same of [
      first,
      "https://linkedin.com/in/ada/",
      "https://WWW.LinkedIn.com/in/ada//",
      first,
    ]
  ) {
    assertEquals(await postResolved(contact.id, same), 200);
    assertEquals((await contactRow(contact)).linkedin_url, first);
    assertEquals(await others(), { kept: 1, other_linkedin_urls: null });
  }
  const [second, third] = ["https://uk.linkedin.com/in/ada", "https://www.linkedin.com/in/ADA"];
  for (const other of [second, `${second}/`, third, second, first]) {
    assertEquals(await postResolved(contact.external_id, other, "person"), 200);
  }
  assertEquals((await contactRow(contact)).linkedin_url, first);
  assertEquals(await others(), { kept: 1, other_linkedin_urls: [second, third] });
});

Deno.test("addresses that come at once are all kept", async () => {
  const contact = await newContact();
  const urls = Array.from({ length: 8 }, (_, number) => `https://linkedin.com/in/ada-${number}`);
  await Promise.all(
    [...urls, ...urls].map((url) => postResolved(contact.id.toUpperCase(), url)),
  );
  const { linkedin_url, metadata } = await contactRow(contact);
  const { other_linkedin_urls } = metadata as { other_linkedin_urls: string[] };
  assertEquals([linkedin_url, ...other_linkedin_urls].sort(), urls);
});

Deno.test("a resolved company changes no contact", async () => {
  const contact = await newContact();
  assertEquals(await postResolved(contact.id, "https://linkedin.com/company/x", "company"), 200);
  assertEquals((await contactRow(contact)).linkedin_url, null);
});

Deno.test("a contact that is deleted takes its alerts along, and its subscription is unknown", async () => {
  const contact = await newContact({ profile: PERSON });
  assertEquals((await changesBy(contact, { ...PERSON, headline: "Clerk" })).length, 1);
  await withSql(async (sql) => {
    await sql`delete from recruiting_contacts where id = ${contact.id}`;
  });
  assertEquals(await changesOf(contact), []);
  assertEquals(await postAlert(contact, PERSON), 404);
});

Deno.test("an erased recruit's alerts are erased, and those of a contact with another phone stay", async () => {
  const [erased, stays] = await Promise.all([
    newContact({ profile: PERSON }),
    newContact({ profile: PERSON, phones: [newPhone(), newPhone()] }),
  ]);
  for (const contact of [erased, stays]) {
    await postAlert(contact, { ...PERSON, headline: "Clerk" });
    const { error } = await asServiceRole().rpc("recruiting_forget", {
      recruit_phone: contact.phone,
    });
    assertEquals(error, null);
  }
  assertEquals([(await changesOf(erased)).length, (await changesOf(stays)).length], [0, 1]);
  assertEquals(await postAlert(erased, PERSON), 404);
  assertEquals(await postAlert(stays, PERSON), 200);
});

Deno.test("no agent may call the functions of the database", async () => {
  const { client } = await asNewAgent();
  const { error } = await client.rpc("recruiting_receive_profile_alert", { subscription_id: "x" });
  assertEquals(error?.code, "42501");
  const resolved = await client.rpc("recruiting_resolve_contact", {
    contact: "x",
    linkedin_url: "",
  });
  assertEquals(resolved.error?.code, "42501");
  const { error: ours } = await asServiceRole().rpc("recruiting_receive_profile_alert", {
    subscription_id: "x",
  });
  assertEquals(ours, null);
});
