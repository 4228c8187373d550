/** When attachments are due, who gets to copy them, and what a project without Storage does with them. */
import type postgres from "postgres";
import { assert, assertEquals } from "../support/assert.ts";
import { withCallers } from "../support/at_once.ts";
import { withEmptiedDatabase } from "../support/emptied_database.ts";
import { withOwnDatabase } from "../support/own_database.ts";
import { beginConversation } from "../support/own_rows.ts";
import { pagesOf } from "../support/pages.ts";
import { receiveText } from "../support/receive_text.ts";
import { newPhone, newSid } from "../support/twilio.ts";

const ONE = { url: "https://api.twilio.com/1", content_type: "image/png" };
const TWO = { url: "https://api.twilio.com/2", content_type: "image/png" };

/** Takes a text in with so many attachments, and with the URLs of some. */
async function receive(
  sql: postgres.Sql | postgres.TransactionSql,
  { media = [] as unknown[], num_media = 0, sid = newSid(), phone = newPhone() } = {},
): Promise<string> {
  await sql`select recruiting_receive_message(message_sid => ${sid}, channel => 'sms',
    recruit_phone => ${phone}, twilio_phone => '+15550100000', payload => '{}', verdict => 'none',
    media => ${JSON.stringify(media)}, num_media => ${num_media})`;
  return sid;
}

/** Takes a text in that has a conversation. */
async function receiveKnown(sql: postgres.Sql, fields: Parameters<typeof receive>[1] = {}) {
  const { id, recruit_phone } = await beginConversation(sql, { status: "escalated" });
  const sid = await receive(sql, { ...fields, phone: recruit_phone });
  return { sid, id };
}

async function rowOf(sql: postgres.Sql, sid: string) {
  const [row] =
    await sql`select id, media, num_media, media_due_at is not null as is_due, media_attempts
    from recruiting_messages where message_sid = ${sid}`;
  return row;
}

const claim = (sql: postgres.Sql | postgres.TransactionSql, token: string = crypto.randomUUID()) =>
  sql`select * from recruiting_claim_media(claim_token => ${token})`;

for (
  const [label, fields, isDue] of [
    ["without attachments", {}, false],
    ["with the URL of its attachment", { media: [ONE], num_media: 1 }, true],
    ["of a caller that tells no number", { media: [ONE] }, true],
    ["of which only the number is known", { num_media: 2 }, true],
    ["with one URL of two", { media: [ONE], num_media: 2 }, true],
  ] as const
) {
  Deno.test(`a text ${label} is ${isDue ? "" : "not "}due`, () =>
    withEmptiedDatabase(async (sql) => {
      const { sid } = await receiveKnown(sql, { ...fields, media: [...fields.media ?? []] });
      assertEquals((await rowOf(sql, sid)).is_due, isDue);
    }));
}

Deno.test("attachments that are filled in later are due from then on", () =>
  withEmptiedDatabase(async (sql) => {
    const { sid } = await receiveKnown(sql);
    await sql`update recruiting_messages set media = ${sql.json([ONE])} where message_sid = ${sid}`;
    assertEquals((await rowOf(sql, sid)).is_due, true);
  }));

Deno.test("an unmatched text that is adopted brings the number of its attachments", () =>
  withEmptiedDatabase(async (sql) => {
    const phone = newPhone();
    const sid = await receive(sql, { num_media: 2, phone });
    await beginConversation(sql, { recruit_phone: phone });
    const { num_media, is_due } = await rowOf(sql, sid);
    assertEquals([num_media, is_due], [2, true]);
  }));

Deno.test("what is sent with a picture is nothing to copy", () =>
  withEmptiedDatabase(async (sql) => {
    const { id } = await beginConversation(sql);
    await sql`insert into recruiting_messages (conversation_id, direction, sender_type, status, media)
      values (${id}, 'outbound', 'agent', 'queued', ${sql.json([ONE])})`;
    assertEquals([...await claim(sql)], []);
  }));

Deno.test("30 workers at once get 30 texts, each one", () =>
  withEmptiedDatabase(async (sql) => {
    for (let count = 0; count < 30; count++) await receiveKnown(sql, { num_media: 1 });
    await withCallers(sql, async (atOnce) => {
      const claims = await atOnce(
        Array.from({ length: 30 }, () => async (tx: postgres.TransactionSql) => {
          const rows = await tx`select message_id from recruiting_claim_media(
            claim_token => ${crypto.randomUUID()}, batch => 1)`;
          return rows.map(({ message_id }) => message_id);
        }),
        "held",
      );
      assertEquals(claims.every(({ length }) => length === 1), true);
      assertEquals(new Set(claims.flat()).size, 30);
    });
  }));

Deno.test("30 records of one claim at once store one result, and tell the agents once", () =>
  withEmptiedDatabase(async (sql) => {
    const { sid, id } = await receiveKnown(sql, { media: [ONE] });
    const token = crypto.randomUUID();
    const [{ message_id }] = await claim(sql, token);
    await withCallers(sql, async (atOnce) => {
      const outcomes = await atOnce(
        Array.from({ length: 30 }, () => async (tx: postgres.TransactionSql) => {
          const [{ outcome }] =
            await tx`select outcome from recruiting_record_media(message_id => ${message_id},
            conversation_id => ${id}, claim_token => ${token},
            results => '[{"index": 0, "path": "a/b/0", "size": 5}]')`;
          return outcome;
        }),
        "at once",
      );
      assertEquals(outcomes.filter((outcome) => outcome === "recorded").length, 1);
      assertEquals(outcomes.filter((outcome) => outcome === "superseded").length, 29);
    });
    const { media, is_due } = await rowOf(sql, sid);
    assertEquals([media, is_due], [[{ ...ONE, path: "a/b/0", size: 5 }], false]);
    const told = await sql`select from realtime.messages where event = 'message_media_stored'`;
    assertEquals(told.length, 1);
  }));

Deno.test("a worker whose lease another one has stores nothing", () =>
  withEmptiedDatabase(async (sql) => {
    const { sid, id } = await receiveKnown(sql, { num_media: 1 });
    const late = crypto.randomUUID();
    const [{ message_id }] = await claim(sql, late);
    await sql`update recruiting_messages set media_due_at = now() where message_sid = ${sid}`;
    const [again] = await claim(sql);
    assertEquals(again.message_id, message_id);
    const [{ filled }] = await sql`select recruiting_fill_media(message_id => ${message_id},
      claim_token => ${late}, listed => ${JSON.stringify([ONE])}) as filled`;
    const [{ outcome }] =
      await sql`select outcome from recruiting_record_media(message_id => ${message_id},
      conversation_id => ${id}, claim_token => ${late},
      results => '[{"index": 0, "error": "late"}]')`;
    assertEquals([filled, outcome, (await rowOf(sql, sid)).media], [null, "superseded", []]);
  }));

Deno.test("Twilio's list adds what is missing, and takes nothing away", () =>
  withEmptiedDatabase(async (sql) => {
    const { sid } = await receiveKnown(sql, { media: [ONE], num_media: 2 });
    const token = crypto.randomUUID();
    const [{ message_id }] = await claim(sql, token);
    const fill = async (listed: unknown[]) => {
      const [{ filled }] = await sql`select recruiting_fill_media(message_id => ${message_id},
        claim_token => ${token}, listed => ${JSON.stringify(listed)}) as filled`;
      return filled;
    };
    assertEquals(await fill([]), [ONE]);
    assertEquals(await fill([TWO, ONE]), [ONE, TWO]);
    assertEquals(await fill([{ ...TWO, url: "https://api.twilio.com/3" }]), [ONE, TWO]);
    assertEquals((await rowOf(sql, sid)).is_due, true);
  }));

Deno.test("a result never changes an earlier one", () =>
  withOwnDatabase(async (sql) => {
    const { sid, id } = await receiveKnown(sql, { media: [{ ...ONE, error: "gone" }, TWO] });
    const token = crypto.randomUUID();
    const [{ message_id }] = await claim(sql, token);
    await sql`select outcome from recruiting_record_media(message_id => ${message_id}, conversation_id => ${id},
      claim_token => ${token}, results => ${
      JSON.stringify([{ index: 0, path: "a/0", size: 1 }, { index: 1, path: "a/1", size: 1 }])
    })`;
    assertEquals((await rowOf(sql, sid)).media, [
      { ...ONE, error: "gone" },
      { ...TWO, path: "a/1", size: 1 },
    ]);
  }));

/** Hides schema storage, as in a project that never had it. */
async function withoutStorage(
  use: (sql: postgres.Sql, admin: postgres.Sql) => Promise<void>,
): Promise<void> {
  await withOwnDatabase(async (sql, admin) => {
    await admin.unsafe("alter schema storage rename to storage_of_others");
    await use(sql, admin);
  });
}

Deno.test("without schema storage texts come in and are erased as ever, and no worker gets an attachment", () =>
  withoutStorage(async (sql) => {
    await sql`select private.set_up_media_storage()`;
    const parties = await beginConversation(sql, { status: "escalated" });
    const sid = await receive(sql, { media: [ONE], num_media: 1, phone: parties.recruit_phone });
    await receiveText(sql, parties, "Hi");
    assertEquals([...await claim(sql)], []);
    assertEquals((await rowOf(sql, sid)).media, [ONE]);
    await sql`select recruiting_forget(${parties.recruit_phone})`;
    assertEquals([...await sql`select from private.deletions`], []);
    assertEquals(
      [...await sql`select from recruiting_claim_deletions(claim_token => gen_random_uuid())`],
      [],
    );
  }));

Deno.test("when Storage is switched on later, one call sets it up, and what has waited is copied", () =>
  withoutStorage(async (sql, admin) => {
    const { sid } = await receiveKnown(sql, { media: [ONE] });
    assertEquals([...await claim(sql)], []);
    await admin.unsafe("alter schema storage_of_others rename to storage");
    for (let times = 0; times < 2; times++) await sql`select private.set_up_media_storage()`;
    assertEquals((await claim(sql)).map(({ message_sid }) => message_sid), [sid]);
  }));

Deno.test("the buckets are private, and only agents have policies on their objects", () =>
  withEmptiedDatabase(async (sql) => {
    const buckets =
      await sql`select id, public, file_size_limit, allowed_mime_types from storage.buckets
      order by id`;
    assertEquals(buckets.map(({ id, public: isPublic }) => [id, isPublic]), [
      ["recruiting-attachments", false],
      ["recruiting-media", false],
    ]);
    assertEquals(buckets[0].file_size_limit, "5242880");
    const { allowed_mime_types } = buckets[0];
    assert(allowed_mime_types.includes("application/pdf"), allowed_mime_types.join());
    const policies = await sql`select cmd, roles::text from pg_policies
      where schemaname = 'storage' order by cmd`;
    assertEquals(policies.map(({ cmd, roles }) => [cmd, roles]), [
      ["INSERT", "{authenticated}"],
      ["SELECT", "{authenticated}"],
      ["SELECT", "{authenticated}"],
    ]);
  }));

/** The most pages that a claim may read beside 20,000 that wait, as a factor: one more level of each index. */
const MORE_LEVELS = 2;

Deno.test("a claim costs the same however many attachments and deletions wait for a later attempt", async (t) => {
  const inserts = {
    recruiting_claim_media: `insert into recruiting_messages
        (conversation_id, seq, direction, sender_type, status, num_media, media_due_at)
      select $1, n, 'inbound', 'recruit', 'received', 1, now() + interval '1 hour' + n * interval '1 ms'`,
    recruiting_claim_deletions: `insert into private.deletions (target, kind, due_at)
      select $1::text || n, 'folder', now() + interval '1 hour' + n * interval '1 ms'`,
  };
  for (const [name, insert] of Object.entries(inserts)) {
    await t.step(name, () =>
      withOwnDatabase(async (sql, admin) => {
        const { id } = await beginConversation(sql);
        const fill = async (from: number, to: number) => {
          await admin.begin(async (tx) => {
            await tx`set local session_replication_role = replica`;
            await tx.unsafe(`${insert} from generate_series(${from}, ${to}) n`, [id]);
          });
          await admin.unsafe("analyze");
        };
        const call = `select * from ${name}(claim_token => gen_random_uuid())`;
        const pages = [];
        for (const [from, to] of [[1, 100], [101, 20_000]]) {
          await fill(from, to);
          // The first call plans.
          await pagesOf(admin, call);
          pages.push(await pagesOf(admin, call));
        }
        assert(pages[1] <= pages[0] * MORE_LEVELS, String(pages));
      }));
  }
});
